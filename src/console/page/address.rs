//! Addresses of pages with their queries.

/// A path with what is asked of it; what is blank isn't asked.
pub fn address<V: AsRef<str>>(path: &str, asked: &[(&str, V)]) -> String {
    match query(asked) {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The same without the path.
pub fn query<V: AsRef<str>>(asked: &[(&str, V)]) -> String {
    let given = asked.iter().map(|(name, value)| (name, value.as_ref())).filter(|(_, value)| !value.is_empty());
    serde_urlencoded::to_string(given.collect::<Vec<_>>()).unwrap_or_default()
}
