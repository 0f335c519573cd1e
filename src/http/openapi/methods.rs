//! Methods that a path doesn't have: 405, with those that it has in `Allow` (RFC 9110 §15.5.6), whoever asks. And Idempotency-Keys that an operation
//! doesn't take: 400, since whoever sends one takes it that the request can be sent again.
//!
//! Cast: [`KnownRoutes`] knows the methods of the API's paths from its description, and refuses before anything else is looked at. Pages
//! of the console are resources that know their own; of what those answer [`wrong_method`] makes the same refusal.
//!
//! Guarantee: of several routes that fit a path the one counts that is more exact, so `GET /cases/bulk` isn't about a case named `bulk`.

use std::collections::{HashMap, HashSet};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};

use super::{PAGES, operations, operations_mut};
use crate::domain::base::words::Words;
use crate::http::body::PATCHED;
use crate::http::headers::ACCEPT_PATCH;
use crate::http::keys::{self, IDEMPOTENCY_KEY};
use crate::http::problem::{Problem, kinds};

/// The pattern of the route that fits the path of a request, as the envelope found it.
#[derive(Debug, Clone)]
pub(in crate::http) struct Pattern(pub(in crate::http) String);

/// Which methods each path has, by its pattern.
pub(crate) struct KnownRoutes {
    methods: HashMap<String, Vec<&'static str>>,
    /// Method and pattern of what changes something and takes no Idempotency-Key.
    unkeyed: HashSet<(&'static str, String)>,
}

impl KnownRoutes {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let pages = PAGES.iter().map(|path| ((*path).to_owned(), vec!["GET"]));
        let described = document.paths.paths.iter().map(|(path, item)| (path.clone(), operations(item).collect()));
        let mut unkeyed = HashSet::new();
        for (path, item) in &document.paths.paths {
            let mut item = item.clone();
            let of_path = operations_mut(&mut item).filter(|(method, of)| *method != "GET" && !takes_key(of));
            unkeyed.extend(of_path.map(|(method, _)| (method, path.clone())));
        }
        Self { methods: pages.chain(described).collect(), unkeyed }
    }

    /// Whether a request changes something where no Idempotency-Key is taken.
    fn takes_no_key(&self, request: &ServiceRequest) -> bool {
        let pattern = request.match_pattern().unwrap_or_default();
        self.unkeyed.iter().any(|(method, path)| *method == request.method().as_str() && *path == pattern)
    }

    /// The refusal of a method that a path doesn't have; none: it has it, or isn't known.
    fn wrong_method(&self, request: &HttpRequest) -> Option<Problem> {
        let methods = self.methods.get(&request.extensions().get::<Pattern>()?.0)?;
        (!methods.contains(&request.method().as_str())).then(|| refusal(methods.iter().copied()))
    }
}

/// The refusal of a method that the path of a request doesn't have; none: it has it, or isn't known.
pub(crate) fn unknown_to(request: &ServiceRequest) -> Option<Problem> {
    request.app_data::<web::Data<KnownRoutes>>()?.wrong_method(request.request())
}

/// Whether an operation is described with an Idempotency-Key.
fn takes_key(operation: &Operation) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name == IDEMPOTENCY_KEY,
        RefOr::Ref(_) => false,
    })
}

/// The middleware around what changes something: an Idempotency-Key that isn't taken is refused.
///
/// # Errors
/// Those of what it wraps.
pub(crate) async fn refuse_keys(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let known = request.app_data::<web::Data<KnownRoutes>>().cloned();
    if request.headers().contains_key(IDEMPOTENCY_KEY) && known.is_some_and(|known| known.takes_no_key(&request)) {
        return Ok(request.error_response(keys::not_taken()));
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// Answers what no route takes.
pub(crate) async fn unmatched(request: HttpRequest, known: web::Data<KnownRoutes>) -> Result<HttpResponse, Problem> {
    Err(known.wrong_method(&request).unwrap_or_else(|| {
        Problem::of(&kinds::NOT_FOUND)
            .detail(Words::new("没有这个地址，见 /docs/。", "No resource at this address; see /docs/."))
    }))
}

/// The refusal that a resource of the framework means, which knows its methods and has no words.
pub(crate) fn wrong_method<B>(answer: &HttpResponse<B>) -> Option<Problem> {
    let allowed = answer.headers().get(header::ALLOW).filter(|_| answer.status() == StatusCode::METHOD_NOT_ALLOWED)?;
    Some(refusal(allowed.to_str().ok()?.split(',').map(str::trim)))
}

/// 405. What is read by GET is by HEAD, too.
fn refusal<'a>(methods: impl Iterator<Item = &'a str>) -> Problem {
    let mut allowed: Vec<&str> = methods.collect();
    if allowed.contains(&"GET") {
        allowed.push("HEAD");
    }
    allowed.sort_unstable();
    allowed.dedup();
    let names = allowed.join(", ");
    let words = Words::new(format!("可用的方法：{names}。"), format!("This path takes {names}."));
    let mut problem = Problem::of(&kinds::METHOD_NOT_ALLOWED).detail(words);
    if let Ok(names) = HeaderValue::from_str(&names) {
        problem = problem.header(header::ALLOW, names);
    }
    match allowed.contains(&"PATCH") {
        true => problem.header(ACCEPT_PATCH, HeaderValue::from_static(PATCHED)),
        false => problem,
    }
}
