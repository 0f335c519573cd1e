//! Retention: how long persons' data are kept, and from which day on they are due for erasure.
//!
//! Cast: [`RetentionRules`] are the hall's terms; [`RetentionRules::due_for_erasure_on`] answers a [`Due`] of a case or a certificate.
//!
//! Guarantees: what is open, or acts on a certificate that lives, isn't due; a term ends on the hall's days; what hangs on a
//! certificate is kept at least as long as the law asks.
//!
//! Sources: 电子签名法 article 24 (at least five years after the certificate ended), 个人信息保护法 articles 19 and 47 (no longer than
//! needed, then erased), 民法典 articles 201 and 202 (how a term of years is counted).

pub mod hold;

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::calendar::deadline::OfficeHours;

/// The least years for what hangs on a certificate (电子签名法 article 24).
pub const LEAST_CERTIFICATE_YEARS: u32 = 5;

/// How long the hall keeps persons' data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionRules {
    /// Years after the end of the last certificate that a case made or acted on; at least [`LEAST_CERTIFICATE_YEARS`].
    pub certificate_years: u32,
    /// Years after the end of a case that led to no certificate.
    pub without_certificate_years: u32,
    /// For how many days the hall keeps its backups.
    pub backups_kept_days: u32,
}

vocabulary! {
    /// Why persons' data are due for erasure.
    pub enum ErasureGround {
        /// The certificates ended longer ago than the term.
        CertificatesEnded = "certificates_ended", "证书失效后的保存期限已满", "the term after the certificates' end is over";
        /// It ended longer ago than the term, and led to no certificate.
        NoCertificate = "no_certificate", "未产生证书，保存期限已满", "it led to no certificate, and its term is over";
    }
}

/// From when on persons' data are due for erasure, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Due {
    /// The first day.
    pub on: NaiveDate,
    /// Why.
    pub ground: ErasureGround,
}

impl RetentionRules {
    /// From when on something is due that ended at an instant and hangs on certificates, each with its end; `None` while it or one of
    /// them has none. The end of a certificate that lives lies ahead, and so does the day.
    ///
    /// The day on which a term begins isn't counted; it ends with the day of the same date, or the last one of that month.
    pub fn due_for_erasure_on(
        &self,
        hours: &OfficeHours,
        ended_at: Option<DateTime<Utc>>,
        certificate_ends: &[Option<DateTime<Utc>>],
    ) -> Option<Due> {
        let mut last = hours.local_date(ended_at?);
        for end in certificate_ends {
            last = last.max(hours.local_date((*end)?));
        }
        let (ground, years) = match certificate_ends {
            [] => (ErasureGround::NoCertificate, self.without_certificate_years),
            _ => (ErasureGround::CertificatesEnded, self.certificate_years.max(LEAST_CERTIFICATE_YEARS)),
        };
        let on = last.checked_add_months(Months::new(years.checked_mul(12)?))?.succ_opt()?;
        Some(Due { on, ground })
    }
}
