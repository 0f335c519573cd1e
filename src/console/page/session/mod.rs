//! What a browser carries from page to page: cookies, the key of its forms, and the window of the day.

pub(in crate::console::page) mod cookies;
pub mod form_key;
pub mod window;
