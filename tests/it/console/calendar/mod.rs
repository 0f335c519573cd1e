//! The calendar at the console: looked at by any of the staff, imported by an administrator who sees first what that moves.

use casehall::domain::accounts::role::Role;
use serde_json::Value;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(
    a_year_shows_what_each_of_its_days_is,
    an_import_says_what_it_moves_before_it_is_saved,
    nobody_overwrites_a_year_that_somebody_else_imported_meanwhile,
    every_fault_of_a_pasted_file_is_told_and_it_stays,
    what_an_import_needs_is_told_before_and_at_its_field,
    a_file_says_what_it_moves_in_whatever_form_it_is,
    a_file_that_is_none_is_told_and_what_was_typed_stays,
    what_overrules_half_a_year_is_named_as_the_page_calls_it,
);

async fn what_overrules_half_a_year_is_named_as_the_page_calls_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let mut administrator = hall.visitor(Role::Administrator).await;
    for (language, tick) in [("zh-CN", "勾选“确认该年确实没有放假"), ("en", "tick “")] {
        administrator.language = language;
        let typed = [("source", "通知"), ("days", "日期,类型,名称\n2027-01-01,放假,元旦\n")];
        let page = administrator.submit(&administrator.get(IMPORT).await, IMPORT, &typed).await;
        let told = page.texts("[role=alert] li").concat();
        assert!(page.status == 422 && told.contains(tick), "{told}");
        assert!(!page.html.contains("allow_incomplete"), "{}", page.html);
    }
}

const IMPORT: &str = "/console/calendar/import";
const CONFIRM: &str = "/console/calendar/import/confirm";

/// The shipped year 2026 as a table, with one holiday more.
async fn with_a_holiday_more(hall: &Hall, date: &str) -> String {
    let year = hall.staff(Role::Clerk).await.get("/calendar/2026").await.expect(200);
    let line = |day: &Value| {
        let text = |name: &str| day[name].as_str().unwrap().to_owned();
        format!(
            "{},{},{},{}\n",
            text("date"),
            text("kind"),
            day["name"]["zh"].as_str().unwrap(),
            day["name"]["en"].as_str().unwrap()
        )
    };
    let days: String = year["days"].as_array().unwrap().iter().map(line).collect();
    format!("date,kind,name,name_en\n{days}{date},holiday,临时放假,Extra holiday\n")
}

async fn a_year_shows_what_each_of_its_days_is(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get("/console/calendar?year=2026").await;
    assert_eq!(page.texts(".months caption").len(), 12);
    let year = hall.staff(Role::Clerk).await.get("/calendar/2026").await.expect(200);
    let of = |kind: &str| year["days"].as_array().unwrap().iter().filter(|day| day["kind"] == kind).count();
    assert_eq!(page.texts(".months td.holiday").len(), of("holiday"));
    assert_eq!(page.texts(".months td.worked").len(), of("make_up_workday"));
    assert_eq!(page.texts(".months td.today"), ["2"]);
    // Days that a holiday is made of say so in words, too.
    assert!(page.texts(".months td.holiday").iter().all(|text| text.ends_with('休')), "{}", page.html);
    assert!(page.texts(".list th[scope=row]").contains(&"春节".to_owned()));
    // Who may not import isn't offered it; a year without a notice says that it is a guess.
    assert!(page.attributes("main a", "href").iter().all(|href| !href.starts_with(IMPORT)));
    let unknown = clerk.get("/console/calendar?year=2031").await;
    assert!(unknown.html.contains("2031年的放假安排通知尚未导入"), "{}", unknown.html);
    assert_eq!(clerk.get("/console/calendar?year=99999").await.status, 404);
}

async fn an_import_says_what_it_moves_before_it_is_saved(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let path = format!("/cases/{}", case["acceptance_number"].as_str().unwrap());
    let limit = async || clerk.get(&path).await.expect(200)["deadlines"]["limit"].clone();
    let before = limit().await;
    let administrator = hall.visitor(Role::Administrator).await;
    let form = administrator.get("/console/calendar/import?year=2026").await;
    let days = with_a_holiday_more(&hall, "2026-03-09").await;
    let typed = [("source", "关于增加放假的通知"), ("amendment", "yes"), ("days", days.as_str())];
    let page = administrator.submit(&form, IMPORT, &typed).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert!(page.html.contains("导入2026年将变动 1 件在办办件的期限"), "{}", page.html);
    assert_eq!(page.texts("tbody td:first-child"), [case["acceptance_number"].as_str().unwrap()]);
    assert_eq!(limit().await, before);
    let page = administrator.submit(&page, CONFIRM, &[]).await;
    assert_eq!(page.texts("[role=status]"), ["2026年的放假安排已生效，1件在办办件的期限随之变动。"]);
    assert!(page.texts(".list th[scope=row]").contains(&"临时放假".to_owned()), "{}", page.html);
    assert_ne!(limit().await, before);
    let year = clerk.get("/calendar/2026").await.expect(200);
    assert!(year["days"].as_array().unwrap().iter().any(|day| day["date"] == "2026-03-09"));
    // The same again changes nothing, and says so.
    let page = administrator.submit(&form, IMPORT, &typed).await;
    assert!(page.html.contains("无需导入"), "{}", page.html);
}

