//! What changed from one schema to another.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Comparison, Side, members, resolved};

/// What schemas say that is compared; a test holds the description to it.
pub(crate) const KEYWORDS: [&str; 28] = [
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "dependentRequired",
    "discriminator",
    "else",
    "enum",
    "format",
    "if",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "properties",
    "propertyNames",
    "required",
    "then",
    "type",
    "uniqueItems",
];
/// By which other members are wanted with some, or not.
const CONDITIONS: [&str; 5] = ["dependentRequired", "else", "if", "not", "then"];
/// Bounds from above, and from below.
const BOUNDS: [(&str, bool); 7] = [
    ("maxLength", true),
    ("maximum", true),
    ("maxItems", true),
    ("maxProperties", true),
    ("minLength", false),
    ("minimum", false),
    ("minItems", false),
];

impl<'a> Comparison<'a> {
    pub(super) fn schema(&mut self, side: Side, at: &str, old: &'a Value, new: &'a Value) {
        let (before, after) = (alternatives(self.before, old), alternatives(self.after, new));
        let one =
            |all: &BTreeMap<String, &'a Value>| match all.keys().filter(|key| *key != "null").collect::<Vec<_>>()[..] {
                [key] => Some(key.clone()),
                _ => None,
            };
        // What is one thing on both sides is compared, whatever its schema is called.
        if let (Some(was), Some(is)) = (one(&before), one(&after)) {
            self.alternative(side, at, (&was, before[&was]), (&is, after[&is]));
        } else {
            for (key, old) in &before {
                match after.get(key) {
                    Some(new) if key != "null" => self.alternative(side, at, (key, old), (key, new)),
                    None if key != "null" => self.note(side == Side::Asked, at, format!("is {key} no more")),
                    _ => {}
                }
            }
            for key in after.keys().filter(|key| *key != "null" && !before.contains_key(*key)) {
                self.note(false, at, format!("may be {key}, too"));
            }
        }
        match (before.contains_key("null"), after.contains_key("null")) {
            (true, false) => self.note(side == Side::Asked, at, "is null no more"),
            (false, true) => self.note(side == Side::Answered, at, "may be null now"),
            _ => {}
        }
    }

    fn alternative(&mut self, side: Side, at: &str, (was, old): (&str, &'a Value), (is, new): (&str, &'a Value)) {
        let at = if is.is_empty() { at } else { is };
        if !is.is_empty() && !self.seen.insert((side, was.to_owned(), is.to_owned())) {
            return;
        }
        self.values(side, at, old, new);
        self.regularity(side, at, old, new);
        self.object(side, at, old, new);
        for part in ["items", "additionalProperties"] {
            if old[part].is_object() && new[part].is_object() {
                self.schema(side, &format!("{at}[]"), &old[part], &new[part]);
                continue;
            }
            let (was, is) = (openness(&old[part]), openness(&new[part]));
            // Nothing was said of members that nobody knew: there may be further ones.
            let breaks = if side == Side::Asked { is < was } else { is > was && old[part].is_object() };
            if was != is {
                self.note(breaks, at, format!("{part} is {} now, not {}", shown(&new[part]), shown(&old[part])));
            }
        }
    }

    /// What a value may be.
    fn values(&mut self, side: Side, at: &str, old: &'a Value, new: &'a Value) {
        let named =
            |schema: &'a Value| -> BTreeSet<&str> { types(schema).into_iter().filter(|of| *of != "null").collect() };
        let (was, is) = (named(old), named(new));
        if was != is {
            let wider = was.is_subset(&is);
            let harmless = if side == Side::Asked { wider } else { is.is_subset(&was) };
            self.note(!harmless, at, format!("is {} now, not {}", listed(&is), listed(&was)));
        }
        match (words(old), words(new)) {
            (Some(was), Some(is)) => {
                for word in was.difference(&is) {
                    self.note(side == Side::Asked, at, format!("{word} is no word of it any more"));
                }
                for word in is.difference(&was) {
                    self.note(false, at, format!("{word} is a further word of it"));
                }
            }
            (Some(_), None) => self.note(side == Side::Answered, at, "is any word now"),
            (None, Some(_)) => self.note(side == Side::Asked, at, "is one of some words now"),
            (None, None) => {}
        }
        for name in ["pattern", "format", "const", "propertyNames"] {
            let (was, is) = (&old[name], &new[name]);
            if was != is {
                let (wider, narrower) = if side == Side::Asked { (is, was) } else { (was, is) };
                let looser = wider.is_null() || (name == "pattern" && takes_more(wider, narrower));
                self.note(!looser, at, format!("{name} is {is} now, not {was}"));
            }
        }
        for name in CONDITIONS.into_iter().filter(|name| old[*name] != new[*name]) {
            let wider = if side == Side::Asked { &new[name] } else { &old[name] };
            self.note(!wider.is_null(), at, format!("wants other members together now: {name}"));
        }
        for (name, above) in BOUNDS {
            let (was, is) = (old[name].as_f64(), new[name].as_f64());
            if was == is {
                continue;
            }
            let wider = match (was, is) {
                (Some(was), Some(is)) => (is > was) == above,
                (_, is) => is.is_none(),
            };
            self.note(wider != (side == Side::Asked), at, format!("{name} is {} now, not {}", new[name], old[name]));
        }
    }

    /// What all items of a list, or all numbers, have in common.
    fn regularity(&mut self, side: Side, at: &str, old: &Value, new: &Value) {
        let (was, is) = (old["uniqueItems"] == true, new["uniqueItems"] == true);
        if was != is {
            self.note(is == (side == Side::Asked), at, format!("uniqueItems is {is} now"));
        }
        let (was, is) = (old["multipleOf"].as_f64(), new["multipleOf"].as_f64());
        let has = |all: Option<f64>, of: Option<f64>| of.is_none_or(|of| all.is_some_and(|all| all % of == 0.0));
        if was != is {
            let harmless = if side == Side::Asked { has(was, is) } else { has(is, was) };
            let (was, is) = (&old["multipleOf"], &new["multipleOf"]);
            self.note(!harmless, at, format!("multipleOf is {is} now, not {was}"));
        }
        let by = |schema: &Value| schema["discriminator"]["propertyName"].clone();
        if by(old) != by(new) {
            self.note(!by(old).is_null(), at, format!("is told apart by {} now, not {}", by(new), by(old)));
        }
    }

    /// Which members it has.
    fn object(&mut self, side: Side, at: &str, old: &'a Value, new: &'a Value) {
        let required = |schema: &Value, name: &str| {
            schema["required"].as_array().is_some_and(|all| all.iter().any(|required| required == name))
        };
        for (name, member) in members(&old["properties"]) {
            let at = format!("{at}.{name}");
            let Some(now) = new["properties"].get(name) else {
                self.note(true, &at, "is gone");
                continue;
            };
            match (required(old, name), required(new, name)) {
                (false, true) => self.note(side == Side::Asked, &at, "is always there now"),
                (true, false) => self.note(side == Side::Answered, &at, "may be left out now"),
                _ => {}
            }
            self.schema(side, &at, member, now);
        }
        for (name, _) in members(&new["properties"]).filter(|(name, _)| old["properties"].get(*name).is_none()) {
            self.note(side == Side::Asked && required(new, name), &format!("{at}.{name}"), "is new");
        }
    }
}

