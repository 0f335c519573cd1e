//! One's own second factor at the console.

use casehall::domain::accounts::role::Role;
use chrono::Duration;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, PASSWORD, VisitorPage as Page, authenticator_shows as code};

on_both!(
    a_second_factor_is_set_up_and_then_asked_for,
    whoever_must_have_one_is_sent_to_set_it_up,
    wrong_passwords_and_codes_are_told,
    a_camera_reads_the_secret_and_the_recovery_codes_may_be_printed,
);

const HERE: &str = "/console/account/second-factor";
const CONFIRM: &str = "/console/account/second-factor/confirm";

async fn a_second_factor_is_set_up_and_then_asked_for(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let name = hall.staff(Role::Producer).await.name().to_owned();
    let clerk = hall.visitor_named(&name).await;
    let account = clerk.get("/console/account").await;
    assert!(account.attributes("main a", "href").contains(&HERE.to_owned()));
    let form = clerk.get(HERE).await;
    let page = clerk.submit(&form, HERE, &[("password", PASSWORD)]).await;
    let [secret] = &page.texts("#secret")[..] else { panic!("{}", page.html) };
    let address = &page.attributes("#otpauth", "href")[0];
    assert!(address.starts_with("otpauth://totp/") && address.contains(&secret.replace(' ', "")), "{address}");
    let sent = [("code", code(&hall, secret))];
    let sent: Vec<_> = sent.iter().map(|(name, code)| (*name, code.as_str())).collect();
    let shown = clerk.submit(&page, CONFIRM, &sent).await;
    let recovery = shown.texts(".once li");
    assert_eq!((shown.status, recovery.len()), (200, 10));
    // Neither stands in any other page; the same form again shows none.
    for page in [clerk.get("/console/account").await, clerk.get(HERE).await, clerk.submit(&page, CONFIRM, &sent).await]
    {
        assert!(!page.html.contains(&recovery[0]) && !page.html.contains(secret.as_str()), "{}", page.html);
    }
    hall.advance(Duration::seconds(30));
    let stranger = hall.stranger();
    let page = stranger.get("/console/sign-in").await;
    let sent = [("username", name.as_str()), ("password", PASSWORD)];
    assert_eq!(stranger.submit(&page, "/console/sign-in", &sent).await.status, 401);
    let with_code = [sent[0], sent[1], ("code", recovery[0].as_str())];
    assert_eq!(stranger.submit(&page, "/console/sign-in", &with_code).await.texts("h1"), ["我的工作台"]);
}

async fn whoever_must_have_one_is_sent_to_set_it_up(database: TestDatabase) {
    let hall = Hall::with(database, &[("SIGN_IN__SECOND_FACTOR_ROLES", r#"["producer"]"#)]).await;
    let name = hall.staff(Role::Producer).await.name().to_owned();
    let clerk = hall.visitor_named(&name).await;
    let page = clerk.get("/console").await;
    assert_eq!(page.address, HERE);
    let page = clerk.submit(&page, HERE, &[("password", PASSWORD)]).await;
    let secret = &page.texts("#secret")[0];
    clerk.submit(&page, CONFIRM, &[("code", &code(&hall, secret))]).await;
    assert_eq!(clerk.get("/console").await.texts("h1"), ["我的工作台"]);
}

async fn wrong_passwords_and_codes_are_told(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Producer).await;
    let form = clerk.get(HERE).await;
    let page = clerk.submit(&form, HERE, &[("password", "guessed")]).await;
    assert_eq!((page.status, page.texts("[role=alert] li")), (422, vec!["密码：密码错误".to_owned()]));
    assert!(page.texts("#secret").is_empty() && !page.html.contains("guessed"));
    let prepared = clerk.submit(&form, HERE, &[("password", PASSWORD)]).await;
    let page = clerk.submit(&prepared, CONFIRM, &[("code", "000000")]).await;
    assert_eq!((page.status, page.texts("[role=alert] li").len()), (422, 1));
    // The secret that the authenticator has is still good.
    let secret = &prepared.texts("#secret")[0];
    let shown = clerk.submit(&page, CONFIRM, &[("code", &code(&hall, secret))]).await;
    assert_eq!(shown.texts(".once li").len(), 10);
}

/// What a camera reads of a code that a page draws as runs of black modules.
fn scanned(page: &Page) -> String {
    const SCALE: usize = 6;
    let size: usize = page.attributes("svg.qr", "viewBox")[0].split(' ').next_back().unwrap().parse().unwrap();
    let mut pixels = vec![255_u8; size * size * SCALE * SCALE];
    for run in page.attributes("svg.qr path", "d")[0].split('M').skip(1) {
        let (at, rest) = run.split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let length: usize = rest.split('v').next().unwrap().parse().unwrap();
        for row in y * SCALE..(y + 1) * SCALE {
            let from = row * size * SCALE + x * SCALE;
            pixels[from..from + length * SCALE].fill(0);
        }
    }
    let file = tempfile::Builder::new().suffix(".pgm").tempfile().unwrap();
    let image = [format!("P5 {0} {0} 255\n", size * SCALE).as_bytes(), &pixels].concat();
    std::fs::write(file.path(), image).unwrap();
    let read = std::process::Command::new("zbarimg").args(["--quiet", "--raw"]).arg(file.path()).output();
    let read = read.unwrap_or_else(|error| panic!("zbarimg is needed: {error}; tests/run installs it"));
    String::from_utf8(read.stdout).unwrap().trim_end().to_owned()
}

async fn a_camera_reads_the_secret_and_the_recovery_codes_may_be_printed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.submit(&clerk.get(HERE).await, HERE, &[("password", PASSWORD)]).await;
    let address = &page.attributes("#otpauth", "href")[0];
    assert_eq!(&scanned(&page), address);
    // Whoever can't scan it types what stands beside it.
    let secret = &page.texts("#secret")[0];
    let shown = clerk.submit(&page, CONFIRM, &[("code", &code(&hall, secret))]).await;
    assert_eq!(shown.texts("[data-print]"), ["打印"]);
    assert!(shown.texts(".printed")[0].contains("广州市电子签名中心"), "{}", shown.html);
}
