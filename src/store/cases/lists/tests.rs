//! However many cases bear a pair of metadata, pages turn over those that are wanted, each once and in order.

use uuid::Uuid;

use crate::store::engine::connection::address::DatabaseAddress;
use crate::store::engine::connection::options::DbOptions;
use crate::store::engine::db::Db;
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::{self, Among, EFFORT, Effort, Field, Searchable};
use crate::store::engine::tx::{Tx, parse_uuid};
use crate::store::engine::vault::data_keys::DataKeySource;

/// One of so many of what bears some pairs.
#[derive(Clone)]
struct OneOf {
    pairs: Vec<String>,
    many: u128,
}

impl Searchable for OneOf {
    type Row = Uuid;

    fn names(&self) -> Vec<(Field, &str)> {
        Vec::new()
    }

    fn wholes(&self) -> Vec<(Field, String)> {
        self.pairs.iter().map(|pair| (Field::Metadata, pair.clone())).collect()
    }

    fn has_short_way(&self) -> bool {
        false
    }

    fn rows(&self, _: &mut Tx<'_>, among: Among<'_>, limit: i64) -> Result<Vec<Uuid>, StoreError> {
        let Among::Ids(ids) = among else { return Ok(Vec::new()) };
        let mut found = ids.iter().map(|id| parse_uuid(id)).collect::<Result<Vec<Uuid>, _>>()?;
        found.retain(|id| id.as_u128().is_multiple_of(self.many));
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(found)
    }

    fn last_of(&self, _: &mut Tx<'_>, _: Option<&str>, _: i64) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    fn id(row: &Uuid) -> Uuid {
        *row
    }
}

/// What is on each page, to the last.
async fn pages(db: &Db, asked: &OneOf, effort: Effort) -> Vec<Vec<u128>> {
    let (mut after, mut pages) = (None, Vec::new());
    loop {
        let asked = asked.clone();
        let read = db.read_long("page", move |tx| name_parts::page(tx, &asked, after, 3, effort));
        let (found, next) = read.await.expect("a page");
        assert!(found.len() <= 3);
        pages.push(found.iter().map(Uuid::as_u128).collect());
        after = next;
        if after.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn a_pair_that_many_bear_is_turned_over_from_end_to_end() {
    const MANY: u128 = 700;
    let directory = tempfile::tempdir().expect("a directory");
    let address = DatabaseAddress::sqlite(directory.path().join("casehall.db"));
    let data_keys = DataKeySource::File(directory.path().join("data_keys"));
    let db = Db::open(&address, DbOptions { data_keys, ..DbOptions::default() }).expect("a database");
    let entered = db.write("enter", |tx| {
        let of = |pair: &'static str, every: u128| {
            let bearing = (1..=MANY).filter(move |number| number.is_multiple_of(every));
            bearing.map(move |number| (Field::Metadata, pair.into(), Uuid::from_u128(number)))
        };
        name_parts::insert(tx, of("channel:web", 1).chain(of("paid:yes", 2)).chain(of("order_id:7", 7)))
    });
    entered.await.expect("some pairs");
    let little = Effort { common: 2, looked_at: 300 };
    for (pairs, every, many) in [
        (vec!["channel:web"], 1, 50),
        (vec!["channel:web"], 1, 400),
        (vec!["channel:web", "paid:yes"], 2, 1),
        (vec!["order_id:7", "channel:web", "paid:yes"], 14, 5),
        (vec!["channel:web", "paid:no"], MANY + 1, 1),
        (vec!["channel:we"], MANY + 1, 1),
    ] {
        let wanted = (1..=MANY).rev().filter(|number| number.is_multiple_of(every) && number.is_multiple_of(many));
        let wanted: Vec<u128> = wanted.collect();
        let asked = OneOf { pairs: pairs.iter().map(|pair| (*pair).to_owned()).collect(), many };
        for effort in [EFFORT, little] {
            assert_eq!(pages(&db, &asked, effort).await.concat(), wanted, "{pairs:?}, one of {many}");
        }
    }
    let nowhere = OneOf { pairs: vec!["channel:web".to_owned()], many: MANY + 1 };
    let pages = pages(&db, &nowhere, little).await;
    assert!(pages.len() > 1 && pages[0].is_empty(), "not all are looked at for one page: {pages:?}");
}
