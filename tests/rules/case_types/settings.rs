//! Settings.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use casehall::configuration::ConfigFault;
use casehall::configuration::database::url::DatabaseUrl;
use casehall::configuration::log::{LogFormat, LogLevel};
use casehall::configuration::settings::{DEFAULTS, Settings};
use casehall::domain::base::words::Words;
use casehall::domain::calendar::deadline::AfterHoursReceipt;
use casehall::domain::hall::Outlet;
use chrono::{NaiveTime, TimeDelta};

fn variables(pairs: &[(&str, &str)]) -> std::vec::IntoIter<(String, String)> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect::<Vec<_>>().into_iter()
}

/// Loads from a file of this text and these variables; faults as lines, with the file's own name cut to `file`.
fn load(text: &str, environment: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let name = file.path().display().to_string();
    let shown =
        |faults: Vec<ConfigFault>| faults.iter().map(|fault| fault.to_string().replace(&name, "file")).collect();
    Settings::load(Some(file.path()), variables(environment)).map_err(shown)
}

fn defaults() -> Settings {
    Settings::load(None, variables(&[])).unwrap()
}

/// Asserts that the faults are these and no others: each begins with the place and contains the words.
#[track_caller]
fn assert_faults(found: Result<Settings, Vec<String>>, expected: &[(&str, &str)]) {
    let found = found.expect_err("must be refused");
    let shown = found.join("\n");
    assert_eq!(found.len(), expected.len(), "{shown}");
    for (place, words) in expected {
        let there = found.iter().any(|fault| fault.starts_with(&format!("{place}: ")) && fault.contains(words));
        assert!(there, "no fault at {place} about {words} in\n{shown}");
    }
}

#[test]
fn a_hall_that_sets_nothing_gets_the_built_in_settings() {
    let settings = defaults();
    assert_eq!(
        (settings.server.host.as_str(), settings.server.port, settings.server.workers),
        ("127.0.0.1", 8080, None)
    );
    assert_eq!((settings.server.body_limit_bytes, settings.server.shutdown_seconds), (65536, 30));
    assert_eq!((settings.database.url.reveal(), settings.database.pool_size), ("sqlite://data/casehall.db", 16));
    assert_eq!(settings.database.writes_per_commit, 64);
    assert_eq!(settings.hall.zone, chrono_tz::Asia::Shanghai);
    assert_eq!(settings.hall.opens, NaiveTime::from_hms_opt(9, 0, 0).unwrap());
    assert_eq!(settings.hall.closes, NaiveTime::from_hms_opt(17, 30, 0).unwrap());
    assert_eq!(settings.hall.after_hours_receipt, AfterHoursReceipt::SameDay);
    assert_eq!(settings.hall.authorization_delay, TimeDelta::hours(24));
    assert_eq!(settings.hall.default_outlet, "guangzhou-center");
    assert_eq!(settings.outlets.len(), 1);
    assert_eq!(
        settings.outlet("guangzhou-center").unwrap().words,
        Words::new("广州市电子签名中心", "Guangzhou Electronic Signature Center")
    );
    let urban = settings.application("urban-construction").unwrap();
    assert_eq!(urban.words, Words::new("市城建", "Urban construction"));
    assert!(settings.workflows.is_empty());
    assert_eq!(settings.tokens.access_token_lifetime, TimeDelta::minutes(15));
    assert_eq!((settings.sign_in.rules.failures, settings.sign_in.rules.lock), (5, TimeDelta::minutes(15)));
    assert_eq!((settings.log.level, settings.log.format), (LogLevel::Info, LogFormat::Text));
    assert_eq!(settings.data_directory, PathBuf::from("data"));
}

#[test]
fn the_built_in_settings_say_where_the_guide_says_that_holders_turn() {
    let settings = defaults();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!((settings.hall.website, settings.hall.customer_line), (some("www.gzca.gd.cn"), some("020-38828393")));
    let outlet = settings.outlets.first().unwrap();
    let address = outlet.address.as_ref().unwrap();
    assert_eq!(address.zh, "广州市天河区龙口西路穗园小区E座一楼广州市电子政务公共服务大厅内");
    assert_eq!(outlet.telephone, some("020-38828393"));
    let urban = settings.applications.first().unwrap();
    assert_eq!(
        (&urban.login_address, &urban.support_line),
        (&some("http://online.gzcc.gov.cn"), &some("020-83124994"))
    );
}

