//! Two clerks at one check sheet: they know of one another, their rows merge, and of the same row it is asked which finding to keep.

use casehall::domain::accounts::role::Role;

use super::check_sheet::{codes, row, sheet_of, state};
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Page;
use crate::hall::{CENTER, Hall};

on_both!(
    two_clerks_on_different_rows_merge,
    the_same_row_asks_which_to_keep_and_loses_nothing,
    whatever_of_a_row_was_typed_is_asked_about,
    what_was_typed_before_the_page_was_opened_anew_is_asked_about,
    a_command_is_about_what_the_clerk_saw,
    while_it_is_asked_which_to_keep_enter_confirms_nothing,
    who_found_the_same_is_asked_nothing,
    a_page_that_came_back_with_a_fault_overwrites_nobody,
    two_clerks_at_one_sheet_know_of_one_another,
    whoever_signs_in_once_more_is_nobody_else,
);

/// So many copies in a row, each with its seal.
fn counted<'a>(received: &'a str, count: &'a str) -> Vec<(&'a str, &'a str)> {
    let sealed: &'static str = received.replace("received", "sealed").leak();
    vec![(received, count), (sealed, count)]
}

async fn two_clerks_on_different_rows_merge(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let (seen, seen_too) = (one.get(&sheet).await, other.get(&sheet).await);
    let rows = seen.attributes("[name^='received.']", "name");
    assert_eq!(one.submit(&seen, &sheet, &counted(&rows[0], "3")).await.status, 200);
    let merged = other.submit(&seen_too, &sheet, &counted(&rows[1], "2")).await;
    assert_eq!(merged.status, 200);
    assert_eq!(merged.attributes("[name^='received.']", "value")[..2], ["3", "2"]);
}

async fn the_same_row_asks_which_to_keep_and_loses_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let (seen, seen_too) = (one.get(&sheet).await, other.get(&sheet).await);
    let rows = seen.attributes("[name^='received.']", "name");
    one.submit(&seen, &sheet, &counted(&rows[0], "3")).await;
    let asked = other.submit(&seen_too, &sheet, &[counted(&rows[0], "1"), counted(&rows[1], "2")].concat()).await;
    assert_eq!((asked.status, asked.texts("[role=alert] li")[1..].concat()), (422, "已保存 1 项。".to_owned()));
    let told = asked.texts("[role=alert] li").concat();
    assert!(told.starts_with("第1项") && told.contains("窗口人员") && told.contains("收到3份"), "{told}");
    let free = one.get(&sheet).await.attributes("[name^='received.']", "value");
    assert_eq!(free[..2], ["3", "2"], "the other row is saved");
    assert_eq!(asked.attributes("[name^='received.']", "value")[..2], ["1", "2"], "what was typed is kept");
    let code = rows[0].replace("received.", "");
    let kept = other.submit(&asked, &sheet, &[("keep", &code)]).await;
    assert_eq!(
        (kept.status, &kept.attributes("[name^='received.']", "value")[..2]),
        (200, &["3", "2"].map(str::to_owned)[..])
    );
    let used = other.submit(&asked, &sheet, &[("mine", &code)]).await;
    assert_eq!(
        (used.status, &used.attributes("[name^='received.']", "value")[..2]),
        (200, &["1", "2"].map(str::to_owned)[..])
    );
}

async fn whatever_of_a_row_was_typed_is_asked_about(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    // The third time a command can't be read first, so that the page comes back with what was typed.
    for (at, (control, typed, unreadable)) in
        [("remark", "复印件模糊", ""), ("sealed", "2", ""), ("remark", "复印件不清", "zz"), ("reason", "illegible", "")]
            .into_iter()
            .enumerate()
    {
        let seen = other.get(&sheet).await;
        let code = codes(&seen).remove(at);
        let [received, remark, own] = ["received", "remark", control].map(|name| format!("{name}.{code}"));
        let theirs = [counted(&received, "3"), vec![(remark.as_str(), "已复印")]].concat();
        assert_eq!(one.submit(&one.get(&sheet).await, &sheet, &theirs).await.status, 200);
        let mut asked = other.submit(&seen, &sheet, &[(&own, typed), ("command", unreadable)]).await;
        if !unreadable.is_empty() {
            assert_eq!((asked.status, row(&asked, &code)), (422, ["", "", typed].map(str::to_owned)));
            asked = other.submit(&asked, &sheet, &[]).await;
        }
        assert_eq!((asked.status, asked.texts("tr.disputed button").len()), (422, 2), "{control}: {}", asked.html);
        let question = asked.texts("tr.disputed .question").concat();
        assert!(question.starts_with("现有：收到3份、盖章3份（备注：已复印）"), "{control}: {question}");
        let remarked = if control == "remark" { typed } else { "已复印" };
        let sealed = if control == "sealed" { typed } else { "3" };
        assert_eq!(row(&asked, &code), ["3", sealed, remarked].map(str::to_owned));
        let kept = other.submit(&asked, &sheet, &[("keep", &code)]).await;
        assert_eq!((kept.status, row(&kept, &code)), (200, ["3", "3", "已复印"].map(str::to_owned)));
        let used = other.submit(&asked, &sheet, &[("mine", &code)]).await;
        assert_eq!((used.status, row(&used, &code)), (200, ["3", sealed, remarked].map(str::to_owned)), "{control}");
    }
}

