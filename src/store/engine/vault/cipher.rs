//! What encrypts: a [`SecretKey`] of a suite, and the text that it makes of something.
//!
//! Guarantees: a ciphertext says its suite and opens only in the place that it was made for; nothing prints a key; keys are
//! wiped from memory when they are dropped. Nonces are random and 96 bits long (NIST SP 800-38D, 8.2.2): a key of a person's
//! case makes some hundred ciphertexts, a data key one for each case, far from the 2³² that are allowed.

use std::fmt;

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, AeadCore, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, AesGcm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;
use sm3::Sm3;
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::domain::evidence::suite::Suite;
use crate::store::engine::error::StoreError;

/// SM4 in the mode that `aes_gcm` has; its blocks and nonces are as long as those of AES.
pub(super) type Sm4Gcm = AesGcm<Sm4, U12>;

const NONCE_BYTES: usize = 12;

/// Bytes of a suite's key.
pub(super) const fn key_bytes(suite: Suite) -> usize {
    match suite {
        Suite::International => 32,
        Suite::National => 16,
    }
}

/// Random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, StoreError> {
    let mut bytes = Zeroizing::new([0; N]);
    let filled = SysRng.try_fill_bytes(bytes.as_mut_slice());
    filled.map_err(|error| StoreError::Unavailable(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes)
}

/// Derives bytes from a secret for one purpose (HKDF, RFC 5869; of the national suite with SM3).
pub(super) fn derive(suite: Suite, secret: &[u8], purpose: &str, bytes: usize) -> Zeroizing<Vec<u8>> {
    let mut derived = Zeroizing::new(vec![0; bytes]);
    let expanded = match suite {
        Suite::International => Hkdf::<Sha256>::new(None, secret).expand(purpose.as_bytes(), &mut derived),
        Suite::National => Hkdf::<Sm3>::new(None, secret).expand(purpose.as_bytes(), &mut derived),
    };
    // Only more than 255 times the digest is too long.
    debug_assert!(expanded.is_ok());
    derived
}

/// A key of one suite.
pub(super) struct SecretKey {
    suite: Suite,
    bytes: Zeroizing<Vec<u8>>,
}

impl SecretKey {
    /// A key of these bytes; `None` where the suite's keys have another length.
    pub(super) fn of(suite: Suite, bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        (bytes.len() == key_bytes(suite)).then_some(Self { suite, bytes })
    }

    /// A new one.
    pub(super) fn random(suite: Suite) -> Result<Self, StoreError> {
        let bytes = Zeroizing::new(random::<32>()?[..key_bytes(suite)].to_vec());
        Ok(Self { suite, bytes })
    }

    pub(super) fn suite(&self) -> Suite {
        self.suite
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Encrypts something for one place: the suite's code, a dot, and nonce, ciphertext and tag in base64url.
    pub(super) fn encrypt(&self, place: &str, clear: &[u8]) -> Result<String, StoreError> {
        let nonce = random::<NONCE_BYTES>()?;
        let sealed = match self.suite {
            Suite::International => encrypt_by::<Aes256Gcm>(&self.bytes, nonce.as_slice(), place.as_bytes(), clear),
            Suite::National => encrypt_by::<Sm4Gcm>(&self.bytes, nonce.as_slice(), place.as_bytes(), clear),
        };
        let sealed = sealed.ok_or_else(|| StoreError::Corrupt("a text is too long to be encrypted".to_owned()))?;
        let mut text = format!("{}.", self.suite.code());
        URL_SAFE_NO_PAD.encode_string([nonce.as_slice(), &sealed].concat(), &mut text);
        Ok(text)
    }

    /// Decrypts what [`SecretKey::encrypt`] made for the same place; `None` where it is anything else.
    pub(super) fn decrypt(&self, place: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = URL_SAFE_NO_PAD.decode(text.strip_prefix(self.suite.code())?.strip_prefix('.')?).ok()?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
        match self.suite {
            Suite::International => decrypt_by::<Aes256Gcm>(&self.bytes, nonce, place.as_bytes(), sealed),
            Suite::National => decrypt_by::<Sm4Gcm>(&self.bytes, nonce, place.as_bytes(), sealed),
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretKey").field("suite", &self.suite).finish_non_exhaustive()
    }
}

pub(super) fn encrypt_by<C: Aead + KeyInit + AeadCore<NonceSize = U12>>(
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    clear: &[u8],
) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(key).ok()?;
    cipher.encrypt(nonce.try_into().ok()?, Payload { msg: clear, aad: associated }).ok()
}

pub(super) fn decrypt_by<C: Aead + KeyInit + AeadCore<NonceSize = U12>>(
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = C::new_from_slice(key).ok()?;
    let clear = cipher.decrypt(nonce.try_into().ok()?, Payload { msg: sealed, aad: associated }).ok()?;
    Some(Zeroizing::new(clear))
}
