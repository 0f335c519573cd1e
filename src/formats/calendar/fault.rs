//! A fault of a file with its position and text.

use std::fmt;

use crate::domain::base::words::{Fault, Words};

/// One thing wrong with a file from outside. Ordered by line; those about the file as a whole come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// Line, counted from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// Stable code in snake_case.
    pub code: &'static str,
    /// What is wrong and what is expected.
    pub words: Words,
}

impl FileFault {
    /// A fault at a line.
    pub fn at(line: usize, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { line: Some(line), code, words: Words::new(zh, en) }
    }

    /// A fault about the file as a whole.
    pub fn of_file(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { line: None, code, words: Words::new(zh, en) }
    }

    /// As a fault of the request that brought the file: the line is part of the words, at the request as a whole.
    pub fn in_request(&self) -> Fault {
        let words = match self.line {
            Some(line) => self.words.at_line(line),
            None => self.words.clone(),
        };
        Fault::new("", self.code, words)
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.in_request().words.en)
    }
}

impl Ord for FileFault {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.line, &self.words.en, &self.words.zh, self.code).cmp(&(
            other.line,
            &other.words.en,
            &other.words.zh,
            other.code,
        ))
    }
}

impl PartialOrd for FileFault {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
