//! The body of a delivery: the event as the feed tells it, or a test.

use serde_json::json;
use uuid::Uuid;

use crate::api::feed::event::{CONTENT_TYPE, SCHEMAS, SPEC_VERSION, Telling};
use crate::domain::feed::webhook::TEST_EVENT;
use crate::domain::hall::Hall;
use crate::service::Service;
use crate::service::feed::webhooks::deliver::{Delivery, Told};

/// Writes the bodies of deliveries.
pub fn telling(service: Service) -> impl Fn(Uuid, &Delivery) -> Result<String, String> + Send + Sync {
    move |webhook, delivery| {
        let telling = Telling { source: service.tokens().issuer().to_owned(), schemas: schemas(service.hall()) };
        match &delivery.told {
            Told::Event(event) => {
                let view =
                    telling.of((**event).clone()).map_err(|_| format!("event {} can't be told", event.number))?;
                serde_json::to_string(&view).map_err(|error| error.to_string())
            }
            Told::Test => Ok(json!({
                "specversion": SPEC_VERSION,
                "id": delivery.id,
                "source": telling.source,
                "type": TEST_EVENT,
                "subject": format!("webhooks/{webhook}"),
                "time": service.now(),
                "datacontenttype": CONTENT_TYPE,
                "data": { "webhook": webhook },
            })
            .to_string()),
            Told::Withheld => Err("it is withheld".to_owned()),
        }
    }
}

/// Where the JSON Schemas of data are: at the hall's public address, or else by a name only.
fn schemas(hall: &Hall) -> String {
    match hall.public_address {
        Some(_) => format!("{}{SCHEMAS}", hall.address_or("", "")),
        None => "urn:casehall:events".to_owned(),
    }
}