#[test]
fn a_hall_says_of_an_outlet_and_of_itself_only_what_it_has() {
    let file = r#"
[hall]
website = ""
customer_line = " "
[[outlets]]
code = "east"
zh = " 东区\u200B网点 "
en = "East"
[[outlets]]
code = "west"
zh = "西区网点"
en = "West"
address = { zh = "西路1号", en = "1 West Road" }
telephone = "020-1234 5678 转 9"
opening_hours.zh = "周一至周五"
opening_hours.en = "Monday to Friday"
map = { zh = "地铁一号线", en = "https://maps.example/west" }
[[applications]]
code = "urban-construction"
zh = "市城建"
en = "Urban construction"
"#;
    let settings = load(file, &[]).unwrap();
    assert_eq!((settings.hall.website, settings.hall.customer_line), (None, None), "an empty text: there is none");
    let Outlet { words, address, telephone, opening_hours, map, .. } = &settings.outlets[0];
    assert_eq!(words.zh, "东区网点", "a text is kept without what can't be seen");
    assert_eq!((address, telephone, opening_hours, map), (&None, &None, &None, &None));
    let west = &settings.outlets[1];
    assert_eq!(west.address, Some(Words::new("西路1号", "1 West Road")));
    assert_eq!(west.telephone.as_deref(), Some("020-1234 5678 转 9"));
    assert_eq!(west.opening_hours, Some(Words::new("周一至周五", "Monday to Friday")));
    assert_eq!(west.map, Some(Words::new("地铁一号线", "https://maps.example/west")));
    assert_eq!((&settings.applications[0].login_address, &settings.applications[0].support_line), (&None, &None));
    let inline = r#"[{ code = "n", zh = "北", en = "N", address = { zh = "北路", en = "North Road" } }]"#;
    let settings = load("", &[("CASEHALL__OUTLETS", inline)]).unwrap();
    assert_eq!(settings.outlets[0].address, Some(Words::new("北路", "North Road")));
}

#[test]
fn what_holders_are_told_is_refused_where_they_could_not_use_it() {
    let file = r#"[hall]
website = "see the notice board"
customer_line = "ask"
name.zh = "一\u202E二"
[[outlets]]
code = "east"
zh = "东"
en = "East"
address.zh = "东路"
telephone = 38828393
opening_hours = "all day"
map = { zh = "图", en = "Map", fr = "Carte" }
[[applications]]
code = "a"
zh = "甲"
en = "A"
login_address = "nowhere"
support_line = ""
"#;
    let expected = [
        ("file:2", "`hall.website`: \"see the notice board\" is not a web address"),
        ("file:3", "`hall.customer_line`: \"ask\" has no digits"),
        ("file:4", "`hall.name.zh`: must be one line"),
        ("file:9", "`outlets.address.en` is missing"),
        ("file:10", "`outlets.telephone`"),
        ("file:11", "`outlets.opening_hours` must be a table"),
        ("file:12", "unknown key `outlets.map.fr`"),
        ("file:17", "`applications.login_address`: \"nowhere\" is not a web address"),
        ("file:18", "`applications.support_line`: must not be blank"),
    ];
    assert_faults(load(file, &[]), &expected);
}

#[test]
fn every_built_in_key_is_explained_by_a_comment_above_it() {
    let mut above = "";
    for line in DEFAULTS.lines() {
        // The English name follows the Chinese one under the same comment.
        let key = line.split_once(" = ").map(|(key, _)| key).filter(|_| !line.starts_with('#'));
        if let Some(key) = key.filter(|key| !key.ends_with("en")) {
            assert!(above.starts_with("# "), "`{key}` has no comment");
        }
        above = line;
    }
}

