//! Passwords.

use casehall::service::accounts::passwords::{self, HashFault, Memory, random_secret};
use casehall::service::accounts::people::password_rules::judge;

fn hash(password: &str) -> Result<String, HashFault> {
    passwords::hash(password, &mut Memory::default())
}

fn verify(password: &str, hash: &str) -> bool {
    passwords::verify(password, hash, &mut Memory::default())
}

fn verify_absent(password: &str) -> bool {
    passwords::verify_absent(password, &mut Memory::default())
}

/// What fits the account of Zhang San in a hall in Guangzhou.
fn fitting() -> Vec<String> {
    ["zhangsan", "张三丰", "casehall", "guangzhou", "center", "广州市电子签名中心"].map(str::to_owned).to_vec()
}

fn codes(password: &str) -> Vec<&'static str> {
    judge(password, &fitting(), "/password").into_iter().map(|fault| fault.code).collect()
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
fn length_is_counted_in_characters_from_8_to_128() {
    assert_eq!(codes("七个字的密码啊"), ["password_too_short"]);
    assert_eq!(codes("八个字的密码够了"), Vec::<&str>::new());
    // Not in equal steps: that would be a sequence.
    let varied: String = (0..129).map(|n| char::from_u32(0x4E00 + n * n % 20_011).unwrap()).collect();
    let first = |count: usize| varied.chars().take(count).collect::<String>();
    assert_eq!(codes(&first(128)), Vec::<&str>::new());
    assert_eq!(codes(&first(129)), ["password_too_long"]);
    assert_eq!(codes(""), ["password_too_short"]);
}

#[test]
fn what_is_guessed_soon_is_refused_whatever_it_is_composed_of() {
    for password in [
        "1234567890",
        "Password123!",
        "1QAZ@wsx3edc",
        "aaaaaaaaaaaa",
        "１２３４５６７８９０",
        "的的的的的的的的的的",
        "qwertyuiop",
        "iloveyou",
        "woaini1314",
        "5201314520",
        "P@ssw0rd",
        "abcdefgh",
        "20081231",
        "zhangsan",
        "ZhangSan2026",
        "ｚｈａｎｇｓａｎ",
        "guangzhou1",
        "Casehall1",
        "广州市电子签名中心",
        "广州市电子签名中心2026",
        "电子签名中心广州市",
        "三丰电子签名中心",
        "casehall-casehall",
        "zhangsan@guangzhou-center",
        "Guangzhou Center Casehall",
        "一二三四五六七八",
        "wo ai ni 1314",
    ] {
        assert_eq!(codes(password), ["password_too_weak"], "{password}");
    }
    // Beside such words there is enough of their own in these.
    for password in ["casehall kmvxqwpz", "广州市的海棠花未眠夜雨声", "zhangsan likes rhubarb pies"] {
        assert_eq!(codes(password), Vec::<&str>::new(), "{password}");
    }
    for password in ["correct horse battery", "kmvxqwpzrt", "清晨四点的海棠花未眠", "a long enough passphrase"]
    {
        assert_eq!(codes(password), Vec::<&str>::new(), "{password}");
    }
}

#[test]
fn a_weak_password_is_told_why_and_what_would_help_in_both_languages() {
    let words = |password: &str| judge(password, &fitting(), "/new_password").remove(0);
    let named = words("ZhangSan2026");
    assert_eq!(named.pointer, "/new_password");
    assert!(named.words.zh.contains("含有姓名、用户名，或大厅的名称"), "{}", named.words.zh);
    assert!(named.words.en.contains("a name of the account in it, or a name"), "{}", named.words.en);
    let keys = words("qwertyuiop");
    assert!(
        keys.words.zh.starts_with("密码太容易被猜到：") && keys.words.zh.contains("建议：再加一两个词"),
        "{}",
        keys.words.zh
    );
    assert!(keys.words.en.contains("Better: add another word or two"), "{}", keys.words.en);
    let dated = words("20081231");
    assert!(dated.words.zh.contains("日期往往容易被猜到"), "{}", dated.words.zh);
}

#[test]
fn the_longest_password_is_judged_in_time() {
    // Substitutions and repeats are what takes the estimate longest.
    let slow: String = "p4$5w0rd!@13|7".chars().cycle().take(128).collect();
    let started = std::time::Instant::now();
    judge(&slow, &fitting(), "/password");
    let took = started.elapsed();
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

#[test]
fn secrets_are_256_bits_in_characters_safe_in_addresses() {
    let (one, other) = (random_secret().unwrap(), random_secret().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.len(), 43);
    assert!(one.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character)), "{one}");
}

#[test]
fn a_client_s_secret_is_known_by_its_digest_alone() {
    use casehall::service::accounts::passwords::{hash_secret, random_secret, verify_secret};
    let secret = random_secret().unwrap();
    let hash = hash_secret(&secret);
    assert!(!hash.contains(&secret));
    assert!(verify_secret(&secret, &hash));
    assert!(!verify_secret(&random_secret().unwrap(), &hash));
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
        assert!(!verify_secret(&String::from_utf8(changed).unwrap(), &hash), "at {position}");
    }
    let absent = format!("sha256:{}", "0".repeat(64));
    for stored in ["", "sha256:", &hash[7..], &hash[..70], secret.as_str(), &hash.to_uppercase(), "密", &absent] {
        assert!(!verify_secret(&secret, stored), "{stored:?}");
    }
    for presented in ["", hash.as_str(), "密"] {
        assert!(!verify_secret(presented, &hash), "{presented:?}");
    }
}
