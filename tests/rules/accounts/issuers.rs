//! `[[issuers]]` in the settings.

use std::io::Write;

use casehall::configuration::settings::{DEFAULTS, Settings};
use casehall::configuration::systems::issuers::KeysAt;
use casehall::domain::accounts::issuer::IssuerAlgorithm;
use casehall::domain::accounts::role::Scope;

fn load(text: &str) -> Result<Settings, Vec<String>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let name = file.path().display().to_string();
    Settings::load(Some(file.path()), std::iter::empty())
        .map_err(|faults| faults.iter().map(|fault| fault.to_string().replace(&name, "file")).collect())
}

/// An issuer without faults, with lines that replace those of the same key; what is empty is left out.
fn issuer(changes: &[(&str, &str)]) -> String {
    let mut lines = vec![
        ("issuer", "\"https://login.example.org\""),
        ("audience", "\"casehall\""),
        ("jwks_url", "\"https://login.example.org/keys\""),
        ("algorithms", "[\"RS256\"]"),
        ("clients", "{ svc = \"tax-portal\" }"),
        ("scopes", "{ \"hall.read\" = \"cases:read certificates:read\" }"),
    ];
    for (key, value) in changes {
        lines.retain(|(known, _)| known != key);
        lines.push((key, value));
    }
    let lines = lines.iter().filter(|(_, value)| !value.is_empty());
    lines.fold("[[issuers]]\n".to_owned(), |text, (key, value)| format!("{text}{key} = {value}\n"))
}

#[test]
fn an_issuer_is_read_as_it_stands() {
    assert!(Settings::load(None, std::iter::empty()).unwrap().issuers.is_empty(), "nobody is trusted by default");
    let settings = load(&issuer(&[("authorities_file", "\"city.pem\"")])).unwrap();
    let [one] = &settings.issuers[..] else { panic!("{:?}", settings.issuers) };
    assert_eq!((one.issuer.name.as_str(), one.issuer.audience.as_str()), ("https://login.example.org", "casehall"));
    assert_eq!(one.issuer.algorithms, [IssuerAlgorithm::Rs256]);
    assert_eq!(one.issuer.clients["svc"], "tax-portal");
    assert_eq!(one.issuer.scopes["hall.read"], [Scope::CasesRead, Scope::CertificatesRead]);
    assert_eq!(one.keys, KeysAt::Address("https://login.example.org/keys".to_owned()));
    assert_eq!(one.authorities_file.as_deref(), Some(std::path::Path::new("city.pem")));
    let in_file = load(&issuer(&[("jwks_url", ""), ("jwks_file", "\"keys.json\"")])).unwrap();
    assert_eq!(in_file.issuers[0].keys, KeysAt::File("keys.json".into()));
    let by_variable = format!("[{{ {} }}]", issuer(&[]).lines().skip(1).collect::<Vec<_>>().join(", "));
    let variables = [("CASEHALL__ISSUERS".to_owned(), by_variable)];
    assert_eq!(Settings::load(None, variables.into_iter()).unwrap().issuers[0].issuer.clients["svc"], "tax-portal");
}

#[test]
fn every_fault_of_an_issuer_is_told_with_its_line() {
    for (key, value, words) in [
        ("issuer", "\" \"", "must not be blank"),
        ("issuer", "\"casehall\"", "another one than `tokens.issuer`"),
        ("issuer", "", "`issuers.issuer` is missing"),
        ("audience", "", "`issuers.audience` is missing"),
        ("audience", "\"\"", "must not be blank"),
        ("audience", "[\"a\"]", "`issuers.audience`"),
        ("jwks_url", "", "one of `jwks_file` and `jwks_url`"),
        ("jwks_file", "\"keys.json\"", "one of `jwks_file` and `jwks_url`"),
        ("jwks_url", "\"http://login.example.org/keys\"", "must begin with https://"),
        ("jwks_url", "\"http://127.0.0.1/keys\"", "must begin with https://"),
        ("jwks_url", "\"keys\"", "is no address"),
        ("jwks_url", "\"https://a:b@login.example.org/keys\"", "without user"),
        ("allow_http", "\"perhaps\"", "`issuers.allow_http`"),
        ("algorithms", "[]", "at least one of EdDSA, ES256, RS256, PS256"),
        ("algorithms", "[\"HS256\"]", "\"HS256\" is no algorithm that is taken"),
        ("algorithms", "[\"none\"]", "\"none\" is no algorithm"),
        ("algorithms", "", "`issuers.algorithms` is missing"),
        ("clients", "{}", "at least one subject"),
        ("clients", "{ svc = \"Tax Portal\" }", "can't be the id of a system"),
        ("clients", "{ svc = \"0197f2c1-52d5-7d3c-9a3e-6f3c1f0f8a11\" }", "can't be the id of a system"),
        ("clients", "{ svc = \"casehall\" }", "can't be the id of a system"),
        ("scopes", "{}", "at least one word"),
        ("scopes", "{ \"hall.read\" = \"cases:all\" }", "no such scope"),
        ("scopes", "{ \"hall.read\" = \"\" }", "must name some of"),
        ("client_claim", "\"azp\"", "unknown key `issuers.client_claim`"),
    ] {
        let found = load(&issuer(&[(key, value)])).expect_err(&format!("{key} = {value} must be refused")).join("\n");
        assert!(found.contains(words) && found.contains("file:"), "{key} = {value}: {found}");
    }
    let twice = load(&(issuer(&[]) + &issuer(&[]))).unwrap_err();
    assert!(twice.len() == 1 && twice[0].starts_with("file:9: ") && twice[0].contains("given twice"), "{twice:?}");
    let table = load("[issuers]\nissuer = \"a\"\n").unwrap_err();
    assert!(table[0].contains("`issuers` must be a list"), "{table:?}");
    assert!(load(&issuer(&[("jwks_url", "\"http://[::1]:8080/keys\""), ("allow_http", "true")])).is_ok());
}

#[test]
fn the_example_of_the_built_in_file_has_no_fault() {
    let mut lines = DEFAULTS.lines().skip_while(|line| *line != "# [[issuers]]").collect::<Vec<_>>();
    lines.truncate(lines.iter().position(|line| line.is_empty()).unwrap());
    let text = lines.iter().map(|line| line.strip_prefix("# ").unwrap()).collect::<Vec<_>>();
    let keys: Vec<&str> = text.iter().copied().filter(|line| line.contains(" = ") || line.starts_with('[')).collect();
    let settings = load(&keys.join("\n")).unwrap();
    assert_eq!(settings.issuers.len(), 1);
}
