//! The fields of an action: those of each part of its data.

use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Role;
use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::organization::{Organization, OrganizationKind};
use crate::domain::base::person::Personal;
use crate::domain::case_types::codes::InputPart;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::applicant::{Contact, Person};
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
        let line = |name: &str| self.line(name);
        let case = self.details.case;
        let fields = match part {
            InputPart::Reason | InputPart::Remark => {
                let label = self.visitor.messages.line(&part.words());
                vec![Field::text(part.code(), &label, self.typed).control(Control::Lines).required()]
            }
            // The check sheet's, and the page for payments'.
            InputPart::Materials | InputPart::Payment => Vec::new(),
            InputPart::Certificate => {
                ["certificate/serial", "certificate/medium_number"].map(|name| line(name).for_codes()).into()
            }
            InputPart::Collector => self.person("collector", "document_number", None),
            InputPart::Correction => self.correction(&case.application),
            InputPart::Limit => vec![line("limit").control(Control::Day)],
            InputPart::Commitment => vec![
                self.choice("commitment/material", self.lacking()),
                line("commitment/until").control(Control::Day),
                line("commitment/signed").control(Control::Tick),
            ],
            InputPart::Cancellation => {
                vec![self.choice("cancellation/receipt", standing(case)), self.window("cancellation/window")]
            }
            // Of what nobody paid nothing goes back.
            InputPart::Refund if case.refundable().next().is_none() => Vec::new(),
            InputPart::Refund => {
                // A refund leaves the drawer of where the clerk is today; what is cancelled leaves the one that it went into.
                let window = self.visitor.window.name();
                let window = self.window("refund/window").holding(window.unwrap_or_default());
                vec![window, line("refund/reference").optional()]
            }
            InputPart::Waiver => vec![
                self.choice(
                    "waiver/item",
                    self.visitor.named(case.fee.lines.iter().map(|it| (it.item.code(), it.item.words()))),
                )
                .optional(),
                line("waiver/amount_fen").control(Control::Yuan).optional(),
            ],
            InputPart::BoxNumber => vec![line("box_number").for_codes()],
        };
        fields.into_iter().map(|field| if is_required { field } else { field.optional() }).collect()
    }

    fn line(&self, name: &str) -> Field {
        self.labelled(name, name)
    }

    /// At which window money goes, where an outlet has several.
    fn window(&self, name: &str) -> Field {
        self.line(name).optional()
    }

    fn labelled(&self, name: &str, label: &str) -> Field {
        let key = format!("field.{}", label.replace('/', "."));
        Field::text(name, self.visitor.messages.t(&key), self.typed).required()
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
        let of = |member: &str| self.labelled(&format!("{whose}/{member}"), &format!("person/{member}"));
        let types = self.visitor.named(IdentityDocumentType::ALL.map(|it| (it.code(), it.words())));
        let label = self.visitor.messages.t("field.person.document_type");
        let document = Field::choice(Control::Select, &format!("{whose}/document_type"), label, self.typed, types);
        let last = match phone {
            Some(phone) => of(phone),
            None => of("document_sighted").control(Control::Tick),
        };
        vec![of("name"), document.required(), of(number), of("document_country").optional(), last]
    }

    /// What the application says stands there; of persons' numbers only the end is shown, and what is left blank stays as it is.
    fn correction(&self, application: &Application) -> Vec<Field> {
        let mut fields = self.corrected_organization(&application.organization);
        let contact = application.certificate_contact.as_ref();
        let people = [
            ("case.applicant", self.corrected_person("applicant", Some(&application.applicant))),
            ("case.agent", self.corrected_person("agent", application.agent.as_ref())),
            ("case.contact", self.corrected_contact(contact).into()),
        ];
        for (title, mut of_person) in people {
            let title = self.visitor.messages.t(title);
            of_person.iter_mut().for_each(|field| field.label = format!("{title} · {}", field.label));
            fields.extend(of_person);
        }
        // Who is named may turn out to be nobody.
        let named = [
            ("correction/without_agent", application.agent.is_some()),
            ("correction/without_certificate_contact", contact.is_some()),
        ];
        let nobody = named.into_iter().filter(|(_, is_named)| *is_named);
        fields.extend(nobody.map(|(name, _)| self.line(name).control(Control::Tick).optional()));
        // Of one outlet nobody can choose another.
        let actor = &self.visitor.caller.actor;
        if actor.outlet.is_none() || actor.has_any(&[Role::Supervisor]) {
            let outlets = self.choice("correction/outlet", self.visitor.named_outlets());
            fields.push(outlets.holding(application.outlet.as_str()).optional());
        }
        fields
    }

    /// Sent as a whole once any of it is changed.
    fn corrected_organization(&self, known: &Organization) -> Vec<Field> {
        let messages = self.visitor.messages;
        let line = |member: &str| self.line(&format!("correction/organization/{member}")).optional();
        let own_code = if known.unified_code.is_some() { "" } else { known.organization_code.as_str() };
        let kinds = self.visitor.named(OrganizationKind::ALL.map(|it| (it.code(), it.words())));
        let unified = known.unified_code.as_ref().map_or("", |code| code.as_str());
        let registered = known.registration_number.as_ref().map_or("", |number| number.as_str());
        let text = |member: &str, key: &str| {
            Field::text(&format!("correction/organization/{member}"), messages.t(key), self.typed)
        };
        let number = text("registration_number", "intake.registration_number").holding(registered).for_codes();
        let mut fields = vec![
            line("name").holding(known.name.as_str()),
            self.choice("correction/organization/kind", kinds).holding(known.kind.code()).optional(),
            line("unified_social_credit_code").holding(unified).for_codes(),
            line("organization_code").holding(own_code).for_codes(),
            number.hint(messages.t("intake.registration_number_hint")),
        ];
        if self.visitor.caller.actor.has_any(&[Role::Supervisor]) {
            let reason = known.check_override_reason.as_deref().unwrap_or_default();
            let field = text("check_override_reason", "intake.override").holding(reason);
            fields.push(field.hint(messages.t("intake.override_hint")));
        }
        fields
    }

    /// The same of whom to ask about the certificate, who has no document.
    fn corrected_contact(&self, known: Option<&Contact>) -> [Field; 2] {
        let of = |member: &str| {
            self.labelled(&format!("correction/certificate_contact/{member}"), &format!("person/{member}")).optional()
        };
        let stays = |known: &Contact| self.visitor.messages.fill("field.stays", "now", known.phone.masked());
        let (name, phone) = (known.map_or("", |known| &known.name), known.map(stays).unwrap_or_default());
        [of("name").holding(name), of("phone").hint(phone)]
    }

    /// Only what is changed of it is sent.
    fn corrected_person(&self, whose: &str, known: Option<&Person>) -> Vec<Field> {
        let stays = |masked: String| self.visitor.messages.fill("field.stays", "now", masked);
        let of = |field: Field| {
            let (name, known) = (field.name.clone(), known.cloned());
            let member = name.rsplit('/').next().unwrap_or_default();
            match (member, known) {
                (_, None) => field,
                ("name", Some(known)) => field.holding(known.name),
                ("document_type", Some(known)) => field.holding(known.document_type.code()),
                ("document_country", Some(known)) => field.holding(known.document_country.unwrap_or_default()),
                ("identity_number", Some(known)) => field.hint(stays(known.identity_number.masked())),
                (_, Some(known)) => field.hint(stays(known.phone.masked())),
            }
        };
        let fields = self.person(&format!("correction/{whose}"), "identity_number", Some("phone"));
        fields.into_iter().map(|field| of(field).optional()).collect()
    }
}

fn standing(case: &Case) -> Vec<(String, String)> {
    let shown = |receipt: String, amount: i64| (receipt.clone(), format!("{receipt}  {}", yuan(amount)));
    case.money.standing().map(|payment| shown(payment.receipt.to_string(), payment.amount_fen)).collect()
}
