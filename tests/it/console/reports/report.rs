//! Reports as tables and as files.

use casehall::domain::accounts::role::Role;
use casehall::domain::reports::query::ReportName;
use chrono::{Datelike, NaiveDate};
use reqwest::Method;
use serde_json::{Value, json};

use super::board::text;
use super::busy;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, all_in_order};

on_both!(
    a_reports_table_is_the_apis,
    a_reports_file_is_the_apis,
    a_report_that_cannot_be_says_why,
    each_sees_the_reports_that_are_for_them,
    a_case_in_a_report_leads_to_the_case,
    people_are_called_by_their_names,
    a_report_says_how_it_is_grouped_by_itself,
    a_row_that_says_its_day_says_only_the_time_besides,
    whoever_sees_only_their_own_work_is_told_so,
);

async fn whoever_sees_only_their_own_work_is_told_so(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for (role, is_own) in [(Role::Clerk, true), (Role::Producer, true), (Role::Supervisor, false)] {
        let visitor = hall.visitor(role).await;
        let desk = visitor.get("/console").await;
        assert!(desk.attributes("nav a", "href").contains(&"/console/reports".to_owned()), "{}", desk.html);
        for page in ["/console/reports", "/console/reports/throughput"] {
            let told = visitor.get(page).await.texts(".bar b").concat();
            assert_eq!(told.contains("本人"), is_own, "{page}: {told}");
        }
    }
}

async fn a_reports_table_is_the_apis(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let supervisor = hall.staff(Role::Supervisor).await.in_chinese();
    busy(&hall, &clerk, &producer).await;
    let visitor = hall.visitor_named(supervisor.name()).await;
    for report in ["ageing", "people", "throughput?from=2026-03-02&to=2026-03-06", "quality?from=2026-03-02&by=period"]
    {
        let table = supervisor.get(&format!("/reports/{report}")).await.expect(200)["table"].clone();
        let page = visitor.get(&format!("/console/reports/{report}")).await;
        assert_eq!(page.status, 200, "{}", page.html);
        let rows = table["rows"].as_array().unwrap();
        let of_days = rows.iter().all(|row| !row["to"].is_null() && row["from"] == row["to"]);
        // Codes are for the files: a page has the names; and a day stands there once.
        let is_shown = |column: &&Value| column["code"] != "person" && !(of_days && column["code"] == "to");
        let columns: Vec<&Value> = table["columns"].as_array().unwrap().iter().filter(is_shown).collect();
        let head = |column: &&Value| match of_days && column["code"] == "from" {
            true => "日期".to_owned(),
            false => text(&column["name"]),
        };
        assert_eq!(page.texts("thead th"), columns.iter().map(head).collect::<Vec<_>>());
        let shown = page.texts("tbody td");
        assert_eq!(shown.len(), rows.len() * columns.len(), "{report}");
        let cells = rows.iter().flat_map(|row| columns.iter().map(move |column| (column, &row[text(&column["code"])])));
        for ((column, cell), shown) in cells.zip(shown) {
            match column["kind"].as_str().unwrap() {
                "share" | "seconds" => assert_eq!(shown.is_empty(), cell.is_null()),
                _ if *cell == Value::Null => assert_eq!(shown, ""),
                "date" => assert_eq!(shown, as_people_read_it(&text(cell))),
                _ => assert_eq!(shown, text(cell).split_whitespace().collect::<Vec<_>>().join(" "), "{column}"),
            }
        }
    }
}

/// `2026-03-02` as `3月2日 周一`.
fn as_people_read_it(date: &str) -> String {
    let date: NaiveDate = date.parse().unwrap();
    let weekday = ["一", "二", "三", "四", "五", "六", "日"][date.weekday().num_days_from_monday() as usize];
    format!("{}月{}日 周{weekday}", date.month(), date.day())
}

async fn a_reports_file_is_the_apis(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let supervisor = hall.staff(Role::Supervisor).await.in_chinese();
    busy(&hall, &clerk, &producer).await;
    let visitor = hall.visitor_named(supervisor.name()).await;
    let page = visitor.get("/console/reports/throughput?from=2026-03-02&to=2026-03-06").await;
    let files = page.attributes("a[href*='/throughput/']", "href");
    assert_eq!(files.len(), 2);
    let request = supervisor.request(Method::GET, "/reports/throughput?from=2026-03-02&to=2026-03-06&format=csv").await;
    let expected = request.send().await.unwrap();
    let named = expected.headers()["Content-Disposition"].clone();
    let csv = visitor.get(&files[0]).await;
    assert_eq!((csv.status, &csv.headers["Content-Disposition"]), (200, &named));
    assert_eq!(csv.html, expected.text().await.unwrap());
    let xlsx = visitor.get(&files[1]).await;
    assert!(xlsx.headers["Content-Type"].to_str().unwrap().contains("spreadsheetml"));
    assert_eq!(visitor.get("/console/reports/throughput/pdf").await.status, 404);
    // Taking a file away is noted.
    let auditor = hall.person(&[Role::Auditor], None).await;
    let entries = auditor.get("/audit?kind=report_taken").await.expect(200);
    assert_eq!(entries["items"].as_array().unwrap().len(), 3, "{entries}");
}

