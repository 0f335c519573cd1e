//! Holidays' names as files write them.
//!
//! Cast: [`known`] gives both languages of a name that notices use, also where it is shortened (国庆, 五一);
//! [`within`] finds the one that a sentence speaks of.

use crate::domain::base::words::Words;
use crate::domain::calendar::working_days::holiday_name;

/// Short and full forms that other programs write for the names of the notices.
const OTHER_FORMS: [(&str, &str); 12] = [
    ("元旦节", "元旦"),
    ("清明", "清明节"),
    ("五一", "劳动节"),
    ("五一节", "劳动节"),
    ("五一劳动节", "劳动节"),
    ("国际劳动节", "劳动节"),
    ("端午", "端午节"),
    ("中秋", "中秋节"),
    ("国庆", "国庆节"),
    ("十一", "国庆节"),
    ("十一国庆节", "国庆节"),
    ("国庆中秋", "国庆节、中秋节"),
];

/// Names that feeds use and no notice names days by every year, with their English.
const OTHER_NAMES: [(&str, &str); 2] = [
    ("除夕", "Chinese New Year's Eve"),
    (
        "抗日战争暨世界反法西斯战争胜利70周年纪念日",
        "70th anniversary of victory in the War of Resistance against Japan and the World Anti-Fascist War",
    ),
];

/// What a sentence can be searched for: no form is part of another holiday's.
const SPOKEN_OF: [(&str, &str); 7] = [
    ("元旦", "元旦"),
    ("春节", "春节"),
    ("清明", "清明节"),
    ("劳动节", "劳动节"),
    ("端午", "端午节"),
    ("中秋", "中秋节"),
    ("国庆", "国庆节"),
];

/// A holiday's name in both languages; several may be joined. The Chinese is as the notices write it.
pub(super) fn known(chinese: &str) -> Option<Words> {
    holiday_name(chinese).or_else(|| {
        let parts = chinese.split(['、', '，', '&', '＆', '+', '和']).map(|part| one(part.trim()));
        let names: Vec<Words> = parts.collect::<Option<_>>()?;
        let joined = |of: fn(&Words) -> &str, between| names.iter().map(of).collect::<Vec<_>>().join(between);
        Some(Words::new(joined(|name| &name.zh, "、"), joined(|name| &name.en, " and ")))
    })
}

/// One holiday's name.
fn one(chinese: &str) -> Option<Words> {
    let of = |names: &[(&str, &'static str)], name: &str| {
        names.iter().find(|(known, _)| *known == name).map(|(_, other)| *other)
    };
    let full = of(&OTHER_FORMS, chinese).unwrap_or(chinese);
    holiday_name(full).or_else(|| Some(Words::new(full, of(&OTHER_NAMES, full)?)))
}

/// The holiday that a text speaks of, if it speaks of exactly one.
pub(super) fn within(text: &str) -> Option<Words> {
    let mut found = SPOKEN_OF.iter().filter(|(form, _)| text.contains(form)).map(|(_, full)| *full);
    match (found.next(), found.next()) {
        (Some(only), None) => holiday_name(only),
        _ => None,
    }
}
