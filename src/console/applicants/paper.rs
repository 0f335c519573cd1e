//! What stands on a paper, before it is markup: a `Sheet` is a page, of `Block`s; `Subject` is what the papers are about.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use crate::console::page::messages::{Messages, isolated};
use crate::console::page::visitor::Visitor;
use crate::domain::base::person::Personal;
use crate::domain::base::words::{self, Words};
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::applicant::Person;
use crate::domain::hall::Outlet;
use crate::http::problem::Problem;
use crate::service::applicants::papers::PaperData;
use crate::service::cases::details::CaseDetails;

/// A part of a page, from top to bottom.
pub(in crate::console) enum Block {
    /// A paragraph.
    Text(String),
    /// What the following is about.
    Heading(String),
    /// Names and values.
    Facts(Vec<(String, String)>),
    /// A table whose head repeats on each page.
    Table {
        /// What the columns are called.
        head: Vec<String>,
        /// Its rows.
        rows: Vec<Vec<String>>,
    },
    /// Things in no order.
    List(Vec<String>),
    /// Things one after the other.
    Steps(Vec<String>),
    /// Who signs, side by side.
    Signatures(Vec<String>),
    /// A place for a stamp.
    Stamp(String),
}

/// A page.
pub(in crate::console) struct Sheet {
    /// What it is.
    pub(in crate::console) title: String,
    /// Which of its kind it is, where they are counted.
    pub(in crate::console) number: Option<String>,
    /// Whom it addresses.
    pub(in crate::console) to: Option<String>,
    /// What it says.
    pub(in crate::console) blocks: Vec<Block>,
    /// Which copy of how many, where there are several.
    pub(in crate::console) copy: Option<(u32, u32)>,
    /// Whether the QR code of the progress page stands on it.
    pub(in crate::console) has_qr: bool,
}

impl Sheet {
    pub(in crate::console) fn new(title: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self { title: title.into(), number: None, to: None, blocks, copy: None, has_qr: false }
    }

    /// What stands on it, as markup.
    ///
    /// # Errors
    /// Its template fails.
    pub(in crate::console) fn drawn(&self) -> Result<String, Problem> {
        SheetPart { sheet: self }.render().map_err(Problem::internal)
    }
}

/// What stands on a page, without what each print adds: the digest is of this.
#[derive(Template)]
#[template(path = "applicants/sheet.html", config = "src/console/askama.toml")]
struct SheetPart<'a> {
    sheet: &'a Sheet,
}

/// A case, and how to write about it.
pub(in crate::console) struct Subject<'a> {
    pub(in crate::console) visitor: &'a Visitor,
    pub(in crate::console) data: &'a PaperData,
    pub(in crate::console) details: &'a CaseDetails<'a>,
}

impl Subject<'_> {
    pub(in crate::console) fn case(&self) -> &Case {
        &self.data.at.case
    }

    pub(in crate::console) fn messages(&self) -> Messages {
        self.visitor.messages
    }

    pub(in crate::console) fn t(&self, key: &str) -> String {
        self.messages().t(key).to_owned()
    }

    pub(in crate::console) fn of(&self, words: &Words) -> String {
        self.messages().of(words).to_owned()
    }

    /// The same where it begins a line or fills a cell.
    pub(in crate::console) fn line(&self, words: &Words) -> String {
        self.messages().line(words)
    }

    /// A date as it stands on a paper: it is read in another year, too.
    pub(in crate::console) fn day(&self, date: NaiveDate) -> String {
        written(self.messages(), date)
    }

    pub(in crate::console) fn date_of(&self, at: DateTime<Utc>) -> String {
        self.day(self.visitor.service.hall().hours.local_date(at))
    }

    pub(in crate::console) fn moment(&self, at: DateTime<Utc>) -> String {
        written_moment(self.messages(), at, self.visitor)
    }

    pub(in crate::console) fn organization(&self) -> &str {
        &self.case().application.organization.name
    }

    pub(in crate::console) fn addressed(&self) -> Option<String> {
        Some(self.messages().fill("paper.to", "organization", self.organization()))
    }

    pub(in crate::console) fn case_type(&self) -> String {
        self.of(&self.details.definition.case_type.words)
    }

    pub(in crate::console) fn fact(&self, key: &str, value: impl Into<String>) -> (String, String) {
        (self.t(key), value.into())
    }

    /// Unified code, or the code of old papers.
    pub(in crate::console) fn organization_facts(&self) -> Vec<(String, String)> {
        let organization = &self.case().application.organization;
        let code = match &organization.unified_code {
            Some(code) => self.fact("paper.unified_code", code.as_str()),
            None => self.fact("paper.organization_code", organization.organization_code.hyphenated()),
        };
        vec![self.fact("paper.organization", organization.name.as_str()), code]
    }

    /// Name, and the document's number as far as it is shown to everybody. Of the phone nothing: its end opens the progress page, whose
    /// address stands on the same receipt.
    pub(in crate::console) fn person(&self, person: &Person) -> String {
        format!("{}　{}", isolated(&person.name), person.identity_number.masked())
    }

    pub(in crate::console) fn outlet(&self) -> Outlet {
        self.visitor.service.hall().outlet_or_unknown(&self.case().application.outlet)
    }

    /// Where the window is, when it is open, and its telephone.
    pub(in crate::console) fn outlet_facts(&self) -> Vec<(String, String)> {
        let (outlet, hall) = (self.outlet(), self.visitor.service.hall());
        let hours = outlet.opening_hours.as_ref().map(|hours| self.of(hours));
        let (opens, closes) = (hall.hours.opens.format("%-H:%M"), hall.hours.closes.format("%H:%M"));
        let usual = || self.messages().with("paper.usual_hours", &[("opens", &opens), ("closes", &closes)]);
        let mut facts = vec![self.fact("paper.outlet", self.of(&outlet.words))];
        facts.extend(outlet.address.as_ref().map(|address| self.fact("paper.address", self.of(address))));
        facts.push(self.fact("paper.hours", hours.unwrap_or_else(usual)));
        facts.extend(outlet.telephone.or(hall.customer_line.clone()).map(|line| self.fact("paper.telephone", line)));
        facts.extend(outlet.map.as_ref().map(|map| self.fact("paper.map", self.of(map))));
        facts
    }
}

/// A date with its year, in words.
pub(in crate::console) fn written(messages: Messages, date: NaiveDate) -> String {
    messages.of(&words::day(date)).to_owned()
}

/// The same of an instant, with its time.
pub(in crate::console) fn written_moment(messages: Messages, at: DateTime<Utc>, visitor: &Visitor) -> String {
    let local = at.with_timezone(&visitor.service.hall().hours.zone);
    format!("{} {}", written(messages, local.date_naive()), local.format("%H:%M"))
}

/// What people read of a SHA-256: twelve digits in groups of four.
pub(in crate::console) fn grouped(sha256: &str) -> String {
    let digits = sha256.get(..12).unwrap_or(sha256).to_uppercase();
    let groups: Vec<String> =
        digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join("-")
}