#[test]
fn the_file_goes_before_the_defaults_and_the_environment_before_both() {
    let file = "[server]\nport = 9000\nhost = \"0.0.0.0\"\n[workflows]\nnew-certificate = \"make-then-check\"\n";
    let settings = load(
        file,
        &[
            ("CASEHALL__SERVER__PORT", "9001"),
            ("CASEHALL__HALL__NAME__EN", "2026"),
            ("CASEHALL__WORKFLOWS__ADD_APPLICATION", "at-the-window"),
            ("CASEHALL__LOG__FORMAT", "json"),
            ("CASEHALL__DATA_DIRECTORY", "/srv/casehall"),
            ("CASEHALL_CONFIG", "not one of ours"),
            ("CASEHALL_SERVICE_PORT", "of a cluster"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!((settings.server.port, settings.server.host.as_str()), (9001, "0.0.0.0"));
    assert_eq!(settings.server.body_limit_bytes, 65536, "what neither names stays");
    assert_eq!(settings.hall.name.en, "2026", "a text that looks like a number is a text");
    let workflows = [("add-application", "at-the-window"), ("new-certificate", "make-then-check")];
    assert_eq!(settings.workflows, BTreeMap::from(workflows.map(|(key, value)| (key.to_owned(), value.to_owned()))));
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.data_directory, Path::new("/srv/casehall"));
}

#[test]
fn a_halls_outlets_replace_the_built_in_one() {
    let file = "[[outlets]]\ncode = \"east\"\nzh = \"东\"\nen = \"East\"\n[[outlets]]\ncode = \"west\"\nzh = \"西\"\nen = \"West\"\n";
    let settings = load(file, &[]).unwrap();
    let codes: Vec<_> = settings.outlets.iter().map(|outlet| outlet.code.as_str()).collect();
    assert_eq!(codes, ["east", "west"]);
    assert_eq!(settings.hall.default_outlet, "east", "the first, where none is named");
    let inline = r#"[{ code = "north", zh = "北", en = "North" }]"#;
    let settings = load(file, &[("CASEHALL__OUTLETS", inline)]).unwrap();
    assert_eq!(settings.hall.default_outlet, "north");
}

#[test]
fn all_faults_come_at_once_each_with_its_line_or_variable() {
    let file = r#"prot = 1
[server]
port = 70000
host = ""
workers = "many"
[databse]
url = "sqlite://x.db"
[database]
pool_size = 0
[hall]
zone = "Asia/Guangzhou"
opens = "18:00"
closes = "5 pm"
after_hours_receipt = "never"
default_outlet = "south"
name.en = " "
[[outlets]]
code = "east"
zh = "东"
[[outlets]]
code = "east"
zh = "东"
en = "East"
fax = "1"
[[applications]]
code = "Urban Construction"
zh = "市城建"
en = "Urban construction"
[workflows]
new-certificate = 3
[tokens]
access_token_minutes = -1
[log]
level = "loud"
"#;
    let environment = [
        ("CASEHALL__SERVER__SHUTDOWN_SECONDS", "soon"),
        ("CASEHALL__SERVER__PROT", "1"),
        ("CASEHALL__NOWHERE__ONE", "1"),
        ("CASEHALL__NOWHERE__TWO", "2"),
        ("CASEHALL__server__port", "1"),
        ("CASEHALL__", "1"),
        ("CASEHALL_SERVER__PORT", "1"),
        ("CASEHALL__SERVER", "1"),
    ];
    let expected = [
        ("file:1", "`prot`"),
        ("file:3", "between 0 and 65535, not 70000"),
        ("file:4", "`server.host`: must not be blank"),
        ("file:5", "`server.workers`"),
        ("file:6", "`databse`"),
        ("file:9", "between 1 and 1000, not 0"),
        ("file:11", "Asia/Guangzhou"),
        ("file:13", "\"5 pm\""),
        ("file:14", "`same_day` or `next_working_day`"),
        ("file:15", "no outlet \"south\""),
        ("file:16", "`hall.name.en`: must not be blank"),
        ("file:17", "`outlets.en` is missing"),
        ("file:21", "\"east\" is given twice"),
        ("file:24", "`outlets.fax`"),
        ("file:26", "\"Urban Construction\" is not a valid code"),
        ("file:30", "`workflows.new-certificate`"),
        ("file:32", "between 1 and 720, not -1"),
        ("file:34", "`log.level`"),
        ("CASEHALL__SERVER__SHUTDOWN_SECONDS", "`server.shutdown_seconds`"),
        ("CASEHALL__SERVER__PROT", "known here: host, port, workers"),
        ("CASEHALL__NOWHERE__ONE", "`nowhere.one`"),
        ("CASEHALL__NOWHERE__TWO", "`nowhere.two`"),
        ("CASEHALL__server__port", "upper case"),
        ("CASEHALL__", "unknown variable"),
        ("CASEHALL_SERVER__PORT", "as in CASEHALL__SERVER__PORT"),
        ("CASEHALL__SERVER", "a table of keys, not a single value"),
    ];
    assert_faults(load(file, &environment), &expected);
}

#[test]
fn a_number_too_large_for_any_key_is_told_with_its_line() {
    assert_faults(load("[sign_in]\nfailures = 99999999999999999999\n", &[]), &[("file:2", "too large")]);
}

#[test]
fn a_hall_must_close_after_it_opens() {
    let built_in = DEFAULTS.lines().position(|line| line.starts_with("closes")).unwrap() + 1;
    let built_in = format!("default.toml:{built_in}");
    assert_faults(load("[hall]\nopens = \"18:00\"\n", &[]), &[(&built_in, "`hall.closes` must be later")]);
    assert_faults(load("[hall]\n\ncloses = \"09:00\"\n", &[]), &[("file:3", "`hall.closes` must be later")]);
}

#[test]
fn every_slip_in_writing_is_shown_with_its_line() {
    assert_faults(load("[server\nport = 1\n\n[hall]\nzone = \n", &[]), &[("file:1", ""), ("file:5", "")]);
}

#[test]
fn tables_and_lists_in_the_wrong_place_are_told_once() {
    let file = "server = 1\n[outlets]\ncode = \"a\"\n[[hall]]\n[log.level]\n";
    assert_faults(
        load(file, &[]),
        &[("file:1", "`server`"), ("file:2", "`outlets`"), ("file:4", "`hall`"), ("file:5", "`log.level`")],
    );
    assert_faults(load("outlets = []\n", &[]), &[("file:1", "at least one")]);
    assert_faults(load("", &[("CASEHALL__OUTLETS", "east")]), &[("CASEHALL__OUTLETS", "as TOML writes it")]);
}

#[test]
fn a_named_file_that_is_not_there_is_a_fault() {
    let faults = Settings::load(Some(Path::new("/nowhere/casehall.toml")), variables(&[])).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].to_string().starts_with("/nowhere/casehall.toml: can't be read"), "{}", faults[0]);
}

