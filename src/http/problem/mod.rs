//! The format of a refusal: RFC 9457 `application/problem+json`, in the caller's language.
//!
//! Cast: a [`Problem`] holds both languages until it is rendered; [`ProblemView`] is the JSON that the caller gets.
//! Handlers return `Result<_, Problem>` and needn't know the language: the middleware around them
//! (`envelope`) knows the request and renders there.
//!
//! Guarantees: every problem has a stable `code`; `type` is a relative reference that leads to words about it;
//! the log and the answer share `request_id`; nothing about the inside of the service is told.

pub mod kinds;
pub mod members;
pub(crate) mod refusals;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use self::kinds::ProblemKind;
use self::members::FurtherMembers;
use super::language;
use crate::domain::base::words::{Fault, Language, Words};

/// How many faults one answer lists; a body of nothing but faults must not be answered by one many times its size.
pub const MOST_FAULTS: usize = 100;

/// A refusal, in both languages.
#[derive(Debug, Clone)]
pub struct Problem(Box<Contents>); // boxed: a result of a handler shouldn't be as large as its rarest case

#[derive(Debug, Clone)]
struct Contents {
    status: StatusCode,
    code: &'static str,
    title: Words,
    detail: Option<Words>,
    /// How many faults there were, for whoever finds them in `errors`.
    counted: Option<Words>,
    faults: Vec<Fault>,
    members: BTreeMap<&'static str, [Value; 2]>,
    headers: Vec<(HeaderName, HeaderValue)>,
    caller: Option<(Language, String)>,
}

/// An error response, `application/problem+json` (RFC 9457).
#[derive(Debug, Serialize)]
pub struct ProblemView<'a> {
    #[serde(flatten)]
    own: OwnMembers<'a>,
    /// Those of [`FurtherMembers`] that its kind has.
    #[serde(flatten)]
    members: BTreeMap<&'static str, &'a Value>,
}

/// An error response (RFC 9457): `code` says what it is for programs, `detail` for people. Further members by kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnMembers<'a> {
    /// Relative reference to the documentation of this kind of problem.
    #[schema(example = "/docs/problems#invalid_request")]
    r#type: String,
    /// The kind of problem, for people.
    title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The kind of problem, for programs: a stable code in snake_case.
    code: &'a str,
    /// What happened in this case, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<&'a str>,
    /// The id of this request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<&'a str>,
    /// Every fault in the request's data, at most 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 100)]
    errors: Vec<FaultView<'a>>,
}

/// Own and further members in one object, as they are sent.
impl PartialSchema for ProblemView<'_> {
    fn schema() -> RefOr<Schema> {
        let mut own = OwnMembers::schema();
        if let (RefOr::T(Schema::Object(own)), RefOr::T(Schema::Object(further))) = (&mut own, FurtherMembers::schema())
        {
            own.properties.extend(further.properties);
        }
        own
    }
}

impl ToSchema for ProblemView<'_> {
    fn name() -> Cow<'static, str> {
        "Problem".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        OwnMembers::schemas(schemas);
        FurtherMembers::schemas(schemas);
    }
}

/// One fault in the request's data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemFault)]
pub struct FaultView<'a> {
    /// JSON pointer (RFC 6901) into the request's body, or `/name` of a query parameter; empty for the whole.
    #[schema(example = "/organization/name")]
    pointer: &'a str,
    /// Line of the uploaded file, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Int64)]
    line: Option<usize>,
    /// Stable code in snake_case.
    #[schema(example = "missing_field")]
    code: &'a str,
    /// What is wrong and what is expected.
    detail: &'a str,
}

impl Problem {
    /// A problem of one of the HTTP floor's own kinds.
    pub fn of(kind: &ProblemKind) -> Self {
        Self::new(kind.status, kind.code, kind.title())
    }

    /// A problem of another kind. `code` must be stable; `title` belongs to the code and doesn't vary with the case.
    pub fn new(status: StatusCode, code: &'static str, title: Words) -> Self {
        Self(Box::new(Contents {
            status,
            code,
            title,
            detail: None,
            counted: None,
            faults: Vec::new(),
            members: BTreeMap::new(),
            headers: Vec::new(),
            caller: None,
        }))
    }

