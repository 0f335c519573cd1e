//! Addresses of pages with their queries, and the ways through a list that is longer than a page.

use super::messages::Messages;
use crate::service::cases::worklists::Counted;

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
    /// Which rows these are, and of how many.
    pub said: String,
    /// How many pages are before this one; none where the way back doesn't go so far.
    pub pages_before: Option<usize>,
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
        let pages_before = match trail.len() {
            _ if after.is_empty() => Some(0),
            MOST_BEFORE.. => None,
            before => Some(before + 1),
        };
        trail.extend(Some(after).filter(|after| !after.is_empty()));
        let trail = trail.get(trail.len().saturating_sub(MOST_BEFORE)..).unwrap_or_default();
        Self { first, previous, next: next.map(|next| page(&next, trail)), said: String::new(), pages_before }
    }

    /// Says which rows these are: how many there are here, and how many a page has. Of a list of one page there is nothing to say.
    #[must_use]
    pub fn rows(self, messages: Messages, rows: usize, of_a_page: i64) -> Self {
        let said = match self.range(rows, of_a_page) {
            Some(range) if self.has_other_pages() => messages.fill("paging.rows", "rows", in_words(range)),
            _ => String::new(),
        };
        Self { said, ..self }
    }

    /// Says which cases these are, of how many: where the list goes on, that is counted; where it ends here, it follows.
    #[must_use]
    pub fn cases(self, messages: Messages, rows: usize, of_a_page: i64, counted: Option<Counted>) -> Self {
        let said = match (self.range(rows, of_a_page), counted) {
            (Some((from, to)), None) if self.has_other_pages() => {
                messages.with("paging.cases", &[("rows", &in_words((from, to))), ("total", &to)])
            }
            // While pages are turned, cases come and go.
            (Some((from, to)), Some(total))
                if total.more || usize::try_from(total.count).is_ok_and(|all| all >= to) =>
            {
                messages.with("paging.cases", &[("rows", &in_words((from, to))), ("total", &total.text())])
            }
            (_, Some(total)) => messages.fill("paging.total", "total", total.text()),
            (Some(_), None) if rows > 0 => messages.fill("paging.total", "total", rows),
            _ => String::new(),
        };
        Self { said, ..self }
    }

    /// The keys that turn the page, and where each leads.
    pub fn keys(&self) -> impl Iterator<Item = (String, String)> {
        let ways = [("b", &self.previous), ("f", &self.next)];
        ways.into_iter().filter_map(|(key, way)| Some((key.to_owned(), way.clone()?)))
    }

    fn has_other_pages(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }

    fn range(&self, rows: usize, of_a_page: i64) -> Option<(usize, usize)> {
        let before = self.pages_before? * usize::try_from(of_a_page).unwrap_or_default();
        (rows > 0).then_some((before + 1, before + rows))
    }
}

/// From which row to which.
fn in_words((from, to): (usize, usize)) -> String {
    if from == to { from.to_string() } else { format!("{from}–{to}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::base::words::Language;

    fn at(after: &str, before: &str, next: Option<&str>) -> Paging {
        Paging::of("/list", &[("of", "mine")], [after, before], next.map(str::to_owned))
    }

    #[test]
    fn whoever_goes_on_can_go_back_page_by_page() {
        let page = |address: &str| Some(format!("/list?of=mine{address}"));
        let ways = |paging: Paging| (paging.first, paging.previous, paging.next);
        assert_eq!(ways(at("", "", Some("b"))), (None, None, page("&after=b")));
        assert_eq!(ways(at("b", "", Some("c"))), (None, page(""), page("&after=c&before=b")));
        let third = at("c", "b", Some("d"));
        assert_eq!((third.first, third.previous), (page(""), page("&after=b")));
        assert_eq!(third.next, page("&after=d&before=b.c"));
        assert_eq!(ways(at("d", "b.c", None)), (page(""), page("&after=c&before=b"), None));
    }

    #[test]
    fn a_page_says_which_cases_it_shows_and_of_how_many() {
        let counted = |count, more| Some(Counted { count, more });
        let said = |paging: Paging, rows, counted| paging.cases(Messages(Language::Chinese), rows, 20, counted).said;
        assert_eq!(said(at("", "", None), 0, None), "");
        assert_eq!(said(at("", "", None), 3, None), "共3件");
        assert_eq!(said(at("", "", Some("b")), 20, counted(69, false)), "第1–20件，共69件");
        assert_eq!(said(at("b", "", Some("c")), 20, counted(999, true)), "第21–40件，共999+件");
        assert_eq!(said(at("d", "b.c", None), 9, None), "第61–69件，共69件");
        // Some of those before were done meanwhile.
        assert_eq!(said(at("b", "", Some("c")), 20, counted(38, false)), "共38件");
        let before = "x.".repeat(MOST_BEFORE);
        assert_eq!(said(at("d", &before, Some("e")), 20, counted(999, true)), "共999+件");
        assert_eq!(at("b", "", None).rows(Messages(Language::English), 4, 20).said, "21–24");
    }

    #[test]
    fn the_way_back_remembers_no_more_than_an_address_holds() {
        let before = (0..MOST_BEFORE).map(|page| page.to_string()).collect::<Vec<_>>().join(".");
        let next = at("last", &before, Some("on")).next.unwrap_or_default();
        assert!(next.contains("before=1.2.") && next.ends_with(".last"), "{next}");
    }
}
