//! Who collects, in decisions.

use crate::domain::base::form::Form;
use crate::domain::base::identity_document::IdentityDocumentDraft;
use crate::domain::base::person::{DocumentNumber, Personal};
use crate::domain::cases::decide::Decision;
use crate::domain::cases::event::{Collector, Event};
use crate::domain::cases::input::CollectorDraft;

impl Decision<'_> {
    /// Records who collects, with an identity document that was checked as an applicant's is.
    pub(in crate::domain) fn collector(&self, draft: &CollectorDraft, form: &mut Form) -> Option<Event> {
        let name = form.person_name("/collector/name", &draft.name);
        let document = IdentityDocumentDraft {
            kind: draft.document_type.as_deref(),
            country: draft.document_country.as_deref(),
            number: &draft.document_number,
            number_field: "document_number",
        };
        let today = self.context.hall.hours.local_date(self.context.now);
        let document = form.identity_document("/collector", &document, today);
        if !draft.document_sighted {
            let en = "the collector's identity document must be seen";
            form.fault("/collector/document_sighted", "document_not_sighted", "须核对领取人身份证件原件", en);
        }
        let (name, document) = (name?, document?);
        let after = Collector {
            name,
            document_type: Some(document.kind),
            document_country: document.country,
            document_number: DocumentNumber::from_store(document.number.in_clear().to_owned()),
        };
        Some(Event::CollectorRecorded { before: self.case.collector.clone(), after })
    }
}
