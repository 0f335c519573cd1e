//! What enters the register without a case: registered by hand, imported from a table, and decided by a second person.

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use casehall::domain::certificates::import::{CertificateImport, ImportState};
use casehall::domain::certificates::pending_correction::Asker;
use casehall::service::base::error::ServiceError;
use casehall::store::certificates::imports;
use chrono::Duration;
use uuid::Uuid;

use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Visitor;
use crate::hall::{Hall, organization_code, unified_code};

on_both!(
    a_certificate_registered_by_hand_waits_for_another_supervisor,
    every_fault_of_a_registration_stands_at_its_field_and_nothing_is_lost,
    a_table_is_imported_from_a_file_and_decided_as_a_whole,
    every_line_of_a_refused_table_says_why_and_the_table_comes_back,
    a_table_that_is_only_checked_enters_nothing,
    a_file_that_is_no_table_is_told_what_to_do,
    an_import_that_goes_on_says_how_far_it_is,
    what_waits_says_what_it_changes_and_who_asked_for_it,
    whoever_may_not_register_is_refused_before_anything_is_read,
);

const REGISTER: &str = "/console/certificates/registrations/new";
const IMPORT: &str = "/console/certificates/imports/new";
const WAITING: &str = "/console/certificates/registrations";

/// A table of certificates as a spreadsheet program in China writes it.
fn table(numbers: impl Iterator<Item = u32>) -> String {
    let line = |number: u32| {
        let code = organization_code(number);
        format!("GZ2013-{number:04},KEY-{number:04},广州第{number}老证单位,{code},2025-01-01,2027-12-31\r\n")
    };
    let lines: String = numbers.map(line).collect();
    format!("证书序列号,介质编号,单位名称,组织机构代码,有效期起,有效期止\r\n{lines}")
}

async fn a_certificate_registered_by_hand_waits_for_another_supervisor(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, two) = (hall.visitor(Role::Supervisor).await, hall.visitor(Role::Supervisor).await);
    assert!(one.get("/console/certificates").await.attributes("main a", "href").contains(&REGISTER.to_owned()));
    let form = one.get(REGISTER).await;
    let code = unified_code(1);
    let typed = [
        ("serial", "GZ2013-0001"),
        ("medium_number", "KEY-0001"),
        ("organization/name", "广州第1老证单位"),
        ("organization/unified_social_credit_code", code.as_str()),
        ("valid_from", "2025年1月1日"),
        ("valid_until", "2027-12-31"),
        ("applications", "urban-construction"),
        ("e_seal", "yes"),
    ];
    let page = one.submit(&form, REGISTER, &typed).await;
    assert_eq!(page.address, "/console/certificates/GZ2013-0001?done=yes", "{}", page.html);
    assert_eq!(page.texts(".bar .tag"), ["▲ 登记待批准"]);
    // A day that ends a term is its last day.
    assert!(page.texts(".proposal tbody tr").contains(&"有效期止–2027年12月31日".to_owned()), "{}", page.html);
    assert!(page.texts(".proposal").iter().any(|text| text.contains("须由另一位督办人员批准")));
    let page = two.get(&page.address).await;
    assert!(page.texts(".proposal").iter().any(|text| text.contains("提出人以外的督办人员")));
    let approved = two.submit(&page, "/console/certificates/GZ2013-0001/registration/approve", &[]).await;
    assert_eq!(approved.texts(".bar .tag"), ["● 使用中"]);
    assert_eq!(approved.texts("td .tag").len(), 2, "the application and the e-seal");
}

