//! Accounts of people, through the pages and as the API then has them.

use casehall::domain::accounts::role::Role;
use serde_json::Value;

use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Page;
use crate::hall::{CENTER, Hall, PASSWORD, TWO_OUTLETS, Visitor};

on_both!(
    an_account_is_added_with_a_password_that_is_shown_once,
    every_fault_of_a_form_is_told_and_what_was_typed_stays,
    a_stale_change_is_told_and_loses_nothing,
    what_takes_access_away_is_asked_about_first,
    a_password_is_reset_once_however_often_the_form_is_sent,
    the_last_security_administrator_stays_and_that_is_told,
    what_is_done_with_an_account_holds_at_once,
    a_locked_sign_in_is_told_and_unlocked,
    the_list_is_narrowed_by_name_outlet_and_state,
    whatever_a_name_says_is_shown_as_text,
);

/// An account as the API has it.
async fn user(hall: &Hall, username: &str) -> Value {
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let users = security.get("/users").await.expect(200);
    users["items"].as_array().unwrap().iter().find(|user| user["username"] == username).cloned().unwrap()
}

async fn address(hall: &Hall, username: &str) -> String {
    format!("/console/users/{}", user(hall, username).await["id"].as_str().unwrap())
}

/// What takes access away is asked about, and confirmed.
pub(super) async fn confirmed(by: &Visitor<'_>, page: &Page, deed: &str) -> Page {
    let asked = by.submit(page, deed, &[]).await;
    assert_eq!((asked.status, asked.attributes("main form", "action")), (200, vec![deed.to_owned()]), "{}", asked.html);
    by.submit(&asked, deed, &[("confirmed", "yes")]).await
}

async fn what_takes_access_away_is_asked_about_first(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let clerk = hall.visitor_named("chen").await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let address = address(&hall, "chen").await;
    let page = security.get(&address).await;
    for (deed, asks) in [
        ("reset-password", "重置陈晓明的密码？"),
        ("end-sessions", "退出陈晓明的全部登录？"),
        ("deactivate", "停用陈晓明的账号？"),
    ] {
        let asked = security.submit(&page, &format!("{address}/{deed}"), &[("display_name", "陈小明")]).await;
        assert_eq!((asked.status, asked.texts("h1")), (200, vec![asks.to_owned()]));
        // Nothing was done, and whoever goes back finds what was typed.
        let back = security.submit(&asked, &address, &[("again", "yes")]).await;
        assert_eq!(back.attributes("[name=display_name]", "value"), ["陈小明"], "{deed}");
    }
    assert_eq!(clerk.get("/console").await.texts("h1"), ["我的工作台"]);
    assert_eq!(
        (&user(&hall, "chen").await["active"], &user(&hall, "chen").await["version"]),
        (&true.into(), &1.into())
    );
    // What gives access isn't asked about.
    confirmed(&security, &page, &format!("{address}/deactivate")).await;
    let page = security.get(&address).await;
    let given = security.submit(&page, &format!("{address}/activate"), &[]).await;
    assert_eq!(given.texts("[role=status]"), ["已启用。"]);
}

async fn an_account_is_added_with_a_password_that_is_shown_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let form = security.get("/console/users/new").await;
    let typed = [("username", "Chen"), ("display_name", "陈晓明"), ("roles", "clerk"), ("outlet", CENTER)];
    let page = security.submit(&form, "/console/users/new", &typed).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["cache-control"], "no-store");
    let secrets = page.texts(".once li");
    let [one_time] = secrets.as_slice() else { panic!("{}", page.html) };
    let added = user(&hall, "chen").await;
    assert_eq!((&added["display_name"], &added["outlet"]["code"]), (&"陈晓明".into(), &CENTER.into()));
    // It signs in, and leads to the choice of another one.
    let stranger = hall.stranger();
    let sign_in = stranger.get("/console/sign-in").await;
    // Blanks that came with copying it are none of it.
    let copied = format!(" {one_time}\t");
    let sent = [("username", "chen"), ("password", copied.as_str())];
    assert_eq!(stranger.submit(&sign_in, "/console/sign-in", &sent).await.address, "/console/account/password");
    // It stands in no other page, and the same form again makes no second account.
    for path in ["/console/users", &address(&hall, "chen").await] {
        assert!(!security.get(path).await.html.contains(one_time.as_str()), "{path}");
    }
    let again = security.submit(&form, "/console/users/new", &typed).await;
    assert_eq!((again.status, again.texts(".once li").len()), (422, 0));
}

