//! The made-up organizations of the demo and their people.

use std::collections::VecDeque;

use crate::domain::base::organization::OrganizationDraft;
use crate::domain::cases::intake::applicant::PersonDraft;
use crate::startup::StartError;

const ORGANIZATIONS: &str = include_str!("organizations.csv");

/// The organizations of the examples in the description of the API: whoever tries those finds them as free as they say.
const DOCUMENTED: &[&str] = &["91440114PDY746751K"];

/// An organization with the people who come for it.
pub(super) struct Company {
    pub(super) organization: OrganizationDraft,
    pub(super) applicant: PersonDraft,
    pub(super) agent: PersonDraft,
}

/// Everybody who may apply, except whom [`DOCUMENTED`] leaves to the documentation.
pub(super) fn organizations() -> Result<VecDeque<Company>, StartError> {
    let mut reader = csv::Reader::from_reader(ORGANIZATIONS.as_bytes());
    let mut found = VecDeque::new();
    for row in reader.records() {
        let row = row.map_err(|error| StartError::Other(format!("the demo's organizations can't be read: {error}")))?;
        let column = |index: usize| row.get(index).unwrap_or_default().to_owned();
        let optional = |index: usize| Some(column(index)).filter(|text| !text.is_empty());
        let old = column(2).is_empty();
        let person = |name: usize, identity_number: usize| PersonDraft {
            name: column(name),
            identity_number: column(identity_number),
            phone: column(13),
            ..PersonDraft::default()
        };
        found.push_back(Company {
            organization: OrganizationDraft {
                name: column(0),
                unified_social_credit_code: optional(2),
                organization_code: optional(3).filter(|_| old),
                registration_number: optional(4).filter(|_| old),
                ..OrganizationDraft::default()
            },
            applicant: person(9, 10),
            agent: person(11, 12),
        });
    }
    // Old papers without a registration number can't apply; the demo leaves them out.
    found.retain(|company| {
        let OrganizationDraft { unified_social_credit_code: code, registration_number, .. } = &company.organization;
        let documented = code.as_deref().is_some_and(|code| DOCUMENTED.contains(&code));
        (code.is_some() || registration_number.is_some()) && !documented
    });
    Ok(found)
}
