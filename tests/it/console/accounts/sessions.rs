//! Sessions of browsers.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, PASSWORD};

on_both!(
    whoever_signs_in_sees_their_desk,
    whoever_is_not_signed_in_is_sent_to_sign_in_and_back,
    a_wrong_password_is_told_and_signs_nobody_in,
    whoever_is_held_up_learns_for_how_long_and_whom_to_ask,
    signing_out_ends_the_session_wherever_its_cookie_is_kept,
    a_cookie_is_no_refresh_token_and_a_refresh_token_no_cookie,
    a_session_ends_when_nobody_uses_it,
    a_page_that_looks_by_itself_keeps_nobody_signed_in,
    a_form_without_the_key_of_its_session_is_refused,
    whoever_has_a_one_time_password_gets_nowhere_but_to_change_it,
);

async fn whoever_signs_in_sees_their_desk(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let desk = clerk.get("/console").await;
    assert_eq!((desk.status, desk.address.as_str()), (200, "/console"));
    assert_eq!(desk.texts("h1"), ["我的工作台"]);
    let desk = clerk.in_english().get("/console").await;
    assert_eq!(desk.texts("h1"), ["My desk"]);
}

async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Producer).await;
    let stranger = hall.stranger();
    let page = stranger.get("/console/search?q=260302000015").await;
    assert_eq!(page.texts("h1"), ["登录"]);
    let page = stranger.submit(&page, "/console/sign-in", &[("username", clerk.name()), ("password", PASSWORD)]).await;
    assert_eq!(page.address, "/console/search?q=260302000015");
    // An address elsewhere is no page of the console.
    for elsewhere in
        ["https://example.com/", "//example.com/console", "/consoles", "/console\\@example.com", "/console/\r\nX: y"]
    {
        let stranger = hall.stranger();
        let page = stranger.get("/console/sign-in").await;
        let sent = [("username", clerk.name()), ("password", PASSWORD), ("then", elsewhere)];
        assert_eq!(stranger.submit(&page, "/console/sign-in", &sent).await.address, "/console");
    }
}

async fn a_wrong_password_is_told_and_signs_nobody_in(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let stranger = hall.stranger();
    let page = stranger.get("/console/sign-in").await;
    let page = stranger.submit(&page, "/console/sign-in", &[("username", clerk.name()), ("password", "guessed")]).await;
    assert_eq!(page.status, 401);
    assert_eq!(page.texts("[role=alert]").len(), 1);
    assert_eq!(page.attributes("[name=username]", "value"), [clerk.name()]);
    // The name stands there still: what is to be typed is the password.
    assert_eq!(page.attributes("[autofocus]", "name"), ["password"]);
    assert!(!page.html.contains("guessed"));
    assert_eq!(stranger.get("/console").await.texts("h1"), ["登录"]);
}

async fn whoever_is_held_up_learns_for_how_long_and_whom_to_ask(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let stranger = hall.stranger();
    let form = stranger.get("/console/sign-in").await;
    let wrong = [("username", clerk.name()), ("password", "guessed")];
    let mut page = stranger.submit(&form, "/console/sign-in", &wrong).await;
    while page.status == 401 {
        page = stranger.submit(&form, "/console/sign-in", &wrong).await;
    }
    let told = page.texts("[role=alert]").concat();
    assert_eq!(page.status, 429);
    assert!(told.contains(" 分钟后再试") && told.contains("安全管理员"), "{told}");
    assert!(told.chars().any(|letter| letter.is_ascii_digit()), "{told}");
}

async fn signing_out_ends_the_session_wherever_its_cookie_is_kept(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let copy = clerk.copied().await;
    let desk = clerk.get("/console").await;
    assert_eq!(copy.get("/console").await.texts("h1"), ["我的工作台"]);
    clerk.submit(&desk, "/console/sign-out", &[]).await;
    assert_eq!(copy.get("/console").await.texts("h1"), ["登录"]);
}

