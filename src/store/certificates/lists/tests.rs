//! However little a page may look at, the pages together find what looking at everything finds, each once and in order.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::domain::base::search_key;
use crate::domain::certificates::certificate::{Certificate, CertificateSource};
use crate::domain::certificates::state::{CertificateState, LifeStage};
use crate::store::certificates::lists::{CertificateFilter, CertificatePage, list_with};
use crate::store::certificates::rows;
use crate::store::engine::connection::address::DatabaseAddress;
use crate::store::engine::connection::options::DbOptions;
use crate::store::engine::db::Db;
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::{EFFORT, Effort};
use crate::store::engine::vault::data_keys::DataKeySource;

const NAMES: [&str; 4] =
    ["广州建筑工程有限公司", "广州工程监理有限公司", "广州建筑设计有限公司", "广州工程咨询有限公司"];

fn certificate(number: u32, now: DateTime<Utc>) -> Certificate {
    // One alone has both words beside one another: the oldest but one.
    let name = if number == 2 { "广州建筑工程监理有限公司" } else { NAMES[number as usize % NAMES.len()] };
    Certificate {
        id: Uuid::from_u128(u128::from(number)),
        serial: format!("GZ-{number}"),
        medium_number: format!("KEY-{number}"),
        organization_code: format!("PDY{number:06}"),
        unified_code: None,
        organization_name: name.to_owned(),
        handler: Some(if number.is_multiple_of(3) { "刘少芬" } else { "刘国栋" }.to_owned()),
        seal: None,
        stage: LifeStage::Active,
        valid_from: now - Duration::days(1),
        valid_until: now + Duration::days(i64::from(number) - 4),
        source: CertificateSource::Imported,
        import: None,
        registration: None,
        case_id: None,
        lock: None,
        further_locks: Vec::new(),
        suspension: None,
        further_suspensions: Vec::new(),
        revoked_at: None,
        stay: None,
        correction: None,
        services: Vec::new(),
        erased_at: None,
        version: 1,
    }
}

/// Serials on each page, to the last.
async fn pages(db: &Db, filter: &CertificateFilter, effort: Effort) -> Vec<Vec<String>> {
    let (mut after, mut pages) = (None, Vec::new());
    loop {
        let (filter, page) = (filter.clone(), CertificatePage { after, limit: 3 });
        let read = db.read_long("list", move |tx| list_with(tx, &filter, &page, effort));
        let listing = read.await.expect("a page");
        assert!(listing.certificates.len() <= 3);
        pages.push(listing.certificates.into_iter().map(|certificate| certificate.serial).collect());
        after = listing.next;
        if after.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn pages_that_look_at_little_find_all_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let address = DatabaseAddress::sqlite(directory.path().join("casehall.db"));
    let data_keys = DataKeySource::File(directory.path().join("data_keys"));
    let options = DbOptions { data_keys, ..DbOptions::default() };
    let db = Db::open(&address, options).expect("a database");
    let now = DateTime::from_timestamp(1_772_416_800, 0).expect("an instant");
    let entered = db.write("enter", move |tx| {
        for number in 1..=40 {
            rows::insert(tx, &certificate(number, now))?;
        }
        Ok::<_, StoreError>(())
    });
    entered.await.expect("forty certificates");
    let little = Effort { common: 2, looked_at: 5 };
    let name = |text: &str| Some(search_key::key(text));
    for (text, handler, states) in [
        ("有限公司", None, vec![]),
        ("建筑", None, vec![]),
        ("建筑工程监理", None, vec![]),
        ("工程", Some("少芬"), vec![]),
        ("工程", None, vec![CertificateState::Expired]),
        ("工程", None, vec![CertificateState::Locked]),
        ("工程", None, vec![CertificateState::Active, CertificateState::Locked, CertificateState::Expired]),
        ("工程造价", None, vec![]),
    ] {
        let handler = handler.and_then(name);
        let filter = CertificateFilter { name: name(text), handler, states, at: now, ..Default::default() };
        let (all, bounded) = (pages(&db, &filter, EFFORT).await, pages(&db, &filter, little).await);
        assert_eq!(all.concat(), bounded.concat(), "{filter:?}");
        assert!(all.len() <= bounded.len());
    }
    let nowhere_but_once = CertificateFilter { name: name("建筑工程监理"), ..CertificateFilter::default() };
    let pages = pages(&db, &nowhere_but_once, little).await;
    assert!(pages.len() >= 8 && pages[0].is_empty(), "five at a time are looked at: {pages:?}");
    assert_eq!(pages.concat(), ["GZ-2"]);
}
