//! What a hall changes without touching code: settings, case types, workflows, prices, the calendar.
//!
//! Cast: [`ConfigFiles`] is every file under `config/`, as built into the binary and overridden, file by file, from
//! a directory; the loaders beside this module turn them into the domain's types. A [`ConfigFault`] names file and
//! line. Loaders collect faults and never stop at the first, so that one start shows everything there is to mend.

pub mod calendar;
pub mod catalog;
pub mod changes;
pub mod database;
pub mod keeping;
mod layers;
pub mod log;
pub mod prices;
mod reading;
pub mod secret_text;
mod sections;
pub mod server;
pub mod settings;
pub mod systems;
pub mod told;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

#[derive(rust_embed::RustEmbed)]
#[folder = "config/"]
struct Embedded;

/// Beside them stands how the program is packed; that is no business of a hall.
const PACKAGE: &str = "package/";

/// One thing wrong with the configuration, where it stands and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigFault {
    /// File name relative to the configuration directory, or the name of an environment variable.
    pub file: String,
    /// Line, counted from 1, where one can be named.
    pub line: Option<usize>,
    /// What is wrong and what is expected, in English.
    pub message: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{}: {}", self.file, line, self.message),
            None => write!(formatter, "{}: {}", self.file, self.message),
        }
    }
}

/// One configuration file: its name relative to the directory, with `/`, and its text.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// Such as `case-types/new-certificate.toml`.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Where its lines end, in bytes.
    ends: Vec<usize>,
}

impl ConfigFile {
    /// A file with this text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let (name, text) = (name.into(), text.into());
        let ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { name, text, ends }
    }

    /// A fault at a byte offset of this file, as `toml` reports spans.
    pub fn fault_at(&self, offset: usize, message: impl Into<String>) -> ConfigFault {
        let line = self.ends.partition_point(|end| *end < offset) + 1;
        ConfigFault { file: self.name.clone(), line: Some(line), message: message.into() }
    }

    /// A fault about the file as a whole.
    pub fn fault(&self, message: impl Into<String>) -> ConfigFault {
        ConfigFault { file: self.name.clone(), line: None, message: message.into() }
    }

    /// What the TOML parser says, with its line.
    pub fn toml_fault(&self, error: &toml::de::Error) -> ConfigFault {
        match error.span() {
            Some(span) => self.fault_at(span.start, error.message()),
            None => self.fault(error.message()),
        }
    }
}

/// Every configuration file by name.
#[derive(Debug, Clone, Default)]
pub struct ConfigFiles(BTreeMap<String, ConfigFile>);

impl ConfigFiles {
    /// The files built into the binary; a file of the same name below `directory` replaces one, others are added.
    ///
    /// # Errors
    /// One fault for each file or directory that can't be read as UTF-8 text.
    pub fn load(directory: Option<&Path>) -> Result<Self, Vec<ConfigFault>> {
        let mut files = Self::default();
        for name in Embedded::iter().filter(|name| !name.starts_with(PACKAGE)) {
            if let Some(file) = Embedded::get(&name) {
                files.insert(&name, String::from_utf8_lossy(&file.data).into_owned());
            }
        }
        let mut faults = Vec::new();
        if let Some(directory) = directory {
            files.read_directory(directory, directory, &mut faults);
        }
        if faults.is_empty() { Ok(files) } else { Err(faults) }
    }

    /// Adds a file or replaces one.
    pub fn insert(&mut self, name: &str, text: String) {
        self.0.insert(name.to_owned(), ConfigFile::new(name, text));
    }

    /// The files in a folder, such as `case-types`, in order of name.
    pub fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a ConfigFile> {
        self.0.values().filter(move |file| {
            file.name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && file.name.ends_with(".toml")
        })
    }

    /// One file by its name.
    pub fn get(&self, name: &str) -> Option<&ConfigFile> {
        self.0.get(name)
    }

    fn read_directory(&mut self, root: &Path, directory: &Path, faults: &mut Vec<ConfigFault>) {
        let shown = directory.display().to_string();
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => {
                faults.push(ConfigFault { file: shown, line: None, message: format!("can't be read: {error}") });
                return;
            }
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                self.read_directory(root, &path, faults);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                let relative = path.strip_prefix(root).unwrap_or(&path);
                let name = relative.to_string_lossy().replace('\\', "/");
                match fs::read_to_string(&path) {
                    Ok(text) => self.insert(&name, text),
                    Err(error) => {
                        let message = format!("can't be read: {error}");
                        faults.push(ConfigFault { file: path.display().to_string(), line: None, message });
                    }
                }
            }
        }
    }
}
