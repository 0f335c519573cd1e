//! The calendar of working days: read, imported, amended in mid-year, by one instance and by several.
//!
//! Cast: [`before_2019s_amendment`] and [`before_2020s_amendment`] are the two years as their first notices ordered them;
//! [`Watched`] is a case with the dates it must have, and a [`Push`] somebody's import of a year.

mod adoption;
mod amendments;
mod forms;
mod instances;
mod locks;
mod readiness;
mod routes;
mod unharmed;

use casehall::domain::accounts::role::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::hall::{Answer, Hall, Person, all_in_order, application, send};
use crate::program::Files;

/// 2019 as the notice of December 2018 ordered it: of Labour Day only 1 May is off, and nothing makes up for it.
pub(crate) fn before_2019s_amendment() -> Files {
    let amended = ["amendment = true", "2019-04-28", "2019-05-02", "2019-05-03", "2019-05-04", "2019-05-05"];
    without("calendar/2019.toml", &amended, "")
}

/// 2020 as the notice of November 2019 ordered it: Spring Festival from 24 to 30 January, worked on 19 January and on
/// 1 February.
pub(crate) fn before_2020s_amendment() -> Files {
    let amended = ["amendment = true", "2020-01-31", "2020-02-01", "2020-02-02"];
    let first = "  { date = 2020-02-01, kind = \"make_up_workday\", name = \"春节\" },\n";
    without("calendar/2020.toml", &amended, first)
}

/// A shipped year without the lines that say something, and with another in their place.
fn without(name: &str, gone: &[&str], instead: &str) -> Files {
    let shipped = Files::shipped(name);
    for text in gone {
        assert_eq!(shipped.matches(text).count(), 1, "{text}");
    }
    let kept: String = shipped.lines().filter(|line| !gone.iter().any(|gone| line.contains(gone))).fold(
        String::new(),
        |mut kept, line| {
            if line == "]" && kept.contains("days = [") {
                kept.push_str(instead);
            }
            kept + line + "\n"
        },
    );
    let files = Files::new();
    files.write(name, &kept);
    files
}

/// An import of a year.
pub(crate) struct Push<'a> {
    pub(crate) year: i32,
    pub(crate) media_type: &'a str,
    pub(crate) body: String,
    /// What follows `?`.
    pub(crate) query: &'a str,
    pub(crate) if_match: Option<i64>,
}

impl Push<'_> {
    /// A year as it is shipped.
    pub(crate) fn shipped(year: i32, if_match: i64) -> Self {
        let body = Files::shipped(&format!("calendar/{year}.toml"));
        Push { year, media_type: "application/toml", body, query: "", if_match: Some(if_match) }
    }

    /// A year as JSON, taken even if it has only some days.
    pub(crate) fn json(year: i32, body: &Value, if_match: Option<i64>) -> Self {
        let query = "allow_incomplete=true";
        Push { year, media_type: "application/json", body: body.to_string(), query, if_match }
    }

    /// Sends it.
    pub(crate) async fn by(&self, person: &Person<'_>) -> Answer {
        self.send(person, self.query).await
    }

    /// Asks what it would do.
    pub(crate) async fn tried_by(&self, person: &Person<'_>) -> Answer {
        let query =
            if self.query.is_empty() { "dry_run=true".to_owned() } else { format!("{}&dry_run=true", self.query) };
        self.send(person, &query).await
    }

    /// Sends it where the line may be cut; whether it was answered that it is done.
    pub(crate) async fn attempted_by(&self, person: &Person<'_>) -> bool {
        self.request(person, self.query).await.send().await.is_ok_and(|response| response.status() == 200)
    }

    async fn send(&self, person: &Person<'_>, query: &str) -> Answer {
        send(self.request(person, query).await).await
    }

    async fn request(&self, person: &Person<'_>, query: &str) -> RequestBuilder {
        let request = person.request(Method::PUT, &format!("/calendar/{}?{query}", self.year)).await;
        let request = match self.if_match {
            Some(edition) => request.header("If-Match", format!("\"{edition}\"")),
            None => request,
        };
        request.header("Content-Type", self.media_type).body(self.body.clone())
    }
}

