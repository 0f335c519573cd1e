//! From what the JSON Schema validator says to [`Fault`]s: stable code, pointer, words in both languages.
//!
//! Guarantees: a missing member is pointed at where it should stand, an unknown one where it stands; alternatives
//! (`oneOf`) are narrowed to the one the caller meant, so that no fault says "matches none of the schemas"; a value of
//! a wrong type gets no second fault about its limits.

use jsonschema::JsonType;
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::Value;

use crate::domain::base::text;
use crate::domain::base::words::{Fault, Words};

/// The faults behind the validator's errors, in order of pointer.
pub(crate) fn of_errors<'a>(errors: impl Iterator<Item = ValidationError<'a>>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for error in errors {
        collect(&error, &mut faults);
    }
    tidy(&mut faults);
    faults
}

/// Cleans every text of a value, as [`text::clean`] says; adds a fault for each that can't be. Members whose schema says that
/// they are passwords stay as they were typed.
pub(crate) fn clean(pointer: &str, value: &mut Value, schema: &Value, faults: &mut Vec<Fault>) {
    match value {
        Value::String(typed) if schema["format"] == "password" && !typed.contains('\0') => {}
        Value::String(typed) => match text::clean(typed) {
            Some(clean) => *typed = clean,
            None => {
                let zh = "含有控制字符，或改变书写方向的字符。";
                let en = "Has control characters, or characters that change the writing direction.";
                faults.push(Fault::new(pointer, "bad_text", Words::new(zh, en)));
            }
        },
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                clean(&format!("{pointer}/{index}"), item, &schema["items"], faults);
            }
        }
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| {
            clean(&child(pointer, name), member, &schema["properties"][name], faults);
        }),
        _ => {}
    }
}

/// The pointer of a member or item: `~` and `/` are escaped (RFC 6901 §3).
pub(crate) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Puts faults in order and takes out what repeats or follows from another.
fn tidy(faults: &mut Vec<Fault>) {
    faults.sort_by(|left, right| (&left.pointer, left.code).cmp(&(&right.pointer, right.code)));
    faults.dedup_by(|left, right| left.pointer == right.pointer && left.code == right.code);
    let mistyped: Vec<_> =
        faults.iter().filter(|fault| fault.code == "wrong_type").map(|fault| fault.pointer.clone()).collect();
    faults.retain(|fault| fault.code == "wrong_type" || mistyped.binary_search(&fault.pointer).is_err());
}

fn collect(error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
    use ValidationErrorKind as Kind;
    let place = error.instance_path().as_str();
    let mut add = |pointer: String, code: &'static str, zh: String, en: String| {
        faults.push(Fault::new(pointer, code, Words::new(zh, en)));
    };
    let (code, zh, en) = match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            return add(
                child(place, name),
                "missing_field",
                format!("缺少必填项“{name}”。"),
                format!("The required member “{name}” is missing."),
            );
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                let shown = shorten(name);
                add(
                    child(place, name),
                    "unknown_field",
                    format!("没有名为“{shown}”的字段。"),
                    format!("Unknown member “{shown}”."),
                );
            }
            return;
        }
        Kind::OneOfNotValid { context } | Kind::OneOfMultipleValid { context } | Kind::AnyOf { context } => {
            return narrow(place, context, faults);
        }
        Kind::Type { kind } => wrong_type(&types(kind)),
        Kind::Enum { options } => not_one_of(options.as_array().map_or(&[][..], Vec::as_slice)),
        Kind::Constant { expected_value } => not_one_of(std::slice::from_ref(expected_value)),
        Kind::MinLength { limit: 1 } => ("too_short", "不能为空。".to_owned(), "Must not be empty.".to_owned()),
        Kind::MinLength { limit } => {
            ("too_short", format!("至少 {limit} 个字符。"), format!("At least {limit} characters are needed."))
        }
        Kind::MaxLength { limit } => {
            ("too_long", format!("最多 {limit} 个字符。"), format!("At most {limit} characters are allowed."))
        }
        Kind::Minimum { limit } => ("too_small", format!("不得小于 {limit}。"), format!("Must be {limit} or more.")),
        Kind::Maximum { limit } => ("too_large", format!("不得大于 {limit}。"), format!("Must be {limit} or less.")),
        Kind::ExclusiveMinimum { limit } => {
            ("too_small", format!("必须大于 {limit}。"), format!("Must be more than {limit}."))
        }
        Kind::ExclusiveMaximum { limit } => {
            ("too_large", format!("必须小于 {limit}。"), format!("Must be less than {limit}."))
        }
        Kind::MultipleOf { multiple_of } => (
            "not_multiple",
            format!("必须是 {multiple_of} 的整数倍。"),
            format!("Must be a multiple of {multiple_of}."),
        ),
        Kind::Format { format } => bad_format(format),
        Kind::Pattern { pattern } => {
            ("bad_pattern", format!("不符合规定的样式 {pattern}。"), format!("Does not match the pattern {pattern}."))
        }
        Kind::MinItems { limit } | Kind::MinProperties { limit } => {
            ("too_few_items", format!("至少 {limit} 项。"), format!("At least {limit} items are needed."))
        }
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => {
            ("too_many_items", format!("最多 {limit} 项。"), format!("At most {limit} items are allowed."))
        }
        Kind::AdditionalItems { limit } => {
            ("too_many_items", format!("最多 {limit} 项。"), format!("At most {limit} items are allowed."))
        }
        Kind::UniqueItems => ("repeated_item", "列表中有重复项。".to_owned(), "An item is repeated.".to_owned()),
        _ => ("invalid_value", "取值无效。".to_owned(), "The value is not valid.".to_owned()),
    };
    add(place.to_owned(), code, zh, en);
}

