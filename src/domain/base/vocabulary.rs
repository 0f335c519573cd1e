//! Closed vocabularies: an enum whose every word stands in one list, with what it means, its code and what people call it.
//!
//! ```text
//! vocabulary! {
//!     /// A way of getting the certificate.
//!     pub enum CollectionMethod {
//!         /// At the outlet's window (窗口领取).
//!         Window = "window", "窗口领取", "at the window";
//!         …
//!     }
//! }
//! ```
//!
//! Guarantee: a code has one spelling. The configuration, the API and the store read and write it by the same list: `code`,
//! `from_code`, `CODES`, the `Serialize` and `Deserialize` of the enum, and its schema. A word that is added is one entry; one whose code
//! changes is another word to every database and caller there is.

/// Makes the enum and its `ALL`, `CODES`, `code`, `from_code`; with words for people, `words` and `text`, too.
macro_rules! vocabulary {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$about:meta])* $variant:ident = $code:tt, $zh:literal, $en:literal;)+
        }
    ) => {
        $crate::domain::base::vocabulary::vocabulary! {
            $(#[$meta])*
            $visibility enum $name {
                $($(#[$about])* $variant = $code;)+
            }
        }

        impl $name {
            /// What people call it.
            pub fn words(self) -> $crate::domain::base::words::Words {
                use $crate::domain::base::words::{Language, Words};
                Words::new(self.text(Language::Chinese), self.text(Language::English))
            }

            /// What they call it in one language.
            pub fn text(self, language: $crate::domain::base::words::Language) -> &'static str {
                let (zh, en) = match self {
                    $(Self::$variant => ($zh, $en)),+
                };
                match language {
                    $crate::domain::base::words::Language::Chinese => zh,
                    $crate::domain::base::words::Language::English => en,
                }
            }
        }
    };
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$about:meta])* $variant:ident = $code:tt;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        $visibility enum $name {
            $($(#[$about])* #[serde(rename = $code)] $variant),+
        }

        impl $name {
            /// Every one, in the order of the list.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$variant),+];

            /// Every code, in the same order; for messages.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The stable code, as configuration, API and store have it.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code),+
                }
            }

            /// The one with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use vocabulary;
