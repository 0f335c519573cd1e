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
    signing_in_ends_the_session_that_the_browser_had,
    another_site_signs_nobody_in,
    over_tls_cookies_are_of_this_host_alone,
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

async fn signing_in_ends_the_session_that_the_browser_had(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.person(&[Role::Auditor], None).await;
    let (counter, other) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Producer).await);
    let (before, elsewhere) = (counter.copied().await, hall.visitor(Role::Producer).await);
    let page = counter.get("/console/sign-in").await;
    // A wrong password ends nothing.
    let wrong = [("username", other.name()), ("password", "guessed")];
    assert_eq!(counter.submit(&page, "/console/sign-in", &wrong).await.status, 401);
    assert_eq!(before.get("/console").await.texts("h1"), ["我的工作台"]);
    let right = [("username", other.name()), ("password", PASSWORD)];
    assert_eq!(counter.submit(&page, "/console/sign-in", &right).await.status, 200);
    assert_eq!(counter.get("/console").await.texts("h1"), ["我的工作台"]);
    assert_eq!(before.get("/console").await.texts("h1"), ["登录"]);
    assert_eq!(elsewhere.get("/console").await.texts("h1"), ["我的工作台"], "another browser's");
    let trail = security.get("/audit?kind=signed_out").await.expect(200);
    let ended = trail["items"].as_array().unwrap();
    assert_eq!((ended.len(), &ended[0]["details"]["because"]), (1, &json!("signed_in_here")));
    assert_ne!(ended[0]["actor"]["id"], ended[0]["subject"]["id"], "who took the counter over isn't who was there");
}

/// Signs in with headers of a browser; the status, and the cookies that are set.
async fn signed_in_with(hall: &Hall, username: &str, headers: &[(&str, &str)]) -> (u16, Vec<String>) {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = serde_urlencoded::to_string([("username", username), ("password", PASSWORD)]).unwrap();
    let request = http.post(format!("{}/console/sign-in", hall.base)).body(form);
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    let answer =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap();
    let set = answer.headers().get_all("Set-Cookie").iter().map(|set| set.to_str().unwrap().to_owned());
    (answer.status().as_u16(), set.collect())
}

async fn another_site_signs_nobody_in(database: TestDatabase) {
    let settings = [("HALL__PUBLIC_ADDRESS", "https://hall.example.org")];
    let hall = Hall::with(database, &settings).await;
    let person = hall.staff(Role::Producer).await;
    let own = hall.base.trim_start_matches("http://");
    for (headers, status) in [
        (vec![], 303),
        (vec![("Sec-Fetch-Site", "same-origin"), ("Origin", "http://rewritten.example")], 303),
        (vec![("Sec-Fetch-Site", "none")], 303),
        (vec![("Sec-Fetch-Site", "same-site")], 403),
        (vec![("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")], 403),
        (vec![("Origin", hall.base.as_str())], 303),
        (vec![("Origin", "https://hall.example.org")], 303),
        (vec![("Origin", "http://counter.example:8080"), ("Host", "counter.example")], 303),
        (vec![("Origin", "http://counter.example"), ("X-Forwarded-Host", "counter.example")], 303),
        (vec![("Origin", "https://evil.example")], 403),
        (vec![("Origin", "null")], 403),
        (vec![("Origin", "https://hall.example.org.evil.example"), ("Host", own)], 403),
    ] {
        let (answered, cookies) = signed_in_with(&hall, person.name(), &headers).await;
        assert_eq!(answered, status, "{headers:?}");
        assert_eq!(cookies.is_empty(), status == 403, "{headers:?}: {cookies:?}");
    }
}

async fn over_tls_cookies_are_of_this_host_alone(database: TestDatabase) {
    let settings =
        [("HALL__PUBLIC_ADDRESS", "https://hall.example.org"), ("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#)];
    let hall = Hall::with(database.again(), &settings).await;
    let person = hall.staff(Role::Producer).await;
    for (headers, is_tls) in [
        (vec![("X-Forwarded-Proto", "https")], true),
        (vec![("Host", "hall.example.org")], true),
        (vec![("Host", "hall.example.org:443")], true),
        (vec![("X-Forwarded-Proto", "http")], false),
        (vec![("Forwarded", "proto=https")], false),
        (vec![], false),
    ] {
        let (_, cookies) = signed_in_with(&hall, person.name(), &headers).await;
        assert!(cookies.len() >= 2, "{cookies:?}");
        for cookie in cookies {
            let is_of_host = cookie.starts_with("__Host-casehall_");
            assert_eq!((is_of_host, cookie.contains("; Secure")), (is_tls, is_tls), "{headers:?}: {cookie}");
            assert!(cookie.contains("; Path=/") && !cookie.contains("Domain"), "{cookie}");
        }
    }
    // What a neighbour of the same domain has set under the plain name is nobody's session there.
    let clerk = hall.visitor_named(person.name()).await;
    let token = clerk.cookie("casehall_session").await;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (name, status) in [("casehall_session", 303), ("__Host-casehall_session", 200)] {
        let request = http.get(format!("{}/console", hall.base)).header("X-Forwarded-Proto", "https");
        let answer = request.header("Cookie", format!("{name}={token}")).send().await.unwrap();
        assert_eq!(answer.status(), status, "{name}");
    }
    // From whom no proxy is trusted, the header says nothing.
    let plain = hall.sharing_settings(&[]).await;
    let (_, cookies) = signed_in_with(&plain, person.name(), &[("X-Forwarded-Proto", "https")]).await;
    assert!(!cookies.is_empty() && cookies.iter().all(|cookie| !cookie.contains("Secure")), "{cookies:?}");
}
