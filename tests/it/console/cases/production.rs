//! The production queue.

use casehall::domain::accounts::role::Role;
use chrono::Duration;

use super::{checked, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;
use crate::hall::visitor::Page;

on_both!(
    the_queue_begins_with_what_is_overdue,
    what_is_due_soon_bears_the_mark_and_words_of_the_board,
    scans_alone_record_a_certificate,
    a_label_that_is_read_twice_is_no_medium,
    what_waits_is_counted_anew_after_a_batch,
    a_batch_gives_each_row_its_result,
    what_is_typed_into_a_row_outlives_the_scans_above_and_other_rows,
    the_next_case_scanned_into_a_box_for_serials_is_taken_up,
    whoever_makes_no_certificates_is_refused,
    a_row_without_its_numbers_is_told_what_is_missing_and_whose_it_is,
    what_is_typed_on_one_page_of_the_queue_is_recorded_from_another,
);

const QUEUE: &str = "/console/production";

/// Cases whose certificates are to be made.
async fn waiting(hall: &Hall, numbers: &[u32]) -> Vec<String> {
    let clerk = hall.visitor(Role::Clerk).await;
    let mut cases = Vec::new();
    for number in numbers {
        let case = opened(&clerk, *number).await;
        checked(&clerk, &case).await;
        cases.push(case);
    }
    cases
}

async fn the_queue_begins_with_what_is_overdue(database: TestDatabase) {
    let hall = Hall::open(database).await;
    waiting(&hall, &[1]).await;
    hall.advance(Duration::days(15));
    waiting(&hall, &[2, 3]).await;
    let page = hall.visitor(Role::Producer).await.get(QUEUE).await;
    // The marks are those of the board, each with its words.
    assert_eq!(
        page.texts("tr.group"),
        ["■ 已逾期 最迟3月16日 周一 · 1 件", "● 余 10 个工作日 最迟3月31日 周二 · 2 件"]
    );
}

async fn what_is_due_soon_bears_the_mark_and_words_of_the_board(database: TestDatabase) {
    let hall = Hall::open(database).await;
    waiting(&hall, &[1]).await;
    // From Monday the 2nd to the 11th, the 12th and the 16th, the last day.
    for (days, mark) in [(9, "● 余 3 个工作日"), (1, "▲ 2个工作日内"), (4, "▲ 今日到期")] {
        hall.advance(Duration::days(days));
        let group = hall.visitor(Role::Producer).await.get(QUEUE).await.texts("tr.group").remove(0);
        assert!(group.starts_with(mark), "{group}");
    }
}

async fn scans_alone_record_a_certificate(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = waiting(&hall, &[1]).await.remove(0);
    let producer = hall.visitor(Role::Producer).await;
    let mut page = producer.get(QUEUE).await;
    // Each scan ends with Enter: what is still empty comes next.
    for (field, scanned) in [("scanned", case.as_str()), ("serial", "GZ-000001"), ("medium", "KEY-000001")] {
        assert_eq!(page.attributes("[autofocus]", "name"), [field]);
        page = producer.submit(&page, QUEUE, &[(field, scanned)]).await;
    }
    let made = format!("✓ {case} 广州第1建筑有限公司 已登记：证书 GZ-000001 · 介质 KEY-000001 录错了？作废重制");
    assert_eq!((page.status, page.texts(".outcomes li")), (200, vec![made]));
    assert_eq!(page.attributes("[autofocus]", "name"), ["scanned"]);
    // Nothing is undone; what was recorded by mistake is put right where the page says.
    let mends = page.attributes(".outcomes a", "href").pop().unwrap();
    assert_eq!(producer.get(&mends).await.attributes("form [name=reason]", "name"), ["reason"]);
    assert!(page.texts("tbody tr").is_empty());
    let made_today = page.attributes(".bar a.right", "href").remove(0);
    assert_eq!(page.texts(".bar a.right"), ["今日已制作 1"]);
    assert_eq!(producer.get(&made_today).await.texts("tbody td.num"), std::slice::from_ref(&case));
    // What can't be recorded is said with what was read, and the boxes wait for the next scan.
    let again = [("scanned", case.as_str()), ("serial", "GZ-000002"), ("medium", "KEY-000002")];
    let page = producer.submit(&page, QUEUE, &again).await;
    assert_eq!((page.status, page.texts("[role=alert]").len()), (422, 1));
    assert!(page.texts("[role=alert]")[0].starts_with(&format!("{case} · GZ-000002 · KEY-000002：")));
    assert_eq!(page.attributes("[name=scanned], [name=serial]", "value"), ["", ""]);
    // Of a case that has its certificate the scan of the case itself is refused.
    let page = producer.submit(&page, QUEUE, &[("scanned", &case)]).await;
    assert_eq!((page.status, page.attributes("[autofocus]", "name")), (422, vec!["scanned".to_owned()]));
    assert!(page.texts("[role=alert]")[0].contains("此前已登记"), "{}", page.html);
    let page = producer.submit(&page, QUEUE, &[("scanned", "260302000999")]).await;
    assert_eq!(
        (page.status, page.texts("[role=alert]")),
        (422, vec!["260302000999：没有这个受理编号的办件，请重新扫描。".to_owned()])
    );
}

async fn a_label_that_is_read_twice_is_no_medium(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = waiting(&hall, &[1]).await.remove(0);
    let producer = hall.visitor(Role::Producer).await;
    let mut page = producer.get(QUEUE).await;
    for (field, scanned) in [("scanned", case.as_str()), ("serial", "GZ-000001"), ("medium", "GZ-000001")] {
        page = producer.submit(&page, QUEUE, &[(field, scanned)]).await;
    }
    assert_eq!((page.status, page.attributes("[autofocus]", "name")), (422, vec!["medium".to_owned()]));
    assert_eq!(page.texts("[role=alert]"), ["GZ-000001 读了两次：它是证书序列号，请接着扫描介质上的条码。"]);
    page = producer.submit(&page, QUEUE, &[("medium", "KEY-000001")]).await;
    assert_eq!((page.status, page.texts(".outcomes .saved").len()), (200, 1));
}

async fn what_waits_is_counted_anew_after_a_batch(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let cases = waiting(&hall, &[1, 2]).await;
    let producer = hall.visitor(Role::Producer).await;
    let page = producer.get(QUEUE).await;
    let counted = |page: &Page| page.texts("nav a[aria-current]");
    assert_eq!(counted(&page), ["制证 2"]);
    let typed = [format!("serial.{}", cases[0]), format!("medium.{}", cases[0]), format!("serial.{}", cases[1])];
    let given = [("case", cases[0].as_str()), (&typed[0], "GZ-1"), (&typed[1], "KEY-1"), (&typed[2], "GZ-2")];
    let page = producer.submit(&page, QUEUE, &[&given[..], &[("record", "yes")]].concat()).await;
    assert_eq!((page.status, counted(&page)), (422, vec!["制证 1".to_owned()]), "{}", page.html);
}

async fn a_batch_gives_each_row_its_result(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let cases = waiting(&hall, &[1, 2, 3]).await;
    let producer = hall.visitor(Role::Producer).await;
    let queue = producer.get(QUEUE).await;
    let names: Vec<[String; 2]> =
        cases.iter().map(|case| [format!("serial.{case}"), format!("medium.{case}")]).collect();
    // Enter in a row records nothing.
    let kept = producer.submit(&queue, QUEUE, &[(&names[0][0], "GZ-000001")]).await;
    assert_eq!((kept.status, kept.attributes("[autofocus]", "name")), (200, vec![names[0][1].clone()]));
    assert_eq!(kept.attributes("[name=case][checked]", "value"), [cases[0].clone()]);
    let filled = [
        (names[0][0].as_str(), "GZ-000001"),
        (&names[0][1], "KEY-000001"),
        (&names[1][0], "GZ-000001"),
        (&names[1][1], "KEY-000002"),
        ("record", "yes"),
    ];
    let page = producer.submit(&kept, QUEUE, &filled).await;
    let results = page.texts(".outcomes li");
    assert_eq!((page.status, results.len()), (422, 2), "{}", page.html);
    assert_eq!(results.iter().filter(|result| result.starts_with('✓')).count(), 1);
    assert_eq!(page.texts("td .wrong").len(), 1);
    let open = page.attributes("[name=case]", "value");
    assert_eq!(open.len(), 2, "one was made");
    // Taken on by the producer.
    let page = producer.submit(&page, QUEUE, &[("case", &cases[2]), ("claim", "yes")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert!(page.texts("tbody td").contains(&"制证人员".to_owned()), "{:?}", page.texts("tbody td"));
}

async fn what_is_typed_into_a_row_outlives_the_scans_above_and_other_rows(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let cases = waiting(&hall, &[1, 2, 3]).await;
    let producer = hall.visitor(Role::Producer).await;
    let [serial, medium] = ["serial", "medium"].map(|part| format!("{part}.{}", cases[1]));
    let kept = |page: &crate::hall::visitor::Page| {
        let value = |name: &str| page.attributes(&format!("[name='{name}']"), "value").concat();
        (value(&serial), value(&medium))
    };
    let typed = ("GZ-000002".to_owned(), String::new());
    let mut page = producer.submit(&producer.get(QUEUE).await, QUEUE, &[(&serial, "GZ-000002")]).await;
    assert_eq!((page.attributes("[autofocus]", "name"), kept(&page)), (vec![medium.clone()], typed.clone()));
    for (field, scanned) in [("scanned", cases[0].as_str()), ("serial", "GZ-000001"), ("medium", "KEY-000001")] {
        page = producer.submit(&page, QUEUE, &[(field, scanned)]).await;
        assert_eq!((page.status, kept(&page)), (200, typed.clone()), "after {field}");
    }
    assert_eq!(
        (page.texts(".outcomes li").len(), page.attributes("[name=scanned]", "value").concat().as_str()),
        (1, "")
    );
    // Nor does a refused scan take it, nor what is done to another row.
    page = producer.submit(&page, QUEUE, &[("scanned", &cases[0])]).await;
    assert_eq!((page.status, kept(&page)), (422, typed.clone()));
    let claimed =
        [("case", cases[2].as_str()), ("claim", "yes"), (serial.as_str(), ""), (medium.as_str(), "KEY-000002")];
    page = producer.submit(&page, QUEUE, &claimed).await;
    assert_eq!((page.status, kept(&page)), (200, (String::new(), "KEY-000002".to_owned())), "{}", page.html);
    let all = [(serial.as_str(), "GZ-000002"), ("record", "yes")];
    page = producer.submit(&page, QUEUE, &all).await;
    assert_eq!((page.status, page.address.starts_with(&format!("{QUEUE}?made="))), (200, true));
}

async fn whoever_makes_no_certificates_is_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = waiting(&hall, &[1]).await.remove(0);
    let clerk = hall.visitor(Role::Clerk).await;
    assert_eq!(clerk.get(QUEUE).await.status, 403);
    let key = clerk.get("/console/account").await.fields("/console/account/sign-out-everywhere");
    let scanned = [("scanned", case.as_str()), ("serial", "GZ-000001"), ("medium", "KEY-000001")];
    let fields = [key, scanned.map(|(name, value)| (name.to_owned(), value.to_owned())).into()].concat();
    assert_eq!(clerk.post(QUEUE, &fields).await.status, 403);
    // A supervisor sees the queue, and makes none.
    let supervisor = hall.visitor(Role::Supervisor).await;
    let page = supervisor.get(QUEUE).await;
    assert_eq!((page.status, page.attributes("[name=scanned]", "name").len()), (200, 0));
}

async fn the_next_case_scanned_into_a_box_for_serials_is_taken_up(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let cases = waiting(&hall, &[1, 2]).await;
    let producer = hall.visitor(Role::Producer).await;
    let page = producer.get(QUEUE).await;
    for sent in [vec![("serial", cases[1].as_str())], vec![("serial", "GZ-000001"), ("medium", &cases[1])]] {
        let sent = [vec![("scanned", cases[0].as_str())], sent].concat();
        let page = producer.submit(&page, QUEUE, &sent).await;
        assert_eq!((page.status, page.attributes("[name=scanned]", "value")), (200, vec![cases[1].clone()]));
        assert_eq!(page.attributes("[name=serial]", "value"), [""]);
        assert_eq!(page.attributes("[autofocus]", "name"), ["serial"]);
    }
    // So in the rows, and whatever button is pressed.
    for button in [("", ""), ("record", "yes")] {
        let serial = format!("serial.{}", cases[0]);
        let page = producer.submit(&page, QUEUE, &[(&serial, &cases[1]), button]).await;
        assert_eq!((page.status, page.attributes("[name=case][checked]", "value")), (200, vec![cases[1].clone()]));
        assert_eq!(page.attributes("[autofocus]", "name"), [format!("serial.{}", cases[1])]);
    }
    let found = hall.staff(Role::Clerk).await.get("/certificates").await.expect(200);
    assert_eq!(found["items"].as_array().map(Vec::len), Some(0));
}

async fn a_row_without_its_numbers_is_told_what_is_missing_and_whose_it_is(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let cases = waiting(&hall, &[1, 2, 3]).await;
    let producer = hall.visitor(Role::Producer).await;
    let queue = producer.get(QUEUE).await;
    let row = |name: &str, at: usize| format!("{name}.{}", cases[at]);
    let fields = [
        ("case".to_owned(), cases[0].clone()),
        (row("serial", 1), "GZ-000002".to_owned()),
        ("case".to_owned(), cases[2].clone()),
        (row("medium", 2), "KEY-000003".to_owned()),
        ("record".to_owned(), "yes".to_owned()),
    ];
    let key = queue.attributes("[name=form_key]", "value")[0].clone();
    let page = producer.post(QUEUE, &[&[("form_key".to_owned(), key)], &fields[..]].concat()).await;
    let mut results = page.texts(".outcomes li");
    results.sort();
    let lines = [(0, 1, "请填写证书序列号和介质编号"), (1, 2, "请填写介质编号"), (2, 3, "请填写证书序列号")];
    let wanted = lines.map(|(at, number, why)| format!("✗ {} 广州第{number}建筑有限公司 {why}", cases[at]));
    assert_eq!((page.status, results), (422, wanted.to_vec()));
}

async fn what_is_typed_on_one_page_of_the_queue_is_recorded_from_another(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let numbers: Vec<u32> = (1..=51).collect();
    let cases = waiting(&hall, &numbers).await;
    let producer = hall.visitor(Role::Producer).await;
    let queue = producer.get(QUEUE).await;
    let to = queue.attributes("[name=turn]", "value").remove(0);
    assert!(producer.submit(&queue, QUEUE, &[("turn", &to)]).await.address.starts_with(&format!("{QUEUE}?after=")));
    let [serial, medium] = ["serial", "medium"].map(|part| format!("{part}.{}", cases[0]));
    let typed = [(serial.as_str(), "GZ-000001"), (&medium, "KEY-000001"), ("turn", &to)];
    let next = producer.submit(&queue, QUEUE, &typed).await;
    assert_eq!((next.status, next.attributes("tbody input[name=case]", "value")), (200, vec![cases[50].clone()]));
    assert_eq!(next.texts(".batch .muted").len(), 1, "that more goes along");
    let made = producer.submit(&next, QUEUE, &[("record", "yes")]).await;
    assert_eq!((made.status, made.texts(".outcomes li").len()), (200, 1), "{}", made.html);
    assert!(made.texts(".outcomes li")[0].contains("GZ-000001"));
}
