//! What changed from one description of the service to another: what breaks programs that were written against the first, and what they may
//! use now.
//!
//! What is asked may become less strict, what is answered may say more: further members, further words of a list, further kinds of a thing.
//! Everything else breaks somebody. A change of a schema is told once, under the schema's name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "options"];
/// Bounds from above, and from below.
const BOUNDS: [(&str, bool); 6] = [
    ("maxLength", true),
    ("maximum", true),
    ("maxItems", true),
    ("minLength", false),
    ("minimum", false),
    ("minItems", false),
];

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    /// It breaks whoever relies on what was.
    pub(crate) breaks: bool,
    /// Where, and what.
    pub(crate) words: String,
}

/// Whether a schema is of what callers send, or of what they get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Asked,
    Answered,
}

/// What changed, each change once.
pub(crate) fn changes(before: &Value, after: &Value) -> BTreeSet<Change> {
    let mut comparison = Comparison { before, after, seen: BTreeSet::new(), found: BTreeSet::new() };
    comparison.paths();
    comparison.found
}

struct Comparison<'a> {
    before: &'a Value,
    after: &'a Value,
    seen: BTreeSet<(Side, String, String)>,
    found: BTreeSet<Change>,
}

impl<'a> Comparison<'a> {
    fn note(&mut self, breaks: bool, at: &str, what: impl AsRef<str>) {
        self.found.insert(Change { breaks, words: format!("`{at}`: {}", what.as_ref()) });
    }