async fn a_cookie_is_no_refresh_token_and_a_refresh_token_no_cookie(database: TestDatabase) {
    const SESSION: &str = "casehall_session";
    let hall = Hall::open(database).await;
    let person = hall.staff(Role::Producer).await;
    let signed_in = json!({ "username": person.name(), "password": PASSWORD });
    let tokens = hall.nobody().post("/sessions", &signed_in).await.expect(201);
    let stranger = hall.stranger();
    stranger.set_cookie(SESSION, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(stranger.get("/console").await.texts("h1"), ["登录"]);
    // Whoever brings a cookie for tokens has taken it out of a browser: its session ends.
    let clerk = hall.visitor(Role::Clerk).await;
    let cookie = clerk.cookie(SESSION).await;
    assert_eq!(clerk.get("/console").await.texts("h1"), ["我的工作台"]);
    let taken = hall.nobody().post("/sessions/refresh", &json!({ "refresh_token": cookie })).await;
    taken.refused(401, "session_ended");
    assert_eq!(clerk.get("/console").await.texts("h1"), ["登录"]);
}

async fn a_session_ends_when_nobody_uses_it(database: TestDatabase) {
    let hall = Hall::with(database, &[("SESSIONS__IDLE_MINUTES", "60"), ("SESSIONS__LONGEST_HOURS", "2")]).await;
    let clerk = hall.visitor(Role::Clerk).await;
    // Whoever uses it stays, until the longest time is over.
    for _ in 0..2 {
        hall.advance(Duration::minutes(50));
        assert_eq!(clerk.get("/console").await.texts("h1"), ["我的工作台"]);
    }
    hall.advance(Duration::minutes(25));
    assert_eq!(clerk.get("/console").await.texts("h1"), ["登录"]);
    let other = hall.visitor(Role::Clerk).await;
    hall.advance(Duration::minutes(60));
    assert_eq!(other.get("/console").await.texts("h1"), ["登录"]);
}

async fn a_page_that_looks_by_itself_keeps_nobody_signed_in(database: TestDatabase) {
    let hall = Hall::with(database, &[("SESSIONS__IDLE_MINUTES", "60")]).await;
    let clerk = hall.visitor(Role::Clerk).await;
    for _ in 0..2 {
        hall.advance(Duration::minutes(35));
        clerk.look("/console").await;
    }
    assert_eq!(clerk.get("/console").await.texts("h1"), ["登录"]);
}

async fn a_form_without_the_key_of_its_session_is_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let foreign = other.get("/console").await.fields("/console/sign-out");
    for fields in [Vec::new(), vec![("form_key".to_owned(), String::new())], foreign] {
        assert_eq!(clerk.post("/console/sign-out", &fields).await.status, 403);
    }
    assert_eq!(clerk.get("/console").await.texts("h1"), ["我的工作台"]);
}

async fn whoever_has_a_one_time_password_gets_nowhere_but_to_change_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let clerk = hall.staff(Role::Producer).await;
    let id = security.get("/users").await.expect(200)["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["username"] == clerk.name())
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let reset = security.post(&format!("/users/{id}/reset-password"), &serde_json::json!({})).await.expect(200);
    let one_time = reset["one_time_password"].as_str().unwrap();
    let stranger = hall.stranger();
    let page = stranger.get("/console/sign-in").await;
    let sent = [("username", clerk.name()), ("password", one_time)];
    let page = stranger.submit(&page, "/console/sign-in", &sent).await;
    assert_eq!(page.address, "/console/account/password");
    assert_eq!(stranger.get("/console").await.address, "/console/account/password");
    let change = [("old_password", one_time), ("new_password", "four calm herons at dusk")];
    let page = stranger.submit(&page, "/console/account/password", &change).await;
    assert_eq!(page.status, 200);
    assert_eq!(stranger.get("/console").await.texts("h1"), ["我的工作台"]);
}
