//! What lies in a hall's directory and nobody reads: a misspelt file would leave the built-in one in force without a word.

use std::fs;
use std::path::Path;

use crate::configuration::ConfigFault;

/// Folders of which every TOML file is read.
const FOLDERS: [&str; 3] = ["calendar/", "case-types/", "workflows/"];
/// The file beside them.
const PRICES: &str = "prices.toml";
/// Settings, which aren't read from this directory, but may lie there.
const SETTINGS: [&str; 2] = ["casehall.toml", "default.toml"];

/// A fault for each file below the directory that is written as if somebody read it; `settings` is the file of settings.
///
/// Hidden files, `README…`, what an editor leaves (`…~`, `….bak`), and what is no TOML outside of the folders may lie there.
pub fn unread(directory: &Path, settings: Option<&Path>) -> Vec<ConfigFault> {
    let mut faults = Vec::new();
    look(directory, "", settings.and_then(|file| file.canonicalize().ok()).as_deref(), &mut faults);
    faults
}

fn look(directory: &Path, within: &str, settings: Option<&Path>, faults: &mut Vec<ConfigFault>) {
    // One that can't be read is a fault of whoever reads the files.
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let relative = format!("{within}{name}");
        if is_of_no_matter(&name) {
            continue;
        }
        if path.is_dir() {
            look(&path, &format!("{relative}/"), settings, faults);
        } else if !(is_read(&relative) || is_settings(&name) || path.canonicalize().ok().as_deref() == settings) {
            let message = "no such file is read; those that are: calendar/YEAR.toml, case-types/….toml, workflows/….toml, prices.toml";
            faults.push(ConfigFault { file: path.display().to_string(), line: None, message: message.to_owned() });
        }
    }
}

fn is_of_no_matter(name: &str) -> bool {
    name.starts_with('.') || name.starts_with("README") || name.ends_with('~') || name.ends_with(".bak")
}

fn is_settings(name: &str) -> bool {
    SETTINGS.contains(&name)
}

fn is_read(relative: &str) -> bool {
    let (is_toml, is_within) = (relative.ends_with(".toml"), FOLDERS.iter().any(|folder| relative.starts_with(folder)));
    relative == PRICES || is_toml == is_within
}
