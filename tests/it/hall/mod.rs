//! A hall to test: the real service on a port of its own, on a database of its own, with a clock that the test moves.

pub(crate) mod furnished;
mod person;
pub(crate) mod registering;
pub(crate) mod tables;
pub(crate) mod visitor;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use casehall::clock::{Clock, ManualClock};
use casehall::configuration::settings::Settings;
use casehall::domain::accounts::account::AccountDraft;
use casehall::domain::accounts::client::ClientDraft;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::base::organization_code::{OrganizationCode, UnifiedSocialCreditCode};
use casehall::service::accounts::caller::Caller;
use casehall::service::accounts::passwords::Cost;
use casehall::service::accounts::people::second_factor::totp;
use casehall::service::accounts::people::users::NewUser;
use casehall::startup::{self, Configuration, Named, Running};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;
use totp_rs::Secret;

use self::person::Credentials;
use crate::databases::TestDatabase;

pub(crate) use self::person::{Answer, Person, send};
pub(crate) use self::visitor::{Page as VisitorPage, Visitor};

/// The service with its clock.
pub(crate) struct Hall {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) running: Running,
    pub(crate) base: String,
    directory: TempDir,
    pub(crate) database: TestDatabase,
}

/// Monday, 2 March 2026, ten o'clock in Guangzhou.
pub(crate) const MONDAY: &str = "2026-03-02T02:00:00Z";
/// The outlet that is shipped.
pub(crate) const CENTER: &str = "guangzhou-center";
/// The password of everybody who is added by a test.
pub(crate) const PASSWORD: &str = "a long enough passphrase";
/// A setting of halls where a clerk opens as many cases as the machine is quick.
pub(crate) const MANY_OPENINGS: (&str, &str) = ("OPENINGS__PER_ACCOUNT_AND_HOUR", "1000000");
/// Settings of a hall with a second outlet.
pub(crate) const TWO_OUTLETS: (&str, &str) = (
    "OUTLETS",
    r#"[{ code = "guangzhou-center", zh = "广州市电子签名中心", en = "Center" }, { code = "panyu", zh = "番禺", en = "Panyu" }]"#,
);

impl Hall {
    /// A hall as it is shipped.
    pub(crate) async fn open(database: TestDatabase) -> Self {
        Self::with(database, &[]).await
    }

    /// A hall with settings of its own, as environment variables without their prefix: `HALL__CLOSES`.
    pub(crate) async fn with(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::start(database, tempfile::tempdir().unwrap(), settings, None, MONDAY.parse().unwrap()).await.unwrap()
    }

    /// A hall with files of its own over the built-in ones; the error is what a start would print.
    pub(crate) async fn configured(database: TestDatabase, files: &Path) -> Result<Self, startup::StartError> {
        let directory = tempfile::tempdir().unwrap();
        Self::start(database, directory, &[], Some(files), MONDAY.parse().unwrap()).await
    }

    /// A hall with files and settings of its own.
    pub(crate) async fn arranged(database: TestDatabase, files: &Path, settings: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self::start(database, directory, settings, Some(files), MONDAY.parse().unwrap()).await.unwrap()
    }

    /// A hall on a database that may be there already, at an instant; the error is what a start would print.
    pub(crate) async fn start(
        database: TestDatabase,
        directory: TempDir,
        settings: &[(&str, &str)],
        files: Option<&Path>,
        now: DateTime<Utc>,
    ) -> Result<Self, startup::StartError> {
        let file = directory.path().join("casehall.toml");
        std::fs::write(&file, "").unwrap();
        let mut variables = vec![
            ("CASEHALL__DATABASE__URL".to_owned(), database.address.to_string()),
            ("CASEHALL__DATABASE__POOL_SIZE".to_owned(), "4".to_owned()),
            ("CASEHALL__DATA_DIRECTORY".to_owned(), directory.path().display().to_string()),
            ("CASEHALL__SERVER__PORT".to_owned(), "0".to_owned()),
            ("CASEHALL__SERVER__WORKERS".to_owned(), "2".to_owned()),
            // Tests sweep when they want to.
            ("CASEHALL__JOBS__SWEEP_SECONDS".to_owned(), "0".to_owned()),
            ("CASEHALL__WEBHOOKS__DELIVER_SECONDS".to_owned(), "0".to_owned()),
            ("CASEHALL__AUDIT__SEAL_SECONDS".to_owned(), "0".to_owned()),
            ("CASEHALL__AUDIT__VERIFY_HOURS".to_owned(), "0".to_owned()),
        ];
        // What a test sets is set once.
        variables.retain(|(name, _)| settings.iter().all(|(set, _)| name.strip_prefix("CASEHALL__") != Some(*set)));
        let has_keys = settings.iter().any(|(name, _)| name.starts_with("CRYPTOGRAPHY__DATA_KEY"));
        variables.extend(
            database
                .data_key_file()
                .filter(|_| !has_keys)
                .map(|file| ("CASEHALL__CRYPTOGRAPHY__DATA_KEY_FILE".to_owned(), file.display().to_string())),
        );
        variables.extend(settings.iter().map(|(name, value)| (format!("CASEHALL__{name}"), (*value).to_owned())));
        let named = Named { settings: Some(&file), directory: files };
        let configuration = Configuration::load(Settings::load(Some(&file), variables.into_iter()), named)?;
        let mut configuration = configuration.making_what_is_missing();
        // Whoever says how many may wait for a hash wants one that takes its time.
        if settings.iter().all(|(name, _)| *name != "SIGN_IN__QUEUE") {
            configuration.password_cost = Cost::LEAST;
        }
        let clock = Arc::new(ManualClock::at(now));
        let running = startup::start(configuration, clock.clone()).await?;
        let base = format!("http://{}", running.address);
        Ok(Self { clock, running, base, directory, database })
    }

