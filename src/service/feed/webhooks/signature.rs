//! How messages are signed: `v1`, HMAC-SHA256 over id, time and body.
//!
//! Source: Standard Webhooks 1.0.0, "Signature scheme" and "Webhook headers (sending metadata to consumers)".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;

use crate::service::base::error::ServiceError;

/// What a secret begins with.
pub(super) const PREFIX: &str = "whsec_";
/// Bytes of a secret; the specification wants 24 to 64.
const BYTES: usize = 32;

/// A new secret.
///
/// # Errors
/// The system has no random numbers.
pub(super) fn new_secret() -> Result<String, ServiceError> {
    let mut bytes = [0; BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// The header `webhook-signature`: one signature for each secret, in their order.
///
/// # Errors
/// A secret isn't one: it can't be read.
pub(super) fn signatures<'a>(
    secrets: impl Iterator<Item = &'a str>,
    id: &str,
    timestamp: i64,
    body: &str,
) -> Result<String, ServiceError> {
    let unreadable = || ServiceError::Internal("the secret of a webhook can't be read".to_owned());
    let signed = secrets.map(|secret| {
        let key = secret.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).ok_or_else(unreadable)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| unreadable())?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    let signed = signed.collect::<Result<Vec<_>, ServiceError>>()?;
    if signed.is_empty() { Err(unreadable()) } else { Ok(signed.join(" ")) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "{\"test\": 2432232314}");
        let signed = signatures([secret].into_iter(), id, 1_614_265_330, body).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = signatures([secret, secret].into_iter(), id, 1_614_265_330, body).unwrap();
        assert_eq!(both, format!("{signed} {signed}"));
        assert!(signatures(["（无法读取）"].into_iter(), id, 0, body).is_err());
        assert!(signatures([].into_iter(), id, 0, body).is_err());
    }

    #[test]
    fn secrets_differ_and_have_256_bits() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(one, other);
        assert_eq!(STANDARD.decode(one.strip_prefix(PREFIX).unwrap()).unwrap().len(), 32);
    }
}
