//! How webhooks fare, as the metrics tell it.

use chrono::Duration;

use super::receiver::{Receiver, Reply};
use super::{ON_THIS_MACHINE, PORTAL, deliver, dispatcher, hall, opened, webhook};
use crate::databases::TestDatabase;
use crate::program::monitoring::{TOLD, scrape};

#[tokio::test]
async fn lag_queue_age_and_results_of_each_webhook_are_told() {
    let hall = hall(TestDatabase::postgres()).await;
    let receiver = Receiver::start().await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    receiver.answer(|_| Reply::Status(500));
    deliver(&hall).await;
    let waiting = hall.database.rows("SELECT CAST(count(*) AS TEXT) FROM webhook_queue").concat();
    opened(&portal, 2).await;
    hall.advance(Duration::seconds(100));
    // An instance looks when it starts, and now and then.
    let other = hall.sharing_settings(&[&ON_THIS_MACHINE[..], &[TOLD]].concat()).await;
    let told = scrape(&other).await;
    let of = |name: &str| {
        let series = format!("casehall_webhook_{name}{{webhook=\"{id}\"}} ");
        let line = told.lines().find_map(|line| line.strip_prefix(&series));
        line.unwrap_or_else(|| panic!("{series}\n{told}")).parse::<f64>().unwrap()
    };
    assert!(of("lag_events") >= 1.0, "the second case was not looked at yet");
    assert_eq!(of("queue"), waiting.parse::<f64>().unwrap());
    let given_up = format!("casehall_webhook_attempts_total{{webhook=\"{id}\",result=\"given_up\"}} 0");
    assert!(told.contains(&given_up), "the first one is a rise to whoever looks now and then: {told}");
    assert!((100.0..110.0).contains(&of("oldest_seconds")), "{}", of("oldest_seconds"));
    receiver.answer(|_| Reply::Status(204));
    dispatcher(&other).deliver().await.unwrap();
    let delivered = format!("casehall_webhook_attempts_total{{webhook=\"{id}\",result=\"delivered\"}} ");
    assert!(scrape(&other).await.contains(&delivered));
}
