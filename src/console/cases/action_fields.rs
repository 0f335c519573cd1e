//! The fields of an action: those of each part of its data.

use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::visitor::Visitor;
use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::organization::OrganizationKind;
use crate::domain::case_types::codes::InputPart;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::application::Application;
use crate::domain::money::yuan::yuan;
use crate::service::cases::details::CaseDetails;

/// What the fields of an action are made of.
pub(super) struct Sources<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) details: &'a CaseDetails<'a>,
    pub(super) typed: &'a Typed,
}

impl Sources<'_> {
    /// The fields of a part.
    pub(super) fn fields(&self, part: InputPart, is_required: bool) -> Vec<Field> {
        let line = |name: &str, most: usize| self.line(name, most);
        let case = self.details.case;
        let fields = match part {
            InputPart::Reason | InputPart::Remark => {
                let label = self.visitor.messages.of(&part.words()).to_owned();
                vec![Field::text(part.code(), &label, self.typed).control(Control::Lines).required()]
            }
            // The check sheet's, and the page for payments'.
            InputPart::Materials | InputPart::Payment => Vec::new(),
            InputPart::Certificate => vec![line("certificate/serial", 64), line("certificate/medium_number", 64)],
            InputPart::Collector => self.person("collector", "document_number", None),
            InputPart::Correction => self.correction(&case.application),
            InputPart::Limit => vec![line("limit", 10).control(Control::Day)],
            InputPart::Commitment => vec![
                self.choice("commitment/material", self.lacking()),
                line("commitment/until", 10).control(Control::Day),
                line("commitment/signed", 3).control(Control::Tick),
            ],
            InputPart::Cancellation => {
                vec![self.choice("cancellation/receipt", standing(case)), line("cancellation/window", 120).optional()]
            }
            // Of what nobody paid nothing goes back.
            InputPart::Refund if case.refundable().next().is_none() => Vec::new(),
            InputPart::Refund => {
                // A refund leaves the drawer of where the clerk is today; what is cancelled leaves the one that it went into.
                let window = self.visitor.window.name();
                let window = line("refund/window", 120).holding(window.unwrap_or_default()).optional();
                vec![window, line("refund/reference", 120).optional()]
            }
            InputPart::Waiver => vec![
                self.choice(
                    "waiver/item",
                    self.visitor.named(case.fee.lines.iter().map(|it| (it.item.code(), it.item.words()))),
                )
                .optional(),
                line("waiver/amount_fen", 20).control(Control::Yuan).optional(),
            ],
            InputPart::BoxNumber => vec![line("box_number", 20)],
        };
        fields.into_iter().map(|field| if is_required { field } else { field.optional() }).collect()
    }

    fn line(&self, name: &str, most: usize) -> Field {
        self.labelled(name, name, most)
    }

    fn labelled(&self, name: &str, label: &str, most: usize) -> Field {
        let key = format!("field.{}", label.replace('/', "."));
        Field::text(name, self.visitor.messages.t(&key), self.typed).most(most).required()
    }

    fn choice(&self, name: &str, of: Vec<(String, String)>) -> Field {
        let key = format!("field.{}", name.replace('/', "."));
        Field::choice(Control::Select, name, self.visitor.messages.t(&key), self.typed, of).required()
    }

    fn lacking(&self) -> Vec<(String, String)> {
        let lacking = &self.details.verdict.missing;
        let mut rows: Vec<_> =
            self.details.sheets.iter().filter(|sheet| lacking.iter().any(|it| it.material == sheet.code)).collect();
        rows.dedup_by(|one, other| one.code == other.code);
        self.visitor.named(rows.iter().map(|sheet| (sheet.code.as_str(), sheet.words())))
    }

    /// A person, with a telephone number where one is asked for; of others the document is sighted.
    fn person(&self, whose: &str, number: &str, phone: Option<&str>) -> Vec<Field> {
        let of = |member: &str, most| self.labelled(&format!("{whose}/{member}"), &format!("person/{member}"), most);
        let types = self.visitor.named(IdentityDocumentType::ALL.map(|it| (it.code(), it.words())));
        let label = self.visitor.messages.t("field.person.document_type");
        let document = Field::choice(Control::Select, &format!("{whose}/document_type"), label, self.typed, types);
        let last = match phone {
            Some(phone) => of(phone, 40),
            None => of("document_sighted", 3).control(Control::Tick),
        };
        vec![of("name", 120), document.required(), of(number, 40), of("document_country", 3).optional(), last]
    }

    /// Of persons nothing is filled in: whoever corrects one types them anew.
    fn correction(&self, application: &Application) -> Vec<Field> {
        let organization = &application.organization;
        let line = |member: &str| self.line(&format!("correction/organization/{member}"), 120).optional();
        let code = |unified: Option<&str>| unified.unwrap_or_default().to_owned();
        let own_code = if organization.unified_code.is_some() { "" } else { organization.organization_code.as_str() };
        let kinds = self.visitor.named(OrganizationKind::ALL.map(|it| (it.code(), it.words())));
        let mut fields = vec![
            line("name").holding(organization.name.as_str()),
            self.choice("correction/organization/kind", kinds).holding(organization.kind.code()),
            line("unified_social_credit_code").holding(code(organization.unified_code.as_ref().map(|it| it.as_str()))),
            line("organization_code").holding(own_code),
        ];
        for whose in ["applicant", "agent"] {
            let title = self.visitor.messages.t(if whose == "applicant" { "case.applicant" } else { "case.agent" });
            let person = self.person(&format!("correction/{whose}"), "identity_number", Some("phone"));
            fields.extend(person.into_iter().map(|mut field| {
                field.label = format!("{title} · {}", field.label);
                field.optional()
            }));
        }
        let outlets = self.choice("correction/outlet", self.visitor.named_outlets());
        fields.push(outlets.holding(application.outlet.as_str()));
        fields
    }
}

fn standing(case: &Case) -> Vec<(String, String)> {
    let shown = |receipt: String, amount: i64| (receipt.clone(), format!("{receipt}  {}", yuan(amount)));
    case.money.standing().map(|payment| shown(payment.receipt.to_string(), payment.amount_fen)).collect()
}