    /// Stops the service and starts it again on the same database, at the same time of the clock.
    pub(crate) async fn restarted(self, files: Option<&Path>) -> Result<Self, startup::StartError> {
        let Self { clock, running, directory, database, .. } = self;
        running.stop().await;
        Self::start(database, directory, &[], files, clock.now()).await
    }

    /// Another instance of the service on the same database, with a port, keys of tokens and a clock of its own. Instances share the
    /// sealing keys.
    pub(crate) async fn beside(&self) -> Self {
        self.beside_with(None).await
    }

    /// The same with files of its own.
    pub(crate) async fn beside_with(&self, files: Option<&Path>) -> Self {
        let (directory, keys) = (tempfile::tempdir().unwrap(), self.sealing_keys());
        let settings = [("AUDIT__KEY_DIRECTORY", keys.to_str().unwrap())];
        Self::start(self.database.again(), directory, &settings, files, self.clock.now()).await.unwrap()
    }

    /// The directory of the sealing keys, where no setting names another.
    pub(crate) fn sealing_keys(&self) -> PathBuf {
        let beside = self.database.address.sqlite_path().and_then(Path::parent);
        beside.unwrap_or(self.directory.path()).join("sealing-keys")
    }

    /// The same with settings of its own.
    pub(crate) async fn sharing_settings(&self, settings: &[(&str, &str)]) -> Self {
        let (directory, keys) = (tempfile::tempdir().unwrap(), self.sealing_keys());
        let mut all = vec![("AUDIT__KEY_DIRECTORY", keys.to_str().unwrap())];
        all.extend(settings);
        Self::start(self.database.again(), directory, &all, None, self.clock.now()).await.unwrap()
    }

    /// As [`Hall::beside`], with the keys of this one.
    pub(crate) async fn sharing_keys(&self) -> Self {
        let (directory, keys) = (tempfile::tempdir().unwrap(), self.directory.path().display().to_string());
        Self::start(self.database.again(), directory, &[("DATA_DIRECTORY", &keys)], None, self.clock.now())
            .await
            .unwrap()
    }

    /// Moves the clock.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Sets the clock.
    pub(crate) fn set_time(&self, instant: &str) {
        self.clock.set(instant.parse().unwrap());
    }

    /// A member of staff of the shipped outlet.
    pub(crate) async fn staff(&self, role: Role) -> Person<'_> {
        self.person(&[role], Some(CENTER)).await
    }

    /// A member of staff with roles and outlet.
    pub(crate) async fn person(&self, roles: &[Role], outlet: Option<&str>) -> Person<'_> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let username = format!("{}-{}", roles[0].code().replace('_', "-"), NUMBER.fetch_add(1, Ordering::Relaxed));
        self.named(&username, &roles[0].words().zh, roles, outlet).await
    }

    /// Somebody with a name to sign in with and one on the timeline.
    pub(crate) async fn named(&self, username: &str, name: &str, roles: &[Role], outlet: Option<&str>) -> Person<'_> {
        let account = AccountDraft {
            display_name: name.to_owned(),
            roles: roles.iter().map(|role| role.code().to_owned()).collect(),
            outlet: outlet.map(str::to_owned),
            all_outlets: outlet.is_none(),
        };
        let user = NewUser { username: username.to_owned(), account, password: Some(PASSWORD.to_owned()) };
        let operator = Caller::operator_as(Role::SecurityAdministrator);
        self.running.service.add_user(&operator, user).await.unwrap();
        Person::new(self, Credentials::User(username.to_owned()))
    }

    /// Another system.
    pub(crate) async fn client(&self, client_id: &str, scopes: &[Scope]) -> Person<'_> {
        let secret = self.add_client(client_id, scopes).await;
        Person::new(self, Credentials::Client(client_id.to_owned(), secret))
    }

    /// Adds another system and answers its secret.
    pub(crate) async fn add_client(&self, client_id: &str, scopes: &[Scope]) -> String {
        let (client_id, name) = (client_id.to_owned(), client_id.to_owned());
        let draft = ClientDraft { client_id, name, scopes: scopes.to_vec(), outlet: None, key: None };
        self.running.service.add_client(&Caller::operator(), draft).await.unwrap().secret.unwrap()
    }

    /// Nobody: requests without a token.
    pub(crate) fn nobody(&self) -> Person<'_> {
        Person::new(self, Credentials::Nobody)
    }

    /// What `/readyz` says with that status. On a busy machine the database may not answer within the time that it has for that.
    pub(crate) async fn readiness(&self, status: u16) -> Value {
        let nobody = self.nobody();
        let mut told = Value::Null;
        until("readiness is as expected", async || {
            let answer = nobody.get("//readyz").await;
            let is_it = answer.status == status;
            told = answer.body;
            is_it
        })
        .await;
        told
    }
}

