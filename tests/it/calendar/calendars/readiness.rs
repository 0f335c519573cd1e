//! That a notice is late is said from November on, where operators and supervisors look, and stops nothing.

use serde_json::{Value, json};

use super::{Push, Staff, year_of};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(a_missing_holiday_notice_is_a_remark_from_november);

async fn remark(hall: &Hall) -> Value {
    let ready = hall.readiness(200).await;
    assert_eq!(ready["status"], "ready");
    let checks = ready["checks"].as_array().unwrap();
    let calendar = checks.iter().find(|check| check["name"] == "calendar").unwrap();
    assert_eq!(calendar["ready"], true, "it is a remark");
    calendar["remark"].clone()
}

async fn a_missing_holiday_notice_is_a_remark_from_november(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (other, staff) = (hall.beside().await, Staff::of(&hall).await);
    let at = |instant: &str| {
        hall.set_time(instant);
        other.set_time(instant);
    };
    at("2026-10-31T23:59:59+08:00");
    assert_eq!(remark(&hall).await, Value::Null);
    assert_eq!(staff.clerk.get("/calendar").await.expect(200)["warning"], Value::Null);
    at("2026-11-01T00:00:00+08:00");
    let words = "the holiday notice for 2027 is not imported; dates that reach into 2027 are provisional";
    assert_eq!((remark(&hall).await, remark(&other).await), (json!(words), json!(words)));
    assert_eq!(staff.clerk.get("/calendar").await.expect(200)["warning"], words);
    let in_chinese = hall.staff(casehall::domain::accounts::role::Role::Clerk).await.in_chinese();
    let warning = in_chinese.get("/calendar").await.expect(200)["warning"].clone();
    assert_eq!(warning, "2027年放假安排通知尚未导入；涉及2027年的日期均为暂定");
    let logged = || hall.running.service.calendar_warning_of_the_day().map(|warning| warning.en);
    assert_eq!((logged(), logged()), (Some(words.to_owned()), None), "once a day");
    at("2026-11-01T23:59:59+08:00");
    assert_eq!(logged(), None);
    at("2026-11-02T00:00:00+08:00");
    assert_eq!((logged(), logged()), (Some(words.to_owned()), None));
    at("2027-02-01T00:00:00+08:00");
    assert_eq!(remark(&hall).await, words, "no less when the year has come");
    at("2027-12-01T00:00:00+08:00");
    let both =
        "the holiday notices for 2027 and 2028 are not imported; dates that reach into these years are provisional";
    assert_eq!(remark(&hall).await, both);
    at("2026-12-01T00:00:00+08:00");
    Push::json(2027, &year_of(2027, &[("2027-01-01", true)]), None).by(&staff.administrator).await.expect(200);
    assert_eq!((remark(&hall).await, remark(&other).await), (Value::Null, Value::Null), "on every instance");
    assert_eq!(logged(), None);
}
