//! Who may serve a database file: one process, and the next one as soon as it has ended, however it did.

use casehall::clock::SystemClock;
use casehall::store::DatabaseAddress;

use super::crashes::Program;
use crate::databases::TestDatabase;
use crate::hall::Person;

#[tokio::test]
async fn a_second_process_on_one_file_is_refused_until_the_first_has_ended() {
    let database = TestDatabase::sqlite();
    Program::add_user(&database, &["clerk", "--role", "clerk", "--all-outlets"]);
    let first = Program::serve(&database);
    let link = database.file().with_file_name("link.db");
    std::os::unix::fs::symlink(database.file(), &link).unwrap();
    for other in [database.address.clone(), DatabaseAddress::sqlite(&link)] {
        let mut second = Program::command(&database, &["serve"]);
        let second = second.env("CASEHALL__DATABASE__URL", other.to_string()).output().unwrap();
        let said = String::from_utf8_lossy(&second.stderr);
        assert_eq!(second.status.code(), Some(5), "{said}");
        assert!(said.contains(&format!("another process ({})", first.id())), "{said}");
        assert!(said.contains("stop it first") && said.contains("PostgreSQL"), "{said}");
    }
    // Who works beside it for a moment is let in.
    assert!(Program::command(&database, &["user", "list"]).output().unwrap().status.success());
    Person::at(&first.base, &SystemClock, "clerk").get("/me").await.expect(200);
    first.signal("-9");
    first.ended().await;
    let next = Program::serve(&database);
    Person::at(&next.base, &SystemClock, "clerk").get("/me").await.expect(200);
}
