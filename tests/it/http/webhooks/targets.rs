//! Nothing is sent where it must not go, however an address is written and whatever a name leads to.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::receiver::{Receiver, Reply};
use super::{Attempt, ON_THIS_MACHINE, PORTAL, deliver, log, opened, patient, webhook};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    what_is_written_as_an_address_of_this_machine_or_network_is_refused_when_it_is_entered,
    what_turns_out_to_be_one_when_it_is_connected_to_is_not_reached,
    a_redirect_is_not_followed,
    an_answer_that_takes_too_long_is_not_waited_for,
    an_endless_answer_is_not_read,
);

async fn what_is_written_as_an_address_of_this_machine_or_network_is_refused_when_it_is_entered(
    database: TestDatabase,
) {
    let hall = Hall::with(database, &[("WEBHOOKS__ALLOW_HTTP", "true")]).await;
    let portal = hall.client("portal", &PORTAL).await;
    for host in [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "0",
        "127.1",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[fd00::1]",
        "[fe80::1]",
        "[ff02::1]",
    ] {
        let refused = portal.post("/webhooks", &json!({ "url": format!("http://{host}/hook") })).await;
        assert_eq!(refused.body["errors"][0]["code"], "target_refused", "{host}");
    }
    for wrong in ["ftp://example.org/", "file:///etc/passwd", "gopher://127.0.0.1/", "https://a b/"] {
        let refused = portal.post("/webhooks", &json!({ "url": wrong })).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["pointer"]), (422, &json!("/url")), "{wrong}");
    }
}

async fn what_turns_out_to_be_one_when_it_is_connected_to_is_not_reached(database: TestDatabase) {
    let hall = Hall::with(database, &[("WEBHOOKS__ALLOW_HTTP", "true")]).await;
    let receiver = Receiver::at("0.0.0.0").await;
    let portal = hall.client("portal", &PORTAL).await;
    // A name of anybody's may lead to this machine; that it does is seen when it is asked for, at each attempt anew.
    let port = receiver.port();
    let (id, _) = webhook(&portal, &format!("http://localhost:{port}/hook")).await;
    opened(&portal, 1).await;
    deliver(&hall).await;
    let refused = |log: Vec<Attempt>| {
        let (_, outcome, status, error) = log.last().unwrap().clone();
        (outcome, status, error.unwrap())
    };
    let expected = ("failed".to_owned(), None, "target_refused".to_owned());
    assert_eq!(refused(log(&portal, &id).await), expected);
    // And what stood there before the rules were stricter is looked at, too.
    for host in ["127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1", "[::1]"] {
        hall.database.tamper(&format!("UPDATE webhooks SET url = 'http://{host}:{port}/hook'"));
        hall.advance(chrono::Duration::hours(12));
        deliver(&hall).await;
        assert_eq!(refused(log(&portal, &id).await).2, "target_refused", "{host}");
    }
    assert_eq!(receiver.connections(), 0);
}

async fn a_redirect_is_not_followed(database: TestDatabase) {
    let hall = Hall::with(database, &ON_THIS_MACHINE).await;
    let (receiver, inside) = (Receiver::start().await, Receiver::start().await);
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    let location = format!("Location: {}", inside.url());
    receiver.answer(move |_| Reply::With(307, location.clone()));
    opened(&portal, 1).await;
    deliver(&hall).await;
    let (_, outcome, status, error) = log(&portal, &id).await.pop().unwrap();
    assert_eq!((&*outcome, status, error.as_deref()), ("failed", Some(307), Some("redirected")));
    assert_eq!(inside.connections(), 0);
}

async fn an_answer_that_takes_too_long_is_not_waited_for(database: TestDatabase) {
    let hall = Hall::with(database, &ON_THIS_MACHINE).await;
    let receiver = Receiver::start().await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    let never = Arc::new(Semaphore::new(0));
    receiver.answer(move |_| Reply::Waits(Arc::clone(&never)));
    opened(&portal, 1).await;
    patient(&hall, Duration::from_millis(300)).deliver().await.unwrap();
    let (_, outcome, status, error) = log(&portal, &id).await.pop().unwrap();
    assert_eq!((&*outcome, status, error.as_deref()), ("failed", None, Some("timed_out")));
}

async fn an_endless_answer_is_not_read(database: TestDatabase) {
    let hall = Hall::with(database, &ON_THIS_MACHINE).await;
    let receiver = Receiver::start().await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    let endless = format!("X-Filler: {}", "x".repeat(100_000));
    receiver.answer(move |_| Reply::With(200, endless.clone()));
    opened(&portal, 1).await;
    deliver(&hall).await;
    let (_, outcome, status, error) = log(&portal, &id).await.pop().unwrap();
    assert_eq!((&*outcome, status, error.as_deref()), ("failed", None, Some("bad_answer")));
    let shown: Value = portal.get(&format!("/webhooks/{id}")).await.expect(200);
    assert_eq!(shown["active"], true);
}