/// A year with some days, as JSON: dates with true for a holiday and false for a worked weekend.
pub(crate) fn year_of(year: i32, days: &[(&str, bool)]) -> Value {
    let day = |(date, free): &(&str, bool)| {
        let kind = if *free { "holiday" } else { "make_up_workday" };
        json!({ "date": date, "kind": kind, "name": { "zh": "元旦", "en": "New Year's Day" } })
    };
    let days: Vec<Value> = days.iter().map(day).collect();
    json!({ "year": year, "notices": [{ "address": format!("https://www.gov.cn/{year}.htm") }], "days": days })
}

/// Everybody whom a case needs.
pub(crate) struct Staff<'a> {
    pub(crate) clerk: Person<'a>,
    pub(crate) producer: Person<'a>,
    pub(crate) supervisor: Person<'a>,
    pub(crate) administrator: Person<'a>,
}

impl<'a> Staff<'a> {
    pub(crate) async fn of(hall: &'a Hall) -> Self {
        Self {
            clerk: hall.staff(Role::Clerk).await,
            producer: hall.staff(Role::Producer).await,
            supervisor: hall.staff(Role::Supervisor).await,
            administrator: hall.person(&[Role::Administrator], None).await,
        }
    }

    /// Opens the case of an organization; its number.
    pub(crate) async fn open(&self, number: u32) -> String {
        let opened = self.clerk.post("/cases", &application(number)).await.expect(201);
        opened["acceptance_number"].as_str().unwrap().to_owned()
    }

    /// Checks the papers and makes the certificate.
    pub(crate) async fn make(&self, case: &str, number: u32) {
        let seen = self.clerk.get(&format!("/cases/{case}")).await.expect(200);
        self.clerk.act(case, "record_materials", &all_in_order(&seen)).await.expect(200);
        self.clerk.act(case, "accept_materials", &json!({})).await.expect(200);
        let (serial, medium_number) = (format!("GZ-{number:06}"), format!("KEY-{number:06}"));
        let made = json!({ "certificate": { "serial": serial, "medium_number": medium_number } });
        self.producer.act(case, "record_certificate", &made).await.expect(200);
    }

    /// Finds a paper missing and asks for it, which stops the deadline.
    pub(crate) async fn ask_for_correction(&self, case: &str) {
        let seen = self.clerk.get(&format!("/cases/{case}")).await.expect(200);
        let mut sheets = all_in_order(&seen);
        sheets["materials"][0]["copies_received"] = json!(1);
        sheets["materials"][0]["copies_stamped"] = json!(1);
        self.clerk.act(case, "record_materials", &sheets).await.expect(200);
        self.clerk.act(case, "request_correction", &json!({})).await.expect(200);
    }

    /// The dates of a case as its own page shows them: ready from, limit, and whether either is provisional.
    pub(crate) async fn dates(&self, case: &str) -> Dates {
        let seen = self.supervisor.get(&format!("/cases/{case}")).await.expect(200);
        dates_in(&seen["deadlines"])
    }

    /// The events by which the calendar moved a case.
    pub(crate) async fn moves(&self, case: &str) -> Vec<Value> {
        let events = self.supervisor.get(&format!("/cases/{case}/events")).await.expect(200);
        let events = events["items"].as_array().unwrap();
        events.iter().filter(|event| event["kind"] == "calendar_changed").cloned().collect()
    }

    /// The cases as a list shows them.
    pub(crate) async fn listed(&self) -> Vec<Value> {
        let list = self.supervisor.get("/cases?limit=200").await.expect(200);
        list["items"].as_array().unwrap().clone()
    }
}

/// Ready from, limit, and whether either is provisional.
pub(crate) type Dates = (String, String, bool);

/// Both dates, and whether either is provisional.
pub(crate) fn dates_in(dates: &Value) -> Dates {
    let date = |name: &str| dates[name]["date"].as_str().unwrap().to_owned();
    let provisional = |name: &str| dates[name]["provisional"].as_bool().unwrap();
    (date("ready_from"), date("limit"), provisional("ready_from") || provisional("limit"))
}

/// The moves of an answer: number, dates before and dates after.
pub(crate) fn moves_in(answer: &Value) -> Vec<(String, Dates, Dates)> {
    let number = |moved: &Value| moved["acceptance_number"].as_str().unwrap().to_owned();
    let one = |moved: &Value| (number(moved), dates_in(&moved["before"]), dates_in(&moved["after"]));
    answer["moves"].as_array().unwrap().iter().map(one).collect()
}
