//! `[log]`: what is written to the log, and how.

use serde::Deserialize;

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The least important event that is written.
    pub level: LogLevel,
    /// For machines or for people.
    pub format: LogFormat,
}

/// How important an event must be to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Failures of the program itself.
    Error,
    /// What somebody should look at.
    Warn,
    /// What happens in the hall.
    #[default]
    Info,
    /// How the program does it.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The name, as in the settings and in `tracing` filters.
    pub fn code(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        }
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    #[default]
    Text,
}
