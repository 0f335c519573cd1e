//! Finding a case or a certificate by whatever somebody typed or scanned.
//!
//! Guarantee: what is found is what the reader may see; a search costs the same with a hundred thousand cases as with a hundred,
//! also where nothing is found and what comes nearest is looked for.

use crate::domain::accounts::role::Scope;
use crate::domain::base::organization_code::{IdentifierFault, UnifiedSocialCreditCode, organization_code_of};
use crate::domain::base::{search_key, text};
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::domain::cases::intake::labels::REFERENCE_CHARACTERS;
use crate::domain::cases::intake::scan::case_number;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::custody::SlipNumber;
use crate::domain::money::payment::ReceiptNumber;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseFilter, CasePage, CaseSummary};
use crate::service::certificates::certificate::{CertificateFilter, CertificatePage};
use crate::store::money::cash_journal;
use crate::store::{Tx, cases, certificates};

/// The most hits of each kind.
const MOST_HITS: i64 = 20;
/// The most that is offered where nothing was found.
const NEAREST: usize = 3;

/// What a search comes to.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Cases, newest first.
    pub cases: Vec<CaseSummary>,
    /// Certificates, newest first; none of a case that is found.
    pub certificates: Vec<Certificate>,
    /// Whether there are more.
    pub more: bool,
    /// Whether this is what was asked for, and not only what comes nearest.
    pub is_hit: bool,
    /// Whether it was found by a part of a name, which many may share.
    pub by_name: bool,
    /// Whether a check character of what was typed is wrong, so that it is no number that there is.
    pub is_mistyped: bool,
}

/// What somebody looks for, and what of it they may see.
struct Search {
    sought: String,
    reach: CaseFilter,
    sees_certificates: bool,
}

impl Service {
    /// Finds what a text means: a case by its number, the QR code, the receipt or the slip that bears it, a certificate by its serial or medium,
    /// both by an organization's code or by a part of the name of an organization or a person, a case by its reference. Where nothing is found, what comes nearest: numbers that are a slip of
    /// the hand away, names that share most of their characters.
    ///
    /// # Errors
    /// The scope that is missing.
    pub async fn find(&self, caller: &Caller, sought: &str) -> Result<Found, ServiceError> {
        caller.require(Scope::CasesRead)?;
        let Some(reach) = CaseFilter::default().within(caller.reach()) else { return Ok(Found::default()) };
        let sees_certificates = caller.may(Scope::CertificatesRead);
        let search = Search { sought: sought.to_owned(), reach, sees_certificates };
        self.db.read_long("find", move |tx| search.find(tx)).await
    }
}

impl Search {
    fn find(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        for look in
            [Self::by_number, Self::by_receipt, Self::by_slip, Self::by_serial, Self::by_code, Self::by_reference]
        {
            let found = look(self, tx)?;
            if !found.cases.is_empty() || !found.certificates.is_empty() {
                return Ok(Found { is_hit: !found.is_mistyped, ..found });
            }
        }
        let found = self.by_name(tx)?;
        if !found.cases.is_empty() || !found.certificates.is_empty() {
            return Ok(Found { is_hit: true, by_name: true, ..found });
        }
        Ok(Found { is_mistyped: self.is_mistyped(), ..self.nearest(tx)? })
    }

    /// Whether a number or a code was typed that its own check character contradicts.
    fn is_mistyped(&self) -> bool {
        let faults = [AcceptanceNumber::parse(&self.sought).err(), UnifiedSocialCreditCode::parse(&self.sought).err()];
        faults.contains(&Some(IdentifierFault::CheckCharacter))
    }

    fn by_number(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        let Some(number) = case_number(&self.sought) else { return Ok(Found::default()) };
        let cases = cases::numbered(tx, &self.reach, &[number.as_str().to_owned()], &[], 1)?;
        Ok(Found { cases, ..Found::default() })
    }

    /// Each outlet counts its receipts for itself, so that one number may be of several cases.
    fn by_receipt(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        let Some(receipt) = ReceiptNumber::parse(&text::cell(&self.sought)) else { return Ok(Found::default()) };
        let numbers = cash_journal::cases_of(tx, receipt)?;
        let cases = cases::numbered(tx, &self.reach, &numbers, &[], MOST_HITS)?;
        Ok(Found { cases, ..Found::default() })
    }

    /// The same of the slips that its holder took away.
    fn by_slip(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        let Some(slip) = SlipNumber::parse(&text::cell(&self.sought)) else { return Ok(Found::default()) };
        let numbers = cases::cases_of_slip(tx, slip)?;
        let cases = cases::numbered(tx, &self.reach, &numbers, &[], MOST_HITS)?;
        Ok(Found { cases, ..Found::default() })
    }

    fn by_serial(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        let Some(serial) = text::serial(&self.sought) else { return Ok(Found::default()) };
        if !self.sees_certificates {
            return self.cases(tx, CaseFilter { certificate_serial: Some(serial), ..self.reach.clone() });
        }
        let with_serial = CertificateFilter { serial: Some(serial.clone()), ..CertificateFilter::default() };
        let on_medium = CertificateFilter { medium_number: Some(serial), ..CertificateFilter::default() };
        let found = self.certificates(tx, &with_serial)?;
        if found.certificates.is_empty() { self.certificates(tx, &on_medium) } else { Ok(found) }
    }

