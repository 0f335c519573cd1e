//! "Where is my certificate?": a public page, for telephones first. The number and the digits come in a form, so that they stand in no
//! address and no log.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{self, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::paper::written;
use crate::console::page::answer::{rendered, see};
use crate::console::page::bare::Bare;
use crate::console::page::forms::form::OpenForm;
use crate::console::page::messages::Messages;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::language_cookie;
use crate::domain::applicants::progress::Progress;
use crate::domain::base::words::{Language, Words};
use crate::domain::cases::intake::scan::case_number;
use crate::http::client_address::ClientAddress;
use crate::http::problem::{Problem, kinds};
use crate::service::Service;
use crate::service::base::error::ServiceError;

/// The digits of the shortest number that there is.
const FEWEST_DIALLED: usize = 5;

#[derive(Template)]
#[template(path = "applicants/progress.html", config = "src/console/askama.toml")]
struct ProgressPage {
    bare: Bare,
    number: String,
    /// As they were typed: what was found is asked for with them in another language.
    digits: String,
    fault: Option<String>,
    found: Option<Found>,
    /// Whom to ask, and the number to dial where it is one.
    customer_line: Option<(String, Option<String>)>,
}

/// What the page shows of a case.
struct Found {
    number: String,
    case_type: String,
    next: String,
    /// What is told of the time; without words where there is nothing to tell.
    tag: Tag,
    bring: Vec<String>,
    /// How one can object to a refusal.
    remedy: Option<String>,
    /// What the place is told for: where it goes on, or where to ask once it is over.
    place_for: &'static str,
    /// Each with the number to dial, where it is one.
    place: Vec<(String, String, Option<String>)>,
    steps: Vec<ShownStep>,
}

/// A step, and how it stands.
struct ShownStep {
    words: String,
    on: String,
    class: &'static str,
}