async fn every_fault_of_a_registration_stands_at_its_field_and_nothing_is_lost(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let form = supervisor.get(REGISTER).await;
    let empty = supervisor.submit(&form, REGISTER, &[]).await;
    assert!(empty.status == 422 && empty.texts(".field.bad").len() >= 5, "{:?}", empty.texts(".field.bad"));
    let typed = [
        ("serial", "GZ2013-0002"),
        ("medium_number", "KEY-0001"),
        ("organization/name", "甲<b>乙"),
        ("organization/organization_code", "12345678-9"),
        ("valid_from", "去年"),
        ("valid_until", "2027-12-31"),
        ("locked_at", "昨天"),
        ("applications", "urban-construction"),
    ];
    let page = supervisor.submit(&form, REGISTER, &typed).await;
    let faults = page.texts("[role=alert] li");
    assert_eq!((page.status, faults.len()), (422, 3), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.starts_with("组织机构代码：")));
    assert!(page.attributes("[role=alert] a", "href").contains(&"#valid_from".to_owned()));
    for (name, value) in typed {
        let sent = page.fields(REGISTER);
        assert!(sent.contains(&(name.to_owned(), value.to_owned())), "{name} is lost: {sent:?}");
    }
    // What only the register knows stands at its field, too.
    let code = organization_code(2);
    let right = [("organization/organization_code", code.as_str()), ("valid_from", "2025-01-01"), ("locked_at", "")];
    let taken = supervisor.submit(&page, REGISTER, &right).await;
    assert_eq!((taken.status, taken.attributes("[role=alert] a", "href")), (422, vec!["#medium_number".to_owned()]));
    let english = hall.visitor(Role::Supervisor).await.in_english();
    let page = english.submit(&english.get(REGISTER).await, REGISTER, &[("valid_from", "soon")]).await;
    assert!(
        page.texts("[role=alert] li")
            .contains(&"Valid from: must be a day such as 2026-01-31 or a time such as 2026-01-31 09:00".to_owned()),
        "{}",
        page.html
    );
}

async fn a_table_is_imported_from_a_file_and_decided_as_a_whole(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, two) = (hall.visitor(Role::Supervisor).await, hall.visitor(Role::Supervisor).await);
    let form = one.get(IMPORT).await;
    let written = format!("\u{feff}{}", table(1..=3));
    let own = one.submit_file(&form, IMPORT, &[], ("老证书.csv", written.as_bytes())).await;
    assert_eq!((own.status, own.texts(".bar .tag")), (200, vec!["▲ 待批准".to_owned()]), "{}", own.html);
    assert_eq!(own.texts("tbody tr").len(), 3);
    let here = own.address.split('?').next().unwrap().to_owned();
    let (approve, reject) = (format!("{here}/approve"), format!("{here}/reject"));
    assert!(!own.attributes("form button", "formaction").contains(&approve), "a second person has to");
    let refused = one.submit(&own, &reject, &[("reason", " ")]).await;
    assert_eq!((refused.status, refused.texts("[role=alert] li").len()), (422, 1));
    let desk = async |who: &Visitor<'_>| who.get("/console").await.texts(&format!("a[href='{WAITING}']")).concat();
    assert_eq!((desk(&one).await.as_str(), desk(&two).await.as_str()), ("", "待批准 1"), "whoever may decide");
    let waiting = two.get(WAITING).await;
    assert!(waiting.attributes("tbody a", "href").contains(&here) && waiting.html.contains("不在登记簿 → 使用中"));
    // Each of its certificates leads there, and what is decided needs no unfolding.
    let page = two.get(&here).await;
    assert!(!page.attributes("details form", "action").contains(&approve));
    let one_of_them = two.get(&page.attributes("tbody a", "href")[0]).await;
    assert_eq!(one_of_them.attributes(".proposal a.primary", "href"), [here.as_str()]);
    assert!(!one_of_them.attributes("form button", "formaction").iter().any(|form| form.contains("/registration/")));
    let page = two.submit(&page, &approve, &[]).await;
    assert_eq!(
        (page.texts(".bar .tag"), page.attributes("form button", "formaction").contains(&reject)),
        (vec!["● 已批准".to_owned()], false)
    );
    assert!(page.texts("td .tag").iter().all(|tag| tag == "● 使用中"));
    // Another one, pasted and taken back by whoever sent it.
    let text = table(4..=5);
    let sent = one.submit(&form, IMPORT, &[("table", &text)]).await;
    let here = sent.address.split('?').next().unwrap().to_owned();
    let gone = one.submit(&sent, &format!("{here}/reject"), &[("reason", "表有误")]).await;
    assert_eq!((gone.texts(".bar .tag"), gone.texts("tbody tr").len()), (vec!["× 已退回".to_owned()], 0));
    assert!(gone.html.contains("表有误"));
    assert_eq!(two.get("/console/certificates").await.texts("tbody tr").len(), 3);
}

