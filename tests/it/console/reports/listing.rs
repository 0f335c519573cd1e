//! Lists of cases, and reassigning from them.

use casehall::domain::accounts::role::Role;

use super::{accepted, busy};
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Page;
use crate::hall::{CENTER, Hall, TWO_OUTLETS, application};

on_both!(
    an_overdue_case_is_found_from_the_board_and_reassigned,
    what_cannot_be_reassigned_says_why_and_stays_chosen,
    whoever_is_no_supervisor_can_reassign_nothing,
    filters_narrow_the_list,
    whoever_belongs_to_an_outlet_sees_its_cases_only,
    a_bar_of_the_board_names_its_days_on_its_list,
    whoever_goes_on_in_a_list_comes_back_page_by_page,
    a_list_says_how_many_it_has_however_it_is_narrowed,
    reassigning_to_whom_it_is_already_is_no_success,
    what_is_chosen_on_one_page_of_a_list_is_reassigned_from_another,
);

async fn an_overdue_case_is_found_from_the_board_and_reassigned(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    hall.named("reassigned-to", "何接手", &[Role::Producer], Some(CENTER)).await;
    busy(&hall, &clerk, &producer).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let board = supervisor.get("/console/board").await;
    let overdue = board.attributes("a[data-key=o]", "href");
    let list = supervisor.get(&overdue[0]).await;
    let numbers = list.attributes("tbody input[name=case]", "value");
    assert_eq!((numbers.len(), list.texts("tbody .tag.late").len()), (3, 3));
    assert_eq!(list.attributes("tbody input[checked]", "value").len(), 0, "nothing is chosen for anybody");
    let person = list.texts("#assignee option").iter().position(|name| name == "何接手（制证人员）").unwrap();
    // They wait for their certificates: nobody is offered who makes none.
    assert!(!list.texts("#assignee option").concat().contains("窗口人员"), "{:?}", list.texts("#assignee option"));
    let id = list.attributes("#assignee option", "value").remove(person);
    let sent = [("case", numbers[0].as_str()), ("assignee", &id), ("reason", "督办：已逾期")];
    let list = supervisor.submit(&list, "/console/cases/assign", &sent).await;
    assert_eq!((list.status, list.texts(".saved")), (200, vec!["已改派 1 件。".to_owned()]));
    assert!(list.texts("h1").contains(&"已逾期".to_owned()), "back on the list");
    assert!(list.texts("tbody tr")[0].ends_with("何接手"), "{:?}", list.texts("tbody tr"));
    let case = clerk.get(&format!("/cases/{}", numbers[0])).await.expect(200);
    assert_eq!(case["assignee"]["code"], id.as_str());
    // Sent again by mistake it changes nothing.
    let again = supervisor.submit(&list, "/console/cases/assign", &sent).await;
    assert_eq!(again.status, 200);
    assert_eq!(clerk.get(&format!("/cases/{}", numbers[0])).await.expect(200)["version"], case["version"]);
}

async fn what_cannot_be_reassigned_says_why_and_stays_chosen(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let cases = busy(&hall, &clerk, &producer).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let list = supervisor.get("/console/cases?list=overdue").await;
    let empty = supervisor.submit(&list, "/console/cases/assign", &[("assignee", "")]).await;
    assert_eq!((empty.status, empty.texts("[role=alert] li").len()), (422, 2), "no case, and nobody");
    // Nobody is called so: each case says it, and is still chosen.
    let mut sent = list.fields("/console/cases/assign");
    sent.retain(|(name, _)| name != "assignee" && name != "reason");
    sent.extend([("assignee".to_owned(), "nobody".to_owned()), ("reason".to_owned(), "<b>急</b>".to_owned())]);
    sent.extend(cases[1..=2].iter().map(|number| ("case".to_owned(), number.clone())));
    let refused = supervisor.post("/console/cases/assign", &sent).await;
    let faults = refused.texts("[role=alert] li");
    assert_eq!((refused.status, faults.len()), (422, 3), "{faults:?}");
    assert!(faults[1].starts_with(&cases[1]) && faults[2].starts_with(&cases[2]), "{faults:?}");
    assert_eq!(refused.attributes("tbody input[checked]", "value"), cases[1..=2]);
    assert_eq!(refused.attributes("#reason", "value"), ["<b>急</b>"]);
    assert!(refused.texts("h1").contains(&"已逾期".to_owned()));
}

async fn whoever_is_no_supervisor_can_reassign_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = accepted(&clerk, 1).await;
    for role in [Role::Producer, Role::Auditor] {
        let visitor = hall.visitor(role).await;
        let list = visitor.get("/console/cases").await;
        assert_eq!((list.status, list.texts("tbody tr").len()), (200, 1), "{role:?}");
        assert!(list.attributes("form[action='/console/cases/assign']", "method").is_empty());
        let key = list.attributes("form[action='/console/sign-out'] [name=form_key]", "value").remove(0);
        let sent = [("form_key", key.as_str()), ("case", &case), ("assignee", clerk.name()), ("reason", "试试")];
        let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert!([403, 422].contains(&visitor.post("/console/cases/assign", &sent).await.status), "{role:?}");
    }
    assert!(clerk.get(&format!("/cases/{case}")).await.expect(200)["assignee"].is_null());
    assert_eq!(hall.visitor(Role::SecurityAdministrator).await.get("/console/cases").await.status, 403);
}