    fn by_code(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        let Ok(code) = organization_code_of(&self.sought) else { return Ok(Found::default()) };
        let code = Some(code.as_str().to_owned());
        let found = self.cases(tx, CaseFilter { organization_code: code.clone(), ..self.reach.clone() })?;
        let of_code = CertificateFilter { organization_code: code, ..CertificateFilter::default() };
        let mut found = self.with_certificates(tx, found, &of_code)?;
        if self.is_mistyped() && !self.is_as_issued(tx, &found)? {
            found.cases.truncate(NEAREST);
            found.certificates.truncate(NEAREST - found.cases.len());
            found = Found { is_mistyped: true, more: false, ..found };
        }
        Ok(found)
    }

    /// Whether one of those found has the very code: some that were really issued fail the check.
    fn is_as_issued(&self, tx: &mut Tx<'_>, found: &Found) -> Result<bool, ServiceError> {
        let sought = text::number(&self.sought);
        for case in &found.cases {
            let known = cases::load(tx, case.id)?.and_then(|case| case.application.organization.unified_code);
            if known.is_some_and(|code| code.as_str() == sought) {
                return Ok(true);
            }
        }
        Ok(found.certificates.iter().any(|one| one.unified_code.as_deref() == Some(sought.as_str())))
    }

    fn by_reference(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        let reference = text::line(&self.sought, REFERENCE_CHARACTERS);
        if reference.is_none() {
            return Ok(Found::default());
        }
        self.cases(tx, CaseFilter { reference, ..self.reach.clone() })
    }

    fn by_name(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        let Some(name) = self.name() else { return Ok(Found::default()) };
        let name = Some(name);
        let mut found = self.cases(tx, CaseFilter { name: name.clone(), ..self.reach.clone() })?;
        let of_persons = self.cases(tx, CaseFilter { person: name.clone(), ..self.reach.clone() })?;
        found.more |= of_persons.more;
        found.cases.extend(of_persons.cases);
        let mut seen = std::collections::HashSet::new();
        found.cases.retain(|case| seen.insert(case.id));
        if !found.cases.is_empty() {
            return Ok(found);
        }
        let found = self.with_certificates(
            tx,
            found,
            &CertificateFilter { name: name.clone(), ..CertificateFilter::default() },
        )?;
        self.with_certificates(tx, found, &CertificateFilter { handler: name, ..CertificateFilter::default() })
    }

    /// The search key; none of what is too short for a part of a name.
    fn name(&self) -> Option<String> {
        Some(search_key::key(&self.sought)).filter(|key| key.chars().count() >= search_key::FEWEST_CHARACTERS)
    }

    fn cases(&self, tx: &mut Tx<'_>, filter: CaseFilter) -> Result<Found, ServiceError> {
        let listing = cases::list(tx, &filter, &CasePage::newest(MOST_HITS))?;
        Ok(Found { more: listing.next.is_some(), cases: listing.cases, ..Found::default() })
    }

    fn certificates(&self, tx: &mut Tx<'_>, filter: &CertificateFilter) -> Result<Found, ServiceError> {
        let listing = certificates::list(tx, filter, &CertificatePage { after: None, limit: MOST_HITS })?;
        Ok(Found { more: listing.next.is_some(), certificates: listing.certificates, ..Found::default() })
    }

    /// The same with the certificates of a filter, but for those that a case leads to which is found.
    fn with_certificates(
        &self,
        tx: &mut Tx<'_>,
        mut found: Found,
        filter: &CertificateFilter,
    ) -> Result<Found, ServiceError> {
        if !self.sees_certificates {
            return Ok(found);
        }
        let others = self.certificates(tx, filter)?;
        let is_led_to = |certificate: &Certificate| {
            found.cases.iter().any(|case| case.certificate_serial.as_ref() == Some(&certificate.serial))
        };
        let further: Vec<Certificate> =
            others.certificates.into_iter().filter(|certificate| !is_led_to(certificate)).collect();
        found.certificates.extend(further);
        found.more |= others.more;
        Ok(found)
    }

    fn nearest(&self, tx: &mut Tx<'_>) -> Result<Found, ServiceError> {
        let near = search_key::one_slip_away(&text::number(&self.sought));
        let numbers: Vec<String> = near.iter().filter(|it| AcceptanceNumber::parse(it).is_ok()).cloned().collect();
        let codes = near.iter().filter_map(|it| organization_code_of(it).ok()).map(|code| code.as_str().to_owned());
        let codes: Vec<String> = codes.collect();
        let most = i64::try_from(NEAREST).unwrap_or(i64::MAX);
        let mut found = Found::default();
        if !numbers.is_empty() || !codes.is_empty() {
            found.cases = cases::numbered(tx, &self.reach, &numbers, &codes, most)?;
        }
        if self.sees_certificates && found.cases.len() < NEAREST {
            found.certificates = self.certificates_near(tx)?;
            found.certificates.truncate(NEAREST - found.cases.len());
        }
        if let Some(name) = self.name().filter(|_| found.cases.is_empty() && found.certificates.is_empty()) {
            found.cases = cases::named_nearly(tx, &self.reach, &name, NEAREST)?;
        }
        Ok(found)
    }

    /// Certificates whose serial or medium number is a slip of the hand away.
    fn certificates_near(&self, tx: &mut Tx<'_>) -> Result<Vec<Certificate>, ServiceError> {
        let Some(typed) = text::serial(&self.sought) else { return Ok(Vec::new()) };
        let near = search_key::one_slip_away(&typed);
        let near: Vec<&str> = near.iter().map(String::as_str).collect();
        if near.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for (serial, _) in certificates::taken(tx, &near, &near)?.into_iter().take(NEAREST) {
            found.extend(certificates::load(tx, &serial)?);
        }
        Ok(found)
    }
}
