//! Another issuer, whose access tokens are taken here: what is believed of it.
//!
//! Cast: an [`Issuer`] says who it is, for whom its tokens are meant, by which [`IssuerAlgorithm`]s they are signed, which of its
//! subjects are which systems here, and what its words for rights mean here.
//!
//! Guarantee: a subject is a system that the settings name for it, or nobody. It is never a person, whose id can't be that of a system.
//!
//! Source: RFC 9068 (access tokens), RFC 7518 section 3.1 and RFC 8037 section 3.1 (algorithms).

use std::collections::{BTreeMap, BTreeSet};

use super::role::Scope;

/// How another issuer may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerAlgorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSA with PKCS #1 v1.5 and SHA-256.
    Rs256,
    /// RSA with PSS and SHA-256.
    Ps256,
}

impl IssuerAlgorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Rs256, Self::Ps256];

    /// As the header of a token names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    /// The one of a name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.code() == code)
    }
}

/// Another issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its name: the `iss` of its tokens.
    pub name: String,
    /// What their `aud` must be.
    pub audience: String,
    /// How they may be signed.
    pub algorithms: Vec<IssuerAlgorithm>,
    /// Its subjects (`sub`), and which system each is here.
    pub clients: BTreeMap<String, String>,
    /// Its words for rights, and what each means here.
    pub scopes: BTreeMap<String, Vec<Scope>>,
}

impl Issuer {
    /// What its words mean here, each scope once; words that the settings don't name mean nothing.
    pub fn scopes_of<'a>(&self, words: impl Iterator<Item = &'a str>) -> Vec<Scope> {
        let meant = words.filter_map(|word| self.scopes.get(word)).flatten();
        meant.copied().collect::<BTreeSet<_>>().into_iter().collect()
    }
}
