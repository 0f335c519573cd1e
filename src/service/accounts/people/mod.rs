//! People: their accounts, passwords, sessions and second factors.
//!
//! Cast: [`users`] is what the security administrator does with accounts, [`own`] what people do with their own; [`sessions`] are
//! begun, renewed and ended; [`second_factor`] makes and checks codes; [`password_rules`] judges passwords.
//!
//! Guarantees: each change stands in the audit trail, in its transaction. A password, a code or a token that the hall makes is shown
//! once, and kept as a digest; the secret of a second factor, which must be readable, is kept by one pair of functions.

pub mod browsers;
pub mod own;
pub mod password_rules;
pub mod second_factor;
pub mod sessions;
pub mod users;
