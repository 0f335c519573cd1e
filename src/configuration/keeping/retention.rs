//! `[retention]`: how long persons' data are kept.

use crate::configuration::layers::Section;
use crate::domain::retention::{LEAST_CERTIFICATE_YEARS, RetentionRules};

/// The longest term that is a term still, in years.
const MOST_YEARS: u32 = 100;

/// Reads the section; a shorter term for certificates than the law's is a fault.
pub(in crate::configuration) fn retention(mut section: Section<'_>) -> RetentionRules {
    let rules = RetentionRules {
        certificate_years: section.required("certificate_years", LEAST_CERTIFICATE_YEARS, |years: i64| {
            let found = u32::try_from(years).ok().filter(|years| (LEAST_CERTIFICATE_YEARS..=MOST_YEARS).contains(years));
            found.ok_or_else(|| {
                format!(
                    "must be between {LEAST_CERTIFICATE_YEARS} and {MOST_YEARS}, not {years}: what was recorded for a certificate is \
                     kept at least five years after its end (Electronic Signature Law, article 24)"
                )
            })
        }),
        without_certificate_years: section.integer("without_certificate_years", 1..=MOST_YEARS),
        backups_kept_days: section.integer("backups_kept_days", 0..=36_500),
    };
    section.finish();
    rules
}
