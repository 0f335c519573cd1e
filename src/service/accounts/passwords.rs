//! Passwords of people, kept as Argon2id hashes only, and secrets of systems, kept as SHA-256 only; never as text.
//!
//! Cast: [`hash`] and [`verify`]; [`verify_absent`] for a name that doesn't exist, so that the time of an answer
//! doesn't tell which names do; [`Memory`] is what they compute in, and is used again; [`random_secret`] makes secrets,
//! [`hash_secret`] and [`verify_secret`] are for those. Which passwords are taken says [`super::people::password_rules`]. Each password hash takes
//! 19 MiB and tens of milliseconds: [`super::hashing`] calls these.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

/// Salt and hash of what nobody knows, as a PHC string has them.
const ABSENT: &str = "Y2FzZWhhbGwvYWJzZW50IQ$kZs7hC0uQm3v5y1p0nWb8E2fJ4rX6tGdLqYaUoIeNcM";

/// What every hash of [`hash_secret`] begins with.
const SECRET_PREFIX: &str = "sha256:";

/// Why a hash couldn't be made: the machine's fault, not the password's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashFault {
    /// Argon2 refuses.
    #[error("the password can't be hashed: {0}")]
    Argon2(String),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(String),
}

/// What a new hash takes. One that is kept says itself what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    kibibytes: u32,
    passes: u32,
}

impl Cost {
    /// The least that Argon2 knows: whoever has such a hash soon has the password. For tests, which hash by the thousand.
    pub const LEAST: Self = Self { kibibytes: Params::MIN_M_COST, passes: Params::MIN_T_COST };

    fn params(self) -> Result<Params, argon2::Error> {
        Params::new(self.kibibytes, self.passes, 1, Some(Params::DEFAULT_OUTPUT_LEN))
    }
}

impl Default for Cost {
    /// 19 MiB, two passes, one lane: OWASP's first recommendation for this much memory.
    fn default() -> Self {
        Self { kibibytes: 19 * 1024, passes: 2 }
    }
}

/// What hashes are computed in. It has nothing until the first, then as much as the largest took, and is overwritten by the
/// next.
#[derive(Default)]
pub struct Memory {
    cost: Cost,
    blocks: Vec<Block>,
}

impl Memory {
    /// Where new hashes take so much.
    pub(super) fn at(cost: Cost) -> Self {
        Self { cost, blocks: Vec::new() }
    }

    fn blocks(&mut self, params: &Params) -> &mut [Block] {
        let count = params.block_count();
        if self.blocks.len() < count {
            // Not two at once: the old one goes first.
            self.blocks = Vec::new();
            self.blocks = vec![Block::new(); count];
        }
        &mut self.blocks[..count]
    }
}

/// The Argon2id hash of a password with a salt of its own, as a PHC string. The password is normalized (NFKC) first,
/// so that full-width letters of a Chinese input method are the letters they look like.
///
/// # Errors
/// When the machine has no random numbers for it.
pub fn hash(password: &str, memory: &mut Memory) -> Result<String, HashFault> {
    let mut salt = [0; 16];
    SysRng.try_fill_bytes(&mut salt).map_err(|error| HashFault::NoRandomness(error.to_string()))?;
    let fault = |error: &dyn std::fmt::Display| HashFault::Argon2(error.to_string());
    let params = memory.cost.params().map_err(|error| fault(&error))?;
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    compute(Algorithm::Argon2id, Version::V0x13, &params, password, &salt, &mut output, memory)
        .map_err(|error| fault(&error))?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(|error| fault(&error))?,
        salt: Some(Salt::new(&salt).map_err(|error| fault(&error))?),
        hash: Some(Output::new(&output).map_err(|error| fault(&error))?),
    };
    Ok(hash.to_string())
}

/// Whether a password is the one that was hashed. A hash that can't be read is reported in the log and matches
/// nothing.
pub fn verify(password: &str, hash: &str, memory: &mut Memory) -> bool {
    match again(password, hash, memory) {
        Ok(matches) => matches,
        Err(error) => {
            tracing::error!(error, "a stored password hash can't be read");
            false
        }
    }
}

/// Computes a hash again with the parameters and the salt that it says; the comparison takes the same time whatever differs.
fn again(password: &str, hash: &str, memory: &mut Memory) -> Result<bool, String> {
    let hash = PasswordHash::new(hash).map_err(|error| error.to_string())?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(|error| error.to_string())?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).map_err(|error| error.to_string())?;
    let params = Params::try_from(&hash).map_err(|error| error.to_string())?;
    let (Some(salt), Some(expected)) = (hash.salt, hash.hash) else {
        return Err("it has no salt or no hash".to_owned());
    };
    let mut output = vec![0; expected.len()];
    compute(algorithm, version, &params, password, &salt, &mut output, memory).map_err(|error| error.to_string())?;
    Ok(bool::from(output.ct_eq(expected.as_bytes())))
}

