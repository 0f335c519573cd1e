//! [`DatabaseAddress`], parsed from the setting `database.url`.
//!
//! Guarantees: the scheme alone decides which database it is, so that a mistyped PostgreSQL address never becomes a
//! new, empty SQLite file; and no password is ever shown, neither by `Display` nor by `Debug`, nor in an error.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::StoreError;

/// The address of a database: `sqlite://path/to/file.db` or `postgres://user:password@host:port/database?options`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseAddress(Kind);

#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A URI for libpq, as it was written.
    Postgres(String),
}

impl DatabaseAddress {
    /// An SQLite database in a file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Sqlite(path.into()))
    }

    /// Whether this is PostgreSQL; otherwise it is SQLite.
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Kind::Postgres(_))
    }

    /// The file of an SQLite database; none for PostgreSQL.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(path),
            Kind::Postgres(_) => None,
        }
    }

    /// A URI for programs of PostgreSQL without its password, and that: arguments can be seen by everybody on the machine.
    ///
    /// # Errors
    /// It has another secret than a password, or is none of PostgreSQL.
    pub(in crate::store) fn without_password(&self) -> Result<(String, Option<String>), StoreError> {
        let Kind::Postgres(uri) = &self.0 else { return Err(StoreError::Address(EXPECTED.to_owned())) };
        let (mut bare, mut password) = (String::with_capacity(uri.len()), None);
        let mut from = 0;
        for (start, end) in secrets(uri) {
            let before = &uri[from..start];
            let Some(before) = before.strip_suffix(':').or_else(|| without_option(before)) else {
                let words = "an address with another secret than a password can't be given to PostgreSQL's programs";
                return Err(StoreError::Address(words.to_owned()));
            };
            bare.push_str(before);
            password = Some(percent_encoding::percent_decode_str(&uri[start..end]).decode_utf8_lossy().into_owned());
            from = end;
        }
        bare.push_str(&uri[from..]);
        // Of an option that was the first.
        let bare = bare.replace("?&", "?");
        Ok((bare.strip_suffix('?').unwrap_or(&bare).to_owned(), password))
    }

    pub(in crate::store) fn kind(&self) -> &Kind {
        &self.0
    }

    /// The same words with every secret of this address taken out: libpq quotes parts of a URI in some of its errors.
    pub(in crate::store) fn without_secrets(&self, words: &str) -> String {
        let Kind::Postgres(uri) = &self.0 else { return words.to_owned() };
        let mut words = words.replace(uri.as_str(), &hide_secrets(uri));
        for (start, end) in secrets(uri) {
            if start < end {
                words = words.replace(&uri[start..end], HIDDEN);
            }
        }
        words
    }
}

impl FromStr for DatabaseAddress {
    type Err = StoreError;

    /// # Errors
    /// [`StoreError::Address`] with what is expected, when the scheme is neither of the two or the path can't be used.
    fn from_str(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        let wrong = |words: &str| Err(StoreError::Address(format!("{words}; write {EXPECTED}")));
        if text.contains('\0') {
            return wrong("the database address contains a NUL character");
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong("the database address has no scheme");
        };
        match scheme {
            "postgres" | "postgresql" => Ok(Self(Kind::Postgres(text.to_owned()))),
            "sqlite" if rest == ":memory:" => wrong(
                "a database in memory would be lost at the end of the program and each connection would see its own",
            ),
            "sqlite" if rest.is_empty() || rest.ends_with('/') => wrong("the SQLite address names no file"),
            "sqlite" if rest.contains(['?', '#']) => wrong("an SQLite address takes no options"),
            "sqlite" => Ok(Self(Kind::Sqlite(PathBuf::from(rest)))),
            _ => wrong("the scheme of the database address is unknown"),
        }
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(path) => write!(formatter, "sqlite://{}", path.display()),
            Kind::Postgres(uri) => formatter.write_str(&hide_secrets(uri)),
        }
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseAddress({self})")
    }
}

/// What stands before an option `password=`, without its separator: `?` stays, for the options that follow.
fn without_option(before: &str) -> Option<&str> {
    let before = before.strip_suffix("password=")?;
    before.strip_suffix('&').or_else(|| before.ends_with('?').then_some(before))
}

const EXPECTED: &str = "sqlite://path/to/file.db or postgres://user:password@host:port/database";
const HIDDEN: &str = "***";

fn hide_secrets(uri: &str) -> String {
    let mut shown = String::with_capacity(uri.len());
    let mut from = 0;
    for (start, end) in secrets(uri) {
        shown.push_str(&uri[from..start]);
        shown.push_str(HIDDEN);
        from = end;
    }
    shown.push_str(&uri[from..]);
    shown
}

/// Byte ranges of passwords, in order and apart. A password holding an unescaped `/`, `?` or `@` is a faulty URI, yet
/// must not be shown: so everything up to the last `@` counts as password, even where that hides a little more.
fn secrets(uri: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let authority = uri.find("://").map_or(0, |at| at + 3);
    let mut from = authority;
    if let (Some(colon), Some(at)) = (uri[authority..].find(':'), uri[authority..].rfind('@'))
        && colon < at
    {
        found.push((authority + colon + 1, authority + at));
        from = authority + at;
    }
    let Some(query) = uri[from..].find('?').map(|at| from + at + 1) else { return found };
    let mut start = query;
    for option in uri[query..].split('&') {
        if let Some((key, value)) = option.split_once('=')
            && key.to_ascii_lowercase().contains("password")
        {
            found.push((start + key.len() + 1, start + key.len() + 1 + value.len()));
        }
        start += option.len() + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(uri: &str) -> Option<(String, Option<String>)> {
        uri.parse::<DatabaseAddress>().and_then(|address| address.without_password()).ok()
    }

    #[test]
    fn programs_get_the_address_and_its_password_apart() {
        let of = |uri: &str, password: Option<&str>| Some((uri.to_owned(), password.map(str::to_owned)));
        assert_eq!(parted("postgres://hall@db/casehall"), of("postgres://hall@db/casehall", None));
        assert_eq!(
            parted("postgres://hall:a%40b@db:5432/c?sslmode=require"),
            of("postgres://hall@db:5432/c?sslmode=require", Some("a@b"))
        );
        assert_eq!(
            parted("postgres:///c?host=/run&password=x&sslmode=require"),
            of("postgres:///c?host=/run&sslmode=require", Some("x"))
        );
        assert_eq!(parted("postgres:///c?password=x&host=/run"), of("postgres:///c?host=/run", Some("x")));
        assert_eq!(parted("postgres:///c?password=x"), of("postgres:///c", Some("x")));
        assert_eq!(parted("postgres:///c?sslpassword=x"), None, "there is no variable for it");
        assert_eq!(parted("sqlite://casehall.db"), None);
    }
}