#[test]
fn no_password_is_printed_however_the_address_is_written() {
    let addresses = [
        "postgres://hall:hunter2@db.example/casehall",
        "postgresql://hall:hunter2@db.example:5432/casehall?sslmode=require",
        "postgres://hall:hun@ter2@db.example/casehall",
        "postgres://hall:hun/ter2@db.example/casehall",
        "postgres://hall:hun?ter2@db.example/casehall",
        "postgres://hall:hun#ter2@db.example/casehall",
        "postgres://db.example/casehall?user=hall&password=hunter2",
        "postgres://db.example/casehall?password=hun@ter2",
        "postgres://db.example/casehall?%70assword=hunter2",
    ];
    for address in addresses {
        let settings = load("", &[("CASEHALL__DATABASE__URL", address)]).unwrap();
        let shown = format!("{settings:?} {settings:#?} {}", settings.database.url);
        assert!(!shown.contains("ter2") && !shown.contains("hun"), "{address} in {shown}");
        assert_eq!(settings.database.url.reveal(), address);
    }
    let plain = "postgres://hall:hunter2@db.example:5432/casehall".parse::<DatabaseUrl>().unwrap();
    assert_eq!(plain.to_string(), "postgres://hall:…@db.example:5432/casehall", "the rest helps whoever looks for it");
    let faults = load("", &[("CASEHALL__DATABASE__URL", "mysql://hall:hunter2@db")]);
    assert!(!format!("{faults:?}").contains("hunter2"));
    assert_faults(faults, &[("CASEHALL__DATABASE__URL", "sqlite://PATH")]);
}

/// So that the audit trail has every change of a setting.
#[test]
fn another_number_anywhere_leaves_another_digest_of_its_section() {
    let shipped: toml::Table = DEFAULTS.parse().unwrap();
    // An interval counts where there is something to do.
    let backups = [("CASEHALL__BACKUPS__DIRECTORY", "kept"), ("CASEHALL__BACKUPS__KEYS", "apart")];
    let with = |variable: &str, value: &str| load("", &[&backups[..], &[(variable, value)]].concat()).ok();
    let before = load("", &backups).unwrap().digests();
    for (section, values) in shipped.iter().filter_map(|(name, values)| Some((name, values.as_table()?))) {
        let numbers = values.iter().filter_map(|(key, value)| Some((key, value.as_integer()?)));
        for (key, number) in numbers {
            let variable = format!("CASEHALL__{section}__{key}").to_uppercase();
            let other = [number + 1, number - 1].into_iter().find_map(|other| with(&variable, &other.to_string()));
            let after = other.unwrap_or_else(|| panic!("{section}.{key}")).digests();
            assert_ne!(before[section], after[section], "{section}.{key}");
        }
    }
}

#[test]
fn keys_are_kept_beside_the_sqlite_database_or_in_the_data_directory() {
    let directory =
        |url| load("data_directory = \"/srv/data\"", &[("CASEHALL__DATABASE__URL", url)]).unwrap().key_directory();
    assert_eq!(defaults().key_directory(), Path::new("data/keys"));
    assert_eq!(directory("sqlite:///var/lib/hall/cases.db"), Path::new("/var/lib/hall/keys"));
    assert_eq!(directory("sqlite://cases.db"), Path::new("keys"));
    assert_eq!(directory("postgres://db/casehall"), Path::new("/srv/data/keys"));
}

proptest::proptest! {
    #[test]
    fn no_file_and_no_variable_makes_the_loader_fall_over(text in ".{0,80}", name in "[A-Z_]{0,12}", value in ".{0,40}") {
        let name = format!("CASEHALL__{name}");
        let _ = load(&text, &[(&name, &value), ("CASEHALL__OUTLETS", &value), ("CASEHALL__DATABASE__URL", &value)]);
    }

    #[test]
    fn an_address_is_printed_without_falling_over(text in ".{0,60}") {
        if let Ok(url) = format!("postgres://{text}").parse::<DatabaseUrl>() {
            proptest::prop_assert!(url.to_string().starts_with("postgres://"));
        }
    }
}