fn compute(
    algorithm: Algorithm,
    version: Version,
    params: &Params,
    password: &str,
    salt: &[u8],
    output: &mut [u8],
    memory: &mut Memory,
) -> Result<(), argon2::Error> {
    let argon2 = Argon2::new(algorithm, version, params.clone());
    argon2.hash_password_into_with_memory(normalize(password).as_bytes(), salt, output, memory.blocks(params))
}

/// Refuses, after the same work as [`verify`]. For a name that doesn't exist.
pub fn verify_absent(password: &str, memory: &mut Memory) -> bool {
    let _ = verify(password, &absent(memory.cost), memory);
    false
}

/// A secret of 256 random bits as 43 URL-safe characters, for clients and for accounts that a machine sets up.
///
/// # Errors
/// When the system has no random numbers.
pub fn random_secret() -> Result<String, HashFault> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| HashFault::NoRandomness(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn absent(Cost { kibibytes, passes }: Cost) -> String {
    format!("$argon2id$v=19$m={kibibytes},t={passes},p=1${ABSENT}")
}

pub(super) fn normalize(text: &str) -> String {
    text.nfkc().collect()
}

/// The hash to keep of a secret made by [`random_secret`]: `sha256:` and the SHA-256 in lower-case hexadecimal.
///
/// A fast digest without a salt is right here, and only here: a secret is 256 random bits, so nobody can try them all,
/// however fast, and no two are equal. A system presents its secret with every token that it asks for, which Argon2id
/// would make a way of keeping the hall busy. What people choose goes through [`hash`].
pub fn hash_secret(secret: &str) -> String {
    format!("{SECRET_PREFIX}{}", hex::encode(Sha256::digest(secret)))
}

/// Whether a secret is the one that [`hash_secret`] hashed; the comparison takes the same time whatever differs. A hash that can't be
/// read is reported in the log and matches nothing.
pub fn verify_secret(secret: &str, hash: &str) -> bool {
    let given = hash_secret(secret);
    if hash.len() != given.len() || !hash.starts_with(SECRET_PREFIX) {
        tracing::error!("the stored hash of a secret can't be read");
    }
    bool::from(hash.as_bytes().ct_eq(given.as_bytes()))
}

/// A digest that tells whether what somebody is known by is still the same, in lower-case hexadecimal: for the audit trail. Only of what
/// has as many random bits, such as the salt of a password's hash.
pub(super) fn digest(known_by: &str) -> String {
    hex::encode(Sha256::digest(known_by))
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;

    use super::*;

    #[test]
    fn an_unknown_user_takes_the_same_time() -> Result<(), Box<dyn std::error::Error>> {
        let absent = absent(Cost::default());
        let absent = PasswordHash::new(&absent)?;
        let present = hash("一个足够长的口令短语", &mut Memory::default())?;
        let present = PasswordHash::new(&present)?;
        assert_eq!(absent.algorithm, present.algorithm);
        assert_eq!(absent.version, present.version);
        assert_eq!(absent.params, present.params);
        let lengths = |hash: &PasswordHash| (hash.salt.map(|salt| salt.len()), hash.hash.map(|output| output.len()));
        assert_eq!(lengths(&absent), lengths(&present));
        Ok(())
    }

    #[test]
    fn memory_that_is_used_again_changes_no_hash() -> Result<(), Box<dyn std::error::Error>> {
        let mut memory = Memory::default();
        let one = hash("the first passphrase", &mut memory)?;
        let other = hash("the second passphrase", &mut memory)?;
        for (password, hash, matches) in [
            ("the first passphrase", &one, true),
            ("the second passphrase", &one, false),
            ("the second passphrase", &other, true),
            ("the first passphrase", &other, false),
        ] {
            assert_eq!(verify(password, hash, &mut memory), matches);
            assert_eq!(verify(password, hash, &mut Memory::default()), matches);
            let parsed = PasswordHash::new(hash)?;
            let by_the_crate = Argon2::default().verify_password(password.as_bytes(), &parsed);
            assert_eq!(by_the_crate.is_ok(), matches, "the crate's own verification agrees");
        }
        Ok(())
    }
}
