//! Money at the console: payments and the cash-up.

use casehall::domain::accounts::role::Role;

use super::cases::{opened, paid};
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::{Page, Visitor};
use crate::hall::{CENTER, Hall, PASSWORD};

/// Where a clerk says at which window they are.
const WINDOW: &str = "/console/window";

on_both!(
    a_payment_is_taken_as_it_is_owed_and_only_once,
    the_cash_up_counts_the_day_by_window_and_way_of_paying,
    whoever_takes_no_money_is_refused,
    a_clerk_says_once_a_day_at_which_window_they_are,
    no_money_is_taken_before_a_window_was_said,
    a_scan_into_the_window_is_no_window,
    a_scan_into_a_day_opens_what_was_scanned,
    the_cash_up_sheet_says_what_must_be_there_in_figures_and_capitals,
    each_print_of_a_cash_up_sheet_is_numbered_and_on_the_record,
    that_the_application_chose_how_it_is_paid_is_said_where_it_is_ticked,
    a_scan_into_an_amount_or_a_reason_is_named_and_nothing_is_lost,
    where_nothing_was_paid_nobody_is_asked_how_it_is_given_back,
);

async fn a_payment_is_taken_as_it_is_owed_and_only_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let address = format!("/console/cases/{case}/payment");
    let page = clerk.get(&address).await;
    assert_eq!(page.attributes("[name=amount_fen]", "value"), ["600.00"]);
    assert_eq!(page.attributes("[name=method][checked]", "value"), ["cash"]);
    for amount in ["", "六百", "600.001", "600.01"] {
        let wrong = clerk.submit(&page, &address, &[("amount_fen", amount), ("window", "3号窗口")]).await;
        assert_eq!(
            (wrong.status, wrong.attributes(".fault a", "href")),
            (422, vec!["#amount_fen".to_owned()]),
            "{amount}"
        );
        assert_eq!(wrong.attributes("[name=window]", "value"), ["3号窗口"]);
    }
    let part = clerk.submit(&page, &address, &[("amount_fen", "100"), ("method", "card")]).await;
    assert_eq!(part.address, format!("/console/cases/{case}?done=record_payment"));
    let said = part.texts(".saved").concat();
    assert!(said.contains("100.00 元") && said.contains("票据"), "{said}");
    assert_eq!(clerk.submit(&page, &address, &[]).await.status, 422, "the page was of before");
    let page = clerk.get(&address).await;
    assert_eq!(page.attributes("[name=amount_fen]", "value"), ["500.00"]);
    clerk.submit(&page, &address, &[]).await;
    let settled = clerk.get(&address).await;
    assert!(settled.attributes("[name=amount_fen]", "name").is_empty(), "nothing is owed");
    // The page is no end: it says why, and leads on to the one next step.
    assert_eq!(settled.texts(".blocked li").len(), 1, "{}", settled.html);
    assert_eq!(settled.attributes("a.primary", "href"), [format!("/console/cases/{case}/materials")]);
}

async fn the_cash_up_counts_the_day_by_window_and_way_of_paying(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    for (number, by) in [(1, &clerk), (2, &clerk), (3, &other)] {
        let case = opened(by, number).await;
        paid(by, &case).await;
    }
    let sheet = clerk.get("/console/cash-up").await;
    let row = sheet.texts("section:nth-of-type(1) tbody td");
    assert_eq!(row[1..5], ["3", "现金", "1200.00", "2"], "one's own: {row:?}");
    assert_eq!(sheet.texts("section:nth-of-type(2) tbody tr").len(), 2);
    // The case of an entry is one click away.
    let cases = sheet.attributes("section:nth-of-type(2) tbody a", "href");
    assert!(cases.len() == 2 && cases.iter().all(|case| case.starts_with("/console/cases/2603")), "{cases:?}");
    let whole = hall.visitor(Role::Supervisor).await.get("/console/cash-up?day=2026-03-02").await;
    assert_eq!(whole.texts("section:nth-of-type(1) tbody td")[3..5], ["1800.00", "3"]);
    let before = clerk.get("/console/cash-up?day=2026-03-01").await;
    assert_eq!(before.texts("section .muted"), ["当日没有收费。", "当日没有收费。"]);
    assert_eq!(clerk.get("/console/cash-up?day=yesterday").await.status, 422);
}

