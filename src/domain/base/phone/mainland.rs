//! The numbering plan of the Chinese mainland (country code 86): mobile numbers, landlines by area code, 400 and 800.
//!
//! Source: 《电信网编号计划》 of the Ministry of Industry and Information Technology, as it is allocated. A prefix or an area
//! code that is allocated later needs a line here, and so does an area whose numbers grow to eight digits.

use std::ops::RangeInclusive;

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A mobile number.
    Mobile,
    /// A landline, with so many digits of area code, its 0 not counted.
    Landline(usize),
    /// 400 or 800.
    Service,
}

/// Second and third digits of mobile numbers.
const MOBILE: &[RangeInclusive<u16>] =
    &[30..=39, 45..=49, 50..=53, 55..=59, 62..=62, 65..=67, 70..=78, 80..=93, 95..=99];

/// Area codes with eight digits after them.
const EIGHT: &[RangeInclusive<u16>] = &[
    311..=311,
    371..=371,
    377..=377,
    379..=379,
    411..=411,
    431..=432,
    451..=451,
    510..=519,
    523..=523,
    527..=527,
    531..=532,
    551..=551,
    571..=571,
    573..=577,
    579..=579,
    591..=591,
    595..=595,
    731..=731,
    755..=755,
    757..=757,
    760..=760,
    769..=769,
    791..=791,
    871..=871,
    898..=898,
];
/// Area codes in which numbers of seven digits and of eight are found.
const SEVEN_OR_EIGHT: &[RangeInclusive<u16>] = &[433..=433, 435..=435, 754..=754, 851..=851];
/// Area codes with seven digits after them.
const SEVEN: &[RangeInclusive<u16>] = &[
    310..=319,
    335..=335,
    349..=359,
    370..=378,
    391..=396,
    398..=398,
    410..=410,
    412..=419,
    421..=421,
    427..=427,
    429..=429,
    434..=439,
    452..=459,
    464..=464,
    467..=479,
    482..=483,
    530..=530,
    533..=539,
    543..=543,
    546..=546,
    550..=559,
    561..=564,
    566..=566,
    570..=578,
    580..=580,
    592..=594,
    596..=599,
    631..=635,
    660..=660,
    662..=663,
    668..=668,
    691..=692,
    701..=701,
    710..=719,
    722..=722,
    724..=724,
    728..=728,
    730..=730,
    734..=739,
    743..=746,
    750..=759,
    762..=763,
    766..=766,
    768..=768,
    770..=779,
    790..=799,
    812..=813,
    816..=818,
    825..=827,
    830..=839,
    852..=859,
    870..=879,
    883..=883,
    886..=888,
    891..=897,
    901..=903,
    906..=906,
    908..=909,
    911..=917,
    919..=919,
    930..=939,
    941..=941,
    943..=943,
    951..=955,
    970..=979,
    990..=999,
];

/// What a national number is, written without the 0 of the area code; `None` where it is none.
pub(super) fn kind(national: &str) -> Option<Kind> {
    let is_mobile = national.len() == 11 && national.starts_with('1') && within(MOBILE, national.get(1..3)?);
    if is_mobile {
        return Some(Kind::Mobile);
    }
    if national.len() == 10 && (national.starts_with("400") || national.starts_with("800")) {
        return Some(Kind::Service);
    }
    let (code, subscribers) = area(national)?;
    let subscriber = national.get(code..)?;
    (subscribers.contains(&subscriber.len()) && begins_as_subscriber(subscriber)).then_some(Kind::Landline(code))
}

/// A landline and the extension that was written behind it without a mark.
pub(super) fn with_extension(national: &str) -> Option<(&str, &str)> {
    let (code, subscribers) = area(national)?;
    let (number, extension) = national.split_at_checked(code + subscribers.end())?;
    (kind(number).is_some() && !extension.is_empty()).then_some((number, extension))
}

/// How long the area code is, and how long its subscribers' numbers.
fn area(national: &str) -> Option<(usize, RangeInclusive<usize>)> {
    match national.as_bytes() {
        [b'1', b'0', ..] | [b'2', b'0'..=b'5' | b'7'..=b'9', ..] => return Some((2, 8..=8)),
        _ => {}
    }
    let code = national.get(..3)?;
    let subscribers = if within(EIGHT, code) {
        8..=8
    } else if within(SEVEN_OR_EIGHT, code) {
        7..=8
    } else if within(SEVEN, code) {
        7..=7
    } else {
        return None;
    };
    Some((3, subscribers))
}

/// 1 and 9 begin services, 0 an area code.
fn begins_as_subscriber(subscriber: &str) -> bool {
    subscriber.starts_with(|first| matches!(first, '2'..='8'))
}

fn within(allocated: &[RangeInclusive<u16>], code: &str) -> bool {
    code.parse().is_ok_and(|code| allocated.iter().any(|range| range.contains(&code)))
}
