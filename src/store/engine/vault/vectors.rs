//! The ciphers against the examples of their standards, and the stored form against what other programs made
//! (`tests/data/encryption/make.py`: OpenSSL, gmssl).

use aes_gcm::Aes256Gcm;
use serde_json::Value;
use sha2::Digest;
use sm3::Sm3;

use super::cipher::{Sm4Gcm, decrypt_by, derive, encrypt_by};
use super::data_keys::{DataKeySource, DataKeys};
use super::subject_keys::unwrapped;
use super::{Place, Vault, marks};
use crate::domain::evidence::suite::Suite;
use crate::store::engine::subject::Subject;

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).expect("hexadecimal")
}

/// McGrew and Viega, The Galois/Counter Mode of Operation (as submitted to NIST), test case 16.
#[test]
fn aes_256_gcm_is_as_its_authors_give_it() {
    let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    let (nonce, associated) = (bytes("cafebabefacedbaddecaf888"), bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
    let clear = bytes(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
    let sealed = bytes(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
         76fc6ece0f4e1768cddf8853bb2d551b",
    );
    assert_eq!(encrypt_by::<Aes256Gcm>(&key, &nonce, &associated, &clear).as_ref(), Some(&sealed));
    assert_eq!(decrypt_by::<Aes256Gcm>(&key, &nonce, &associated, &sealed).as_deref(), Some(&clear));
}

/// RFC 8998, A.1.
#[test]
fn sm4_gcm_is_as_rfc_8998_gives_it() {
    let (key, nonce) = (bytes("0123456789abcdeffedcba9876543210"), bytes("00001234567800000000abcd"));
    let associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let clear: Vec<u8> = [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xee, 0xaa].iter().flat_map(|byte| [*byte; 8]).collect();
    let sealed = bytes(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
         83de3541e4c2b58177e065a9bf7b62ec",
    );
    assert_eq!(encrypt_by::<Sm4Gcm>(&key, &nonce, &associated, &clear).as_ref(), Some(&sealed));
    assert_eq!(decrypt_by::<Sm4Gcm>(&key, &nonce, &associated, &sealed).as_deref(), Some(&clear));
}

/// GB/T 32905-2016, A.1 and A.2.
#[test]
fn sm3_is_as_its_standard_gives_it() {
    let digest = |text: &str| hex::encode(Sm3::digest(text));
    assert_eq!(digest("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    let longer = "abcd".repeat(16);
    assert_eq!(digest(&longer), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

/// RFC 5869, A.3.
#[test]
fn keys_are_derived_as_rfc_5869_gives_it() {
    let derived = derive(Suite::International, &[0x0b; 22], "", 42);
    let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
    assert_eq!(hex::encode(&*derived), expected);
}

#[test]
fn what_other_programs_encrypted_is_read() {
    let made: Value =
        serde_json::from_str(include_str!("../../../../tests/data/encryption/stored.json")).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let source = DataKeySource::Text(text(&made["data_key"]).into());
    let subject = Subject::from_key("case", &text(&made["subject"])).expect("an id");
    let id = text(&made["data_key"]).split(' ').next().map(str::to_owned);
    let stored = made["stored"].as_array().expect("a list");
    assert_eq!(stored.len(), Suite::ALL.len());
    for (stored, suite) in stored.iter().zip(Suite::ALL) {
        assert_eq!(stored["suite"], suite.code());
        let keys = DataKeys::read(&source).expect("keys");
        assert_eq!(keys.newest().map(|key| key.check(suite)), stored["check"].as_str().map(str::to_owned));
        let vault = Vault::closed(suite);
        vault.learn(keys);
        let wrapped = Some(text(&stored["wrapped"]));
        let row =
            (subject.kind().to_owned(), subject.id().to_string(), suite.code().to_owned(), wrapped, id.clone(), None);
        let key = unwrapped(&vault, subject, &row).expect("a key").expect("one that was kept");
        let event = text(&stored["event"]);
        let sealed = marks::sealed(&event).expect("a ciphertext");
        let sequence = made["sequence"].as_i64().expect("a number");
        let place = Place::event(subject, sequence).associated();
        let persons: Vec<String> =
            serde_json::from_slice(&key.decrypt(&place, sealed).expect("it opens")).expect("a list");
        let clear = marks::restored(&event, |number| persons.get(number).cloned()).expect("all are there");
        let mut clear: Value = serde_json::from_str(&clear).expect("JSON");
        clear.as_object_mut().map(|members| members.remove("sealed"));
        assert_eq!(clear, made["clear"]);
        let elsewhere = Place::event(subject, sequence + 1).associated();
        assert!(key.decrypt(&elsewhere, sealed).is_none(), "as another event of the same case");
        assert!(key.decrypt(&Place::document(subject).associated(), sealed).is_none(), "as the case itself");
        let other = Suite::ALL.into_iter().find(|other| *other != suite).expect("there are two");
        assert!(key.decrypt(&place, &sealed.replacen(suite.code(), other.code(), 1)).is_none(), "by another suite");
        let changed = sealed.replacen('A', "B", 1);
        assert!(changed != sealed && key.decrypt(&place, &changed).is_none(), "changed");
    }
}
