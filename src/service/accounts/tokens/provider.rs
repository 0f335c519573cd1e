//! The cryptography of `jsonwebtoken`: Ed25519 for the hall's own tokens, that and P-256 for what other systems sign, and these and RSA
//! for tokens of other issuers.
//!
//! Guarantees: no other algorithm signs or verifies, whatever a token asks for; in particular there is no HMAC, and nothing signs by RSA.
//! RSA is verified by OpenSSL, the system's, which TLS needs anyway: a public key has no secret that its time could tell.
//! Signatures of Ed25519 are verified strictly, so that no second signature of the same text is right.
//!
//! Source: RFC 8037 section 3.1 (EdDSA), RFC 7518 sections 3.3 to 3.5 (RS256, ES256, PS256).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Verifier as OpensslVerifier};

use crate::domain::accounts::client::PublicKey;

/// Shorter keys of RSA are broken, longer ones only cost time; in bits.
const RSA_BITS: std::ops::RangeInclusive<i32> = 2048..=4096;
/// The least exponent of such a key (NIST SP 800-56B), and how many bytes one may have.
const RSA_EXPONENT: (u32, i32) = (65_537, 8);

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Makes `jsonwebtoken` use this; before the first signature. Done again it changes nothing.
pub(in crate::service) fn install() {
    let _ = PROVIDER.install_default();
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    match algorithm {
        Algorithm::EdDSA => {
            let key = ed25519_dalek::SigningKey::from_pkcs8_der(key.as_bytes());
            Ok(Box::new(SignsByEd25519(key.map_err(|_| ErrorKind::InvalidEddsaKey)?)))
        }
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    // An algorithm with a key of another family is refused here: both are looked at together.
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let bytes = || key.try_get_as_bytes();
    match algorithm {
        Algorithm::EdDSA => {
            let bytes: &[u8; 32] = bytes()?.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
            let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| ErrorKind::InvalidEddsaKey)?;
            Ok(Box::new(VerifiesByEd25519(key)))
        }
        Algorithm::ES256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes()?).map_err(|_| ErrorKind::InvalidEcdsaKey)?;
            Ok(Box::new(VerifiesByP256(key)))
        }
        Algorithm::RS256 | Algorithm::PS256 => {
            let DecodingKeyKind::RsaModulusExponent { n, e } = key.kind() else {
                return Err(ErrorKind::InvalidKeyFormat.into());
            };
            let key = rsa_key(n, e).map_err(|_| ErrorKind::InvalidKeyFormat)?;
            Ok(Box::new(VerifiesByRsa { key, algorithm: *algorithm }))
        }
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

/// A public key as `jsonwebtoken` verifies with; `None` where its numbers are no key, or one by which anything is signed.
pub(in crate::service) fn decoding_key(key: &PublicKey) -> Option<DecodingKey> {
    install();
    let coordinate = |text: &str| <[u8; 32]>::try_from(URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    let x = coordinate(&key.x)?;
    match &key.y {
        None => {
            let public = ed25519_dalek::VerifyingKey::from_bytes(&x).ok()?;
            if public.is_weak() { None } else { DecodingKey::from_ed_components(&key.x).ok() }
        }
        Some(text) => {
            let point = [&[4][..], &x, &coordinate(text)?].concat();
            p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?;
            DecodingKey::from_ec_components(&key.x, text).ok()
        }
    }
}

/// The same of RSA, by its modulus and exponent in base64url.
pub(in crate::service) fn rsa_decoding_key(n: &str, e: &str) -> Option<DecodingKey> {
    install();
    let [n, e] = [n, e].map(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let (n, e) = (n?, e?);
    let (modulus, exponent) = (BigNum::from_slice(&n).ok()?, BigNum::from_slice(&e).ok()?);
    let least = BigNum::from_u32(RSA_EXPONENT.0).ok()?;
    let is_fine = RSA_BITS.contains(&modulus.num_bits())
        && modulus.is_bit_set(0)
        && exponent.is_bit_set(0)
        && exponent >= least
        && exponent.num_bytes() <= RSA_EXPONENT.1;
    is_fine.then(|| DecodingKey::from_rsa_raw_components(&n, &e))
}

fn rsa_key(n: &[u8], e: &[u8]) -> Result<PKey<Public>, ErrorStack> {
    PKey::from_rsa(Rsa::from_public_components(BigNum::from_slice(n)?, BigNum::from_slice(e)?)?)
}

struct SignsByEd25519(ed25519_dalek::SigningKey);

impl Signer<Vec<u8>> for SignsByEd25519 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.try_sign(message)?.to_bytes().to_vec())
    }
}

impl JwtSigner for SignsByEd25519 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct VerifiesByEd25519(ed25519_dalek::VerifyingKey);

impl Verifier<Vec<u8>> for VerifiesByEd25519 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.verify_strict(message, &ed25519_dalek::Signature::from_slice(signature)?)
    }
}

impl JwtVerifier for VerifiesByEd25519 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct VerifiesByP256(p256::ecdsa::VerifyingKey);

impl Verifier<Vec<u8>> for VerifiesByP256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.verify(message, &p256::ecdsa::Signature::from_slice(signature)?)
    }
}

impl JwtVerifier for VerifiesByP256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }
}

struct VerifiesByRsa {
    key: PKey<Public>,
    algorithm: Algorithm,
}

impl VerifiesByRsa {
    fn is_right(&self, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        let mut verifier = OpensslVerifier::new(MessageDigest::sha256(), &self.key)?;
        if self.algorithm == Algorithm::PS256 {
            verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
            verifier.set_rsa_mgf1_md(MessageDigest::sha256())?;
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        verifier.verify_oneshot(signature, message)
    }
}

impl Verifier<Vec<u8>> for VerifiesByRsa {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        if self.is_right(message, signature).unwrap_or(false) { Ok(()) } else { Err(signature::Error::new()) }
    }
}

impl JwtVerifier for VerifiesByRsa {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
