//! Passwords.

use casehall::service::accounts::passwords::{self, HashFault, Memory, check, random_secret};

fn hash(password: &str) -> Result<String, HashFault> {
    passwords::hash(password, &mut Memory::default())
}

fn verify(password: &str, hash: &str) -> bool {
    passwords::verify(password, hash, &mut Memory::default())
}

fn verify_absent(password: &str) -> bool {
    passwords::verify_absent(password, &mut Memory::default())
}

fn codes(password: &str, username: &str) -> Vec<&'static str> {
    check(password, username).into_iter().map(|fault| fault.code).collect()
}

#[test]
fn the_right_password_is_accepted_and_no_other() {
    let stored = hash("correct horse battery").unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert!(verify("correct horse battery", &stored));
    for wrong in ["correct horse batterz", "Correct horse battery", "correct horse battery ", ""] {
        assert!(!verify(wrong, &stored), "{wrong:?}");
    }
    assert_ne!(hash("correct horse battery").unwrap(), stored, "every hash has a salt of its own");
}

#[test]
fn a_hash_made_by_the_reference_program_verifies() {
    // src/test.c of github.com/P-H-C/phc-winner-argon2: Argon2id, version 19, two passes, 64 MiB, one lane.
    let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert!(verify("password", stored));
    assert!(!verify("passwore", stored));
}

#[test]
fn full_width_letters_are_the_letters_they_look_like() {
    let stored = hash("ｃｏｒｒｅｃｔ　ｈｏｒｓｅ").unwrap();
    assert!(verify("correct horse", &stored));
}

#[test]
fn a_hash_that_can_not_be_read_matches_nothing() {
    for stored in
        ["", "$", "plain text", "$argon2id$v=19$m=19456,t=2,p=1$", "$argon2id$v=19$m=0,t=0,p=0$c29tZXNhbHQ$RdescudvJCs"]
    {
        assert!(!verify("", stored) && !verify("plain text", stored), "{stored:?}");
    }
}

#[test]
fn no_password_is_right_for_a_name_that_does_not_exist() {
    assert!(!verify_absent("correct horse battery"));
    assert!(!verify_absent(""));
}

#[test]
fn length_is_counted_in_characters_from_10_to_128() {
    assert_eq!(codes("九个字的密码不够长", "li"), ["password_too_short"]);
    assert!(codes("十个字的密码正好够长了", "li").is_empty());
    assert!(codes(&"密码".repeat(64), "li").is_empty());
    assert_eq!(codes(&("密码".repeat(64) + "长"), "li"), ["password_too_long"]);
    assert_eq!(codes("", ""), ["password_too_short", "password_contains_username"]);
}

#[test]
fn the_account_s_name_may_not_be_in_it_in_any_spelling() {
    for password in ["zhangsan", "ZhangSan2026!", "ｚｈａｎｇｓａｎ-2026", "my-ZHANGSAN-word"] {
        assert!(codes(password, "zhangsan").contains(&"password_contains_username"), "{password}");
    }
    assert!(codes("lithium-battery", "li").is_empty(), "a short name is in good passwords by chance");
}

#[test]
fn the_most_common_are_refused() {
    for password in
        ["1234567890", "Password123", "1QAZ@wsx3edc", "aaaaaaaaaaaa", "１２３４５６７８９０", "的的的的的的的的的的"]
    {
        assert_eq!(codes(password, "zhangsan"), ["password_too_common"], "{password}");
    }
}

#[test]
fn every_refusal_has_words_in_both_languages_and_points_at_the_password() {
    let faults = [check("aaa", "aaa"), check(&"a".repeat(200), "bbb")].concat();
    assert_eq!(faults.len(), 4);
    for fault in faults {
        assert_eq!(fault.pointer, "/password");
        assert!(fault.words.zh.contains("密码") && fault.words.en.contains("password"));
    }
}

#[test]
fn secrets_are_256_bits_in_characters_safe_in_addresses() {
    let (one, other) = (random_secret().unwrap(), random_secret().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.len(), 43);
    assert!(one.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character)), "{one}");
    assert!(codes(&one, "client").is_empty());
}

#[test]
fn a_client_s_secret_is_known_by_its_digest_alone() {
    use casehall::service::accounts::passwords::{hash_secret, random_secret, verify_secret};
    let secret = random_secret().unwrap();
    let hash = hash_secret(&secret);
    assert!(!hash.contains(&secret));
    assert!(verify_secret(&secret, Some(&hash)));
    assert!(!verify_secret(&random_secret().unwrap(), Some(&hash)));
    assert!(!verify_secret(&secret, None));
    // FIPS 180-4's example, so that the digest is the standard's.
    assert_eq!(hash_secret("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn a_wrong_secret_or_unreadable_hash_is_refused() {
    use casehall::service::accounts::passwords::{hash_secret, random_secret, verify_secret};
    let secret = random_secret().unwrap();
    let hash = hash_secret(&secret);
    for position in 0..secret.len() {
        let mut changed = secret.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        assert!(!verify_secret(&String::from_utf8(changed).unwrap(), Some(&hash)), "at {position}");
    }
    let absent = format!("sha256:{}", "0".repeat(64));
    for stored in ["", "sha256:", &hash[7..], &hash[..70], secret.as_str(), &hash.to_uppercase(), "密", &absent] {
        assert!(!verify_secret(&secret, Some(stored)), "{stored:?}");
    }
    for presented in ["", hash.as_str(), "密"] {
        assert!(!verify_secret(presented, Some(&hash)) && !verify_secret(presented, None), "{presented:?}");
    }
}
