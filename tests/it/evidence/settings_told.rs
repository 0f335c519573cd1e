//! Settings on which security depends: what they were and are stands in the audit trail.

use std::collections::BTreeMap;

use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(that_four_eyes_were_switched_off_stands_in_the_trail,);

/// The details of the newest entry about settings.
fn newest(hall: &Hall) -> BTreeMap<String, String> {
    let entries = hall.database.rows("SELECT details FROM audit WHERE kind = 'settings_changed' ORDER BY number");
    serde_json::from_str(entries.last().unwrap()).unwrap()
}

async fn that_four_eyes_were_switched_off_stands_in_the_trail(database: TestDatabase) {
    let settings = [
        ("HALL__FOUR_EYES", "true"),
        ("WORKFLOWS__NEW_CERTIFICATE", "make-then-check"),
        ("SIGN_IN__SECOND_FACTOR_ROLES", r#"["auditor"]"#),
    ];
    let hall = Hall::with(database, &settings).await;
    assert_eq!(newest(&hall)["hall.four_eyes"], "true");
    let hall = hall.restarted(None).await.unwrap();
    let told = newest(&hall);
    let change = |name: &str| (told.get(&format!("{name}.before")).cloned(), told.get(name).cloned());
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(change("hall.four_eyes"), (some("true"), some("false")));
    assert_eq!(change("workflows.chosen"), (some("new-certificate=make-then-check"), some("-")));
    assert_eq!(change("sign_in.second_factor_roles"), (some("auditor"), some("-")));
    assert_eq!(change("retention.certificate_years"), (None, some("5")), "what stayed has no value before");
}
