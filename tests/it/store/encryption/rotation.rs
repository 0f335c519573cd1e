//! The data key is exchanged while people work, broken off and gone on with, and held against backups of before.

use std::collections::BTreeSet;

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use casehall::service::accounts::caller::Caller;
use casehall::service::accounts::people::second_factor::totp;
use casehall::store::DatabaseAddress;
use futures_util::future::join_all;
use serde_json::json;
use totp_rs::Secret;

use super::keys::{keys_in, open, seen, start};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, PASSWORD, Person, application};

on_both!(
    a_data_key_is_exchanged_while_two_instances_work,
    a_key_that_was_made_before_is_the_one_that_comes_into_force,
    a_key_that_cannot_be_unwrapped_is_named_and_holds_up_no_exchange,
    without_the_key_of_then_sessions_end_and_nothing_is_done_twice_or_called_forged,
);

async fn a_data_key_is_exchanged_while_two_instances_work(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (file, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    let beside = start(&database, &settings).await.unwrap();
    let holder = hall.staff(Role::Clerk).await;
    let prepared = holder.post("/second-factor", &json!({ "password": PASSWORD })).await.expect(200);
    let mut cases = Vec::new();
    for number in 1..=12 {
        cases.push(open(&hall, number).await);
    }
    let mut before = Vec::new();
    for case in &cases {
        before.push(seen(&beside, case).await);
    }
    let old = std::fs::read_to_string(&file).unwrap();
    let (here, there) = (hall.staff(Role::Clerk).await, beside.staff(Role::Clerk).await);
    let work = async {
        let opened = (0..24).map(|index| {
            let clerk = if index % 2 == 0 { &here } else { &there };
            let case = &cases[index as usize % cases.len()];
            async move {
                let opened = clerk.post("/cases", &application(100 + index)).await.expect(201);
                clerk.get(&format!("/cases/{case}")).await.expect(200);
                opened["acceptance_number"].as_str().unwrap().to_owned()
            }
        });
        join_all(opened).await
    };
    let exchange = async {
        let mut done = Vec::new();
        for _ in 0..3 {
            done.push(hall.running.service.exchange_data_key(&Caller::operator()).await.unwrap());
        }
        done
    };
    let (opened, exchanged) = tokio::join!(work, exchange);
    assert!(exchanged.iter().all(|done| done.rewrapped >= 13 && done.retired.len() == 1), "{exchanged:?}");
    let keys = std::fs::read_to_string(&file).unwrap();
    assert!(
        keys.starts_with(&old) && keys.lines().count() == old.lines().count() + 3,
        "each key stands behind the others"
    );
    for (case, before) in cases.iter().zip(&before) {
        assert_eq!(seen(&beside, case).await, *before);
    }
    let code = totp(Secret::try_from_base32(prepared["secret"].as_str().unwrap()).unwrap());
    let code = code.generate(hall.clock.now().timestamp().unsigned_abs()).to_string();
    holder.post("/second-factor/confirm", &json!({ "code": code })).await.expect(200);
    hall.running.stop().await;
    beside.running.stop().await;
    // With the last key alone everything is readable; with the others alone nothing starts.
    let last = keys.lines().last().unwrap();
    std::fs::write(&file, format!("{last}\n")).unwrap();
    let hall = start(&database, &settings).await.unwrap();
    for case in cases.iter().chain(&opened) {
        seen(&hall, case).await;
    }
    hall.running.stop().await;
    std::fs::write(&file, &old).unwrap();
    let refused = start(&database, &settings).await.err().unwrap();
    assert!(refused.contains(last.split(' ').next().unwrap()), "{refused}");
}

async fn a_key_that_was_made_before_is_the_one_that_comes_into_force(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (file, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    let case = open(&hall, 1).await;
    let before = seen(&hall, &case).await;
    let made = hall.running.service.make_data_key().await.unwrap();
    assert_eq!(hall.running.service.make_data_key().await.unwrap(), made, "one waits already");
    // An instance that starts now goes on with the one in force.
    let beside = start(&database, &settings).await.unwrap();
    let another = open(&beside, 2).await;
    let done = hall.running.service.exchange_data_key(&Caller::operator()).await.unwrap();
    assert_eq!((done.key, done.rewrapped), (made, 2));
    let keys = std::fs::read_to_string(&file).unwrap();
    assert_eq!(keys.lines().filter(|line| !line.starts_with('#')).count(), 2);
    assert_eq!(seen(&beside, &case).await, before);
    seen(&hall, &another).await;
    // Broken off after it came into force: the next call goes on with the same key.
    hall.running.service.exchange_data_key(&Caller::operator()).await.unwrap();
    let in_force = std::fs::read_to_string(&file).unwrap().lines().last().unwrap().to_owned();
    let (id, _) = in_force.split_once(' ').unwrap();
    database.tamper(&format!(
        "INSERT INTO data_keys SELECT '{made}', suite, check_value, in_force = (1 = 0) AND in_force FROM data_keys WHERE id = '{id}'"
    ));
    let gone_on = hall.running.service.exchange_data_key(&Caller::operator()).await.unwrap();
    assert_eq!((gone_on.key.to_string().as_str(), gone_on.retired), (id, vec![made.to_string()]));
}

async fn a_key_that_cannot_be_unwrapped_is_named_and_holds_up_no_exchange(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (_, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    let (broken, whole) = (open(&hall, 1).await, open(&hall, 2).await);
    let before = seen(&hall, &whole).await;
    let id =
        |number: &str| database.rows(&format!("SELECT id FROM cases WHERE acceptance_number = '{number}'")).remove(0);
    let (broken, other) = (id(&broken), id(&whole));
    database.tamper(&format!(
        "UPDATE person_keys SET wrapped = (SELECT wrapped FROM person_keys AS other WHERE other.subject_id = '{other}') \
         WHERE subject_id = '{broken}'"
    ));
    let mut keys = BTreeSet::new();
    for _ in 0..3 {
        let done = hall.running.service.exchange_data_key(&Caller::operator()).await.unwrap();
        assert_eq!(done.unreadable, [format!("case {broken}")]);
        assert!(keys.insert(done.key), "each exchange brings a key of its own");
        assert_eq!(done.rewrapped, 1);
        assert_eq!(seen(&hall, &whole).await, before);
    }
    let kept: BTreeSet<_> = database.rows("SELECT id FROM data_keys").into_iter().collect();
    assert_eq!(kept.len(), 2, "the one in force, and the one that wraps what can't be unwrapped: {kept:?}");
}

async fn without_the_key_of_then_sessions_end_and_nothing_is_done_twice_or_called_forged(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (file, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    let clerk = hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let opened = clerk.post_once("/cases", "open-1", &application(1)).await.expect(201);
    let sign_in = json!({ "username": "chen", "password": PASSWORD });
    let session = hall.nobody().post("/sessions", &sign_in).await.expect(201);
    let retired = hall.running.service.exchange_data_key(&Caller::operator()).await.unwrap().retired;
    hall.running.stop().await;
    let keys = std::fs::read_to_string(&file).unwrap();
    let kept: Vec<&str> = keys.lines().filter(|line| !line.starts_with(&retired[0])).collect();
    std::fs::write(&file, kept.join("\n")).unwrap();
    let hall = start(&database, &settings).await.unwrap();
    let token = json!({ "refresh_token": session["refresh_token"] });
    hall.nobody().post("/sessions/refresh", &token).await.refused(401, "session_ended");
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    assert_eq!(found.findings.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let again = Person::at(&hall.base, &*hall.clock, "chen").post_once("/cases", "open-1", &application(1)).await;
    assert_eq!(again.expect(201)["id"], opened["id"]);
}

#[tokio::test]
async fn a_restored_backup_is_readable_with_the_keys_of_its_day_and_refused_without() {
    let database = TestDatabase::sqlite();
    let directory = tempfile::tempdir().unwrap();
    let (file, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    let case = open(&hall, 1).await;
    let before = seen(&hall, &case).await;
    let backup = directory.path().join("backup.db");
    database.tamper(&format!("VACUUM INTO '{}'", backup.display()));
    let retired = hall.running.service.exchange_data_key(&Caller::operator()).await.unwrap().retired;
    hall.running.stop().await;
    let restored = TestDatabase::at(DatabaseAddress::sqlite(&backup));
    let hall = start(&restored, &settings).await.unwrap();
    assert_eq!(seen(&hall, &case).await, before);
    hall.running.stop().await;
    let keys = std::fs::read_to_string(&file).unwrap();
    let kept: Vec<&str> = keys.lines().filter(|line| !line.starts_with(&retired[0])).collect();
    std::fs::write(&file, kept.join("\n")).unwrap();
    let refused = start(&restored, &settings).await.err().unwrap();
    assert!(refused.contains(&retired[0]), "{refused}");
    start(&database, &settings).await.unwrap();
}
