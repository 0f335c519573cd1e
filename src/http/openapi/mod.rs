//! The description of the service (OpenAPI 3.1) and the pages that show it; all from this binary, nothing from the network.
//!
//! Cast: [`document`] is made from the routes themselves, so what is described is what is served; `/openapi.json`, `/api/v1/openapi.json`, `/docs/` (Swagger UI), `/docs/problems` and `/docs/deprecated` show it.

mod answers;
pub mod common;
mod deprecated;
pub(crate) mod headers;
pub(crate) mod methods;
mod problems;
mod rules;
pub(crate) mod schemas;
pub(crate) mod webhooks;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{App, Error, HttpRequest, HttpResponse};
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, License, OpenApi, OpenApiBuilder, RefOr, Response, Server,
};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

pub use self::problems::codes as problem_codes;
use super::answers::preference;
use super::conditional::tags::Tag;
use super::headers::deprecation::Deprecated;
use super::problem::ProblemView;

/// A list of routes, such as [`crate::api::routes`].
pub type Routes = fn(&mut utoipa_actix_web::service_config::ServiceConfig<'_>);

/// Where the description of this version of the API stays when there is another one.
const VERSIONED: &str = "/api/v1/openapi.json";

/// What is read beside the described paths, by the patterns of their routes.
const PAGES: [&str; 9] = [
    "/openapi.json",
    VERSIONED,
    "/asyncapi.json",
    "/docs",
    "/docs/{_:.*}",
    "/docs/problems",
    "/docs/deprecated",
    "/docs/events",
    "/docs/events/{type}",
];

/// For how long everybody may keep what is everybody's.
const EVERYBODYS: &str = "public, max-age=3600";

/// Swagger UI draws with inline styles and images in `data:`; all else comes from this host.
const DOCS_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// The groups of operations, in the order of a case's life.
const TAGS: &[(&str, &str)] = &[
    ("sign-in", "Getting in: sessions of the staff, tokens of other systems, one's own account."),
    ("hall", "What the hall is: outlets, login applications, ways to pay, prices, and who the caller is."),
    ("case types", "What can be applied for, and what must be brought."),
    ("cases", "Cases from opening to handing over: materials, dates, actions, assignment, persons."),
    ("certificates", "The register: certificates, the services on them, and whether they may log in."),
    ("events", "What happens, for systems that follow along."),
    ("reports", "The board, reports, the forecast and exports."),
    ("calendar", "Working days and holidays, by which dates are counted."),
    ("accounts", "People who sign in; for the security administrator."),
    ("systems", "Other systems, their secrets and keys; for the security administrator."),
    ("audit", "The audit trail and its seals; for auditors."),
    ("operations", "Whether the process lives and can work."),
];

/// The description of the given routes. Every operation answers errors as `Problem`, and needs a token unless it
/// says `security(())`.
pub fn document(routes: Routes) -> OpenApi {
    let (_, mut document) = App::new().into_utoipa_app().openapi(shell()).configure(routes).split_for_parts();
    let mut components = document.components.take().unwrap_or_default();
    components.schemas.extend(super::answers::schemas());
    components.responses.values_mut().for_each(headers::complete);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_mut(item) {
            let deprecated = Deprecated::of(method, path);
            if let Some(deprecated) = deprecated {
                deprecated::describe(operation, deprecated);
            }
            common::complete(operation);
            operation.responses.responses.values_mut().for_each(as_problem);
            operation.responses.responses.values_mut().for_each(headers::complete);
            if deprecated.is_some() {
                deprecated::tell(operation, &mut components);
            }
        }
    }
    document.components = Some(components);
    document
}

/// The description as it is served.
pub fn written(document: &OpenApi) -> Bytes {
    let mut document = serde_json::to_value(document).unwrap_or_default(); // maps with text keys always serialize
    rules::describe(&mut document);
    answers::describe(&mut document);
    webhooks::describe(&mut document);
    document.to_string().into()
}

