//! The 24-hour answer, for one certificate and for many at once.
//!
//! Guarantees: one statement answers however many are asked for; what is answered holds at one instant, and says for how
//! long it may be kept. Nothing is stored, so that no job can be late.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::accounts::role::Scope;
use crate::domain::base::form::Form;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::text::serial;
use crate::domain::base::words::{Fault, Words};
use crate::domain::certificates::authorization::{Authorization, QuestionDraft, authorization};
use crate::domain::certificates::certificate::{Certificate, ServiceKind};
use crate::domain::certificates::state::LifeStage;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::certificates;

/// Which certificate is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// The one with this serial.
    Serial(String),
    /// The one of this organization, by its organization code.
    Organization(String),
}

/// Checked questions about one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    /// Code of the application.
    pub application: String,
    /// One for each row.
    pub rows: Vec<Question>,
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Serial of the certificate that answered; none where there is none.
    pub serial: Option<String>,
    /// The answer.
    pub authorization: Authorization,
}

/// Answers, in the order of the questions.
#[derive(Debug, Clone)]
pub struct Answers {
    /// One for each question.
    pub rows: Vec<Answer>,
    /// For how many seconds they may be kept.
    pub max_age_seconds: u32,
}

impl Service {
    /// Refuses whoever may not ask, before anything is asked of them.
    ///
    /// # Errors
    /// The scope that is missing.
    pub fn may_ask_for_authorizations(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require(Scope::AuthorizationsRead)
    }

    /// Whether a certificate may log in to an application now.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where the register has no such certificate or the hall no such application.
    pub async fn authorization(
        &self,
        caller: &Caller,
        serial: &str,
        application: &str,
    ) -> Result<Answers, ServiceError> {
        self.may_ask_for_authorizations(caller)?;
        self.hall.application(application).ok_or(ServiceError::NotFound)?;
        let certificate = self.certificate_in_register(serial).await?;
        let now = self.now();
        Ok(self.answers(vec![answer(Some(&certificate), application, now)], now))
    }

    /// Checks questions about many certificates at once.
    ///
    /// # Errors
    /// Every fault, with the row's place.
    pub fn questions(&self, application: String, rows: &[QuestionDraft]) -> Result<Questions, Vec<Fault>> {
        let mut form = Form::default();
        if self.hall.application(&application).is_none() {
            let known: Vec<&str> = self.hall.applications.iter().map(|known| known.code.as_str()).collect();
            form.not_one_of("/application", &known);
        }
        let mut questions = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let at = format!("/certificates/{index}");
            let question = match (&row.serial, &row.organization_code) {
                (Some(serial), None) => form.serial(&format!("{at}/serial"), serial).map(Question::Serial),
                (None, Some(code)) => match organization_code_of(code) {
                    Ok(code) => Some(Question::Organization(code.as_str().to_owned())),
                    Err(fault) => {
                        form.0.push(Fault::new(format!("{at}/organization_code"), fault.code(), fault.words()));
                        None
                    }
                },
                _ => {
                    let words = Words::new(
                        "须填写 serial 或 organization_code 之一",
                        "give either serial or organization_code",
                    );
                    form.0.push(Fault::new(at, "one_of_two", words));
                    None
                }
            };
            questions.extend(question);
        }
        form.finish(Some(Questions { application, rows: questions }))
    }

    /// Whether many certificates may log in to an application now.
    ///
    /// # Errors
    /// The database's; a certificate that isn't there is an answer.
    pub async fn authorizations(&self, caller: &Caller, asked: Questions) -> Result<Answers, ServiceError> {
        self.may_ask_for_authorizations(caller)?;
        let rows = asked.rows.clone();
        let found = self
            .db
            .read_long("authorizations", move |tx| {
                let (mut serials, mut organizations) = (Vec::new(), Vec::new());
                for row in &rows {
                    match row {
                        Question::Serial(serial) => serials.push(serial.as_str()),
                        Question::Organization(code) => organizations.push(code.as_str()),
                    }
                }
                Ok::<_, ServiceError>(certificates::load_many(tx, &serials, &organizations)?)
            })
            .await?;
        let now = self.now();
        let (mut by_serial, mut by_organization) = (BTreeMap::new(), BTreeMap::<&str, &Certificate>::new());
        for certificate in &found {
            by_serial.insert(certificate.serial.as_str(), certificate);
            let speaks = by_organization.entry(&certificate.organization_code).or_insert(certificate);
            if rank(certificate, now) > rank(speaks, now) {
                *speaks = certificate;
            }
        }
        let of = |question: &Question| match question {
            Question::Serial(serial) => by_serial.get(serial.as_str()).copied(),
            Question::Organization(code) => by_organization.get(code.as_str()).copied(),
        };
        let rows = asked.rows.iter().map(|question| answer(of(question), &asked.application, now)).collect();
        Ok(self.answers(rows, now))
    }

    fn answers(&self, rows: Vec<Answer>, now: DateTime<Utc>) -> Answers {
        let most = self.hall.authorization_max_age_seconds;
        let each = rows.iter().map(|row| row.authorization.max_age_seconds(now, most));
        let max_age_seconds = each.min().unwrap_or(most);
        Answers { rows, max_age_seconds }
    }

    pub(in crate::service) async fn certificate_in_register(&self, text: &str) -> Result<Certificate, ServiceError> {
        let serial = serial(text).ok_or(ServiceError::NotFound)?;
        let found =
            self.db.read("certificate", move |tx| Ok::<_, ServiceError>(certificates::load(tx, &serial)?)).await?;
        found.ok_or(ServiceError::NotFound)
    }
}

/// Which of an organization's certificates speaks for it: a living one before those that ended, one in use before one that
/// is only being made, the one that lasts longest, the newest.
fn rank(certificate: &Certificate, now: DateTime<Utc>) -> impl Ord + use<> {
    let in_use = certificate.stage == LifeStage::Active;
    (certificate.is_living(now), in_use, certificate.valid_until, certificate.id)
}

fn answer(certificate: Option<&Certificate>, application: &str, now: DateTime<Utc>) -> Answer {
    let answer = |known: &Certificate| authorization(known, ServiceKind::Application, application, now);
    Answer {
        serial: certificate.map(|known| known.serial.clone()),
        authorization: certificate.map_or_else(Authorization::unknown, answer),
    }
}
