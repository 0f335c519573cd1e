//! What all operations have in common, said once for all of them: who may call, in which language they are answered, how every
//! request may be refused, and the headers of answers.
//!
//! Cast: `complete` adds it to an operation; `components` has what it refers to. [`allowed`] is how a right says, as a parameter
//! of the operation, who has it: the header Authorization, which OpenAPI describes as security and never as a parameter.
//!
//! Guarantee: an operation's own description of a status stays as it is.

use serde_json::Value;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, ComponentsBuilder, Content, ContentBuilder, Ref, RefOr, Required, Response};

use super::headers::{self, APPLIED_NAME, REPLAYED, header};
use crate::domain::accounts::role::{Role, Scope};
use crate::http::answers::fields::{FIELDS, PARTIAL};

/// The header by which a caller prefers something (RFC 7240).
const PREFER_NAME: &str = "Prefer";

const BEARER: &str = "bearer";
const SYSTEMS: &str = "systems";
const AUTHORIZATION: &str = "Authorization";
const SCOPES: &str = "x-scopes";
const LANGUAGE: &str = "Accept-Language";

/// Which other systems may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Systems {
    /// None.
    No,
    /// Every one.
    Every,
    /// Those with one of these scopes.
    With(&'static [Scope]),
}

/// Who may call an operation, for `complete` to describe.
pub fn allowed(roles: &[Role], by_workflow: bool, systems: Systems) -> Parameter {
    let staff = match roles {
        [] => "the staff, in every role".to_owned(),
        [one] => format!("the role `{}`", one.code()),
        several => {
            let codes: Vec<String> = several.iter().map(|role| format!("`{}`", role.code())).collect();
            format!("the roles {}", codes.join(", "))
        }
    };
    let staff = if by_workflow { format!("{staff} as the workflow of the case has it") } else { staff };
    let (words, scopes) = match systems {
        Systems::No => (format!("For {staff}."), vec![]),
        Systems::Every => (format!("For {staff}, and for every other system."), vec![None]),
        Systems::With(scopes) => {
            let codes: Vec<String> = scopes.iter().map(|scope| format!("`{}`", scope.code())).collect();
            let words = format!("For {staff}, and for other systems with the scope {}.", codes.join(" or "));
            (words, scopes.iter().map(|scope| Some(scope.code())).collect())
        }
    };
    ParameterBuilder::new()
        .name(AUTHORIZATION)
        .parameter_in(ParameterIn::Header)
        .description(Some(words))
        .extensions(Some(ExtensionsBuilder::new().add(SCOPES, serde_json::json!(scopes)).build()))
        .build()
}

/// Adds what every operation has.
pub(super) fn complete(operation: &mut Operation) {
    shorten_summary(operation);
    secure(operation);
    tell_of_parts(operation);
    let language = Ref::new(format!("#/components/parameters/{LANGUAGE}"));
    operation.parameters.get_or_insert_default().push(RefOr::Ref(language));
    let is_light = operation.responses.responses.values().any(|response| match response {
        RefOr::T(response) => response.headers.contains_key(APPLIED_NAME),
        RefOr::Ref(_) => false,
    });
    if is_light {
        let prefer = Ref::new(format!("#/components/parameters/{PREFER_NAME}"));
        operation.parameters.get_or_insert_default().push(RefOr::Ref(prefer));
    }
    let is_open = operation.security.as_ref().is_some_and(|ways| ways.contains(&SecurityRequirement::default()));
    for refusal in REFUSALS {
        let applies = match refusal.of {
            Of::Every => true,
            Of::Bodies => operation.request_body.is_some(),
            Of::Callers => !is_open,
        };
        if applies {
            let common = RefOr::Ref(Ref::from_response_name(refusal.name));
            operation.responses.responses.entry(refusal.status.to_owned()).or_insert(common);
        }
    }
    let is_keyed = operation.parameters.iter().flatten().any(|parameter| match parameter {
        // Where it is required each row says so by itself.
        RefOr::T(parameter) => parameter.name == "Idempotency-Key" && matches!(parameter.required, Required::False),
        RefOr::Ref(_) => false,
    });
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && !is_open
        {
            for name in ["RateLimit-Policy", "RateLimit"] {
                response.headers.insert(name.to_owned(), header(name));
            }
        }
        if let RefOr::T(response) = response
            && is_keyed
            && status.starts_with('2')
        {
            response.headers.insert(REPLAYED.to_owned(), header(REPLAYED));
        }
        if let (RefOr::T(response), "429" | "503") = (response, status.as_str()) {
            response.headers.entry("Retry-After".to_owned()).or_insert(header("Retry-After"));
        }
    }
}