async fn whoever_takes_no_money_is_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = opened(&hall.visitor(Role::Clerk).await, 1).await;
    let producer = hall.visitor(Role::Producer).await;
    let address = format!("/console/cases/{case}/payment");
    assert_eq!(producer.get(&address).await.status, 403);
    let key = producer.get("/console/account").await.fields("/console/account/sign-out-everywhere");
    let paid = [("amount_fen", "600"), ("method", "cash"), ("version", "1")];
    let fields = [key, paid.map(|(name, value)| (name.to_owned(), value.to_owned())).into()].concat();
    assert_eq!(producer.post(&address, &fields).await.status, 403);
    assert_eq!(hall.visitor(Role::SecurityAdministrator).await.get("/console/cash-up").await.status, 403);
}

/// Answers the question at which window a clerk is.
async fn say(clerk: &Visitor<'_>, window: &str) -> Page {
    clerk.submit(&clerk.get(WINDOW).await, WINDOW, &[("window", window)]).await
}

async fn a_clerk_says_once_a_day_at_which_window_they_are(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let own = hall.person(&[Role::Clerk], Some(CENTER)).await.name().to_owned();
    let clerk = hall.stranger();
    let page = clerk.get("/console/sign-in").await;
    let credentials = [("username", own.as_str()), ("password", PASSWORD)];
    let asked = clerk.submit(&page, "/console/sign-in", &credentials).await;
    assert!(asked.address.starts_with(WINDOW), "{}", asked.address);
    for wrong in ["", " ", "第三窗口左边那个靠窗户的收款台旁边靠门的位置"] {
        let again = clerk.submit(&asked, WINDOW, &[("window", wrong)]).await;
        assert_eq!((again.status, again.texts(".wrong").len()), (422, 1), "{wrong}");
    }
    let desk = clerk.submit(&asked, WINDOW, &[("window", "３号窗口")]).await;
    assert_eq!(desk.address, "/console");
    assert!(desk.texts(".who").concat().contains("窗口3"));
    let case = opened(&clerk, 1).await;
    let payment = format!("/console/cases/{case}/payment");
    let page = clerk.get(&payment).await;
    assert_eq!(page.attributes("[name=window]", "value"), ["3"]);
    // Left blank, it is where the clerk is.
    clerk.submit(&page, &payment, &[("window", "")]).await;
    let sums = clerk.get("/console/cash-up").await;
    assert_eq!(sums.texts("section:nth-of-type(1) tbody td")[1], "3");
    assert_eq!(sums.attributes("[name=window] [selected]", "value"), ["3"]);
    let other = say(&clerk, "A").await;
    assert!(other.texts(".who").concat().contains("A"), "it can be changed");
    // Another person before the same computer is asked, and so is the same one on the next day.
    let neighbour = clerk.copied().await;
    let name = hall.person(&[Role::Clerk], Some(CENTER)).await.name().to_owned();
    let credentials = [("username", name.as_str()), ("password", PASSWORD)];
    let asked = neighbour.submit(&neighbour.get("/console/sign-in").await, "/console/sign-in", &credentials).await;
    assert!(asked.address.starts_with(WINDOW), "{}", asked.address);
    // Who signs in where somebody was signed in ends their session.
    assert!(clerk.get("/console").await.address.starts_with("/console/sign-in"));
    hall.clock.advance(chrono::Duration::hours(15));
    let credentials = [("username", own.as_str()), ("password", PASSWORD)];
    let asked = clerk.submit(&clerk.get("/console/sign-in").await, "/console/sign-in", &credentials).await;
    assert!(asked.address.starts_with(WINDOW), "{}", asked.address);
}

async fn no_money_is_taken_before_a_window_was_said(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = opened(&hall.visitor(Role::Clerk).await, 1).await;
    let name = hall.person(&[Role::Clerk], Some(CENTER)).await.name().to_owned();
    let clerk = hall.stranger();
    let credentials = [("username", name.as_str()), ("password", PASSWORD)];
    clerk.submit(&clerk.get("/console/sign-in").await, "/console/sign-in", &credentials).await;
    let payment = format!("/console/cases/{case}/payment");
    let asked = clerk.get(&payment).await;
    assert!(asked.address.starts_with(WINDOW), "{}", asked.address);
    let back = clerk.submit(&asked, WINDOW, &[("window", "2")]).await;
    assert!(back.address.starts_with(&payment), "{}", back.address);
    assert_eq!(back.attributes("[name=window]", "value"), ["2"]);
    // Where there is one drawer for all, none is asked for.
    clerk.submit(&clerk.get(WINDOW).await, WINDOW, &[("whole", "yes")]).await;
    assert_eq!(clerk.get(&payment).await.attributes("[name=window]", "value"), [""]);
}

