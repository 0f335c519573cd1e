//! Settings and files together: [`Configuration`], read and checked before anything starts.

use std::path::Path;
use std::sync::Arc;

use super::error::StartError;
use crate::configuration::calendar::load_calendar;
use crate::configuration::catalog::unread::unread;
use crate::configuration::catalog::{Definitions, read_definitions};
use crate::configuration::prices::{KnownPrices, load_prices};
use crate::configuration::settings::Settings;
use crate::configuration::{ConfigFault, ConfigFiles};
use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::calendar::working_days::Calendar;
use crate::domain::hall::Hall;
use crate::domain::progress::{Nobody, Progress};
use crate::service::accounts::passwords::Cost;
use crate::store::Opening;

/// Checked settings and everything that the files define.
pub struct Configuration {
    /// The settings.
    pub settings: Settings,
    /// Whether a database may be made.
    pub opening: Opening,
    /// Of how many open cases the dates may be moved at a start, where somebody said so.
    pub accept_moves: Option<usize>,
    /// Hears how far long work is.
    pub progress: Arc<dyn Progress>,
    /// What the hash of a new password takes.
    pub password_cost: Cost,
    pub(super) definitions: Definitions,
    pub(super) hall: Hall,
    pub(super) calendar: Calendar,
    pub(super) prices: KnownPrices,
}

/// Where whoever started the program said that its files are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named<'a> {
    /// The settings.
    pub settings: Option<&'a Path>,
    /// Case types, workflows, calendar and prices over the built-in ones.
    pub directory: Option<&'a Path>,
}

impl Configuration {
    /// The hall that the settings tell of.
    pub fn hall(&self) -> &Hall {
        &self.hall
    }

    /// Reads every file; faults of settings and files come together.
    ///
    /// # Errors
    /// All faults.
    pub fn load(settings: Result<Settings, Vec<ConfigFault>>, named: Named<'_>) -> Result<Self, StartError> {
        let config_directory = named.directory;
        let mut faults = config_directory.map(|directory| unread(directory, named.settings)).unwrap_or_default();
        let settings = settings.map_err(|found| faults.extend(found)).ok();
        let files = match ConfigFiles::load(config_directory) {
            Ok(files) => files,
            Err(found) => {
                // What isn't there can't be judged; the faults of the rest come once it can be read.
                faults.extend(found);
                faults.sort();
                return Err(StartError::Configuration(faults));
            }
        };
        let named: Vec<String> =
            settings.iter().flat_map(|settings| &settings.applications).map(|a| a.code.clone()).collect();
        let applications: Vec<&str> = named.iter().map(String::as_str).collect();
        let (mut definitions, found) = read_definitions(&files, settings.as_ref().map(|_| applications.as_slice()));
        for (case_type, workflow) in settings.iter().flat_map(|settings| &settings.workflows) {
            // A case type that has faults itself isn't reported again as unknown.
            let is_faulty = definitions.faulty.contains(&format!("case-types/{case_type}.toml"));
            let chosen = definitions.catalog.choose_workflow(case_type, workflow);
            if let (Err(message), Some(settings), false) = (chosen, &settings, is_faulty) {
                faults.push(settings.workflow_fault(case_type, message));
            }
        }
        faults.extend(found);
        let calendar = load_calendar(&files).map_err(|found| faults.extend(found));
        let prices = load_prices(&files).map_err(|found| faults.extend(found));
        let (Some(settings), Ok(calendar), Ok(prices), true) = (settings, calendar, prices, faults.is_empty()) else {
            faults.sort();
            return Err(StartError::Configuration(faults));
        };
        let hours = OfficeHours {
            zone: settings.hall.zone,
            opens: settings.hall.opens,
            closes: settings.hall.closes,
            after_hours_receipt: settings.hall.after_hours_receipt,
        };
        let delay = settings.hall.authorization_delay.num_hours();
        let hall = Hall {
            name: settings.hall.name.clone(),
            website: settings.hall.website.clone(),
            customer_line: settings.hall.customer_line.clone(),
            public_address: settings.hall.public_address.clone(),
            remedy: settings.hall.remedy.clone(),
            default_outlet: settings.hall.default_outlet.clone(),
            hours,
            announcements: settings.announcements,
            authorization_delay_hours: u32::try_from(delay).unwrap_or(24),
            authorization_max_age_seconds: settings.authorizations.max_age_seconds,
            lock_reports: settings.lock_reports,
            openings: settings.openings,
            four_eyes: settings.hall.four_eyes,
            outlets: settings.outlets.clone(),
            applications: settings.applications.clone(),
            disclosures: settings.disclosures.clone(),
            retention: settings.retention,
            prices: prices.lists.clone(),
        };
        let (opening, accept_moves, progress) = (Opening::Existing, None, Arc::new(Nobody));
        let password_cost = Cost::default();
        Ok(Self { settings, opening, accept_moves, progress, password_cost, definitions, hall, calendar, prices })
    }

    /// The same hall, whose database is made where it is missing.
    #[must_use]
    pub fn making_what_is_missing(mut self) -> Self {
        self.opening = Opening::ExistingOrNew;
        self
    }

    /// Of how many open cases the dates may be moved.
    pub(super) fn accepted_moves(&self) -> usize {
        self.accept_moves.unwrap_or_default().max(self.settings.calendar_moves_at_start)
    }

    /// A case type or workflow in its whole form, together with what it extends: what a file without a base would say.
    ///
    /// # Errors
    /// There is no definition of this name.
    pub fn whole(&self, file: &str) -> Result<String, StartError> {
        let unknown = || {
            let known: Vec<&str> = self.definitions.files().collect();
            StartError::Other(format!("there is no {file}; known: {}", known.join(", ")))
        };
        self.definitions.whole(file).ok_or_else(unknown)
    }

    /// Refuses to start at an instant when there is no price for what is charged, because no application could be taken.
    ///
    /// # Errors
    /// Everything that is missing.
    pub fn check_prices(&self, now: chrono::DateTime<chrono::Utc>) -> Result<(), StartError> {
        let mut faults = self.prices.faults_on(self.hall.hours.local_date(now), &self.definitions.catalog);
        faults.sort();
        if faults.is_empty() { Ok(()) } else { Err(StartError::Configuration(faults)) }
    }
}
