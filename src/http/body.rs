//! The JSON body of a request: read within limits and checked against its published schema.
//!
//! A request type is plain: `#[derive(Deserialize, ToSchema)] #[serde(deny_unknown_fields)]`. What isn't an `Option` and
//! has no `#[serde(default)]` is required; limits stand in `#[schema(max_length = …)]` and are both published and
//! enforced. Integers narrower than 32 bits need a `maximum`.
//!
//! Guarantees: 415 for anything but JSON in UTF-8, 413 beyond [`BodyLimits`], 408 when it comes too slowly, 400 when it
//! isn't JSON, 422 with every fault of its structure otherwise ([`Each`]: item by item); a handler never sees half a request. The rules come after:
//! a second 422 has every fault that they find, so nothing is computed from a value that nobody sent.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::headers::ACCEPT_PATCH;
use super::problem::Problem;
use super::schema::RequestSchema;
use super::schema::json;
use super::{keys, problem::kinds};
use crate::domain::base::words::{Fault, Words};

/// How large and how slow a body may be. An application sets it as `app_data`, and a resource may set its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// The most bytes taken; 64 KiB unless set.
    pub bytes: usize,
    /// How long the whole body may take to arrive; 15 seconds unless set.
    pub patience: Duration,
}

/// The most bytes of a body on routes that take larger ones than the hall's limit.
#[derive(Debug, Clone, Copy)]
pub struct MostBytes(pub usize);

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes: 64 * 1024, patience: Duration::from_secs(15) }
    }
}

/// A JSON body of type `T` that is as its schema says; whether the rules take it, they say.
pub struct Body<T> {
    /// The request.
    pub value: T,
    /// The same as `json::canonical` writes it, for telling a repeated request from another one.
    pub canonical: Bytes,
}

impl<T> Body<T> {
    /// What the rules make of the request.
    ///
    /// # Errors
    /// 422 with every fault that they find.
    pub fn checked<U>(self, check: impl FnOnce(T) -> Result<U, Vec<Fault>>) -> Result<U, Problem> {
        check(self.value).map_err(|faults| Problem::of(&kinds::INVALID_REQUEST).faults(faults))
    }
}

/// What a body or a form can ask.
pub(crate) trait Request: DeserializeOwned + Send + ToSchema + 'static {}

impl<T: DeserializeOwned + Send + ToSchema + 'static> Request for T {}

/// A request of what a page's form says, in which `found` is wrong already, within the limits of its schema.
///
/// # Errors
/// Every fault of its structure.
pub(crate) fn of_form<T: Request>(said: Value, found: Vec<Fault>) -> Result<T, Problem> {
    RequestSchema::of_body::<T>()?.read(said, found, &kinds::INVALID_REQUEST)
}

impl<T: Request> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let sent = sent(request, payload, |raw| {
            let (value, canonical) = understood(raw);
            let read = |value| RequestSchema::of_body::<T>()?.read(value, Vec::new(), &kinds::INVALID_REQUEST);
            (value.and_then(read), canonical)
        });
        Box::pin(async move {
            let (value, canonical) = sent.await?;
            Ok(Self { value: value?, canonical })
        })
    }
}

/// A body of which one member is a list whose items are read each by itself.
pub trait Listed: DeserializeOwned + Send + ToSchema + 'static {
    /// The member.
    const MEMBER: &'static str;
    /// What is read of each item.
    type Item: DeserializeOwned + Send + ToSchema + 'static;
}

/// The items of a JSON body of type `T`: the body is as its schema says but for them, and what is wrong with one is no fault of others.
pub struct Each<T: Listed> {
    /// The items in their order.
    pub items: Vec<Item<T::Item>>,
    /// The whole, as [`Body::canonical`].
    pub canonical: Bytes,
}

/// One of the items.
pub struct Item<T> {
    /// What it says, or the refusal that it would get as a body, with pointers into itself.
    pub value: Result<T, Problem>,
    /// As [`Body::canonical`].
    pub canonical: Bytes,
}

impl<T: Listed> FromRequest for Each<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let sent = sent(request, payload, |raw| {
            let (value, canonical) = understood(raw);
            (value.and_then(items::<T>), canonical)
        });
        Box::pin(async move {
            let (items, canonical) = sent.await?;
            Ok(Self { items: items?, canonical })
        })
    }
}

/// The items of a body, each read by itself.
fn items<T: Listed>(mut frame: Value) -> Result<Vec<Item<T::Item>>, Problem> {
    let schema = RequestSchema::of_body::<T::Item>()?;
    // Nothing is left of the items when the rest is looked at.
    let items = frame.get_mut(T::MEMBER).and_then(Value::as_array_mut);
    let items: Vec<Value> = items.into_iter().flatten().map(Value::take).collect();
    RequestSchema::of_body::<T>()?.read::<T>(frame, Vec::new(), &kinds::INVALID_REQUEST)?;
    let read = |item| {
        let canonical = json::canonical(&item).into();
        Item { value: schema.read(item, Vec::new(), &kinds::INVALID_REQUEST), canonical }
    };
    Ok(items.into_iter().map(read).collect())
}