async fn what_was_typed_before_the_page_was_opened_anew_is_asked_about(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let seen = other.get(&sheet).await;
    let code = codes(&seen).remove(0);
    let [received, shown] = ["received", "shown"].map(|name| format!("{name}.{code}"));
    one.submit(&one.get(&sheet).await, &sheet, &counted(&received, "3")).await;
    // The script puts what was typed, and what the row had shown, into the page as it is now.
    let before = seen.attributes(&format!("[name='{shown}']"), "value").concat();
    let anew = [counted(&received, "1"), vec![(shown.as_str(), before.as_str())]].concat();
    let asked = other.submit(&other.get(&sheet).await, &sheet, &anew).await;
    assert_eq!((asked.status, asked.texts("tr.disputed button").len()), (422, 2), "{}", asked.html);
    let used = other.submit(&asked, &sheet, &[("mine", &code)]).await;
    assert_eq!((used.status, row(&used, &code)[..2].join("/")), (200, "1/1".to_owned()));
}

async fn a_command_is_about_what_the_clerk_saw(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    for (number, theirs) in [(4, "2"), (5, "0")] {
        let seen = other.get(&sheet).await;
        one.submit(&one.get(&sheet).await, &sheet, &[("command", &format!("{number}{theirs}"))]).await;
        // One of three without its seal, as the row stood blank on their page; not one of the colleague's.
        let asked = other.submit(&seen, &sheet, &[("command", &format!("{number}-"))]).await;
        let code = codes(&seen).remove(number - 1);
        assert_eq!((asked.status, asked.texts("tr.disputed button").len()), (422, 2), "{}", asked.html);
        assert_eq!(row(&asked, &code)[..2], ["3", "2"]);
        assert!(
            asked.texts("tr.disputed .question")[0].starts_with(&format!("现有：收到{theirs}份")),
            "{}",
            asked.html
        );
        let used = other.submit(&asked, &sheet, &[("mine", &code)]).await;
        assert_eq!((used.status, row(&used, &code)[..2].join("/")), (200, "3/2".to_owned()));
    }
    // A plus is about what nobody has checked, also where they don't see it yet.
    let seen = other.get(&sheet).await;
    one.submit(&one.get(&sheet).await, &sheet, &[("command", "2-")]).await;
    let all = other.submit(&seen, &sheet, &[("command", "+")]).await;
    assert_eq!((all.status, row(&all, &codes(&seen)[1])[..2].join("/")), (200, "3/2".to_owned()), "{}", all.html);
}

async fn while_it_is_asked_which_to_keep_enter_confirms_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    one.submit(&one.get(&sheet).await, &sheet, &[("command", "+")]).await;
    let seen = other.get(&sheet).await;
    let second = codes(&seen).remove(1);
    one.submit(&one.get(&sheet).await, &sheet, &[("command", "2-")]).await;
    let asked = other.submit(&seen, &sheet, &[("command", "22")]).await;
    assert_eq!(
        (asked.status, asked.texts("tr.disputed button")),
        (422, vec!["保留现有的".to_owned(), "用我填的".to_owned()])
    );
    assert_eq!((asked.texts("#enters"), asked.texts("tr.disputed .lack").len()), (vec!["保存".to_owned()], 0));
    assert!(asked.texts("tr.disputed .question")[0].starts_with("现有：收到3份、盖章2份"), "{}", asked.html);
    // Enter, a plus, the other button, and a scan: it is asked again.
    for pressed in [("command", ""), ("command", "+"), ("save", "yes"), ("command", "260302000999")] {
        let again = other.submit(&asked, &sheet, &[pressed]).await;
        assert_eq!((again.status, again.texts("tr.disputed button").len()), (422, 2), "{pressed:?}");
        assert_eq!(row(&again, &second)[..2], ["2", "2"], "{pressed:?}");
        assert_eq!(again.html.contains("“260302000999”尚未执行"), pressed.1.len() > 3, "{pressed:?}");
    }
    // What is typed into other rows is saved meanwhile, and a command on this one is the reader's own.
    let third = format!("remark.{}", codes(&seen)[2]);
    let again = other.submit(&asked, &sheet, &[(&third, "折痕"), ("command", "21")]).await;
    assert_eq!((again.status, row(&again, &second)[..2].join("/")), (422, "1/1".to_owned()));
    let free = one.get(&sheet).await;
    assert_eq!(
        (row(&free, &second)[..2].join("/"), free.attributes(&format!("[name='{third}']"), "value").concat()),
        ("3/2".into(), "折痕".into())
    );
    let used = other.submit(&again, &sheet, &[("mine", &second)]).await;
    assert_eq!(
        (used.status, row(&used, &second)[..2].join("/"), used.texts("tr.disputed").len()),
        (200, "1/1".into(), 0)
    );
    assert_eq!(state(&hall, &sheet).await, "submitted");
}