    /// A fault of the service itself: the cause goes to the log, the caller learns only that it happened.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::of(&kinds::INTERNAL_ERROR).detail(Words::new(
            "请稍后重试；联系管理员时请提供 request_id。",
            "Try again later; give the request_id to the administrator.",
        ))
    }

    /// Says what happened this time.
    #[must_use]
    pub fn detail(mut self, words: Words) -> Self {
        self.0.detail = Some(words);
        self
    }

    /// Lists the faults of the request's data; at most [`MOST_FAULTS`] are kept. How many there are is said in words,
    /// unless [`Self::detail`] says something else.
    #[must_use]
    pub fn faults(mut self, mut faults: Vec<Fault>) -> Self {
        let number = faults.len();
        self.0.counted = Some(match number {
            1 => Words::new("共1处错误，见errors。", "There is 1 fault; see errors."),
            _ => Words::new(format!("共{number}处错误，见errors。"), format!("There are {number} faults; see errors.")),
        });
        faults.truncate(MOST_FAULTS);
        self.0.faults = faults;
        self
    }

    /// Adds a member, such as `current_version`, that is the same in every language. `name` must not be one of the
    /// members that every problem has.
    #[must_use]
    pub fn member(self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.member_in(name, |_| value.clone())
    }

    /// Adds a member with words in it, such as `alternatives`; `value` is asked once for each language.
    #[must_use]
    pub fn member_in(mut self, name: &'static str, value: impl Fn(Language) -> Value) -> Self {
        self.0.members.insert(name, [value(Language::Chinese), value(Language::English)]);
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The headers of the answer.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.0.headers.iter().cloned()
    }

    /// Says with `Retry-After`, in seconds, when the same request may succeed; for 429 and 503.
    /// Says with `Retry-After`, in seconds, and in the body, which may be that of one of many things, when the same request may succeed; for 429 and 503.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds)).member("retry_after_seconds", seconds)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// What kind of refusal it is, for people.
    pub fn title(&self) -> &Words {
        &self.0.title
    }

    /// What happened this time.
    pub fn told(&self) -> Option<&Words> {
        self.0.detail.as_ref()
    }

    /// The faults of the request's data.
    pub fn listed_faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// What the caller gets.
    pub fn view<'a>(&'a self, language: Language, request_id: Option<&'a str>) -> ProblemView<'a> {
        let contents = &*self.0;
        let column = match language {
            Language::Chinese => 0,
            Language::English => 1,
        };
        let fault = |fault: &'a Fault| FaultView {
            pointer: &fault.pointer,
            line: fault.line,
            code: fault.code,
            detail: fault.words.text(language),
        };
        // Of a 422 people are always told something.
        let plain = Some(&contents.title).filter(|_| contents.status == StatusCode::UNPROCESSABLE_ENTITY);
        let own = OwnMembers {
            r#type: format!("/docs/problems#{}", contents.code),
            title: contents.title.text(language),
            status: contents.status.as_u16(),
            code: contents.code,
            detail: contents.detail.as_ref().or(contents.counted.as_ref()).or(plain).map(|words| words.text(language)),
            request_id,
            errors: contents.faults.iter().map(fault).collect(),
        };
        ProblemView { own, members: contents.members.iter().map(|(name, values)| (*name, &values[column])).collect() }
    }

    /// The whole answer.
    pub fn render(&self, language: Language, request_id: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.status);
        for (name, value) in &self.0.headers {
            response.append_header((name.clone(), value.clone()));
        }
        response.insert_header((header::CONTENT_LANGUAGE, language::tag(language)));
        response.append_header((header::VARY, "Accept-Language"));
        response.content_type("application/problem+json");
        match serde_json::to_vec(&self.view(language, request_id)) {
            Ok(body) => response.body(body),
            Err(_) => response.finish(), // maps with text keys always serialize
        }
    }

    /// Fixes for whom [`ResponseError::error_response`] renders, for where no middleware will.
    #[must_use]
    pub(crate) fn for_caller(mut self, language: Language, request_id: &str) -> Self {
        self.0.caller = Some((language, request_id.to_owned()));
        self
    }
}

/// For logs: no words, because those may repeat what the caller sent.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.0.status.as_u16(), self.0.code)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        match &self.0.caller {
            None => self.render(Language::default(), None),
            Some((language, request_id)) => {
                let mut response = self.render(*language, Some(request_id));
                super::headers::dress(response.headers_mut(), *language, request_id);
                response
            }
        }
    }
}
