//! What changed from one description of the service to another: what breaks programs that were written against the first, and what they may
//! use now.
//!
//! What is asked may become less strict, what is answered may say more: further members, further words of a list, further kinds of a thing.
//! Everything else breaks somebody, by whichever of [`KEYWORDS`] it is said. Not compared are schemas of headers, and which of several members an
//! object must have one of. A change of a schema is told once, under the schema's name.

mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub(crate) use self::schemas::KEYWORDS;

/// The answer without a body, which only those get who prefer it; and the same of what is deprecated.
const PREFERRED: [&str; 2] = ["#/components/responses/Minimal", "#/components/responses/MinimalOfDeprecated"];
const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "options"];
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
        if new["deprecated"] == true && old["deprecated"] != true {
            self.note(false, name, "is deprecated");
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
        // 304 is for those who ask whether what they have is still valid, and another answer for those who prefer it.
        let is_asked_for = |status: &str, response: &Value| {
            status == "304" || PREFERRED.iter().any(|preferred| response["$ref"] == *preferred)
        };
        for (status, response) in members(new).filter(|(status, _)| old.get(*status).is_none()) {
            let surprises = succeeds(status) && !is_asked_for(status, response);
            self.note(surprises, &format!("{name} {status}"), "may be answered now");
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