impl ProgressPage {
    /// Says what was found or why nothing was; answers the status, and after how many seconds it may be asked again.
    fn tell(
        &mut self,
        service: &Service,
        asked: Result<Progress, ServiceError>,
    ) -> Result<(StatusCode, Option<i64>), Problem> {
        let messages = self.bare.messages;
        match asked {
            Ok(progress) => {
                self.found = Some(found(service, messages, &progress));
                Ok((StatusCode::OK, None))
            }
            Err(ServiceError::NotFound) => {
                self.fault = Some(messages.t("progress.nothing").to_owned());
                Ok((StatusCode::UNPROCESSABLE_ENTITY, None))
            }
            Err(ServiceError::TooMany { retry_after_seconds }) => {
                let minutes = (retry_after_seconds + 59) / 60;
                self.fault = Some(messages.fill("progress.too_many", "minutes", minutes));
                Ok((StatusCode::TOO_MANY_REQUESTS, Some(retry_after_seconds)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same for a question, in the language that came with it.
    fn answering(mut self, question: &Question, language: Option<Messages>, request: &HttpRequest) -> Self {
        if let Some(messages) = language {
            self.bare = Bare { class: self.bare.class, ..Bare::told_in(messages, request, title) };
        }
        self.digits.clone_from(&question.digits);
        self
    }

    fn of(request: &HttpRequest, service: &Service, number: &str) -> Self {
        let bare = Bare { class: "phone", ..Bare::of(request, title) };
        // Longer than any number is: whatever else was typed comes back no longer than it could be one.
        let number =
            case_number(number).map_or_else(|| number.chars().take(40).collect(), |number| number.as_str().to_owned());
        let customer_line = service.hall().customer_line.clone().map(|line| (line.clone(), dialled(&line)));
        Self { bare, number, digits: String::new(), fault: None, found: None, customer_line }
    }
}

/// Which number is asked about, where the QR code of a receipt says so.
#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    number: String,
}

/// The page.
pub(in crate::console) async fn show(
    request: HttpRequest,
    service: web::Data<Service>,
    query: Query<Asked>,
) -> HttpResponse {
    rendered(StatusCode::OK, &ProgressPage::of(&request, &service, &query.number))
}

/// What the form says; in another language, where what was found is asked for once more.
#[derive(Deserialize)]
pub(in crate::console) struct Question {
    number: String,
    digits: String,
    language: Option<String>,
}

/// The answer; one and the same for whatever is wrong.
pub(in crate::console) async fn find(
    request: HttpRequest,
    service: web::Data<Service>,
    ClientAddress(address): ClientAddress,
    OpenForm(question): OpenForm<Question>,
) -> Result<HttpResponse, Problem> {
    let language = question.language.as_deref().and_then(Language::of_tag).map(Messages);
    let mut page = ProgressPage::of(&request, &service, &question.number).answering(&question, language, &request);
    // The QR code of a receipt may be scanned into the box, too.
    let number = case_number(&question.number).map(|number| number.as_str().to_owned());
    let asked = service.progress(&number.unwrap_or(question.number), &question.digits, address).await;
    let (status, retry_after) = page.tell(&service, asked)?;
    let mut answer = rendered(status, &page);
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if let Some(messages) = language {
        let _ = answer.add_cookie(&language_cookie(messages, &request));
    }
    Ok(answer)
}

fn title(messages: Messages) -> String {
    messages.t("progress.title").to_owned()
}

/// What a telephone dials for a number as it is written: its digits, where it is one number and nothing else.
fn dialled(written: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || "+-() ".contains(c);
    let digits: String = written.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    (written.chars().all(is_part) && digits.len() >= FEWEST_DIALLED).then_some(digits)
}

/// Remembers a language; the page asks anew.
pub(in crate::console) async fn choose_language(
    request: HttpRequest,
    tag: Path<String>,
    query: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let language = Language::of_tag(&tag).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    let digits: String = query.number.chars().filter(char::is_ascii_digit).take(17).collect();
    let mut answer = see(&format!("/progress?number={digits}"));
    let _ = answer.add_cookie(&language_cookie(Messages(language), &request));
    Ok(answer)
}

fn found(service: &Service, messages: Messages, progress: &Progress) -> Found {
    let of = |words: &Words| messages.of(words).to_owned();
    let (outlet, hours) = (&progress.outlet, &service.hall().hours);
    let (opens, closes) = (hours.opens.format("%-H:%M"), hours.closes.format("%H:%M"));
    let usual = || messages.with("paper.usual_hours", &[("opens", &opens), ("closes", &closes)]);
    let fact = |key: &str, value: String| (messages.t(key).to_owned(), value, None);
    let mut place = vec![fact("paper.outlet", of(&outlet.words))];
    place.extend(outlet.address.as_ref().map(|address| fact("paper.address", of(address))));
    place.push(fact("paper.hours", outlet.opening_hours.as_ref().map_or_else(usual, of)));
    place.extend(outlet.telephone.clone().map(|line| {
        let dialled = dialled(&line);
        (messages.t("paper.telephone").to_owned(), line, dialled)
    }));
    place.extend(outlet.map.as_ref().map(|map| fact("paper.map", of(map))));
    // From where a case ended no step leads on.
    let is_over = progress.steps.last().is_some_and(|last| last.is_now);
    let step = |step: &crate::domain::applicants::progress::Step| ShownStep {
        words: messages.line(&step.words),
        on: step.on.map(|on| written(messages, on)).unwrap_or_default(),
        class: match (step.is_now, step.on) {
            (true, _) if is_over => "end",
            (true, _) => "now",
            (false, Some(_)) => "done",
            (false, None) => "",
        },
    };
    Found {
        number: progress.acceptance_number.clone(),
        case_type: of(&progress.case_type),
        next: of(&progress.next),
        tag: Tag::new(
            match (progress.is_late, progress.is_paused) {
                (true, _) => "late",
                (false, true) => "paused",
                (false, false) => "ok",
            },
            progress.when.as_ref().map(of).unwrap_or_default(),
        ),
        bring: progress.bring.iter().map(of).collect(),
        remedy: progress.remedy.as_ref().map(of),
        place_for: messages.t(if progress.is_over && progress.remedy.is_none() {
            "paper.ask"
        } else {
            "progress.where"
        }),
        place,
        steps: progress.steps.iter().map(step).collect(),
    }
}

impl ProgressPage {
    /// The tag of the other language, and what it is called in itself.
    fn other_language(&self) -> (&'static str, &'static str) {
        if self.bare.messages.tag() == "en" { ("zh-CN", "中文") } else { ("en", "English") }
    }
}