async fn every_fault_of_a_form_is_told_and_what_was_typed_stays(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let form = security.get("/console/users/new").await;
    // A clerk without an outlet, with a name that can't be signed in with.
    let typed = [("username", "c h e n"), ("display_name", "陈晓明"), ("roles", "clerk"), ("outlet", "")];
    let page = security.submit(&form, "/console/users/new", &typed).await;
    assert_eq!(page.status, 422);
    let faults = page.texts("[role=alert] li");
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults.iter().any(|fault| fault.starts_with("用户名：")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.starts_with("网点：")), "{faults:?}");
    let fields = page.fields("/console/users/new");
    for (name, value) in typed {
        assert!(fields.contains(&(name.to_owned(), value.to_owned())), "{name}: {fields:?}");
    }
    // Two administrators in one person are none.
    let mut sent = fields;
    sent.retain(|(name, _)| name != "roles");
    sent.extend(["auditor", "administrator"].map(|role| ("roles".to_owned(), role.to_owned())));
    let page = security.post("/console/users/new", &sent).await;
    assert!(page.texts("[role=alert] li").iter().any(|fault| fault.contains("三权分立")), "{}", page.html);
}

async fn a_stale_change_is_told_and_loses_nothing(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let (one, other) =
        (hall.visitor(Role::SecurityAdministrator).await, hall.visitor(Role::SecurityAdministrator).await);
    let address = address(&hall, "chen").await;
    let (page, meanwhile) = (one.get(&address).await, other.get(&address).await);
    let saved = other.submit(&meanwhile, &address, &[("outlet", "panyu")]).await;
    assert_eq!(saved.texts("[role=status]"), ["已保存。"]);
    let stale = one.submit(&page, &address, &[("display_name", "陈小明")]).await;
    assert_eq!((stale.status, stale.texts("[role=alert] li").len()), (422, 1));
    // What was typed stands in the form, how it is now beside it; saved once more, it holds.
    assert_eq!(stale.attributes("[name=display_name]", "value"), ["陈小明"]);
    assert!(stale.texts("dl.facts dd").contains(&"番禺".to_owned()), "{}", stale.html);
    assert_eq!(user(&hall, "chen").await["display_name"], "陈晓明");
    let saved = one.submit(&stale, &address, &[("outlet", "panyu")]).await;
    assert_eq!(saved.texts("[role=status]"), ["已保存。"]);
    let now = user(&hall, "chen").await;
    assert_eq!((&now["display_name"], &now["outlet"]["code"]), (&"陈小明".into(), &"panyu".into()));
}

async fn a_password_is_reset_once_however_often_the_form_is_sent(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let signed_in = hall.visitor_named("chen").await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let (address, reset) = (address(&hall, "chen").await, format!("{}/reset-password", address(&hall, "chen").await));
    let page = security.get(&address).await;
    let shown = confirmed(&security, &page, &reset).await;
    let [one_time] = &shown.texts(".once li")[..] else { panic!("{}", shown.html) };
    // A reload sends the same form: nothing is made, and what was handed out holds.
    let again = confirmed(&security, &page, &reset).await;
    assert_eq!((again.status, again.texts(".once li").len()), (422, 0));
    assert!(
        again.texts("[role=alert] li")[0].starts_with("打开本页之后已有变动，可能就是您刚才的操作"),
        "{}",
        again.html
    );
    assert_eq!(signed_in.get("/console").await.texts("h1"), ["登录"]);
    let stranger = hall.stranger();
    let sign_in = stranger.get("/console/sign-in").await;
    let sent = [("username", "chen"), ("password", one_time.as_str())];
    assert_eq!(stranger.submit(&sign_in, "/console/sign-in", &sent).await.address, "/console/account/password");
}

async fn the_last_security_administrator_stays_and_that_is_told(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let name = hall.person(&[Role::SecurityAdministrator], None).await.name().to_owned();
    let security = hall.visitor_named(&name).await;
    let list = security.get("/console/users?name=security").await;
    let [address] = &list.attributes("tbody a", "href")[..] else { panic!("{}", list.html) };
    let page = security.get(address).await;
    let deactivate = format!("{address}/deactivate");
    let page = confirmed(&security, &page, &deactivate).await;
    assert_eq!((page.status, page.texts("[role=alert] li").len()), (422, 1));
    assert!(page.texts("[role=alert] li")[0].contains("安全管理员"), "{}", page.html);
    assert_eq!(security.get("/console/users").await.status, 200);
    // Nor does anybody reset their own password here, or take other roles.
    let mut key = page.fields(&deactivate);
    key.push(("confirmed".to_owned(), "yes".to_owned()));
    assert_eq!(security.post(&format!("{address}/reset-password"), &key).await.status, 422);
}