async fn every_line_of_a_refused_table_says_why_and_the_table_comes_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(3)).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let form = supervisor.get(IMPORT).await;
    let faulty = table(1..=3).replace("2027-12-31\r\nGZ2013-0002", "31/12/27\r\nGZ2013-0002");
    let page = supervisor.submit_file(&form, IMPORT, &[], ("老证书.csv", faulty.as_bytes())).await;
    assert_eq!(
        (page.status, page.texts(".verdict")),
        (422, vec!["共 3 行，其中 2 行有误。没有导入任何一行。".to_owned()]),
        "{}",
        page.html
    );
    let rows = page.texts("tbody tr");
    assert!(rows[0].starts_with("2■ 有误GZ2013-0001广州第1老证单位有效期止：须为日期"), "{rows:?}");
    assert!(rows[1].starts_with("4■ 有误GZ2013-0003") && rows[1].contains("介质"), "{rows:?}");
    assert_eq!(rows[2], "3● 可导入GZ2013-0002广州第2老证单位");
    let back = page.texts("textarea[name=table]").remove(0);
    assert!(back.contains("31/12/27") && back.contains("GZ2013-0003"), "{back}");
    assert_eq!(supervisor.get("/console/certificates").await.texts("tbody tr").len(), 1, "nothing is half applied");
    // It is mended where it stands.
    let lines = page.fields(IMPORT).into_iter().find(|(name, _)| name == "table").unwrap().1;
    let mended: Vec<&str> = lines.lines().filter(|line| !line.contains("GZ2013-0003")).collect();
    let mended = mended.join("\n").replace("31/12/27", "2027-12-31");
    let sent = supervisor.submit(&page, IMPORT, &[("table", &mended)]).await;
    assert_eq!(sent.texts("tbody tr").len(), 2, "{}", sent.html);
}

async fn a_table_that_is_only_checked_enters_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.visitor(Role::Supervisor).await.in_english();
    let form = supervisor.get(IMPORT).await;
    let text = table(1..=2);
    let page = supervisor.submit(&form, IMPORT, &[("table", &text), ("check", "yes")]).await;
    assert_eq!(
        (page.status, page.texts("[role=status]")),
        (200, vec!["All 2 lines can be imported. Nothing is imported yet.".to_owned()])
    );
    assert_eq!(supervisor.get("/console/certificates").await.texts("tbody tr").len(), 0);
}

async fn a_file_that_is_no_table_is_told_what_to_do(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let form = supervisor.get(IMPORT).await;
    let nothing = supervisor.submit(&form, IMPORT, &[]).await;
    assert_eq!(
        (nothing.status, nothing.texts("[role=alert] li")),
        (422, vec!["请选择文件，或粘贴表格内容".to_owned()])
    );
    for (name, content, told) in [
        ("老证书.xlsx", b"PK\x03\x04\x14\x00\x06\x00\xff\xfe".as_slice(), "另存为“CSV UTF-8"),
        ("空.csv", b" \r\n", "没有内容"),
        ("别的.csv", "姓名,电话\r\n甲,1\r\n".as_bytes(), "缺少“证书序列号”列"),
        ("图.csv", b"\x89PNG\r\n\x1a\n\x00\x00\xff\xff", "无法识别文字编码"),
    ] {
        let page = supervisor.submit_file(&form, IMPORT, &[], (name, content)).await;
        assert!(page.status == 422 && page.texts("[role=alert] li").concat().contains(told), "{name}: {}", page.html);
    }
    let large = vec![b'x'; 33 * 1024 * 1024];
    let page = supervisor.submit_file(&form, IMPORT, &[], ("大.csv", &large)).await;
    assert_eq!((page.status, page.texts("[role=alert] li")), (422, vec!["文件不能超过 32 MB".to_owned()]));
}

