//! Money at the console: payments and the cash-up.

use casehall::domain::accounts::role::Role;

use super::cases::{opened, paid};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    a_payment_is_taken_as_it_is_owed_and_only_once,
    the_cash_up_counts_the_day_by_window_and_way_of_paying,
    whoever_takes_no_money_is_refused,
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
    assert_eq!(part.address, format!("/console/cases/{case}"));
    assert_eq!(clerk.submit(&page, &address, &[]).await.status, 422, "the page was of before");
    let page = clerk.get(&address).await;
    assert_eq!(page.attributes("[name=amount_fen]", "value"), ["500.00"]);
    clerk.submit(&page, &address, &[]).await;
    let settled = clerk.get(&address).await;
    assert!(settled.attributes("[name=amount_fen]", "name").is_empty(), "nothing is owed");
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
    let whole = hall.visitor(Role::Supervisor).await.get("/console/cash-up?day=2026-03-02").await;
    assert_eq!(whole.texts("section:nth-of-type(1) tbody td")[3..5], ["1800.00", "3"]);
    let before = clerk.get("/console/cash-up?day=2026-03-01").await;
    assert_eq!(before.texts("section .muted"), ["当日没有收费。", "当日没有收费。"]);
    assert_eq!(clerk.get("/console/cash-up?day=yesterday").await.status, 404);
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
