//! The controls of an action: those of each part of its data.

use super::control::{Control, Field};
use crate::console::page::messages::Messages;
use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::organization::OrganizationKind;
use crate::domain::base::words::Words;
use crate::domain::case_types::codes::InputPart;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::application::Application;
use crate::domain::hall::Hall;
use crate::domain::money::payment::PaymentMethod;
use crate::domain::money::yuan::yuan;
use crate::service::cases::details::CaseDetails;

/// What the controls of an action are made of.
pub(super) struct Sources<'a> {
    pub(super) messages: Messages,
    pub(super) hall: &'a Hall,
    pub(super) details: &'a CaseDetails<'a>,
    /// Where the clerk is today: a refund leaves that drawer. What is cancelled leaves the one that it went into.
    pub(super) window: Option<&'a str>,
}

impl Sources<'_> {
    /// The controls of a part.
    pub(super) fn fields(&self, part: InputPart, is_required: bool) -> Vec<Field> {
        let line = |name: &str, most: usize| self.line(name, most);
        let case = self.details.case;
        let fields = match part {
            InputPart::Reason | InputPart::Remark => {
                vec![Field::line(part.code(), self.messages.of(&part.words()), 500).control(Control::Lines)]
            }
            InputPart::Materials => Vec::new(), // the check sheet's
            InputPart::Certificate => vec![line("certificate.serial", 64), line("certificate.medium_number", 64)],
            InputPart::Payment => vec![
                line("payment.amount_fen:yuan", 20).holding(yuan(case.outstanding_fen())),
                line("payment.method", 32).control(self.choice(PaymentMethod::ALL.map(|it| (it.code(), it.words())))),
                line("payment.window", 20).optional(),
                line("payment.reference", 120).optional(),
            ],
            InputPart::Collector => self.person("collector", "document_number", "document_sighted:yes"),
            InputPart::Correction => self.correction(&case.application),
            InputPart::Limit => vec![line("limit", 10).control(Control::Day)],
            InputPart::Commitment => vec![
                line("commitment.material", 64).control(self.lacking()),
                line("commitment.until", 10).control(Control::Day),
                line("commitment.signed:yes", 3).control(Control::Tick),
            ],
            InputPart::Cancellation => {
                vec![
                    line("cancellation.receipt", 32).control(standing(case)),
                    line("cancellation.window", 20).optional(),
                ]
            }
            InputPart::Refund => {
                let window = self.window.filter(|_| case.refundable().next().is_some());
                let window = line("refund.window", 20).holding(window.unwrap_or_default()).optional();
                vec![window, line("refund.reference", 120).optional()]
            }
            InputPart::Waiver => vec![
                line("waiver.item", 32)
                    .control(self.choice(case.fee.lines.iter().map(|it| (it.item.code(), it.item.words()))))
                    .optional(),
                line("waiver.amount_fen:yuan", 20).optional(),
            ],
            InputPart::BoxNumber => vec![line("box_number", 20)],
        };
        fields.into_iter().map(|field| if is_required { field } else { field.optional() }).collect()
    }

    fn line(&self, name: &str, most: usize) -> Field {
        let path = name.split(':').next().unwrap_or(name);
        Field::line(name, self.messages.t(&format!("field.{path}")), most)
    }

    fn choice<'c>(&self, of: impl IntoIterator<Item = (&'c str, Words)>) -> Control {
        let named = |(code, words): (&str, Words)| (code.to_owned(), self.messages.of(&words).to_owned());
        Control::Choice(of.into_iter().map(named).collect())
    }

    fn lacking(&self) -> Control {
        let lacking = &self.details.verdict.missing;
        let mut rows: Vec<_> =
            self.details.sheets.iter().filter(|sheet| lacking.iter().any(|it| it.material == sheet.code)).collect();
        rows.dedup_by(|one, other| one.code == other.code);
        self.choice(rows.iter().map(|sheet| (sheet.code.as_str(), sheet.words())))
    }

    fn person(&self, whose: &str, number: &str, last: &str) -> Vec<Field> {
        let of = |member: &str, most| Field {
            name: format!("{whose}.{member}"),
            ..self.line(&format!("person.{member}"), most)
        };
        let types = IdentityDocumentType::ALL.map(|it| (it.code(), it.words()));
        let last = of(last, 40);
        vec![
            of("name", 120),
            of("document_type", 40).control(self.choice(types)),
            of("document_country", 3).optional(),
            of(number, 40),
            if last.name.ends_with(":yes") { last.control(Control::Tick) } else { last },
        ]
    }

    /// Of persons nothing is filled in: whoever corrects one types them anew.
    fn correction(&self, application: &Application) -> Vec<Field> {
        let organization = &application.organization;
        let line = |member: &str| self.line(&format!("correction.organization.{member}"), 120).optional();
        let code = |unified: Option<&str>| unified.unwrap_or_default().to_owned();
        let own_code = if organization.unified_code.is_some() { "" } else { organization.organization_code.as_str() };
        let mut fields = vec![
            line("name").holding(organization.name.as_str()),
            line("kind")
                .control(self.choice(OrganizationKind::ALL.map(|it| (it.code(), it.words()))))
                .holding(organization.kind.code()),
            line("unified_social_credit_code").holding(code(organization.unified_code.as_ref().map(|it| it.as_str()))),
            line("organization_code").holding(own_code),
        ];
        for whose in ["applicant", "agent"] {
            let title = self.messages.t(if whose == "applicant" { "case.applicant" } else { "case.agent" });
            let person = self.person(&format!("correction.{whose}"), "identity_number", "phone");
            fields.extend(
                person
                    .into_iter()
                    .map(|field| Field { label: format!("{title} · {}", field.label), ..field.optional() }),
            );
        }
        let outlets = self.hall.outlets.iter().map(|outlet| (outlet.code.as_str(), outlet.words.clone()));
        fields.push(
            self.line("correction.outlet", 64)
                .control(self.choice(outlets))
                .holding(application.outlet.as_str())
                .optional(),
        );
        fields
    }
}

fn standing(case: &Case) -> Control {
    let shown = |receipt: String, amount: i64| (receipt.clone(), format!("{receipt}  {}", yuan(amount)));
    Control::Choice(
        case.money.standing().map(|payment| shown(payment.receipt.to_string(), payment.amount_fen)).collect(),
    )
}
