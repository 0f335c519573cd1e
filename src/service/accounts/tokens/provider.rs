//! The cryptography of `jsonwebtoken`: Ed25519 for the hall's own tokens, and that and P-256 for what other systems sign.
//!
//! Guarantees: no other algorithm signs or verifies, whatever a token asks for; in particular neither RSA nor HMAC is built in.
//! Signatures of Ed25519 are verified strictly, so that no second signature of the same text is right.
//!
//! Source: RFC 8037 section 3.1 (EdDSA), RFC 7518 section 3.4 (ES256).

use ed25519_dalek::pkcs8::DecodePrivateKey;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

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
    let bytes = key.try_get_as_bytes()?;
    match algorithm {
        Algorithm::EdDSA => {
            let bytes: &[u8; 32] = bytes.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
            let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| ErrorKind::InvalidEddsaKey)?;
            Ok(Box::new(VerifiesByEd25519(key)))
        }
        Algorithm::ES256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| ErrorKind::InvalidEcdsaKey)?;
            Ok(Box::new(VerifiesByP256(key)))
        }
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
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
