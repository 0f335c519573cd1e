//! What an applicant is to bring to the window, in words that name no person.

use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::{Copies, Material, OTHER_REASON, Original};
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::materials::checklist::{Lack, Sheet, checklist, lacks};

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

/// What is still to be brought of the documents of a case: each that nobody has looked at as it must be; of each that something is wrong
/// with, what mends it. What clerks remarked isn't told.
pub fn papers_to_bring(definition: Definition<'_>, case: &Case) -> Vec<Words> {
    let sheets = checklist(definition.case_type, &case.application);
    let of = |sheet: &Sheet<'_>| -> Vec<Words> {
        let found = lacks(sheet.material, case.checks.get(&sheet.code));
        found.iter().map(|lack| to_mend(sheet, lack, definition)).collect()
    };
    sheets.iter().flat_map(of).collect()
}

/// What to bring, so that a document lacks this no more.
fn to_mend(sheet: &Sheet<'_>, lack: &Lack, definition: Definition<'_>) -> Words {
    let (Words { zh, en }, title, between) = (sheet.words(), sheet.title(), sheet.separator());
    let copies = |count: u32| if count == 1 { "1 copy".to_owned() } else { format!("{count} copies") };
    match lack {
        Lack::NotChecked => {
            let asked = requirement(sheet.material);
            match asked.zh.is_empty() {
                true => sheet.words(),
                false => Words::new(format!("{zh}：{}", asked.zh), format!("{en}: {}", asked.en)),
            }
        }
        Lack::CopiesMissing { count } => {
            let (sealed, with_seal) =
                if sheet.material.stamped { ("，加盖单位公章", ", with the official seal") } else { ("", "") };
            Words::new(
                format!("补交的{title}{between}{count}份{sealed}"),
                format!("{en}: {} more{with_seal}", copies(*count)),
            )
        }
        Lack::CopiesUnstamped { count } => Words::new(
            format!("补盖单位公章后的{title}{between}{count}份"),
            format!("{en}: {}, now with the official seal", copies(*count)),
        ),
        Lack::OriginalNotSighted | Lack::OriginalNotPresented => {
            Words::new(format!("{title}{between}原件"), format!("{en}: the original"))
        }
        Lack::NotPresent => Words::new(title, en),
        // Only the remark says what it is.
        Lack::Defective { reason } if reason == OTHER_REASON => Words::new(
            format!("更正后的{title}（见一次性告知书）"),
            format!("{en}: a corrected one, see the one-time notice"),
        ),
        Lack::Defective { .. } => {
            let why = lack.words(definition.case_type);
            Words::new(
                format!("更正后的{title}（原因：{}）", why.zh),
                format!("{en}: another one, as that one was: {}", why.en.to_lowercase()),
            )
        }
    }
}