/// What bytes say as JSON, or why they aren't any; and the canonical form of it.
fn understood(raw: Bytes) -> (Result<Value, Problem>, Bytes) {
    let parsed = json::parse(&raw);
    let canonical = parsed.as_ref().map_or(raw, |value| json::canonical(value).into());
    (parsed, canonical)
}

/// From so many bytes on a body is understood beside the threads that answer everybody: they would stand still meanwhile.
const LONG: usize = 64 * 1024;
/// So many of those at once; they take many times their length of memory.
static LONG_ONES: Semaphore = Semaphore::const_new(2);

/// What is sent, as `understand` takes it, and the canonical form of it.
fn sent<R: Send + 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    understand: fn(Bytes) -> (Result<R, Problem>, Bytes),
) -> impl Future<Output = Result<(Result<R, Problem>, Bytes), Problem>> + use<R> {
    let mut limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
    if let Some(MostBytes(bytes)) = request.app_data::<MostBytes>() {
        limits.bytes = *bytes;
    }
    let acceptable = acceptable(request, limits);
    let (request, payload) = (request.clone(), web::Payload::from_request(request, payload));
    async move {
        acceptable?;
        let raw = receive(payload.await.map_err(Problem::internal)?, limits).await?;
        let (understood, canonical) = if raw.len() < LONG {
            understand(raw)
        } else {
            let _place = LONG_ONES.acquire().await.map_err(Problem::internal)?;
            web::block(move || understand(raw)).await.map_err(Problem::internal)?
        };
        keys::note(&request, &canonical);
        Ok((understood, canonical))
    }
}

/// What the body says to be (RFC 9110 §8.3.1).
pub(crate) struct MediaType {
    /// Its type in small letters, such as `text/csv`; empty where nothing is said.
    pub essence: String,
    charset: Option<String>,
}

impl MediaType {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let mut parts = given.unwrap_or_default().split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut parameters = parts.filter_map(|part| part.split_once('='));
        let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        Self { essence, charset: charset.map(|(_, value)| value.trim().trim_matches('"').to_owned()) }
    }
}

/// Whether the body says to be JSON in UTF-8.
pub(crate) fn is_json(request: &HttpRequest) -> bool {
    let MediaType { essence, charset } = MediaType::of(request);
    let subtype = essence.strip_prefix("application/");
    let is_utf_8 = |charset: String| ["utf-8", "utf8"].iter().any(|name| charset.eq_ignore_ascii_case(name));
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json")) && charset.is_none_or(is_utf_8)
}

/// The one media type of what a PATCH says (RFC 5789): of others, such as that of RFC 6902, the same words mean something else.
pub(crate) const PATCHED: &str = "application/json";

/// What the headers alone refuse.
fn acceptable(request: &HttpRequest, limits: BodyLimits) -> Result<(), Problem> {
    let patches = request.method() == Method::PATCH;
    if !is_json(request) || (patches && MediaType::of(request).essence != PATCHED) {
        let refused = Problem::of(&kinds::UNSUPPORTED_MEDIA_TYPE);
        let refused = match patches {
            true => refused.header(ACCEPT_PATCH, header::HeaderValue::from_static(PATCHED)),
            false => refused,
        };
        return Err(refused.detail(Words::new(
            "请求正文须为 UTF-8 编码的 JSON，Content-Type 为 application/json。",
            "Send JSON in UTF-8 with the Content-Type application/json.",
        )));
    }
    check_encoding_and_length(request, limits)
}

/// What the headers of a body of any kind refuse.
///
/// # Errors
/// 415 for a compressed body, 413 for one that says to be too long.
pub(crate) fn check_encoding_and_length(request: &HttpRequest, limits: BodyLimits) -> Result<(), Problem> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::of(&kinds::UNSUPPORTED_MEDIA_TYPE)
            .header(header::ACCEPT_ENCODING, header::HeaderValue::from_static("identity"))
            .detail(Words::new("请求正文不得压缩。", "Send the body without Content-Encoding.")));
    }
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > limits.bytes) {
        return Err(too_large(limits));
    }
    Ok(())
}

/// The bytes of a body.
///
/// # Errors
/// 413 beyond the limit, 408 when it comes too slowly, 400 when it breaks off.
pub(crate) async fn receive(payload: web::Payload, limits: BodyLimits) -> Result<Bytes, Problem> {
    match tokio::time::timeout(limits.patience, payload.to_bytes_limited(limits.bytes)).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_))) => Err(Problem::of(&kinds::INCOMPLETE_BODY)),
        Ok(Err(_)) => Err(too_large(limits)),
        Err(_) => Err(Problem::of(&kinds::REQUEST_TIMEOUT)),
    }
}

fn too_large(limits: BodyLimits) -> Problem {
    let bytes = limits.bytes;
    Problem::of(&kinds::CONTENT_TOO_LARGE)
        .member("limit_bytes", bytes)
        .detail(Words::new(format!("请求正文最多 {bytes} 字节。"), format!("The body may have at most {bytes} bytes.")))
}
