//! The database URL of the settings.
//!
//! Cast: [`DatabaseUrl`], checked for its scheme and safe to print: `Debug` and `Display` leave out the password and
//! everything after a question mark, where libpq accepts one too. Only [`DatabaseUrl::reveal`] shows the whole.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

const SQLITE: &str = "sqlite://";
const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];

/// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole address with its password, to connect with. Never to be logged.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The file of an SQLite database; `None` for PostgreSQL.
    pub fn sqlite_path(&self) -> Option<&Path> {
        self.0.strip_prefix(SQLITE).map(Path::new)
    }
}

impl Default for DatabaseUrl {
    /// The address that the built-in settings name.
    fn default() -> Self {
        Self("sqlite://data/casehall.db".to_owned())
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    /// Refuses everything that isn't one of the two, in words that don't repeat the address.
    fn from_str(text: &str) -> Result<Self, String> {
        let sqlite = text.strip_prefix(SQLITE).is_some_and(|path| !path.is_empty() && !path.starts_with(':'));
        let postgres = POSTGRES.iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if sqlite || postgres {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be sqlite://PATH of a file, or postgres://USER:PASSWORD@HOST/NAME".to_owned())
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sqlite_path().is_some() {
            return formatter.write_str(&self.0);
        }
        let Some((scheme, rest)) = self.0.split_once("://") else { return formatter.write_str("…") };
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // An @ further on may belong to a password with a slash in it, or to one among the parameters: show nothing.
        if tail.contains('@') {
            return write!(formatter, "{scheme}://…");
        }
        let (path, parameters) = tail.split_once('?').map_or((tail, ""), |(path, _)| (path, "?…"));
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let user = user.split_once(':').map_or(user, |(user, _)| user);
                write!(formatter, "{scheme}://{user}:…@{host}{path}{parameters}")
            }
            None => write!(formatter, "{scheme}://{authority}{path}{parameters}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{self}\"")
    }
}
