//! Systems by the command line, for whoever runs the program.

use serde_json::json;

use crate::databases::TestDatabase;
use crate::program::{init, run};

#[test]
fn a_system_is_managed_by_commands() {
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::missing();
    let url = database.address.to_string();
    init(directory.path(), &[("CASEHALL__DATABASE__URL", &url)]);
    let client = |arguments: &[&str]| {
        let arguments = [&["client"], arguments].concat();
        run(directory.path(), &arguments, &[("CASEHALL__DATABASE__URL", &url)], "")
    };
    let done = |arguments: &[&str]| {
        let ended = client(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
        ended.out
    };
    let refused = |arguments: &[&str], words: &str| {
        let ended = client(arguments);
        assert_eq!(ended.code, Some(1), "{arguments:?}");
        assert!(ended.err.contains(words), "{arguments:?}: {}", ended.err);
    };
    let none = client(&["list"]);
    assert_eq!((none.out.as_str(), none.err.contains("There are no clients yet")), ("", true), "{none:?}");
    let added = done(&["add", "tax-portal", "--name", "电子税务局", "--scope", "cases:read"]);
    let secret = added.lines().find_map(|line| line.strip_prefix("client_secret ")).unwrap();
    assert_eq!(secret.len(), 43);
    refused(
        &["add", "tax-portal", "--name", "x", "--scope", "cases:read"],
        "client_id: this id is taken, by an account or a system",
    );
    refused(&["add", "casehall", "--name", "x", "--scope", "cases:read"], "neither casehall nor a UUID");
    assert!(done(&["rotate", "tax-portal"]).contains("client_secret "));
    refused(&["rotate", "tax-portal"], "there are 2 valid secrets");
    refused(&["rotate", "tax-portal", "--old-valid-until", "2999-01-01T00:00:00Z"], "at most 30 days");
    assert!(!done(&["end-secret", "tax-portal", "1"]).contains("secret 1 of"));
    let changed = done(&["change", "tax-portal", "--scope", "cases:open", "--scope", "cases:read"]);
    assert!(changed.starts_with("tax-portal (电子税务局): cases:open cases:read\n  secret 2 of "), "{changed}");
    let file = directory.path().join("key.json");
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a" });
    std::fs::write(&file, key.to_string()).unwrap();
    let file = file.to_str().unwrap();
    assert!(done(&["key", "add", "tax-portal", file]).contains("  key a (Ed25519) of "));
    assert!(!done(&["add", "keyed", "--name", "x", "--scope", "cases:read", "--key", file]).contains("client_secret"));
    assert!(!done(&["key", "remove", "tax-portal", "a"]).contains("key a"));
    done(&["deactivate", "tax-portal"]);
    let listed = done(&["list"]);
    assert!(
        listed.contains("tax-portal (电子税务局, deactivated): ") && listed.contains("keyed (x): cases:read"),
        "{listed}"
    );
    assert!(!listed.contains(secret));
    done(&["activate", "tax-portal"]);
    for arguments in
        [&["activate", "nope"][..], &["rotate", "nope"], &["end-secret", "nope", "1"], &["key", "remove", "nope", "a"]]
    {
        assert_eq!(client(arguments).err, "there is no such client\n", "{arguments:?}");
    }
    refused(&["end-secret", "tax-portal", "77"], "tax-portal has no valid secret 77; ");
    refused(&["key", "remove", "tax-portal", "zz"], "tax-portal has no key zz; ");
    let by = database.rows("SELECT actor_id || ' ' || system_user FROM audit WHERE kind = 'system_activated'");
    let [by] = &by[..] else { panic!("{by:?}") };
    assert!(by.starts_with("casehall ") && by.len() > "casehall ".len(), "the operating system's user: {by}");
}
