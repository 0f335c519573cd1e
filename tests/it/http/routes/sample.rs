//! A small service of its own for the tests, so that they speak about the HTTP floor and about no use-case.

use std::sync::{Arc, LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpResponse, HttpServer, get, post, put, web};
use casehall::api::health::Check;
use casehall::api::{Api, routes};
use casehall::domain::base::words::{Fault, Words};
use casehall::http::answers::Revalidated;
use casehall::http::body::{Body, BodyLimits};
use casehall::http::conditional::{IfMatch, stale};
use casehall::http::envelope::envelope;
use casehall::http::headers::packing;
use casehall::http::problem::Problem;
use casehall::http::query::Query;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// The version that every thing has.
pub(super) const VERSION: i64 = 7;

/// Where the service listens, such as `http://127.0.0.1:40123`.
pub(super) static BASE: LazyLock<String> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let not_ready = || {
            vec![
                Check { name: "database".to_owned(), ready: false, remark: Some("no answer".to_owned()) },
                Check { name: "calendar".to_owned(), ready: true, remark: None },
            ]
        };
        let api = Api::with_routes(Arc::new(not_ready), sample_routes);
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                let app = App::new().configure(|cfg| api.configure(cfg)).wrap(from_fn(packing::choose));
                app.wrap(Compress::default()).wrap(from_fn(envelope))
            })
            .workers(2)
            .bind(("127.0.0.1", 0))
            .unwrap();
            sender.send(server.addrs()[0]).unwrap();
            server.run().await.unwrap();
        });
    });
    format!("http://{}", receiver.recv().unwrap())
});

/// The service's own routes and those below.
pub(super) fn sample_routes(cfg: &mut ServiceConfig<'_>) {
    routes(cfg);
    cfg.service(create).service(list).service(show).service(replace).service(fail).service(busy);
    let limits = BodyLimits { bytes: 100, patience: Duration::from_millis(200) };
    cfg.service(utoipa_actix_web::scope("/small").app_data(limits).service(create_small));
}

/// What a thing is made of.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewThing {
    #[schema(min_length = 1, max_length = 20)]
    name: String,
    #[schema(minimum = 1, maximum = 100)]
    quantity: u32,
    price_fen: Option<i64>,
    colour: Colour,
    period: Option<Period>,
    owner: Owner,
    #[serde(default)]
    #[schema(max_items = 3)]
    parts: Vec<Part>,
    payment: Option<Payment>,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Red,
    DarkBlue,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Period {
    start: NaiveDate,
    end: NaiveDate,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Owner {
    #[schema(max_length = 50)]
    name: String,
    #[schema(pattern = "^1[0-9]{10}$")]
    mobile: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Part {
    code: String,
    id: Option<uuid::Uuid>,
    weight: Option<f64>,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Payment {
    Cash { amount_fen: i64 },
    Card { number: String },
}

/// A rule of the sample's domain: part codes in capitals, owners other than "nobody", periods that end after they start.
fn check(thing: NewThing) -> Result<NewThing, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut refuse =
        |pointer: String| faults.push(Fault::new(pointer, "not_allowed", Words::new("不允许。", "Not allowed.")));
    for (index, part) in thing.parts.iter().enumerate() {
        if part.code.chars().any(char::is_lowercase) {
            refuse(format!("/parts/{index}/code"));
        }
    }
    if thing.owner.name.is_empty() || thing.owner.name == "nobody" {
        refuse("/owner/name".to_owned());
    }
    if thing.period.as_ref().is_some_and(|period| period.end < period.start) {
        refuse("/period".to_owned());
    }
    if faults.is_empty() { Ok(thing) } else { Err(faults) }
}

#[utoipa::path(request_body = NewThing, responses((status = 201, body = NewThing)))]
#[post("/things")]
async fn create(body: Body<NewThing>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Created().json(body.checked(check)?))
}

#[utoipa::path(request_body = NewThing, responses((status = 201, body = NewThing)))]
#[post("/things")]
async fn create_small(body: Body<NewThing>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Created().json(body.value))
}

/// Which things to list.
#[derive(Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    name: Option<String>,
    #[param(inline)]
    colour: Option<Colour>,
    overdue: Option<bool>,
    #[serde(default)]
    #[param(max_items = 2)]
    state: Vec<String>,
    since: NaiveDate,
}

#[utoipa::path(params(Filter), responses((status = 200)))]
#[get("/things")]
async fn list(query: Query<Filter>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(query.0))
}

#[utoipa::path(params(("id" = uuid::Uuid, Path)), responses((status = 200)))]
#[get("/things/{id}")]
async fn show(id: web::Path<uuid::Uuid>) -> Revalidated<serde_json::Value> {
    Revalidated { version: VERSION, view: json!({ "id": id.into_inner(), "version": VERSION }) }
}

#[utoipa::path(params(("id" = uuid::Uuid, Path)), request_body = NewThing, responses((status = 204)))]
#[put("/things/{id}")]
async fn replace(IfMatch(version): IfMatch, body: Body<NewThing>) -> Result<HttpResponse, Problem> {
    body.checked(check)?;
    if version == VERSION { Ok(HttpResponse::NoContent().finish()) } else { Err(stale(VERSION)) }
}

#[utoipa::path(responses((status = 200)))]
#[get("/fail")]
async fn fail() -> HttpResponse {
    panic!("a fault of the program")
}

#[utoipa::path(responses((status = 200)))]
#[get("/busy")]
async fn busy() -> Result<HttpResponse, Problem> {
    Err(Problem::of(&casehall::http::problem::kinds::TOO_MANY_REQUESTS).retry_after(3))
}