async fn nobody_overwrites_a_year_that_somebody_else_imported_meanwhile(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = hall.visitor(Role::Administrator).await;
    let form = administrator.get("/console/calendar/import?year=2026").await;
    let (one, other) = (with_a_holiday_more(&hall, "2026-03-09").await, with_a_holiday_more(&hall, "2026-03-10").await);
    let shown = async |days: &str| {
        administrator.submit(&form, IMPORT, &[("source", "通知"), ("amendment", "yes"), ("days", days)]).await
    };
    let (one, other) = (shown(&one).await, shown(&other).await);
    assert_eq!(administrator.submit(&one, CONFIRM, &[]).await.status, 200);
    let stale = administrator.submit(&other, CONFIRM, &[]).await;
    assert_eq!((stale.status, stale.texts("[role=alert] li").len()), (422, 1));
    assert!(stale.texts("textarea[name=days]")[0].contains("2026-03-10"));
    let year = hall.staff(Role::Clerk).await.get("/calendar/2026").await.expect(200);
    assert!(year["days"].as_array().unwrap().iter().all(|day| day["date"] != "2026-03-10"));
}

async fn every_fault_of_a_pasted_file_is_told_and_it_stays(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = hall.visitor(Role::Administrator).await;
    let form = administrator.get(IMPORT).await;
    assert_eq!(form.attributes("[name=year]", "value"), ["2027"]);
    let days = "date,kind,name\n2027-01-01,holiday,<script>\nno day,holiday,元旦\n2027-01-04,free,元旦\n";
    let page = administrator.submit(&form, IMPORT, &[("source", "通知"), ("days", days)]).await;
    let faults = page.texts("[role=alert] li");
    assert!(page.status == 422 && faults.len() >= 2, "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("第3行")) && faults.iter().any(|fault| fault.contains("第4行")));
    assert!(page.texts("textarea[name=days]")[0].contains("<script>") && !page.html.contains("holiday,<script>"));
}

async fn what_an_import_needs_is_told_before_and_at_its_field(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = hall.visitor(Role::Administrator).await;
    let form = administrator.get("/console/calendar/import?year=2027").await;
    assert!(!form.texts("label[for=days]")[0].contains("必填"), "a file takes their place");
    assert!(form.texts("#address-hint")[0].contains("至少填写一项"), "{:?}", form.texts("#address-hint"));
    let page = administrator.submit(&form, IMPORT, &[]).await;
    assert_eq!((page.status, page.texts("[role=alert] li").len()), (422, 2), "{:?}", page.texts("[role=alert] li"));
    for field in ["days", "address"] {
        assert_eq!(page.texts(&format!("#{field}-fault")).len(), 1, "{field}");
        assert_eq!(page.attributes(&format!("[role=alert] a[href='#{field}']"), "href").len(), 1, "{field}");
    }
}

async fn a_file_says_what_it_moves_in_whatever_form_it_is(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    let administrator = hall.visitor(Role::Administrator).await;
    let form = administrator.get("/console/calendar/import?year=2026").await;
    let typed = [("source", "关于增加放假的通知"), ("amendment", "yes")];
    let days = with_a_holiday_more(&hall, "2026-03-09").await;
    let events = |line: &str| {
        let [date, kind, name, english] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let mark = if kind == "holiday" { "休" } else { "班" };
        let date = date.replace('-', "");
        format!(
            "BEGIN:VEVENT\r\nUID:{date}\r\nDTSTAMP:20251101T000000Z\r\nDTSTART;VALUE=DATE:{date}\r\nSUMMARY:{name}（{mark}）\r\nX-CASEHALL-NAME-EN:{english}\r\nEND:VEVENT\r\n"
        )
    };
    let events: String = days.lines().skip(1).map(events).collect();
    let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//hall//EN\r\n{events}END:VCALENDAR\r\n");
    for (name, content) in [("2026.csv", format!("\u{feff}{days}")), ("节假日.ICS", calendar)] {
        let page = administrator.submit_file(&form, IMPORT, &typed, (name, content.as_bytes())).await;
        assert!(page.html.contains("导入2026年将变动 1 件在办办件的期限"), "{name}: {}", page.html);
        let saved = administrator.submit(&page, CONFIRM, &[]).await;
        assert_eq!(saved.texts("[role=status]").len(), 1, "{name}: {}", saved.html);
        // Without that day again, for the other form.
        let without = days.replace("2026-03-09,holiday,临时放假,Extra holiday\n", "");
        let back = administrator.submit(&form, IMPORT, &[typed[0], typed[1], ("days", &without)]).await;
        administrator.submit(&back, CONFIRM, &[]).await;
    }
}

async fn a_file_that_is_none_is_told_and_what_was_typed_stays(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = hall.visitor(Role::Administrator).await;
    let form = administrator.get("/console/calendar/import?year=2027").await;
    let typed = [("source", "通知"), ("note", "国办发明电〔2026〕7号"), ("days", "2027-01-01,holiday,元旦")];
    let large = vec![b'x'; 1024 * 1024 + 1];
    for (name, content, told) in [
        ("2027.xlsx", b"PK\x03\x04\x14\x00".as_slice(), "另存为“CSV UTF-8"),
        ("2027.csv", b"\x89PNG\r\n\xff\xff", "编码"),
        ("2027.csv", &large, "不能超过 1 MB"),
    ] {
        let page = administrator.submit_file(&form, IMPORT, &typed, (name, content)).await;
        assert_eq!((page.status, page.texts("[role=alert] li").len()), (422, 1), "{name}: {}", page.html);
        assert!(page.texts("[role=alert] li")[0].contains(told), "{:?}", page.texts("[role=alert] li"));
        assert_eq!(page.attributes("[name=note]", "value"), ["国办发明电〔2026〕7号"]);
        assert!(page.texts("textarea[name=days]")[0].contains("2027-01-01"));
    }
    let clerk = hall.visitor(Role::Clerk).await;
    assert_eq!(clerk.submit_file(&form, IMPORT, &typed, ("2027.csv", b"x")).await.status, 403);
}