/// Whether a pattern is the other one, or something else besides: `^a$|^b$` takes all that `^a$` does. Of others nobody knows.
fn takes_more(wider: &Value, narrower: &Value) -> bool {
    let (Some(wider), Some(narrower)) = (wider.as_str(), narrower.as_str()) else { return false };
    wider.strip_prefix(narrower).is_some_and(|more| more.starts_with("|^"))
}

/// How much a schema lets through: nothing, what it says, or anything.
fn openness(schema: &Value) -> u8 {
    match schema {
        Value::Bool(false) => 0,
        Value::Object(_) => 1,
        _ => 2,
    }
}

/// Such a schema in a word.
fn shown(schema: &Value) -> &'static str {
    ["nothing", "described", "anything"][usize::from(openness(schema))]
}

/// What a schema may be, each by the name of its schema where it has one: itself, or one of several; and null.
fn alternatives<'a>(document: &'a Value, schema: &'a Value) -> BTreeMap<String, &'a Value> {
    let name = |schema: &Value| {
        schema["$ref"].as_str().and_then(|place| place.rsplit('/').next()).unwrap_or_default().to_owned()
    };
    let of = resolved(document, schema);
    if types(of).contains("null") && of["type"].is_array() {
        return BTreeMap::from([(name(schema), of), ("null".to_owned(), &Value::Null)]);
    }
    let ways = of["oneOf"].as_array().or(of["anyOf"].as_array());
    // Of an object of which one or another member is wanted, the object counts.
    let Some(ways) = ways.filter(|ways| ways.iter().all(|way| way["required"].is_null() || !way["type"].is_null()))
    else {
        return BTreeMap::from([(name(schema), of)]);
    };
    let named = |(name, way): (String, &'a Value)| (if name.is_empty() { listed(&types(way)) } else { name }, way);
    let way = |way: &'a Value| match way["type"].as_str() {
        Some("null") => vec![("null".to_owned(), way)],
        _ => alternatives(document, way).into_iter().map(named).collect(),
    };
    ways.iter().flat_map(way).collect()
}

fn types(schema: &Value) -> BTreeSet<&str> {
    match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        name => name.as_str().into_iter().collect(),
    }
}

fn listed(types: &BTreeSet<&str>) -> String {
    let named: Vec<&str> = types.iter().copied().collect();
    if named.is_empty() { "anything".to_owned() } else { named.join(" or ") }
}

fn words(schema: &Value) -> Option<BTreeSet<String>> {
    Some(schema["enum"].as_array()?.iter().map(Value::to_string).collect())
}
