//! Digests of the settings, by which the audit trail tells that they were changed.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::configuration::settings::Settings;

impl Settings {
    /// A digest of each section, to tell later whether it was another. Of secrets nothing goes into it: they are printed as such.
    pub fn digests(&self) -> BTreeMap<String, String> {
        // Taken apart, so that no section can be left out.
        let Self {
            data_directory,
            server,
            database,
            hall,
            outlets,
            applications,
            workflows,
            workflow_places: _,
            authorizations,
            lock_reports_per_hour,
            tokens,
            announcements,
            calendar_moves_at_start,
            jobs,
            audit,
            cryptography,
            disclosures,
            retention,
            backups,
            sign_in,
            sessions,
            log,
        } = self;
        let sections: [(&str, &dyn std::fmt::Debug); 21] = [
            ("data_directory", data_directory),
            ("server", server),
            ("database", database),
            ("hall", hall),
            ("outlets", outlets),
            ("applications", applications),
            ("workflows", workflows),
            ("authorizations", authorizations),
            ("lock_reports", lock_reports_per_hour),
            ("tokens", tokens),
            ("announcements", announcements),
            ("calendar", calendar_moves_at_start),
            ("jobs", jobs),
            ("audit", audit),
            ("cryptography", cryptography),
            ("disclosures", disclosures),
            ("retention", retention),
            ("backups", backups),
            ("sign_in", sign_in),
            ("sessions", sessions),
            ("log", log),
        ];
        sections.into_iter().map(|(name, section)| (name.to_owned(), digest(section))).collect()
    }
}

/// A digest of what something prints as.
pub(super) fn digest(of: &dyn std::fmt::Debug) -> String {
    hex::encode(Sha256::digest(format!("{of:?}")))
}
