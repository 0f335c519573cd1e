//! Evidence: by which the hall, or anybody else, finds out whether what was recorded has been changed since.
//!
//! Cast: what is found changed is a [`Finding`](finding::Finding). Each row of events and of the audit trail has a [`RowHash`](row::RowHash); the hashes are the leaves of a Merkle
//! [`tree`], whose root stands, signed, in a [`checkpoint`]. A [`Suite`](suite::Suite) is which hash and which signature.
//!
//! Source: RFC 6962, section 2.1 (the tree); C2SP signed-note and tlog-checkpoint, version 1.0.0 (the signed form).

pub mod checkpoint;
pub mod finding;
pub mod held;
pub mod row;
pub mod suite;
pub mod tree;