/// What is wrong with a value that fits none of several alternatives: the faults of the alternative that was meant. Null
/// and other types are out at once; of objects, the one whose tag (a member with a fixed value) fits was meant.
fn narrow(place: &str, context: &[Vec<ValidationError<'static>>], faults: &mut Vec<Fault>) {
    let mistyped = |error: &&ValidationError<'_>| {
        error.instance_path().as_str() == place && matches!(error.kind(), ValidationErrorKind::Type { .. })
    };
    let mut branches: Vec<_> = context.iter().filter(|branch| !branch.iter().any(|error| mistyped(&error))).collect();
    if branches.is_empty() {
        let mut expected = Vec::new();
        for error in context.iter().flatten().filter(mistyped) {
            if let ValidationErrorKind::Type { kind } = error.kind() {
                expected.extend(types(kind).into_iter().filter(|kind| *kind != JsonType::Null));
            }
        }
        let (code, zh, en) = wrong_type(&expected);
        return faults.push(Fault::new(place, code, Words::new(zh, en)));
    }
    let tag = |error: &&ValidationError<'_>| {
        let path = error.instance_path().as_str();
        let below = path.strip_prefix(place).is_some_and(|rest| rest.matches('/').count() == 1);
        below && fixed_values(error).is_some()
    };
    if branches.len() > 1 {
        let fitting: Vec<_> =
            branches.iter().copied().filter(|branch| !branch.iter().any(|error| tag(&error))).collect();
        let tags: Vec<_> = branches.iter().copied().flatten().filter(tag).collect();
        match (fitting.is_empty(), tags.first()) {
            (true, Some(first)) => {
                let allowed: Vec<_> = tags.iter().filter_map(|error| fixed_values(error)).flatten().collect();
                let (code, zh, en) = not_one_of(&allowed);
                return faults.push(Fault::new(first.instance_path().as_str(), code, Words::new(zh, en)));
            }
            _ => branches = fitting,
        }
    }
    match branches.iter().min_by_key(|branch| branch.len()) {
        Some(branch) if !branch.is_empty() => branch.iter().for_each(|error| collect(error, faults)),
        _ => faults.push(Fault::new(place, "invalid_value", Words::new("取值无效。", "The value is not valid."))),
    }
}

/// The values that an enumeration or constant allows, when the error is about one.
fn fixed_values(error: &ValidationError<'_>) -> Option<Vec<Value>> {
    match error.kind() {
        ValidationErrorKind::Enum { options } => options.as_array().cloned(),
        ValidationErrorKind::Constant { expected_value } => Some(vec![(**expected_value).clone()]),
        _ => None,
    }
}

type Said = (&'static str, String, String);

fn types(kind: &TypeKind) -> Vec<JsonType> {
    match kind {
        TypeKind::Single(kind) => vec![*kind],
        TypeKind::Multiple(kinds) => kinds.iter().collect(),
    }
}

pub(crate) fn wrong_type(expected: &[JsonType]) -> Said {
    let words = |kind: &JsonType| match kind {
        JsonType::Null => ("null", "null"),
        JsonType::Boolean => ("布尔值", "boolean"),
        JsonType::Integer => ("整数", "integer"),
        JsonType::Number => ("数值", "number"),
        JsonType::String => ("字符串", "string"),
        JsonType::Array => ("数组", "array"),
        JsonType::Object => ("对象", "object"),
    };
    let (zh, en): (Vec<_>, Vec<_>) = expected.iter().map(words).unzip();
    let (zh, en) = (zh.join("或"), en.join(" or "));
    ("wrong_type", format!("类型不对，应为{zh}。"), format!("Wrong type; expected: {en}."))
}

fn not_one_of(allowed: &[Value]) -> Said {
    let shown: Vec<_> =
        allowed.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    ("not_one_of", format!("应为以下之一：{}。", shown.join("、")), format!("Must be one of: {}.", shown.join(", ")))
}

fn bad_format(format: &str) -> Said {
    let (zh, en) = match format {
        "date" => ("日期须写作 2014-04-04，且确有此日。", "A date is written as 2014-04-04 and must exist."),
        "date-time" => ("时间须写作 2014-04-04T09:30:00+08:00。", "A time is written as 2014-04-04T09:30:00+08:00."),
        "uuid" => ("须为 UUID。", "A UUID is expected."),
        _ => return ("bad_format", format!("不符合格式 {format}。"), format!("Not in the format {format}.")),
    };
    ("bad_format", zh.to_owned(), en.to_owned())
}

/// A caller's word short enough to be repeated.
fn shorten(name: &str) -> String {
    const LONGEST: usize = 40;
    if name.chars().count() <= LONGEST { name.to_owned() } else { name.chars().take(LONGEST).chain(['…']).collect() }
}