async fn who_found_the_same_is_asked_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let seen = other.get(&sheet).await;
    one.submit(&one.get(&sheet).await, &sheet, &[("command", "2-")]).await;
    let page = other.submit(&seen, &sheet, &[("command", "2- 3-")]).await;
    assert_eq!((page.status, page.address), (200, format!("{sheet}?saved=1")));
}

async fn two_clerks_at_one_sheet_know_of_one_another(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    other.submit(&other.get("/console/window").await, "/console/window", &[("window", "3")]).await;
    let others = |page: &Page| page.texts("#others");
    assert_eq!(others(&other.get(&sheet).await), [""]);
    hall.advance(chrono::Duration::minutes(1));
    assert_eq!(others(&one.get(&sheet).await), ["窗口人员 窗口3 10:00 也在核验"]);
    // A page that asks by itself is told of who came later, and of who was there: since when they came.
    let version = format!("{sheet}/version");
    let lines = |page: Page| page.html.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(other.look(&version).await)[1..], ["窗口人员 10:01 也在核验"]);
    hall.advance(chrono::Duration::seconds(40));
    other.look(&version).await;
    hall.advance(chrono::Duration::seconds(40));
    assert_eq!(lines(one.look(&version).await)[1..], ["窗口人员 窗口3 10:00 也在核验"]);
    // Who only reads is neither told nor noted.
    let reader = hall.visitor(Role::Supervisor).await;
    assert_eq!((lines(reader.look(&version).await).len(), lines(one.look(&version).await).len()), (1, 2));
    // A page that asks no more was left; one that was never heard of again some time later.
    hall.advance(chrono::Duration::seconds(60));
    assert_eq!(others(&other.get(&sheet).await), [""]);
    hall.advance(chrono::Duration::minutes(9));
    assert_eq!(others(&one.get(&sheet).await), ["窗口人员 窗口3 10:03 也在核验"]);
    hall.advance(chrono::Duration::minutes(2));
    assert_eq!(others(&one.get(&sheet).await), [""]);
}

async fn a_page_that_came_back_with_a_fault_overwrites_nobody(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let seen = other.get(&sheet).await;
    let second = codes(&seen).remove(1);
    one.submit(&one.get(&sheet).await, &sheet, &[("command", "2-")]).await;
    let typed = [(format!("received.{second}"), "1"), (format!("sealed.{second}"), "1")];
    let typed = [(typed[0].0.as_str(), typed[0].1), (&typed[1].0, typed[1].1), ("command", "zz")];
    let told = other.submit(&seen, &sheet, &typed).await;
    assert_eq!((told.status, row(&told, &second)[..2].join("/")), (422, "1/1".to_owned()));
    let asked = other.submit(&told, &sheet, &[]).await;
    assert_eq!((asked.status, asked.texts("tr.disputed button").len()), (422, 2), "{}", asked.html);
}

async fn whoever_signs_in_once_more_is_nobody_else(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    hall.named("window-2", "何接手", &[Role::Clerk], Some(CENTER)).await;
    let before = hall.visitor_named("window-2").await;
    before.submit(&before.get("/console/window").await, "/console/window", &[("window", "3")]).await;
    before.get(&sheet).await;
    let again = hall.visitor_named("window-2").await;
    assert_eq!(again.get(&sheet).await.texts("#others"), [""]);
    assert_eq!(before.get(&sheet).await.texts("#others"), [""]);
}
