//! What every page shares: layout, messages, assets, sessions, forms, and how dates and deadlines are written.

pub mod address;
pub mod answer;
pub mod assets;
pub mod bare;
pub mod codes;
pub mod dates;
pub mod forms;
pub mod layout;
pub mod messages;
mod packing;
pub mod places;
pub mod session;
pub mod tag;
pub mod visitor;
