//! What other systems are told, and by whose tokens they come.

pub mod issuers;
pub mod webhooks;