async fn what_is_done_with_an_account_holds_at_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let clerk = hall.visitor_named("chen").await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let address = address(&hall, "chen").await;
    let act = async |deed: &str| {
        let page = security.get(&address).await;
        confirmed(&security, &page, &format!("{address}/{deed}")).await
    };
    assert_eq!(act("end-sessions").await.texts("[role=status]"), ["已退出其全部登录。"]);
    assert_eq!(clerk.get("/console").await.texts("h1"), ["登录"]);
    assert_eq!(act("deactivate").await.texts("[role=status]"), ["已停用。"]);
    assert_eq!(user(&hall, "chen").await["active"], false);
    let stranger = hall.stranger();
    let sign_in = stranger.get("/console/sign-in").await;
    let sent = [("username", "chen"), ("password", PASSWORD)];
    assert_eq!(stranger.submit(&sign_in, "/console/sign-in", &sent).await.status, 401);
    let page = security.get(&address).await;
    let page = security.submit(&page, &format!("{address}/activate"), &[]).await;
    assert_eq!(page.texts("[role=status]"), ["已启用。"]);
    assert_eq!(stranger.submit(&sign_in, "/console/sign-in", &sent).await.texts("h1"), ["今天在几号窗口？"]);
    // That the sessions were ended is entered, with who did it.
    let auditor = hall.person(&[Role::Auditor], None).await;
    let entries = auditor.get("/audit?kind=signed_out").await.expect(200);
    assert_eq!(entries["items"][0]["subject"]["id"], user(&hall, "chen").await["id"]);
    assert_ne!(entries["items"][0]["actor"]["id"], entries["items"][0]["subject"]["id"]);
}

async fn a_locked_sign_in_is_told_and_unlocked(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let stranger = hall.stranger();
    let sign_in = stranger.get("/console/sign-in").await;
    for _ in 0..5 {
        stranger.submit(&sign_in, "/console/sign-in", &[("username", "chen"), ("password", "guessed")]).await;
    }
    let address = address(&hall, "chen").await;
    let page = security.get(&address).await;
    assert_eq!(page.texts(".bar .tag"), ["■ 登录被锁定"]);
    let page = security.submit(&page, &format!("{address}/unlock"), &[]).await;
    assert_eq!(
        (page.texts("[role=status]"), page.texts(".bar .tag")),
        (vec!["已解除登录锁定。".into()], vec!["● 可登录".into()])
    );
    let right = [("username", "chen"), ("password", PASSWORD)];
    assert_eq!(stranger.submit(&sign_in, "/console/sign-in", &right).await.texts("h1"), ["今天在几号窗口？"]);
}

async fn the_list_is_narrowed_by_name_outlet_and_state(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    hall.named("wang", "王芳", &[Role::Producer], Some("panyu")).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let names = async |query: &str| security.get(&format!("/console/users?{query}")).await.texts("tbody a");
    assert_eq!(names("name=%E9%99%88").await, ["陈晓明"]);
    assert_eq!(names("name=WANG").await, ["王芳"]);
    assert_eq!(names("outlet=panyu").await, ["王芳"]);
    let nobody = security.get("/console/users?state=inactive").await;
    assert_eq!((nobody.texts("tbody tr").len(), nobody.texts("main .muted").len() > 1), (0, true));
}

async fn whatever_a_name_says_is_shown_as_text(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let name = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";
    let form = security.get("/console/users/new").await;
    let typed = [("username", "chen"), ("display_name", name), ("roles", "clerk"), ("outlet", "*")];
    let once = security.submit(&form, "/console/users/new", &typed).await;
    let auditor = hall.visitor(Role::Auditor).await;
    let (list, page) = (security.get("/console/users").await, security.get(&address(&hall, "chen").await).await);
    assert!(list.texts("tbody a").contains(&name.to_owned()), "{}", list.html);
    assert_eq!(page.texts("h1"), [name]);
    assert_eq!(page.attributes("[name=display_name]", "value"), [name]);
    for page in [once, list, page, auditor.get("/console/audit").await] {
        assert!(!page.html.contains("<script>alert") && !page.html.contains("<img"), "{}", page.html);
    }
}
