//! The hall's outlets, applications, payment methods and prices: read here, changed in the settings.

pub mod settings;
