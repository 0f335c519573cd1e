//! Persons' data at rest: ciphertext wherever the database leaves something, and keys that are lost, wrong, exchanged or of another day.

pub(crate) mod at_rest;
pub(crate) mod keys;
mod leaving;
pub(crate) mod older;
pub(crate) mod rotation;
pub(crate) mod unreadable;

use std::path::Path;
use std::process::Command;

use casehall::store::DatabaseAddress;
use regex::bytes::Regex;

use crate::databases::TestDatabase;
use crate::databases::postgres::program;

/// Which of these texts stand somewhere in some bytes: as they are, in UTF-16, or parted by blanks and hyphens.
pub(crate) fn found_in(bytes: &[u8], texts: &[String]) -> Vec<String> {
    let either = texts.iter().map(|text| regex::escape(text)).collect::<Vec<_>>().join("|");
    let any = Regex::new(&either).unwrap();
    let plain: Vec<u8> = bytes.iter().copied().filter(|byte| ![0, b' ', b'-'].contains(byte)).collect();
    let hit = |bytes: &[u8]| -> Vec<String> {
        any.find_iter(bytes).map(|hit| String::from_utf8_lossy(hit.as_bytes()).into_owned()).collect()
    };
    // Digits in UTF-16 are digits with a zero byte each.
    [hit(bytes), hit(&plain)].concat()
}

/// Everything that an SQLite database leaves on the disk: the file, its log and index, and a copy.
pub(crate) fn left_by_sqlite(file: &Path) -> Vec<u8> {
    let copy = file.with_extension("copy");
    let _ = std::fs::remove_file(&copy);
    TestDatabase::at(DatabaseAddress::sqlite(file)).tamper(&format!("VACUUM INTO '{}'", copy.display()));
    let mut bytes = Vec::new();
    for name in ["casehall.db", "casehall.db-wal", "casehall.db-shm", "casehall.copy"] {
        bytes.extend(std::fs::read(file.with_file_name(name)).unwrap_or_default());
    }
    bytes
}

/// What `pg_dump` says of a database.
pub(crate) fn dumped(address: &str) -> Vec<u8> {
    let output = Command::new(program("pg_dump")).arg(address).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Everything that either database leaves.
pub(crate) fn left_by(database: &TestDatabase) -> Vec<u8> {
    match database.address.sqlite_path() {
        Some(file) => left_by_sqlite(file),
        None => dumped(&database.address.to_string()),
    }
}

#[test]
fn what_is_searched_for_is_found_in_every_spelling() {
    let texts = ["440199196412310694".to_owned(), "13800138000".to_owned()];
    let wide: Vec<u8> = "tel 13800138000".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in ["x440199196412310694y".as_bytes(), b"138-0013-8000", b"4401 9919 6412 3106 94", &wide] {
        assert!(!found_in(bytes, &texts).is_empty(), "{bytes:?}");
    }
    assert_eq!(found_in(b"440199196412310695", &texts), Vec::<String>::new());
}
