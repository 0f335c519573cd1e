//! What every page shares: layout, messages, assets, sessions, forms, and how dates and deadlines are written.

pub mod address;
pub mod answer;
pub mod assets;
pub mod bare;
pub mod codes;
mod cookies;
pub mod dates;
pub mod form_key;
pub mod forms;
pub mod layout;
pub mod messages;
mod packing;
pub mod places;
pub mod tag;
pub mod visitor;
pub mod window;
