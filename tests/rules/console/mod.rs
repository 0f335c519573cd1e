//! What holds for the console's pages, read off their sources.

mod contrast;
mod forms;
mod handlers;
mod manual;
mod messages;
