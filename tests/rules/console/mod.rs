//! What holds for the console's pages, read off their sources.

mod forms;
mod messages;