    fn paths(&mut self) {
        let (before, after) = (operations(self.before), operations(self.after));
        for (name, old) in &before {
            match after.get(name) {
                Some(new) => self.operation(name, old, new),
                None => self.note(true, name, "is gone"),
            }
        }
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            self.note(false, name, "is new");
        }
    }

    fn operation(&mut self, name: &str, old: &'a Value, new: &'a Value) {
        if old["operationId"] != new["operationId"] {
            self.note(true, name, format!("is called {} now, not {}", new["operationId"], old["operationId"]));
        }
        let ways = |operation: &Value| -> BTreeSet<String> {
            operation["security"].as_array().into_iter().flatten().map(Value::to_string).collect()
        };
        let (allowed, now) = (ways(old), ways(new));
        for way in allowed.difference(&now) {
            self.note(true, name, format!("doesn't let in by {way} any more"));
        }
        for way in now.difference(&allowed) {
            self.note(false, name, format!("lets in by {way}, too"));
        }
        self.parameters(name, old, new);
        self.bodies(name, old, new);
        self.responses(name, old, new);
    }

    fn parameters(&mut self, name: &str, old: &'a Value, new: &'a Value) {
        let (before, after) = (parameters(self.before, old), parameters(self.after, new));
        for (parameter, old) in &before {
            let at = format!("{name} {parameter}");
            let Some(new) = after.get(parameter) else {
                self.note(true, &at, "is gone");
                continue;
            };
            self.requirement(&at, old, new);
            self.schema(Side::Asked, &at, &old["schema"], &new["schema"]);
        }
        for (parameter, new) in after.iter().filter(|(parameter, _)| !before.contains_key(*parameter)) {
            let required = new["required"] == true;
            self.note(
                required,
                &format!("{name} {parameter}"),
                if required { "is new, and required" } else { "is new" },
            );
        }
    }

    fn requirement(&mut self, at: &str, old: &Value, new: &Value) {
        match (old["required"] == true, new["required"] == true) {
            (false, true) => self.note(true, at, "is required now"),
            (true, false) => self.note(false, at, "may be left out now"),
            _ => {}
        }
    }

    fn bodies(&mut self, name: &str, old: &'a Value, new: &'a Value) {
        let (old, new) = (&old["requestBody"], &new["requestBody"]);
        let at = format!("{name} body");
        self.requirement(&at, old, new);
        for (media_type, content) in members(&old["content"]) {
            match new["content"].get(media_type) {
                Some(now) => self.schema(Side::Asked, &at, &content["schema"], &now["schema"]),
                None => self.note(true, &at, format!("{media_type} isn't taken any more")),
            }
        }
        for (media_type, _) in members(&new["content"]).filter(|(name, _)| old["content"].get(*name).is_none()) {
            self.note(false, &at, format!("{media_type} is taken, too"));
        }
    }

    fn responses(&mut self, name: &str, old: &'a Value, new: &'a Value) {
        let (old, new) = (&old["responses"], &new["responses"]);
        let succeeds = |status: &str| status < "400";
        for (status, response) in members(old) {
            let at = format!("{name} {status}");
            let Some(now) = new.get(status) else {
                self.note(succeeds(status), &at, "is answered no more");
                continue;
            };
            let (response, now) = (resolved(self.before, response), resolved(self.after, now));
            for (header, _) in members(&response["headers"]).filter(|(header, _)| now["headers"].get(*header).is_none())
            {
                self.note(true, &at, format!("comes without {header}"));
            }
            for (header, _) in members(&now["headers"]).filter(|(header, _)| response["headers"].get(*header).is_none())
            {
                self.note(false, &at, format!("comes with {header}"));
            }
            for (media_type, content) in members(&response["content"]) {
                match now["content"].get(media_type) {
                    Some(now) => self.schema(Side::Answered, &at, &content["schema"], &now["schema"]),
                    None => self.note(true, &at, format!("is no more answered as {media_type}")),
                }
            }
            for (media_type, _) in members(&now["content"]).filter(|(of, _)| response["content"].get(*of).is_none()) {
                self.note(false, &at, format!("can be answered as {media_type}"));
            }
        }
        for (status, _) in members(new).filter(|(status, _)| old.get(*status).is_none()) {
            self.note(succeeds(status), &format!("{name} {status}"), "may be answered now");
        }
    }

    fn schema(&mut self, side: Side, at: &str, old: &'a Value, new: &'a Value) {
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
        self.object(side, at, old, new);
        for part in ["items", "additionalProperties"] {
            if old[part].is_object() && new[part].is_object() {
                self.schema(side, &format!("{at}[]"), &old[part], &new[part]);
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
        for name in ["pattern", "format", "const"] {
            let (was, is) = (&old[name], &new[name]);
            if was != is {
                let looser = if side == Side::Asked { is.is_null() } else { was.is_null() };
                self.note(!looser, at, format!("{name} is {is} now, not {was}"));
            }
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

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The operations of a description, by method and path.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let paths = members(&document["paths"]).flat_map(|(path, item)| {
        let methods = members(item).filter(|(method, _)| METHODS.contains(&method.as_str()));
        methods.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    });
    paths.collect()
}

fn parameters<'a>(document: &'a Value, operation: &'a Value) -> BTreeMap<String, &'a Value> {
    let all = operation["parameters"].as_array().into_iter().flatten().map(|parameter| resolved(document, parameter));
    let name =
        |parameter: &Value| format!("{} {}", parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
    all.map(|parameter| (name(parameter), parameter)).collect()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(place) => {
            document.pointer(place.trim_start_matches('#')).unwrap_or_else(|| panic!("{place} leads nowhere"))
        }
        None => value,
    }
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

/// A description without what is for people only: what programs rely on.
pub(crate) fn bare(document: &Value) -> Value {
    let mut found = Map::new();
    for part in ["paths", "components"] {
        found.insert(part.to_owned(), document[part].clone());
    }
    let mut found = Value::from(found);
    strip(&mut found, false);
    found
}

/// Takes words and examples away; `named` says that the members of a value are names of their own, as those of properties are.
fn strip(value: &mut Value, named: bool) {
    match value {
        Value::Object(members) => {
            if !named {
                members.retain(|name, _| {
                    !matches!(
                        name.as_str(),
                        "description" | "summary" | "example" | "examples" | "tags" | "securitySchemes"
                    )
                });
            }
            for (name, member) in members {
                let maps = ["properties", "schemas", "responses", "headers", "parameters", "content", "paths"];
                strip(member, !named && maps.contains(&name.as_str()));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, false)),
        _ => {}
    }
}