async fn filters_narrow_the_list(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    busy(&hall, &clerk, &producer).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    for (query, expected) in [
        ("", 6),
        ("list=to_make&state=&case_type=&assignee=", 5),
        ("due_from=2026-03-16&due_to=2026-03-16", 3),
        ("due_from=2026-03-17", 2),
        ("due_to=2026-03-16&case_type=renew", 0),
        ("happened=made&from=2026-03-05&to=2026-03-05", 1),
        ("happened=made&from=2026-03-06&to=2026-03-09", 0),
        ("happened=at_first_pass&from=2026-03-02&to=2026-03-02", 4),
        ("stood=to_make&on=2026-03-04", 4),
        ("stood=to_hand_over&on=2026-03-05", 1),
        ("assignee=nobody", 0),
    ] {
        let list = supervisor.get(&format!("/console/cases?{query}")).await;
        assert_eq!((list.status, list.texts("tbody tr").len()), (200, expected), "{query}");
    }
    let both = supervisor.get("/console/cases?list=overdue&due_from=2026-03-16").await;
    assert_eq!(both.texts("[role=alert] li"), ["队列与到期日期只能选一项。"]);
    for query in [
        "list=unknown",
        "age=99",
        "age=x",
        "made=yesterday",
        "after=x",
        "happened=made",
        "happened=x&from=2026-03-02&to=2026-03-02",
        "happened=made&from=2026-03-02&to=%2B12345-01-01",
        "stood=nowhere&on=2026-03-02",
        "stood=to_make&on=x",
    ] {
        assert_eq!(supervisor.get(&format!("/console/cases?{query}")).await.status, 404, "{query}");
    }
}

async fn whoever_belongs_to_an_outlet_sees_its_cases_only(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.staff(Role::Clerk).await;
    accepted(&clerk, 1).await;
    let elsewhere = hall.person(&[Role::Supervisor], Some("panyu")).await;
    let elsewhere = hall.visitor_named(elsewhere.name()).await;
    assert_eq!(elsewhere.get("/console/cases").await.texts("tbody tr").len(), 0);
    assert_eq!(elsewhere.get(&format!("/console/cases?outlet={CENTER}")).await.status, 404);
    assert_eq!(elsewhere.get(&format!("/console/board?outlet={CENTER}")).await.status, 404);
}

async fn a_bar_of_the_board_names_its_days_on_its_list(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    busy(&hall, &clerk, &producer).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    for (age, heading, cases) in
        [(7, "已用 7 个工作日", 2), (11, "已用 11 个工作日", 4), (13, "已用 13 个工作日及以上", 0)]
    {
        let list = supervisor.get(&format!("/console/cases?age={age}")).await;
        assert_eq!((list.texts("h1"), list.texts("tbody tr").len()), (vec![heading.to_owned()], cases));
    }
}

async fn whoever_goes_on_in_a_list_comes_back_page_by_page(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 1..=41 {
        clerk.post("/cases", &application(number)).await.expect(201);
    }
    let supervisor = hall.visitor(Role::Supervisor).await;
    let reader = hall.visitor_named(clerk.name()).await;
    for (visitor, list) in
        [(&supervisor, "/console/cases?case_type=new-certificate"), (&reader, "/console?list=to_check")]
    {
        let rows = |page: &Page| page.attributes("tbody a[href^='/console/cases/']", "href");
        let first = visitor.get(list).await;
        assert_eq!((rows(&first).len(), way(&first, "上一页")), (20, None));
        let second = visitor.get(&way(&first, "下一页").unwrap()).await;
        let third = visitor.get(&way(&second, "下一页").unwrap()).await;
        assert_eq!((rows(&second).len(), rows(&third).len(), way(&third, "下一页")), (20, 1, None));
        let said = [&first, &second, &third].map(|page| page.texts(".pages > span").concat());
        assert_eq!(said, ["第1–20件，共41件", "第21–40件，共41件", "第41件，共41件"]);
        // Each page is turned by a key, also without script: it is typed into the search box.
        let keys = [&first, &second, &third].map(|page| page.attributes(".pages [data-key]", "data-key").concat());
        assert_eq!(keys, ["f", "bf", "b"]);
        let known = second.attributes("[name=keys]", "value").concat();
        let typed = serde_urlencoded::to_string([("q", "f"), ("keys", &known)]).unwrap();
        assert_eq!(rows(&visitor.get(&format!("/console/search?{typed}")).await), rows(&third));
        let back = visitor.get(&way(&third, "上一页").unwrap()).await;
        assert_eq!(rows(&back), rows(&second));
        assert_eq!(way(&back, "下一页"), way(&second, "下一页"), "and on again");
        assert_eq!(rows(&visitor.get(&way(&back, "上一页").unwrap()).await), rows(&first));
        assert_eq!(rows(&visitor.get(&way(&third, "第一页").unwrap()).await), rows(&first));
    }
}