/// The codes of what blocks an action, as a case shows it to the caller.
pub(crate) fn blockers(case: &Value, action: &str) -> Vec<String> {
    let offer = offer(case, action);
    let blocked_by = offer["blocked_by"].as_array().unwrap();
    assert_eq!(offer["allowed"].as_bool().unwrap(), blocked_by.is_empty());
    blocked_by.iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

/// An action as a case shows it to the caller.
pub(crate) fn offer<'a>(case: &'a Value, action: &str) -> &'a Value {
    let actions = case["actions"].as_array().unwrap();
    actions.iter().find(|offer| offer["action"] == action).unwrap_or_else(|| panic!("no action {action}"))
}

/// A made-up organization's unified code: the self-defined zone PDY, never given out, with right check characters.
pub(crate) fn unified_code(number: u32) -> String {
    let check = "0123456789X".chars();
    let mut organization =
        check.map(|check| format!("PDY{number:05}{check}")).filter(|code| OrganizationCode::parse(code).is_ok());
    let body = format!("91440101{}", organization.next().unwrap());
    let characters = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    let mut codes = characters.map(|check| format!("{body}{check}"));
    codes.find(|code| UnifiedSocialCreditCode::parse(code).is_ok()).unwrap()
}

/// The organization code inside a unified code.
pub(crate) fn organization_code(number: u32) -> String {
    unified_code(number)[8..17].to_owned()
}

/// An application for a new certificate of the `number`-th made-up organization.
pub(crate) fn application(number: u32) -> Value {
    json!({
        "case_type": "new-certificate",
        "organization": { "name": format!("广州第{number}建筑有限公司"), "unified_social_credit_code": unified_code(number) },
        "applicant": { "name": "谭丽", "identity_number": "440199196412310694", "phone": "13800138000" },
        "agent": { "name": "刘少芬", "identity_number": "440199196706237621", "phone": "020-38828393" },
        "applications": ["urban-construction"],
        "outlet": CENTER,
        "service_years": 1,
        "payment_method": "cash",
        "collection_method": "window",
        "responsibility_letter_accepted": true,
    })
}

/// The addition of the login application to the certificate of such an organization.
pub(crate) fn addition(number: u32, serial: &str) -> Value {
    let mut addition = application(number);
    let fields = addition.as_object_mut().unwrap();
    fields.remove("collection_method");
    fields.remove("responsibility_letter_accepted");
    fields.insert("case_type".to_owned(), json!("add-application"));
    fields.insert("certificate_serial".to_owned(), json!(serial));
    addition
}

/// Checks of every sheet of a case that find everything in order.
pub(crate) fn all_in_order(case: &Value) -> Value {
    let sheets = case["materials"]["sheets"].as_array().unwrap();
    let check = |sheet: &Value| {
        let copies = sheet["copies"].as_u64().unwrap_or(1);
        let shown = ["sighted", "presented"].contains(&sheet["original"].as_str().unwrap());
        json!({
            "material": sheet["material"],
            "copies_received": copies,
            "copies_stamped": if sheet["stamped"] == true { copies } else { 0 },
            "original_sighted": shown,
        })
    };
    json!({ "materials": sheets.iter().map(check).collect::<Vec<_>>() })
}

/// Waits until something is so; half a minute at the most.
pub(crate) async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !so().await {
        assert!(std::time::Instant::now() < limit, "in vain: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

/// What an authenticator shows that was given a secret as it is typed.
pub(crate) fn authenticator_shows(hall: &Hall, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    totp(secret).generate(hall.clock.now().timestamp().unsigned_abs()).to_string()
}
