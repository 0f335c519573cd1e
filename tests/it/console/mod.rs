//! The console over HTTP, without a browser: pages, forms, who may see and send what.

mod accounts;
mod cases;
mod money;
