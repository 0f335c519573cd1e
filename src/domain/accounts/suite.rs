//! The two suites of cryptography that a hall chooses from.

use crate::domain::base::vocabulary::vocabulary;

vocabulary! {
    /// Which algorithms protect what is stored. Its code stands beside everything made by it, so that what was made by the
    /// other one before the setting was changed stays readable.
    pub enum Suite {
        /// AES-256-GCM (FIPS 197, NIST SP 800-38D), SHA-256 and HMAC (FIPS 180-4, RFC 2104), Ed25519.
        International = "international";
        /// SM4-GCM (GB/T 32907, RFC 8998), SM3 (GB/T 32905), SM2 (GB/T 32918), which GB/T 39786 asks of government systems.
        National = "national";
    }
}