/// Of an answer in parts the schema says too much.
fn tell_of_parts(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(Parameter { name, description: Some(words), .. }) = parameter
            && name == FIELDS
        {
            *words = format!("{words} {PARTIAL}");
        }
    }
}

/// A summary is what a list of operations shows: the first words, on one line. The whole is the description.
fn shorten_summary(operation: &mut Operation) {
    let Some(summary) = operation.summary.take() else { return };
    let whole = summary.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = [". ", ": ", "; "].iter().filter_map(|end| whole.find(end)).min().unwrap_or(whole.len());
    operation.summary = Some(whole[..end].trim_end_matches('.').to_owned());
    operation.description = Some(match operation.description.take() {
        Some(more) => format!("{whole}\n\n{more}"),
        None => whole,
    });
}

/// Says who may call: in words, and as security.
fn secure(operation: &mut Operation) {
    let Some(parameters) = &mut operation.parameters else { return };
    let is_allowed = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) => parameter.name == AUTHORIZATION,
        RefOr::Ref(_) => false,
    };
    let Some(index) = parameters.iter().position(is_allowed) else { return };
    let RefOr::T(allowed) = parameters.remove(index) else { return };
    let words = allowed.description.unwrap_or_default();
    operation.description = Some(match operation.description.take() {
        Some(description) => format!("{description}\n\n{words}"),
        None => words,
    });
    let scopes = allowed.extensions.and_then(|extensions| extensions.get(SCOPES).cloned());
    let mut ways = vec![SecurityRequirement::new(BEARER, Vec::<String>::new())];
    if let Some(Value::Array(scopes)) = scopes {
        // One of them is enough.
        ways.extend(scopes.iter().map(|scope| SecurityRequirement::new(SYSTEMS, scope.as_str())));
    }
    operation.security = Some(ways);
}

/// To which operations a common refusal belongs.
enum Of {
    Every,
    Bodies,
    Callers,
}

struct Refusal {
    status: &'static str,
    name: &'static str,
    of: Of,
    words: &'static str,
    headers: &'static [&'static str],
}

