//! The body of a message to a webhook: the event as the feed tells it, or a test.

use serde_json::json;
use uuid::Uuid;

use crate::api::feed::event::{CONTENT_TYPE, Envelope, SPEC_VERSION};
use crate::domain::feed::webhook::TEST_EVENT;
use crate::service::Service;
use crate::service::feed::webhooks::deliver::{Message, Payload};

/// How bodies are written.
pub fn write_body(service: Service) -> impl Fn(Uuid, &Message) -> Result<String, String> + Send + Sync {
    let envelope = Envelope::of_hall(&service);
    move |webhook, message| match &message.payload {
        Payload::Event(event) => {
            let view = envelope.of((**event).clone()).map_err(|_| format!("event {} can't be told", event.number))?;
            serde_json::to_string(&view).map_err(|error| error.to_string())
        }
        Payload::Test => Ok(json!({
            "specversion": SPEC_VERSION,
            "id": message.id,
            "source": envelope.source,
            "type": TEST_EVENT,
            "subject": format!("webhooks/{webhook}"),
            "time": service.now(),
            "datacontenttype": CONTENT_TYPE,
            "dataschema": format!("{}/{TEST_EVENT}", envelope.schemas),
            "data": { "webhook": webhook },
        })
        .to_string()),
    }
}
