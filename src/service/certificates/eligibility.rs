//! Whether organizations may apply for a certificate: by their code, or by a part of their name.

use std::collections::BTreeMap;

use super::register;
use crate::domain::accounts::role::Scope;
use crate::domain::base::organization_code::{IdentifierFault, organization_code_of, wrong_check_character};
use crate::domain::base::words::Fault;
use crate::domain::cases::refusal::HeldBy;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::cases::{self, CaseFilter, CasePage};
use crate::store::certificates::{self, CertificateFilter, CertificatePage};

/// A search by name answers at most so many organizations.
pub const MOST_ORGANIZATIONS: usize = 20;

/// At most so many certificates and as many cases are looked at for them, newest first: an organization has several.
const MOST_HITS: i64 = 200;

/// Whether an organization may apply for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// The code that identifies it under either kind of papers.
    pub organization_code: String,
    /// What stands in the way, and so what it can do instead.
    pub held_by: Option<HeldBy>,
}

/// The organizations that a part of a name finds in the register and among the cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundOrganizations {
    /// Name and eligibility of each, by name.
    pub organizations: Vec<(String, Eligibility)>,
    /// There are others: a longer part of the name finds fewer.
    pub more: bool,
}

impl Service {
    /// Whether an organization may apply for a new certificate, under either of its codes.
    ///
    /// # Errors
    /// The code is no code; or its check character is wrong, and nobody is known by it: an application with it would be refused.
    pub async fn eligibility(&self, caller: &Caller, code: &str) -> Result<Eligibility, ServiceError> {
        caller.require(Scope::EligibilityRead)?;
        let refused =
            |fault: IdentifierFault| ServiceError::Invalid(vec![Fault::new("/code", fault.code(), fault.words())]);
        let parsed = organization_code_of(code).map_err(refused)?;
        let (organization_code, now) = (parsed.as_str().to_owned(), self.now());
        let (service, caller) = (self.clone(), caller.clone());
        let found = self.db.read("eligibility", move |tx| {
            let held_by = register::held_by(tx, service.reader(&caller), &organization_code, now)?;
            Ok::<_, ServiceError>(Eligibility { organization_code: organization_code.clone(), held_by })
        });
        let found = found.await?;
        let mistyped = wrong_check_character(code).filter(|_| found.held_by.is_none());
        mistyped.map_or(Ok(found), |fault| Err(refused(fault)))
    }

    /// Refuses other systems, and staff without a role on cases.
    ///
    /// # Errors
    /// What is missing.
    pub fn may_find_organizations(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_staff()?;
        caller.require(Scope::EligibilityRead)
    }

    /// The organizations with a part of a name, as a search key, that have or had a certificate or a case here: of the whole
    /// hall, because whether an organization may apply doesn't depend on the outlet that is asked. An organization that isn't
    /// found hasn't applied under such a name.
    ///
    /// # Errors
    /// As [`Self::may_find_organizations`].
    pub async fn organizations_named(&self, caller: &Caller, name: String) -> Result<FoundOrganizations, ServiceError> {
        self.may_find_organizations(caller)?;
        let (service, caller, now) = (self.clone(), caller.clone(), self.now());
        self.db
            .read_long("organizations_named", move |tx| {
                let (mut found, name) = (BTreeMap::<String, String>::new(), Some(name.clone()));
                let filter = CaseFilter { name: name.clone(), ..CaseFilter::default() };
                let of_cases = cases::list(tx, &filter, &CasePage::newest(MOST_HITS))?;
                for case in of_cases.cases {
                    found.entry(case.organization_code).or_insert(case.organization_name);
                }
                let filter = CertificateFilter { name, ..CertificateFilter::default() };
                let page = CertificatePage { after: None, limit: MOST_HITS };
                let of_certificates = certificates::list(tx, &filter, &page)?;
                for certificate in of_certificates.certificates {
                    found.entry(certificate.organization_code).or_insert(certificate.organization_name);
                }
                let more =
                    of_cases.next.is_some() || of_certificates.next.is_some() || found.len() > MOST_ORGANIZATIONS;
                let mut named: Vec<(String, String)> = found.into_iter().map(|(code, name)| (name, code)).collect();
                named.sort_unstable();
                let mut organizations = Vec::new();
                for (name, organization_code) in named.into_iter().take(MOST_ORGANIZATIONS) {
                    let held_by = register::held_by(tx, service.reader(&caller), &organization_code, now)?;
                    organizations.push((name, Eligibility { organization_code, held_by }));
                }
                Ok(FoundOrganizations { organizations, more })
            })
            .await
    }
}