async fn an_import_that_goes_on_says_how_far_it_is(database: TestDatabase) {
    let db = database.open();
    let hall = Hall::open(database).await;
    let person = hall.staff(Role::Supervisor).await;
    let supervisor = hall.visitor_named(person.name()).await;
    let (id, now) = (Uuid::now_v7(), hall.clock.now());
    let id_of = person.get("/me").await.expect(200)["id"].as_str().unwrap().to_owned();
    let entered_by = Asker { id: id_of, name: person.name().to_owned() };
    let going = CertificateImport {
        id,
        state: ImportState::Entering,
        lines: 400,
        entered_by,
        started_at: now,
        touched_at: now,
        decided_by: None,
        decided_at: None,
        reason: None,
        settled_at: None,
    };
    db.write("going", move |tx| Ok::<_, ServiceError>(imports::insert(tx, &going)?)).await.unwrap();
    let page = supervisor.get(&format!("/console/certificates/imports/{id}?of=3000")).await;
    assert_eq!(page.texts("[role=status]"), ["正在录入，已录入 400 张，共 3000 张。"]);
    assert_eq!(page.attributes("[data-going] a", "href").len(), 1, "without script it is looked at again by a link");
    let form = supervisor.get(IMPORT).await;
    assert!(form.attributes("main a", "href").contains(&format!("/console/certificates/imports/{id}")));
    hall.advance(Duration::minutes(11));
    hall.running.service.settle_imports().await.unwrap();
    let page = supervisor.get(&format!("/console/certificates/imports/{id}")).await;
    assert_eq!(
        (page.texts(".bar .tag"), page.attributes("[data-going]", "class").len()),
        (vec!["■ 导入失败".to_owned()], 0)
    );
}

async fn what_waits_says_what_it_changes_and_who_asked_for_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let at = "/console/certificates/GZ2013-0001";
    let page = clerk.get(at).await;
    clerk.submit(&page, &format!("{at}/corrections"), &[("handler", "谭丽"), ("reason", "录错")]).await;
    let waiting = supervisor.get(WAITING).await;
    let rows = waiting.texts("tbody tr");
    assert!(rows.len() == 1 && rows[0].contains("经办人：刘少芬 → 谭丽") && rows[0].contains("录错"), "{rows:?}");
    assert!(waiting.attributes("tbody a", "href").contains(&at.to_owned()));
    let page = supervisor.get(at).await;
    assert_eq!(page.texts(".proposal tbody tr"), ["经办人刘少芬谭丽"]);
    assert!(page.texts(".proposal dd").iter().any(|text| text == "录错"), "{}", page.html);
}

async fn whoever_may_not_register_is_refused_before_anything_is_read(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    for page in [REGISTER, IMPORT, WAITING] {
        assert_eq!(clerk.get(page).await.status, 403, "{page}");
    }
    let form = supervisor.get(IMPORT).await;
    assert_eq!(clerk.submit_file(&form, IMPORT, &[], ("甲.csv", b"x")).await.status, 403);
    // A form of another session enters nothing.
    let other = hall.visitor(Role::Supervisor).await;
    let text = table(1..=1);
    assert_eq!(other.submit(&form, IMPORT, &[("table", &text)]).await.status, 403);
    assert_eq!(supervisor.get("/console/certificates").await.texts("tbody tr").len(), 0);
}
