//! `[[issuers]]`: whose access tokens are taken beside the hall's own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::{Host, Url};

use crate::configuration::layers::Section;
use crate::configuration::layers::checks::not_blank;
use crate::domain::accounts::client::is_client_id;
use crate::domain::accounts::issuer::{Issuer, IssuerAlgorithm};
use crate::domain::accounts::role::Scope;

/// One of `[[issuers]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// What is believed of it.
    pub issuer: Issuer,
    /// Where its public keys are.
    pub keys: KeysAt,
    /// The authorities that are trusted in place of the system's when they are fetched.
    pub authorities_file: Option<PathBuf>,
}

/// Where the public keys of an issuer are, as a JSON Web Key Set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysAt {
    /// In a file.
    File(PathBuf),
    /// At an address.
    Address(String),
}

/// Reads `[[issuers]]`; `own` is the hall's own name among issuers.
pub(in crate::configuration) fn issuers(sections: Vec<Section<'_>>, own: &str) -> Vec<IssuerSettings> {
    let mut seen = vec![own.to_owned()];
    let mut all = Vec::new();
    for mut section in sections {
        let at = section.place_of("issuer");
        let name = section.text("issuer");
        if name == own {
            section.fault_at(&at, "`issuers.issuer` must be another one than `tokens.issuer`, the hall's own");
        } else if !name.is_empty() && seen.contains(&name) {
            section.fault_at(&at, format!("the issuer {name:?} is given twice"));
        }
        seen.push(name.clone());
        let keys = keys(&mut section);
        let issuer = Issuer {
            name,
            audience: section.text("audience"),
            algorithms: section.required("algorithms", Vec::new(), algorithms),
            clients: clients(&mut section),
            scopes: scopes(&mut section),
        };
        let authorities_file = section.optional("authorities_file", not_blank).map(PathBuf::from);
        section.finish();
        all.push(IssuerSettings { issuer, keys, authorities_file });
    }
    all
}

fn keys(section: &mut Section<'_>) -> KeysAt {
    let (file_at, address_at) = (section.place_of("jwks_file"), section.place_of("jwks_url"));
    let file: Option<String> = section.optional("jwks_file", Ok);
    let address: Option<String> = section.optional("jwks_url", Ok);
    let allow_http = section.optional("allow_http", Ok).unwrap_or(false);
    match (file, address) {
        (Some(file), None) => {
            if file.trim().is_empty() {
                section.fault_at(&file_at, "`issuers.jwks_file`: must not be blank");
            }
            KeysAt::File(PathBuf::from(file))
        }
        (None, Some(address)) => {
            if let Err(why) = address_of_keys(&address, allow_http) {
                section.fault_at(&address_at, format!("`issuers.jwks_url`: {why}"));
            }
            KeysAt::Address(address)
        }
        _ => {
            section.fault_at(&address_at, "`issuers` needs one of `jwks_file` and `jwks_url`, and not both");
            KeysAt::File(PathBuf::new())
        }
    }
}

/// Who could change the keys on their way could come in as everybody: `https://`, or on this machine `http://` where that is said.
fn address_of_keys(text: &str, allow_http: bool) -> Result<(), String> {
    let url = Url::parse(text).map_err(|_| format!("{text:?} is no address"))?;
    let is_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // A name may lead elsewhere.
        Some(Host::Domain(_)) | None => false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    match url.scheme() {
        _ if !is_plain => Err("must be without user, password and #".to_owned()),
        "https" => Ok(()),
        "http" if allow_http && is_here => Ok(()),
        _ => {
            Err("must begin with https://; with `allow_http = true` also with http://127.0.0.1 or http://[::1]"
                .to_owned())
        }
    }
}

fn algorithms(codes: Vec<String>) -> Result<Vec<IssuerAlgorithm>, String> {
    let known = IssuerAlgorithm::ALL.map(IssuerAlgorithm::code).join(", ");
    if codes.is_empty() {
        return Err(format!("must name at least one of {known}"));
    }
    let read = |code: &String| {
        IssuerAlgorithm::from_code(code)
            .ok_or_else(|| format!("{code:?} is no algorithm that is taken; those are {known}"))
    };
    codes.iter().map(read).collect()
}

fn clients(section: &mut Section<'_>) -> BTreeMap<String, String> {
    let at = section.place_of("clients");
    let clients = section
        .section("clients")
        .texts(|_, id| if is_client_id(&id) { Ok(id) } else { Err(format!("{id:?} can't be the id of a system")) });
    if clients.is_empty() {
        section.fault_at(&at, "`issuers.clients` must name at least one subject (`sub`) and which system it is here");
    }
    clients.into_iter().map(|(subject, (id, _))| (subject, id)).collect()
}

fn scopes(section: &mut Section<'_>) -> BTreeMap<String, Vec<Scope>> {
    let at = section.place_of("scopes");
    let scopes = section.section("scopes").texts(|_, text| match Scope::parse_list(&text) {
        Ok(scopes) if scopes.is_empty() => Err(format!("must name some of {}", Scope::CODES.join(", "))),
        Ok(_) => Ok(text),
        Err(unknown) => Err(unknown.to_string()),
    });
    if scopes.is_empty() {
        section.fault_at(&at, "`issuers.scopes` must say of at least one word of the issuer what it means here");
    }
    let read = |(word, (text, _)): (String, (String, _))| (word, Scope::parse_list(&text).unwrap_or_default());
    scopes.into_iter().map(read).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_from_where_nobody_can_change_them_on_the_way() {
        for fine in ["https://login.example.org/keys", "https://10.0.0.7:8443/keys?a=b"] {
            assert_eq!(address_of_keys(fine, false), Ok(()), "{fine}");
        }
        for here in ["http://127.0.0.1:8080/keys", "http://[::1]/keys", "http://2130706433/keys"] {
            assert_eq!(address_of_keys(here, true), Ok(()), "{here}");
            assert!(address_of_keys(here, false).is_err(), "{here}");
        }
        for wrong in [
            "http://login.example.org/keys",
            "http://10.0.0.7/keys",
            "http://localhost/keys",
            "file:///etc/keys.json",
            "login.example.org/keys",
            "https://user:pass@login.example.org/keys",
            "https://login.example.org/keys#a",
            "",
        ] {
            assert!(address_of_keys(wrong, true).is_err(), "{wrong}");
        }
    }
}
