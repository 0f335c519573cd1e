//! What an applicant is to bring to the window, in words that name no person.

use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::{Copies, Material, OTHER_REASON, Original};
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::materials::checklist::{Lack, checklist, lacks};

/// What a document must be like: how many copies, stamped or not, and whether the original comes along.
pub fn requirement(material: &Material) -> Words {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    let mut add = |chinese: String, english: String| {
        zh.push(chinese);
        en.push(english);
    };
    match material.copies {
        Copies::Exactly(0) | Copies::Unspecified => {}
        Copies::Exactly(1) => add("1份".to_owned(), "1 copy".to_owned()),
        Copies::Exactly(copies) => add(format!("一式{copies}份"), format!("{copies} copies")),
    }
    if material.stamped {
        add("加盖单位公章".to_owned(), "with the official seal".to_owned());
    }
    match material.original {
        Original::Sighted => add("并带原件".to_owned(), "and the original".to_owned()),
        Original::Presented => add("原件".to_owned(), "the original".to_owned()),
        Original::None | Original::Unspecified => {}
    }
    Words::new(zh.join("，"), en.join(", "))
}

/// The documents that a case still lacks, each with what is asked of it or what was wrong; what clerks remarked isn't told.
pub fn papers_to_bring(definition: Definition<'_>, case: &Case) -> Vec<Words> {
    let mut found = Vec::new();
    for sheet in checklist(definition.case_type, &case.application) {
        let name = sheet.words();
        let lacking: Vec<Words> = lacks(sheet.material, case.checks.get(&sheet.code))
            .iter()
            .map(|lack| match lack {
                Lack::NotChecked => requirement(sheet.material),
                // Only the remark says what it is.
                Lack::Defective { reason } if reason == OTHER_REASON => {
                    Words::new("须更正，详见一次性告知书", "to be corrected, see the one-time notice")
                }
                lack => lack.words(definition.case_type),
            })
            .filter(|words| !words.zh.is_empty())
            .collect();
        if lacking.is_empty() && case.checks.contains_key(&sheet.code) {
            continue;
        }
        let joined =
            |text: fn(&Words) -> &str, between: &str| lacking.iter().map(text).collect::<Vec<_>>().join(between);
        let (zh, en) = (joined(|words| &words.zh, "；"), joined(|words| &words.en, "; "));
        found.push(match lacking.is_empty() {
            true => name,
            false => Words::new(format!("{}：{zh}", name.zh), format!("{}: {en}", name.en)),
        });
    }
    found
}
