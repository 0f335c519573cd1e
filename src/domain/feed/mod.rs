//! What other systems are told of all that happens: every event, by a type of its own, with little in it that is personal.
//!
//! Cast: an [`event_type::EventType`] is what a receiver chooses by; [`details::Details`] what is told beside it.
//! [`webhook`] is where it is sent.
//!
//! Guarantees: no text that somebody wrote and no person is told; who wants to know more reads the case or the certificate, as far as
//! they may. A new kind of event doesn't compile until somebody has said what of it is told.

pub mod details;
pub mod event_type;
pub mod webhook;