async fn a_scan_into_the_window_is_no_window(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    assert_eq!(say(&clerk, &case).await.address, format!("/console/cases/{case}"));
    assert!(clerk.get("/console").await.texts(".who").concat().contains("不分窗口"), "as it was said");
}

/// A browser without script sends what a scanner typed as the day.
async fn a_scan_into_a_day_opens_what_was_scanned(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let page = clerk.get("/console/cash-up").await;
    assert_eq!(
        page.attributes("[name=day][data-day]", "type").len(),
        0,
        "a calendar takes some of a scan's digits for a day"
    );
    for asked in ["cash-up?day=", "cash-up?day=2026-03-02", "cases?due_from=", "reports/quality?to="] {
        let opened = clerk.get(&format!("/console/{asked}{case}")).await;
        assert_eq!(opened.address, format!("/console/cases/{case}"), "{asked}");
    }
    let written = clerk.get("/console/cash-up?day=2026年3月2日").await;
    assert_eq!((written.status, written.attributes("[data-day]", "value")), (200, vec!["2026-03-02".to_owned()]));
    for asked in ["cash-up?day=2606-13-1", "cases?due_to=2606-13-1"] {
        let refused = clerk.get(&format!("/console/{asked}")).await;
        assert_eq!(refused.texts("[role=alert] li"), ["“2606-13-1”不是日期，请按 2026-06-01 的格式填写"], "{asked}");
    }
}

async fn the_cash_up_sheet_says_what_must_be_there_in_figures_and_capitals(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    say(&clerk, "3").await;
    for number in 1..=2 {
        let case = opened(&clerk, number).await;
        paid(&clerk, &case).await;
    }
    let sheet = clerk.get("/console/cash-up/sheet?window=3&counted=1190.50").await;
    let facts = sheet.texts("table.facts td");
    assert!(facts.contains(&"1200.00 元 人民币壹仟贰佰元整".to_owned()), "{facts:?}");
    assert!(facts.contains(&"短款 9.50 元".to_owned()), "{facts:?}");
    let row = sheet.texts("table.listed td").join(" ");
    assert!(row.contains("SK20260302-0001 SK20260302-0002"), "{row}");
    assert_eq!(sheet.texts(".signatures span").len(), 3);
    // The same money has the same digest, and what was counted is part of it; a scan goes into the search.
    let digest = |page: &Page| page.texts("footer span")[0].clone();
    let again = clerk.get("/console/cash-up/sheet?window=3&counted=1190.50").await;
    let other = clerk.get("/console/cash-up/sheet?window=3&counted=1190.60").await;
    assert!(
        digest(&sheet).starts_with("校验码 ") && digest(&again) == digest(&sheet) && digest(&other) != digest(&sheet)
    );
    assert_eq!(sheet.attributes("[role=search] [autofocus]", "name"), ["q"]);
    let by_pen = clerk.get("/console/cash-up/sheet").await;
    assert!(by_pen.texts("table.facts td").concat().contains("____"));
    assert_eq!(clerk.get("/console/cash-up/sheet?day=x").await.status, 404);
    assert_eq!(
        hall.visitor(Role::Producer).await.get("/console/cash-up/sheet").await.status,
        200,
        "one's own: nothing"
    );
    assert_eq!(hall.visitor(Role::SecurityAdministrator).await.get("/console/cash-up/sheet").await.status, 403);
}