async fn a_report_that_cannot_be_says_why(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let page = supervisor.get("/console/reports/throughput?from=2026-03-02&to=2026-02-27").await;
    assert_eq!(page.texts("[role=alert] li"), ["自：起始日期不得晚于截止日期"]);
    assert_eq!(page.attributes("[name=from]", "value"), ["2026-03-02"], "what was typed is kept");
    // Each fault is told of its own field, all at once, and what was typed is still there.
    let page = supervisor.get("/console/reports/throughput?from=2026-02-30&to=x&outlet=nowhere&by=nothing").await;
    let told = page.texts("[role=alert] li");
    assert_eq!(
        told[..2],
        ["自：“2026-02-30”不是日期，请按 2026-06-01 的格式填写", "至：“x”不是日期，请按 2026-06-01 的格式填写"]
    );
    assert!(told.len() == 4 && told.iter().any(|told| told.starts_with("网点：")), "{told:?}");
    let page = supervisor.get("/console/reports/throughput?from=2026-03-01&to=3月2日").await;
    assert_eq!(page.texts("[role=alert] li"), ["至：“3月2日”不是日期，请按 2026-06-01 的格式填写"]);
    assert_eq!(page.attributes("[name=to]", "value"), ["3月2日"]);
    assert_eq!(supervisor.get("/console/reports/unknown").await.status, 404);
}

async fn each_sees_the_reports_that_are_for_them(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let listed = async |role| hall.visitor(role).await.get("/console/reports").await.texts("tbody tr").len();
    assert_eq!(listed(Role::Supervisor).await, 10);
    assert_eq!(listed(Role::Clerk).await, 6);
    assert_eq!(listed(Role::Administrator).await, 7, "none that names cases");
    let clerk = hall.visitor(Role::Clerk).await;
    for page in ["/console/reports/overdue", "/console/reports/overdue/csv"] {
        assert_eq!(clerk.get(page).await.status, 403, "{page}");
    }
    assert_eq!(hall.visitor(Role::SecurityAdministrator).await.get("/console/reports").await.status, 403);
}

async fn a_case_in_a_report_leads_to_the_case(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    busy(&hall, &clerk, &producer).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let report = supervisor.get("/console/reports/overdue").await;
    let cases = report.attributes("tbody a", "href");
    assert_eq!(cases.len(), 3);
    assert_eq!(supervisor.get(&cases[0]).await.status, 200);
}

async fn a_report_says_how_it_is_grouped_by_itself(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    for (report, by) in
        [("throughput", "day"), ("quality", "week"), ("throughput?by=outlet", "outlet"), ("cycle_times", "")]
    {
        let page = supervisor.get(&format!("/console/reports/{report}")).await;
        let chosen = page.attributes("[name=by] option[selected]", "value");
        assert_eq!(chosen.concat(), by, "{report}");
        assert!(!page.texts("[name=by] option").contains(&"–".to_owned()));
    }
}

async fn a_row_that_says_its_day_says_only_the_time_besides(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = crate::console::cases::opened(&clerk, 1).await;
    crate::console::cases::paid(&clerk, &case).await;
    let page = hall.visitor(Role::Supervisor).await.get("/console/reports/cash_up_entries").await;
    let cells = page.texts("tbody tr:first-child td");
    assert_eq!(cells.iter().filter(|cell| cell.contains("今天") || cell.contains("月")).count(), 1, "{cells:?}");
}

async fn people_are_called_by_their_names(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    busy(&hall, &clerk, &producer).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let lacking = crate::console::cases::opened(&hall.visitor(Role::Clerk).await, 7).await;
    let short = json!({ "material": "responsibility-letter", "copies_received": 2, "copies_stamped": 2 });
    let others = all_in_order(&clerk.get(&format!("/cases/{lacking}")).await.expect(200));
    clerk.act(&lacking, "record_materials", &others).await.expect(200);
    clerk.act(&lacking, "record_materials", &json!({ "materials": [short] })).await.expect(200);
    crate::console::cases::paid(&hall.visitor(Role::Clerk).await, &lacking).await;
    clerk.act(&lacking, "request_correction", &json!({})).await.expect(200);
    // Codes have small letters and no blank; of numbers, serials and days none is like that.
    let is_code = |cell: &String| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        cell.contains(|c: char| c.is_ascii_lowercase()) && cell.chars().all(is_part)
    };
    for name in ReportName::ALL {
        let by = name.groups().iter().filter_map(|by| by.dimension().map(|_| format!("?by={}", by.code())));
        for asked in std::iter::once(String::new()).chain(by) {
            let page = supervisor.get(&format!("/console/reports/{}{asked}", name.code())).await;
            let rows = page.texts("tbody td");
            assert!(!rows.is_empty(), "{} {asked}: {}", name.code(), page.html);
            let codes: Vec<String> = rows.into_iter().filter(is_code).collect();
            assert_eq!(codes, Vec::<String>::new(), "{} {asked}", name.code());
            assert!(!page.texts("thead th").iter().any(|head| head.ends_with("代码") || head.ends_with("标识")));
        }
    }
    let defects = supervisor.get("/console/reports/defects").await;
    assert_eq!(defects.texts("tbody td")[..3], ["新办证书", "电子认证用户责任书", "1"]);
    let people = supervisor.get("/console/reports/people").await.texts("tbody td:first-child");
    assert!(!people.is_empty() && people.iter().all(|name| name.ends_with("人员")), "{people:?}");
}