/// Described refusals are problem+json; the derive declares every body as plain JSON.
fn as_problem(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<Content>| match content {
        RefOr::T(content) => {
            matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location.ends_with("/Problem"))
        }
        RefOr::Ref(_) => false,
    };
    if response.content.get("application/json").is_some_and(is_problem)
        && let Some(content) = response.content.swap_remove("application/json")
    {
        response.content.insert("application/problem+json".to_owned(), content);
    }
}

fn shell() -> OpenApi {
    let mut schemas = vec![(ProblemView::name().into_owned(), <ProblemView<'_> as utoipa::PartialSchema>::schema())];
    <ProblemView<'_> as ToSchema>::schemas(&mut schemas);
    let info = InfoBuilder::new()
        .title("Casehall")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "服务大厅数字证书与法人电子印章业务的后台接口。\n\nThe back office of a service hall that issues digital certificates and \
             legal-person e-seals. Words follow `Accept-Language` (`zh` by default, `en`); refusals are problem+json, with \
             [stable codes](/docs/problems) and all faults of a request at once; unknown members are refused. Of what happens systems are \
             told by the feed and by webhooks: [the events](/docs/events), for programs as [AsyncAPI](/asyncapi.json).",
        ))
        .license(Some(License::builder().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let components = ComponentsBuilder::new().schemas_from_iter(schemas);
    let components = components.response(preference::BARE, preference::bare());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .tags(Some(TAGS.iter().map(|(name, words)| TagBuilder::new().name(*name).description(Some(*words)).build())))
        .components(Some(common::components(components)))
        .security(Some(common::security()))
        .build()
}

/// The methods that a path has.
fn operations(item: &PathItem) -> impl Iterator<Item = &'static str> {
    operations_mut(&mut item.clone()).map(|(method, _)| method).collect::<Vec<_>>().into_iter()
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
        ("OPTIONS", &mut item.options),
        ("PATCH", &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

/// Lets whoever reads the pages keep them for an hour; a new version of the program has others.
async fn kept(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    if response.status().is_success() {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(EVERYBODYS));
    }
    Ok(response)
}

/// A description that is everybody's, and that a program may keep for an hour and ask for with its tag. Clones share it.
#[derive(Clone)]
pub(crate) struct PublicDocument {
    bytes: Bytes,
    tag: Tag,
    media_type: &'static str,
}

impl PublicDocument {
    pub(crate) fn new(bytes: Bytes, media_type: &'static str) -> Self {
        Self { tag: Tag::of(&bytes), bytes, media_type }
    }

    /// It, or 304 to whoever has it.
    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let mut answer = self.tag.answer(request, self.bytes.clone());
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(EVERYBODYS));
        if headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        }
        answer
    }
}

/// Serves the description and its pages.
pub(crate) fn serve(cfg: &mut ServiceConfig, document: Bytes) {
    let document = PublicDocument::new(document, "application/json");
    let json = move |request: HttpRequest| {
        let document = document.clone();
        async move { document.answer(&request) }
    };
    let page = Arc::new(problems::page());
    let problems = move || {
        let page = Arc::clone(&page);
        async move { HttpResponse::Ok().content_type("text/html; charset=utf-8").body((*page).clone()) }
    };
    let deprecated = || async { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(deprecated::page()) };
    let to_docs = || async { HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish() };
    let viewer = SwaggerUi::new("/{_:.*}").config(Config::from("/openapi.json").validator_url("none"));
    cfg.route("/openapi.json", web::get().to(json.clone()))
        .route(VERSIONED, web::get().to(json))
        .route("/docs", web::get().to(to_docs))
        .service(
            web::scope("/docs")
                .wrap(actix_web::middleware::DefaultHeaders::new().add((header::CONTENT_SECURITY_POLICY, DOCS_POLICY)))
                .wrap(from_fn(kept))
                .route("/problems", web::get().to(problems))
                .route("/deprecated", web::get().to(deprecated))
                .service(viewer),
        );
}