async fn a_list_says_how_many_it_has_however_it_is_narrowed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    busy(&hall, &clerk, &producer).await;
    for number in 101..=125 {
        clerk.post("/cases", &application(number)).await.expect(201);
    }
    let supervisor = hall.visitor(Role::Supervisor).await;
    for (asked, said) in [
        ("", "第1–20件，共31件"),
        ("list=to_check", "第1–20件，共25件"),
        ("case_type=new-certificate&state=submitted", "第1–20件，共25件"),
        ("list=to_make", "共5件"),
        ("happened=made&from=2026-03-05&to=2026-03-05", "共1件"),
        ("case_type=renew", ""),
    ] {
        let list = supervisor.get(&format!("/console/cases?{asked}")).await;
        assert_eq!(list.texts(".pages > span").concat(), said, "{asked}");
    }
}

async fn reassigning_to_whom_it_is_already_is_no_success(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for (name, called) in [("somebody", "周另外"), ("reassigned-to", "何接手")] {
        hall.named(name, called, &[Role::Producer], Some(CENTER)).await;
    }
    let case = accepted(&clerk, 1).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let assign = "/console/cases/assign";
    let list = supervisor.get("/console/cases").await;
    let id = list.attributes("#assignee option", "value").pop().unwrap();
    let sent = [("case", case.as_str()), ("assignee", &id), ("reason", "轮换")];
    let done = supervisor.submit(&list, assign, &sent).await;
    assert_eq!((done.texts(".saved"), done.texts(".unchanged").len()), (vec!["已改派 1 件。".to_owned()], 0));
    let again = supervisor.submit(&done, assign, &[("case", &case), ("assignee", &id), ("reason", "再轮换")]).await;
    assert_eq!(again.texts(".saved.unchanged"), ["没有改派：所选 1 件本来就由该人承办。"]);
    let page = supervisor.get(&format!("/console/cases/{case}")).await;
    let again = supervisor.submit(&page, assign, &[("assignee", &id), ("reason", "还轮换")]).await;
    assert!(again.texts(".saved.unchanged").concat().starts_with("没有改派：本件本来就由"), "{}", again.html);
}

/// Where a way through a list leads: a link, or of whoever can choose cases a button, which takes along what is chosen.
fn way(page: &Page, called: &str) -> Option<String> {
    let links = page.attributes(".pages a", "href").into_iter().zip(page.texts(".pages a"));
    let buttons = page.attributes(".pages button", "value").into_iter().zip(page.texts(".pages button"));
    links.chain(buttons).find(|(_, name)| name.starts_with(called)).map(|(to, _)| to)
}

async fn what_is_chosen_on_one_page_of_a_list_is_reassigned_from_another(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 1..=21 {
        clerk.post("/cases", &application(number)).await.expect(201);
    }
    hall.named("reassigned-to", "何接手", &[Role::Clerk], Some(CENTER)).await;
    let (supervisor, assign) = (hall.visitor(Role::Supervisor).await, "/console/cases/assign");
    let list = supervisor.get("/console/cases").await;
    // Where nothing is chosen, another page is an address of its own.
    let turned = supervisor.submit(&list, assign, &[("turn", &way(&list, "下一页").unwrap())]).await;
    assert!(turned.address.starts_with("/console/cases?after="), "{}", turned.address);
    let numbers = list.attributes("tbody input[name=case]", "value");
    let person = list.texts("#assignee option").iter().position(|name| name.starts_with("何接手")).unwrap();
    let id = list.attributes("#assignee option", "value").remove(person);
    let turn = way(&list, "下一页").unwrap();
    let chosen = [("case", numbers[0].as_str()), ("assignee", &id), ("reason", "轮换"), ("turn", &turn)];
    let turned = supervisor.submit(&list, assign, &chosen).await;
    assert_eq!((turned.status, turned.texts("tbody tr").len()), (200, 1), "{}", turned.html);
    assert!(turned.texts(".assign .muted").contains(&"另选 1 件（在其他页）".to_owned()));
    assert_eq!(turned.attributes("#reason", "value"), ["轮换"]);
    let done = supervisor.submit(&turned, assign, &[]).await;
    assert_eq!((done.status, done.texts(".saved")), (200, vec!["已改派 1 件。".to_owned()]));
    let case = clerk.get(&format!("/cases/{}", numbers[0])).await.expect(200);
    assert_eq!(case["assignee"]["code"], id.as_str());
}
