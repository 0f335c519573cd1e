//! Evidence judged by programs that aren't ours: Python's standard library and OpenSSL.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casehall::domain::accounts::role::Role;

use crate::databases::TestDatabase;
use crate::hall::{Hall, application};

#[tokio::test]
async fn the_newest_seal_is_verified_without_a_line_of_ours() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 1..4 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        clerk
            .act(case["id"].as_str().unwrap(), "withdraw", &serde_json::json!({ "reason": "不办了" }))
            .await
            .expect(200);
        assert!(hall.running.service.seal().await.unwrap() > 0);
    }
    let seal = hall.running.service.newest_seal().await.unwrap().unwrap();
    let name = seal.note.lines().next().unwrap();
    let key = hall.running.service.sealing_keys().verifier_keys(name).remove(0);
    let checker = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/evidence/check.py");
    let check = || Command::new("python3").arg(checker).arg(hall.database.file()).arg(&key).output().unwrap();
    let checked = check();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    assert!(said.contains(&format!("{} ", seal.size)), "{said}");
    hall.database.tamper("DROP TRIGGER audit_stays; UPDATE audit SET address = '192.0.2.9' WHERE number = 1");
    let found = check();
    assert!(!found.status.success() && String::from_utf8_lossy(&found.stderr).contains("entry 1"));
}

#[tokio::test]
async fn a_national_seal_is_verified_by_openssl() {
    let hall = Hall::with(TestDatabase::sqlite(), &[("CRYPTOGRAPHY__SUITE", "national")]).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.running.service.seal().await.unwrap();
    let seal = hall.running.service.newest_seal().await.unwrap().unwrap();
    let (text, signature) = seal.note.rsplit_once("\n\n\u{2014} ").unwrap();
    let (name, signature) = signature.trim_end().split_once(' ').unwrap();
    let key = hall.running.service.sealing_keys().verifier_keys(name).remove(0);
    let key = STANDARD.decode(key.rsplit_once('+').map_or("", |_| key.splitn(3, '+').nth(2).unwrap())).unwrap();
    let signature = &STANDARD.decode(signature).unwrap()[4..];
    let point = key.strip_prefix(b"\xffsm2-sm3").unwrap();
    // SubjectPublicKeyInfo of an SM2 point, and the signature's two numbers as DER.
    let mut public = hex::decode("3059301306072a8648ce3d020106082a811ccf5501822d034200").unwrap();
    public.extend_from_slice(point);
    let number = |bytes: &[u8]| {
        let mut bytes: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        if bytes[0] >= 0x80 {
            bytes.insert(0, 0);
        }
        [vec![2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    };
    let numbers = [number(&signature[..32]), number(&signature[32..])].concat();
    let der = [vec![0x30, u8::try_from(numbers.len()).unwrap()], numbers].concat();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let (key, text, der) =
        (file("key", &public), file("text", format!("{text}\n").as_bytes()), file("signature", &der));
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pubin", "-keyform", "DER"]);
    openssl.args(["-pkeyopt", "distid:1234567812345678", "-inkey"]).arg(key);
    let verified = openssl.arg("-in").arg(text).arg("-sigfile").arg(der).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
