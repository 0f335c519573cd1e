//! Looking up what the guide says: case types, the papers that they ask for, and what applicants read, whatever people call it.
//!
//! What else things are called is data: `alike.csv` has a line for each, the guide's own word first. Other names of a form are with its
//! case type.

use std::sync::LazyLock;

use crate::domain::base::search_key;
use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::CaseType;
use crate::service::Service;

/// Words for the same, the guide's first.
static ALIKE: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let words = |line: &str| line.split(',').map(search_key::key).collect();
    include_str!("alike.csv").lines().map(words).collect()
});

/// A case type that says something of what was looked up.
#[derive(Debug, Clone)]
pub struct GuideEntry<'a> {
    /// It.
    pub case_type: &'a CaseType,
    /// The first paper or text of it that does; none: its name.
    pub at: Option<&'a Words>,
}

/// What is looked up, in the guide's words.
#[derive(Debug, Clone)]
pub struct Sought(String);

impl Sought {
    /// What somebody typed; none of what is too short to be part of anything.
    pub fn typed(typed: &str) -> Option<Self> {
        let sought = as_the_guide_says(typed);
        (sought.chars().count() >= search_key::FEWEST_CHARACTERS).then_some(Self(sought))
    }

    /// Whether a text says it.
    pub fn is_in(&self, text: &str) -> bool {
        as_the_guide_says(text).contains(&self.0)
    }
}

impl Service {
    /// What the guide has on something: the case types so called first, then those of which a paper is, then those that say it somewhere.
    pub fn in_guide(&self, sought: &Sought) -> Vec<GuideEntry<'_>> {
        let found = |case_type| found_in(case_type, sought);
        let mut entries: Vec<(u8, GuideEntry<'_>)> = self.catalog().current().filter_map(found).collect();
        entries.sort_by_key(|(rank, _)| *rank);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// Where a case type says it, and how soon it is listed; none where it doesn't.
fn found_in<'a>(case_type: &'a CaseType, sought: &Sought) -> Option<(u8, GuideEntry<'a>)> {
    let is_in = |words: &Words| sought.is_in(&words.zh) || sought.is_in(&words.en);
    let is_called = |name: &String| sought.is_in(name);
    let mut papers = case_type.materials.iter();
    let mut texts = [&case_type.application_notes, &case_type.responsibility_letter].into_iter().flatten();
    let (rank, at) = if is_in(&case_type.words) {
        (0, None)
    } else if let Some(paper) = papers.find(|it| is_in(&it.words) || it.also_called.iter().any(is_called)) {
        (1, Some(&paper.words))
    } else {
        let text = texts.find(|text| is_in(&text.words) || is_in(&text.text))?;
        (2, Some(&text.words))
    };
    Some((rank, GuideEntry { case_type, at }))
}

/// A text as it is compared, in the guide's words.
fn as_the_guide_says(text: &str) -> String {
    ALIKE.iter().fold(search_key::key(text), |text, alike| {
        let Some((own, others)) = alike.split_first() else { return text };
        others.iter().fold(text, |text, other| text.replace(other.as_str(), own))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_are_those_of_the_guide() {
        for (typed, said) in [("登陆网址", "登录网址"), ("数字证书申领表", "数字证书申请表"), ("Log In", "login")]
        {
            assert_eq!(as_the_guide_says(typed), said);
        }
        // A word that is the guide's for one thing is none for another.
        let all: Vec<&String> = ALIKE.iter().flatten().collect();
        let each: std::collections::BTreeSet<&String> = all.iter().copied().collect();
        assert_eq!((all.len(), each.contains(&String::new())), (each.len(), false));
    }
}
