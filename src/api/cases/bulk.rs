//! The route of many applications at once: each is opened by itself, with a result of its own.
//!
//! Guarantees: what becomes of an application, and what is said of it, is the same as if each had been sent by itself, in their order; what is
//! wrong with one touches no other. The same request sent again opens nothing twice, says of what was opened that it is `repeated`, and
//! tries again what was refused. It is broken off between two applications when it takes too long or the program stops: what was
//! opened is opened, and the rest is refused as `unavailable`.

use std::time::{Duration, Instant};

use actix_web::{post, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::accounts::rights::{May, OpenCases};
use crate::api::closed::BulkOutcome;
use crate::api::feed::Streams;
use crate::domain::base::words::{Language, Words};
use crate::domain::cases::intake::application::ApplicationDraft;
use crate::http::answers::{self, Forbidden, Invalid};
use crate::http::body::{Each, Item, Listed, MostBytes};
use crate::http::change::EachOnce;
use crate::http::problem::kinds;
use crate::http::problem::{Problem, ProblemView};
use crate::service::base::error::ServiceError;
use crate::service::cases::case::CaseAt;

/// Most applications of a request.
pub const MOST_APPLICATIONS: usize = 200;
/// As many bytes as the longest application has, in UTF-8 and with Chinese in every text. A test counts them.
const LONGEST_APPLICATION: usize = 42 * 1024;
/// How long it goes on: less than those wait who stand between, and than a stop does.
const LONGEST: Duration = Duration::from_secs(25);

/// The limit of its body: it may be larger than others.
pub(in crate::api) fn body_limit() -> MostBytes {
    MostBytes(MOST_APPLICATIONS * LONGEST_APPLICATION)
}

/// Applications, each as in the request that opens one case. So it is described; what is read of it as a whole is a [`BulkFrame`].
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "applications": [{
    "case_type": "new-certificate",
    "organization": { "name": "广州市正鼎建筑工程有限公司", "unified_social_credit_code": "91440114PDY746751K" },
    "applicant": { "name": "谭丽", "identity_number": "440199196412310694", "phone": "13800138000" },
    "applications": ["urban-construction"],
    "service_years": 1,
    "payment_method": "transfer",
    "collection_method": "window",
    "responsibility_letter_accepted": true,
    "reference": "GZ-2026-0148",
}] }))]
pub struct BulkRequest {
    /// The applications.
    #[schema(min_items = 1, max_items = 200)]
    pub applications: Vec<ApplicationDraft>,
}

/// What must be right of the request as a whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkFrame {
    /// The applications, whatever is in them.
    #[schema(min_items = 1, max_items = 200)]
    pub applications: Vec<Value>,
}

impl Listed for BulkFrame {
    const MEMBER: &'static str = "applications";
    type Item = ApplicationDraft;
}

/// What became of the applications.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkView {
    /// Number of cases that were opened.
    #[schema(format = Int64)]
    pub opened: usize,
    /// Number of cases that the same request had opened before.
    #[schema(format = Int64)]
    pub repeated: usize,
    /// Number of applications that were refused.
    #[schema(format = Int64)]
    pub refused: usize,
    /// One by one, in the order of the request.
    pub results: Vec<BulkResultView>,
}

/// What became of one application.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResultView {
    /// opened, repeated or refused.
    #[schema(value_type = BulkOutcome)]
    pub result: &'static str,
    /// The case's id, unless it was refused.
    #[schema(required = true)]
    pub id: Option<Uuid>,
    /// Its acceptance number, unless it was refused.
    #[schema(required = true)]
    pub acceptance_number: Option<String>,
    /// Its version when it was opened, unless it was refused.
    #[schema(required = true)]
    pub version: Option<i64>,
    /// The refusal, as a request for this application alone would get it; pointers are into the application.
    #[schema(value_type = Option<ProblemView>, required = true)]
    pub problem: Option<Value>,
}

/// Opens up to 200 cases, each in its own transaction and in their order. It is safe to repeat with its key: what was opened is
/// `repeated`, and what was refused is tried again.
#[utoipa::path(
    operation_id = "open_cases",
    tag = "cases",
    request_body = BulkRequest,
    params(May<OpenCases>, EachOnce),
    responses(answers::Each<BulkView>, Forbidden, Invalid)
)]
#[post("")]
pub(in crate::api) async fn open_cases(
    may: May<OpenCases>,
    once: EachOnce,
    streams: web::Data<Streams>,
    body: Each<BulkFrame>,
) -> Result<answers::Each<BulkView>, Problem> {
    if may.service.key_is_of_another_request(&may.caller, once.whole(&body.canonical)).await? {
        return Err(ServiceError::KeyReused.into());
    }
    let began = Instant::now();
    let mut results = Vec::with_capacity(body.items.len());
    for (index, item) in body.items.into_iter().enumerate() {
        let goes_on = began.elapsed() < LONGEST && !streams.are_ending();
        results.push(match goes_on {
            true => opened(&may, &once, index, item).await,
            false => refused(broken_off(), may.language),
        });
    }
    let count = |wanted: &str| results.iter().filter(|row| row.result == wanted).count();
    let (opened, repeated, refused) = (count("opened"), count("repeated"), count("refused"));
    let later = results.iter().filter_map(|row| row.problem.as_ref()?.get("retry_after_seconds")?.as_u64());
    let retry_after_seconds = later.max();
    Ok(answers::Each { view: BulkView { opened, repeated, refused, results }, retry_after_seconds })
}

async fn opened(may: &May<OpenCases>, once: &EachOnce, index: usize, item: Item<ApplicationDraft>) -> BulkResultView {
    let asked = once.part(index, &item.canonical);
    // Two hundred may take half a minute: whoever was switched off meanwhile opens nothing more.
    let caller = match may.service.known_now(&may.caller).await {
        Ok(caller) => caller,
        Err(error) => return refused(error.into(), may.language),
    };
    let problem = match item.value {
        Ok(draft) => match may.service.open_case(&caller, draft, Some(asked.clone())).await {
            Ok(CaseAt { case, .. }) => {
                return BulkResultView {
                    result: if asked.replayed.is_so() { "repeated" } else { "opened" },
                    id: Some(case.id),
                    acceptance_number: Some(case.acceptance_number),
                    version: Some(case.version),
                    problem: None,
                };
            }
            Err(error) => error.into(),
        },
        // Faults are of no interest where it should have been another application.
        Err(faulty) => match may.service.key_is_of_another_request(&caller, asked).await {
            Ok(false) => faulty,
            Ok(true) => ServiceError::KeyReused.into(),
            Err(error) => error.into(),
        },
    };
    refused(problem, may.language)
}

fn refused(problem: Problem, language: Language) -> BulkResultView {
    let problem = serde_json::to_value(problem.view(language, None)).ok();
    BulkResultView { result: "refused", id: None, acceptance_number: None, version: None, problem }
}

fn broken_off() -> Problem {
    Problem::of(&kinds::UNAVAILABLE).retry_after(1).detail(Words::new(
        "本批未处理完，此项尚未办理；请原样重发整个请求。",
        "The request was broken off before this application; send the same request again.",
    ))
}
