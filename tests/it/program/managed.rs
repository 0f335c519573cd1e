//! The program as a service: what systemd is told, and what the package gives it.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use super::{Serving, init, run};

#[test]
fn the_service_manager_is_told_when_the_hall_answers_lives_and_stops() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let told = UnixDatagram::bind(home.join("notify")).unwrap();
    told.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let heard = || {
        let mut message = [0; 500];
        let length = told.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let notify = home.join("notify").display().to_string();
    let serving = Serving::start(home, &[], &[("NOTIFY_SOCKET", notify.as_str()), ("WATCHDOG_USEC", "300000")]);
    let ready = heard();
    assert!(ready.starts_with("READY=1\n") && ready.contains(&serving.base), "{ready}");
    assert_eq!([heard(), heard()].map(|told| told.trim().to_owned()), ["WATCHDOG=1", "WATCHDOG=1"]);
    assert_eq!(serving.stop().0, Some(0));
    let last = std::iter::repeat_with(heard).find(|told| !told.starts_with("WATCHDOG"));
    assert_eq!(last.as_deref().map(str::trim), Some("STOPPING=1"));
}

#[test]
fn the_settings_of_the_package_have_no_faults() {
    let home = tempfile::tempdir().unwrap();
    let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/config/package/casehall.toml");
    let checked = run(home.path(), &["check-config", "--config", settings], &[], "");
    assert_eq!(checked.code, Some(0), "{}", checked.err);
}
