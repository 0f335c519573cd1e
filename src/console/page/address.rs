//! Addresses of pages with their queries, and the ways through a list that is longer than a page.

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

/// Pages that the way back remembers: an address has an end.
const MOST_BEFORE: usize = 60;

/// The ways through a list that is longer than a page. A list only knows where it goes on; so the address of a page carries where those
/// before it began, which is the way back.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Paging {
    /// To the first page, where that isn't the one before.
    pub first: Option<String>,
    /// To the page before.
    pub previous: Option<String>,
    /// To the next page.
    pub next: Option<String>,
}

impl Paging {
    /// Of a list at a path with what is asked of it: where this page begins and where those before it did, as its address has them,
    /// and where the next one begins.
    pub fn of<V: AsRef<str>>(
        path: &str,
        asked: &[(&str, V)],
        [after, before]: [&str; 2],
        next: Option<String>,
    ) -> Self {
        let page = |after: &str, before: &[&str]| {
            let before = before.join(".");
            let asked = asked.iter().map(|(name, value)| (*name, value.as_ref()));
            let asked: Vec<(&str, &str)> = asked.chain([("after", after), ("before", before.as_str())]).collect();
            address(path, &asked)
        };
        let mut trail: Vec<&str> = before.split('.').filter(|after| !after.is_empty()).collect();
        let (first, previous) = match trail.split_last() {
            _ if after.is_empty() => (None, None),
            None => (None, Some(page("", &[]))),
            Some((last, earlier)) => (Some(page("", &[])), Some(page(last, earlier))),
        };
        trail.extend(Some(after).filter(|after| !after.is_empty()));
        let trail = trail.get(trail.len().saturating_sub(MOST_BEFORE)..).unwrap_or_default();
        Self { first, previous, next: next.map(|next| page(&next, trail)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(after: &str, before: &str, next: Option<&str>) -> Paging {
        Paging::of("/list", &[("of", "mine")], [after, before], next.map(str::to_owned))
    }

    #[test]
    fn whoever_goes_on_can_go_back_page_by_page() {
        let page = |address: &str| Some(format!("/list?of=mine{address}"));
        assert_eq!(at("", "", Some("b")), Paging { first: None, previous: None, next: page("&after=b") });
        assert_eq!(at("b", "", Some("c")), Paging { first: None, previous: page(""), next: page("&after=c&before=b") });
        let third = at("c", "b", Some("d"));
        assert_eq!((third.first, third.previous), (page(""), page("&after=b")));
        assert_eq!(third.next, page("&after=d&before=b.c"));
        assert_eq!(at("d", "b.c", None), Paging { first: page(""), previous: page("&after=c&before=b"), next: None });
    }

    #[test]
    fn the_way_back_remembers_no_more_than_an_address_holds() {
        let before = (0..MOST_BEFORE).map(|page| page.to_string()).collect::<Vec<_>>().join(".");
        let next = at("last", &before, Some("on")).next.unwrap_or_default();
        assert!(next.contains("before=1.2.") && next.ends_with(".last"), "{next}");
    }
}
