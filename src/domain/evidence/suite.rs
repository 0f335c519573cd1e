//! The suites of hash and signature: the international one, and the one that China's rules ask of government systems.

use crate::domain::base::vocabulary::vocabulary;

/// What a hash function of either suite answers.
pub type Digest = [u8; 32];

vocabulary! {
    /// A hash function and a signature that belong together. Its code stands beside each seal.
    pub enum Suite {
        /// SHA-256 (FIPS 180-4) and Ed25519 (RFC 8032).
        International = "international", "国际算法（SHA-256、Ed25519）", "international (SHA-256, Ed25519)";
        /// SM3 (GB/T 32905) and SM2 (GB/T 32918.2), as GB/T 39786 asks of government systems.
        National = "national", "国密算法（SM3、SM2）", "national (SM3, SM2)";
    }
}

impl Suite {
    /// The hash of parts as if they stood one behind the other.
    pub fn digest(self, parts: &[&[u8]]) -> Digest {
        fn all<H: sha2::Digest>(parts: &[&[u8]]) -> sha2::digest::Output<H> {
            let mut hash = H::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.finalize()
        }
        match self {
            Self::International => all::<sha2::Sha256>(parts).into(),
            Self::National => all::<sm3::Sm3>(parts).into(),
        }
    }

    /// The byte that stands for it before the hash of a row.
    pub(super) fn mark(self) -> u8 {
        match self {
            Self::International => 1,
            Self::National => 2,
        }
    }

    pub(super) fn of_mark(mark: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.mark() == mark)
    }
}
