//! A hall under load, and the books of what it acknowledged.
//!
//! Cast: [`Books::work`] is a clerk who opens cases and checks papers as fast as the service answers, each case of an
//! organization of its own, and enters every answer; [`Books::check`] holds the service against the books. Whatever
//! happened in between, what was acknowledged is there, and of the rest each request is done as a whole or not at all.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::hall::{Answer, Person, application, organization_code};

/// Rows that are checked of each case.
const ROWS: usize = 3;

/// How the request for one organization's case ended.
#[derive(Debug, Clone)]
enum Opening {
    /// The line was cut, or the service couldn't tell: there is a whole case or none.
    Unknown,
    /// The service said that nothing was changed.
    NotDone,
    /// Acknowledged, with the last version that was acknowledged and the rows checked until then.
    Done { acceptance_number: String, version: i64, rows: Vec<String> },
}

/// What a clerk puts up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bears {
    /// Nothing but what was asked for.
    Nothing,
    /// That the line is cut: then the day is over.
    TheEnd,
    /// "Not now", and a line that is cut: what then may have been done or not is asked for once more, with the same key.
    Outages,
}

/// What the service acknowledged, an entry for each organization.
#[derive(Default)]
pub(crate) struct Books {
    openings: Mutex<Vec<Opening>>,
    acknowledged: AtomicU32,
    unknown: AtomicU32,
    refused: AtomicU32,
}

/// How an opening was answered.
enum Answered {
    Opened(Answer),
    /// Nothing was changed.
    NotDone,
    /// It may have been done.
    Unknown,
}

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// What is in the service beside the books.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Surplus {
    /// Cases that are there although nobody was told.
    pub(crate) cases: usize,
    /// Events that are there although nobody was told.
    pub(crate) events: i64,
}

impl Books {
    /// Answers that said "done", so far.
    pub(crate) fn acknowledged(&self) -> u32 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Answers that were lost or said "perhaps", so far.
    pub(crate) fn unknown(&self) -> u32 {
        self.unknown.load(Ordering::SeqCst)
    }

    /// Answers that said "not now", and requests that nobody took, so far.
    pub(crate) fn refused(&self) -> u32 {
        self.refused.load(Ordering::SeqCst)
    }

    /// Works until `stop` is set.
    pub(crate) async fn work(&self, clerk: &Person<'_>, stop: &AtomicBool, bears: Bears) {
        while !stop.load(Ordering::SeqCst) {
            let number = self.enter(Opening::Unknown);
            let mut is_unknown = false;
            let answer = loop {
                match self.ask_for(clerk, number, bears).await {
                    Answered::Opened(answer) => break answer,
                    // A try before may have been done all the same.
                    Answered::NotDone if is_unknown => {}
                    Answered::NotDone => self.change(number, |opening| *opening = Opening::NotDone),
                    Answered::Unknown => {
                        is_unknown = true;
                        self.change(number, |opening| *opening = Opening::Unknown);
                    }
                }
                if bears == Bears::TheEnd || stop.load(Ordering::SeqCst) {
                    return;
                }
                tokio::time::sleep(PAUSE).await;
            };
            let acceptance_number = answer.body["acceptance_number"].as_str().unwrap().to_owned();
            self.change(number, |opening| {
                *opening = Opening::Done { acceptance_number, version: 1, rows: Vec::new() };
            });
            for sheet in answer.body["materials"]["sheets"].as_array().unwrap().iter().take(ROWS) {
                let material = sheet["material"].as_str().unwrap();
                let path = format!("/cases/{}/materials/{material}", answer.body["id"].as_str().unwrap());
                let request = clerk.request(Method::PUT, &path).await.header("If-Match", "\"0\"");
                let found = json!({ "copies_received": 1, "copies_stamped": 0 });
                let answer = match attempt(request.json(&found)).await {
                    Some(answer) if answer.status == 200 => answer,
                    Some(answer) => {
                        assert!(bears == Bears::Outages && [401, 503].contains(&answer.status), "{answer:?}");
                        break;
                    }
                    None => {
                        assert!(bears != Bears::Nothing, "the line was cut");
                        self.unknown.fetch_add(1, Ordering::SeqCst);
                        break;
                    }
                };
                self.change(number, |opening| {
                    if let Opening::Done { version, rows, .. } = opening {
                        *version = answer.body["version"].as_i64().unwrap();
                        rows.push(material.to_owned());
                    }
                });
            }
        }
    }

    /// Asks for one organization's case; the key is the same each time.
    async fn ask_for(&self, clerk: &Person<'_>, number: u32, bears: Bears) -> Answered {
        let key = format!("opening-{number}");
        let request = clerk.request(Method::POST, "/cases").await.header("Idempotency-Key", key);
        let answer = match request.json(&application(number)).send().await {
            Ok(response) => answer_of(response).await,
            Err(error) if error.is_connect() && bears != Bears::Nothing => {
                self.refused.fetch_add(1, Ordering::SeqCst);
                return Answered::NotDone;
            }
            Err(_) => None,
        };
        let Some(answer) = answer else {
            assert!(bears != Bears::Nothing, "the line was cut");
            self.unknown.fetch_add(1, Ordering::SeqCst);
            return Answered::Unknown;
        };
        if answer.status == 201 {
            return Answered::Opened(answer);
        }
        assert!(bears == Bears::Outages && [401, 503].contains(&answer.status), "{answer:?}");
        match (answer.status, answer.body["code"].as_str()) {
            // The clock was moved.
            (401, _) => {
                clerk.forget_token().await;
                Answered::NotDone
            }
            (_, Some("unavailable")) => {
                self.refused.fetch_add(1, Ordering::SeqCst);
                Answered::NotDone
            }
            _ => {
                self.unknown.fetch_add(1, Ordering::SeqCst);
                Answered::Unknown
            }
        }
    }

