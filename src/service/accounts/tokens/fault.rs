//! Why a token is refused.

use crate::domain::base::words::Words;

/// Why a token is refused. To a caller all of them are 401; the code is for the log and for client authors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not three parts of base64url and JSON, or claims of the wrong form.
    #[error("not an access token")]
    Malformed,
    /// Signed in another way than EdDSA, or not at all.
    #[error("the token's algorithm isn't EdDSA")]
    Algorithm,
    /// A JWT of another type than `at+jwt`, such as an identity token.
    #[error("the token's type isn't at+jwt")]
    Type,
    /// Signed by a key that we don't have, or no longer.
    #[error("the token's key isn't known")]
    UnknownKey,
    /// Not signed by that key, or changed since.
    #[error("the token's signature is wrong")]
    Signature,
    /// Issued by, or meant for, another hall.
    #[error("the token belongs to another issuer or audience")]
    Issuer,
    /// Expired.
    #[error("the token has expired")]
    Expired,
    /// From the future, by more than clocks differ.
    #[error("the token isn't valid yet")]
    NotYetValid,
}

impl TokenFault {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            TokenFault::Malformed => "token_malformed",
            TokenFault::Algorithm => "token_algorithm_refused",
            TokenFault::Type => "token_type_refused",
            TokenFault::UnknownKey => "token_key_unknown",
            TokenFault::Signature => "token_signature_wrong",
            TokenFault::Issuer => "token_issuer_refused",
            TokenFault::Expired => "token_expired",
            TokenFault::NotYetValid => "token_not_yet_valid",
        }
    }

    /// What people read.
    pub fn words(self) -> Words {
        match self {
            TokenFault::Expired => {
                Words::new("登录已过期，请重新登录", "Your sign-in has expired; please sign in again")
            }
            TokenFault::Malformed => Words::new("访问令牌格式错误", "This is not an access token"),
            TokenFault::NotYetValid => Words::new(
                "访问令牌尚未生效，请检查服务器时钟",
                "The access token is not valid yet; check the servers' clocks",
            ),
            _ => Words::new("访问令牌无效，请重新登录", "The access token is not valid here; please sign in again"),
        }
    }
}