async fn each_print_of_a_cash_up_sheet_is_numbered_and_on_the_record(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    say(&clerk, "3").await;
    let case = opened(&clerk, 1).await;
    paid(&clerk, &case).await;
    let address = "/console/cash-up/sheet";
    let last = |page: &Page| page.texts("footer span")[1].clone();
    let sheet = clerk.get("/console/cash-up/sheet?window=3&counted=600").await;
    assert!(last(&sheet).starts_with("截至"), "looking prints nothing: {}", last(&sheet));
    let first = clerk.submit(&sheet, address, &[]).await;
    assert_eq!(first.address, "/console/cash-up/sheet?day=2026-03-02&window=3&counted=600#print");
    assert!(last(&first).starts_with("第1次打印 2026年3月2日 10:00"), "{}", last(&first));
    let second = clerk.submit(&first, address, &[]).await;
    assert!(last(&second).starts_with("补打第1次"), "{}", last(&second));
    // Another window's is another sheet; the same one with other figures isn't what was printed.
    let all = clerk.submit(&clerk.get(address).await, address, &[]).await;
    assert!(last(&all).starts_with("第1次打印"), "{}", last(&all));
    let other = opened(&clerk, 2).await;
    paid(&clerk, &other).await;
    let grown = clerk.get("/console/cash-up/sheet?window=3&counted=600").await;
    assert!(last(&grown).starts_with("截至"), "{}", last(&grown));
    assert!(grown.texts(".tools span")[0].starts_with("补打第1次"), "{:?}", grown.texts(".tools span"));

    let trail = hall.staff(Role::Auditor).await.get("/audit?kind=paper_printed").await.expect(200);
    let said: Vec<&str> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["details"]["window"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(said, ["", "3", "3"], "{trail}");
    assert_eq!(trail["items"][1]["details"]["print"], "2");
    // Whoever audits looks, and prints nothing.
    let auditor = hall.visitor(Role::Auditor).await;
    let page = auditor.get(address).await;
    assert_eq!((page.status, page.texts(".tools form[method=post]").len()), (200, 0));
    let key = auditor.get("/console/account").await.attributes("[name=form_key]", "value");
    assert_eq!(auditor.post(address, &[("form_key".to_owned(), key[0].clone())]).await.status, 403);
}

async fn where_nothing_was_paid_nobody_is_asked_how_it_is_given_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    // Whoever took money doesn't give it back themselves.
    let (clerk, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let case = opened(&clerk, 1).await;
    let form = format!("/console/cases/{case}/actions/withdraw");
    let fields = |page: Page| page.attributes("main [name^='refund/']", "name");
    assert_eq!(fields(other.get(&form).await), Vec::<String>::new());
    paid(&clerk, &case).await;
    assert_eq!(fields(other.get(&form).await), ["refund/window", "refund/reference"]);
}

async fn that_the_application_chose_how_it_is_paid_is_said_where_it_is_ticked(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let page = clerk.get(&format!("/console/cases/{case}/payment")).await;
    assert_eq!(page.attributes("[name=method][checked]", "value"), ["cash"]);
    assert!(page.texts(".field small").concat().contains("申请时选定：现金"), "{}", page.html);
}

async fn a_scan_into_an_amount_or_a_reason_is_named_and_nothing_is_lost(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let (case, other) = (opened(&clerk, 1).await, opened(&clerk, 2).await);
    let payment = format!("/console/cases/{case}/payment");
    let page = clerk.get(&payment).await;
    let scanned = [("amount_fen", format!("100.00{other}")), ("reference", "T-1".to_owned())];
    let scanned = scanned.each_ref().map(|(name, value)| (*name, value.as_str()));
    let told = clerk.submit(&page, &payment, &scanned).await;
    assert_eq!((told.status, told.attributes("[name=amount_fen]", "value")), (422, vec!["100.00".to_owned()]));
    assert!(told.texts("[role=alert] li").concat().contains(&format!("办件 {other}")), "{}", told.html);
    assert_eq!(told.attributes("[name=reference]", "value"), ["T-1"]);
    let withdraw = format!("/console/cases/{case}/actions/withdraw");
    let page = clerk.get(&withdraw).await;
    let told = clerk.submit(&page, &withdraw, &[("reason", &format!("申请人不办了{other}\n"))]).await;
    assert_eq!((told.status, told.texts("textarea")), (422, vec!["申请人不办了".to_owned()]));
    // Who names another case in a reason scanned nothing.
    let done = clerk.submit(&told, &withdraw, &[("reason", &format!("另见办件{other}"))]).await;
    assert_eq!(done.status, 200, "{}", done.html);
}