    /// Opens a case that must be possible.
    async fn open(&self, clerk: &Person<'_>, number: u32) -> String {
        let opened = clerk.post("/cases", &application(number)).await.expect(201);
        let acceptance_number = opened["acceptance_number"].as_str().unwrap().to_owned();
        let number_there = acceptance_number.clone();
        self.change(number, |opening| {
            *opening = Opening::Done { acceptance_number, version: 1, rows: Vec::new() };
        });
        number_there
    }

    fn enter(&self, opening: Opening) -> u32 {
        let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        openings.push(opening);
        openings.len() as u32 - 1
    }

    fn change(&self, number: u32, change: impl FnOnce(&mut Opening)) {
        let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut openings[number as usize]);
        if matches!(openings[number as usize], Opening::Done { .. }) {
            self.acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Holds the service against the books. Whose request came to nothing applies again, and is accepted.
    pub(crate) async fn check(&self, clerk: &Person<'_>) -> Surplus {
        let openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut surplus = Surplus { cases: 0, events: 0 };
        let mut claimed = BTreeSet::new();
        for (number, opening) in openings.into_iter().enumerate() {
            let number = number as u32;
            let path = format!("/organizations/{}/eligibility", organization_code(number));
            let eligibility = clerk.get(&path).await.expect(200);
            let holder = eligibility["alternatives"][0]["acceptance_number"].as_str();
            assert_eq!(eligibility["eligible"], json!(holder.is_none()), "{eligibility}");
            let Some(holder) = holder else {
                assert!(!matches!(opening, Opening::Done { .. }), "{opening:?} was acknowledged and is lost");
                claimed.insert(self.open(clerk, number).await);
                continue;
            };
            // The claim leads to a case, and the case is whole.
            let case = clerk.get(&format!("/cases/{holder}")).await.expect(200);
            assert_eq!(case["application"]["organization"]["organization_code"], organization_code(number));
            let there = events_of(clerk, &case).await;
            claimed.insert(holder.to_owned());
            clerk.post("/cases", &application(number)).await.refused(409, "already_applied");
            match opening {
                Opening::NotDone => panic!("nothing was said to be changed, but there is {case:#}"),
                Opening::Unknown => {
                    surplus.cases += 1;
                    surplus.events += there;
                }
                Opening::Done { acceptance_number, version, rows } => {
                    assert_eq!(acceptance_number, holder);
                    assert!(version <= there, "version {version} was acknowledged, {there} is there");
                    rows.iter().for_each(|row| assert!(check_of(&case, row).is_object(), "the check of {row} is lost"));
                    surplus.events += there - version;
                }
            }
        }
        assert_eq!(claimed, all_cases(clerk).await, "each case holds its organization's claim");
        surplus
    }
}

/// How many events a case has: as many as its version says, and the rows they checked are those it shows.
async fn events_of(clerk: &Person<'_>, case: &Value) -> i64 {
    let version = case["version"].as_i64().unwrap();
    let events = clerk.get(&format!("/cases/{}/events", case["id"].as_str().unwrap())).await.expect(200);
    let events = events["items"].as_array().unwrap();
    assert!(events.iter().map(|event| event["sequence"].as_i64().unwrap()).eq(1..=version), "{events:#?}");
    for event in events.iter().filter(|event| event["kind"] == "material_recorded") {
        let row = event["data"]["material"].as_str().unwrap();
        assert!(check_of(case, row).is_object(), "the event of {row} is there, the check isn't");
    }
    let shown = case["materials"]["sheets"].as_array().unwrap().iter().filter(|row| row["check"].is_object()).count();
    assert_eq!(shown as i64, version - 1);
    version
}

fn check_of<'a>(case: &'a Value, row: &str) -> &'a Value {
    let sheets = case["materials"]["sheets"].as_array().unwrap();
    &sheets.iter().find(|sheet| sheet["material"] == row).unwrap()["check"]
}

/// The acceptance numbers of all cases, each of one.
async fn all_cases(clerk: &Person<'_>) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    let mut path = "/cases?limit=200".to_owned();
    loop {
        let page = clerk.get(&path).await.expect(200);
        for case in page["items"].as_array().unwrap() {
            assert!(numbers.insert(case["acceptance_number"].as_str().unwrap().to_owned()));
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/cases?limit=200&after={next}");
    }
    numbers
}

/// The answer, or nothing when the line was cut.
async fn attempt(request: RequestBuilder) -> Option<Answer> {
    answer_of(request.send().await.ok()?).await
}

async fn answer_of(response: Response) -> Option<Answer> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.json().await.ok()?;
    Some(Answer { status, headers, body })
}