const REFUSALS: &[Refusal] = &[
    Refusal {
        status: "400",
        name: "BadRequest",
        of: Of::Every,
        words: "Path, query, headers or the form of the body can't be understood.",
        headers: &[],
    },
    Refusal {
        status: "401",
        name: "Unauthorized",
        of: Of::Callers,
        words: "There is no valid token.",
        headers: &["WWW-Authenticate"],
    },
    Refusal {
        status: "403",
        name: "Forbidden",
        of: Of::Callers,
        words: "The caller may not do this: for want of a scope or a role, or because something else comes first, such as another password.",
        headers: &[],
    },
    Refusal {
        status: "406",
        name: "NotAcceptable",
        of: Of::Callers,
        words: "What is answered here is of no media type that Accept takes.",
        headers: &[],
    },
    Refusal {
        status: "429",
        name: "TooManyRequests",
        of: Of::Callers,
        words: "The system has sent more requests than it may; Retry-After says when it may again.",
        headers: &["Retry-After"],
    },
    Refusal { status: "408", name: "RequestTimeout", of: Of::Bodies, words: "The body came too slowly.", headers: &[] },
    Refusal {
        status: "413",
        name: "ContentTooLarge",
        of: Of::Bodies,
        words: "The body is too large; `limit_bytes` says how large it may be.",
        headers: &[],
    },
    Refusal {
        status: "415",
        name: "UnsupportedMediaType",
        of: Of::Bodies,
        words: "The body isn't of the described media type, or is compressed.",
        headers: &["Accept-Patch", "Accept-Encoding"],
    },
    Refusal {
        status: "500",
        name: "InternalError",
        of: Of::Every,
        words: "A fault of the service; its log has the `request_id`.",
        headers: &[],
    },
    Refusal {
        status: "503",
        name: "Unavailable",
        of: Of::Every,
        words: "The service is busy, starting or stopping; or the outcome is unknown.",
        headers: &["Retry-After"],
    },
    Refusal {
        status: "default",
        name: "Problem",
        of: Of::Every,
        words: "The request was refused (RFC 9457).",
        headers: &[],
    },
];

impl Refusal {
    fn response(&self) -> Response {
        // Whoever isn't known is counted for nobody.
        let counted: &[&str] = if self.status == "401" { &[] } else { &["RateLimit-Policy", "RateLimit"] };
        let headers = self.headers.iter().chain(counted);
        headers
            .fold(
                ResponseBuilder::new().description(self.words).content("application/problem+json", problem()),
                |response, name| response.header_ref(*name, Ref::new(format!("#/components/headers/{name}"))),
            )
            .build()
    }
}

fn problem() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build()
}

/// What [`complete`] and the answers refer to.
pub(super) fn components(components: ComponentsBuilder) -> Components {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "The access token of a session (`POST /api/v1/sessions`). It is verified as RFC8725 asks: by one algorithm (EdDSA), with \
             issuer, audience and lifetime, and the session must still last.",
        ))
        .build();
    let flow = ClientCredentials::new(
        "/oauth/token",
        Scope::ALL.iter().map(|scope| (scope.code().to_owned(), scope.words().en)).collect(),
    );
    let systems = OAuth2::with_description(
        [Flow::ClientCredentials(flow)],
        "The access token of another system, a JWT that is verified as RFC8725 asks: by one algorithm (EdDSA), with issuer, audience and \
         lifetime. Where the hall trusts another issuer by its settings, one of that issuer, by the algorithms that are allowed for it.",
    );
    let mut components = components
        .responses_from_iter(REFUSALS.iter().map(|refusal| (refusal.name, refusal.response())))
        .security_scheme(BEARER, SecurityScheme::Http(bearer))
        .security_scheme(SYSTEMS, SecurityScheme::OAuth2(systems))
        .build();
    components.parameters.insert(LANGUAGE.to_owned(), RefOr::T(language()));
    components.parameters.insert(PREFER_NAME.to_owned(), RefOr::T(preferred()));
    components.headers.extend(headers::all().map(|(name, header)| (name.to_owned(), RefOr::T(header))));
    components
}

/// The one way in where an operation says none of its own.
pub(super) fn security() -> [SecurityRequirement; 1] {
    [SecurityRequirement::new(BEARER, Vec::<String>::new())]
}

fn language() -> Parameter {
    let words =
        "In which language words are answered (RFC 9110): `zh`, or `en`. Whatever isn't understood counts as `zh`.";
    optional(LANGUAGE, words, "zh")
}

fn preferred() -> Parameter {
    let words = "`return=minimal` (RFC 7240): the answer to what is done has no body; of the case its headers say number, state and \
                 version. Whatever isn't understood is ignored.";
    optional(PREFER_NAME, words, "return=representation")
}

fn optional(header: &str, words: &str, default: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).default(Some(default.into()));
    ParameterBuilder::new()
        .name(header)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(words))
        .schema(Some(schema))
        .build()
}
