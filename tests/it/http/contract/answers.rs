//! What was answered in a walk, as examples of the description.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/openapi/answers.json");
/// A list shows what its items are like; more of them only make it long.
const MOST_ITEMS: usize = 2;
/// What somebody could sign in with, were it not of a hall that is gone.
const SECRETS: [&str; 6] = ["access_token", "refresh_token", "client_secret", "one_time_password", "secret", "uri"];

/// As long as the schemas want one.
const LONGEST_SECRET: usize = 50;

/// The longest answer of each schema.
#[derive(Default)]
pub(super) struct Answers(RefCell<BTreeMap<String, Value>>);

impl Answers {
    pub(super) fn seen(&self, schema: &Value, body: &Value) {
        let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) else { return };
        let mut answers = self.0.borrow_mut();
        let example = shortened(body);
        let length = |value: &Value| value.to_string().len();
        if answers.get(name).is_none_or(|known| length(known) < length(&example)) {
            answers.insert(name.to_owned(), example);
        }
    }

    /// Each has an example in the description, and there are no others.
    pub(super) fn assert_shown_by(&self, document: &Value) {
        let answers = self.0.borrow();
        if std::env::var("UPDATE_DOCS").is_ok() {
            let lines: Vec<String> = answers.iter().map(|(name, value)| format!("{}: {value}", json!(name))).collect();
            std::fs::write(FILE, format!("{{\n{}\n}}\n", lines.join(",\n"))).unwrap();
            return;
        }
        let file: BTreeMap<String, Value> = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
        let names = |of: &BTreeMap<String, Value>| of.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&file), names(&answers), "write them again: UPDATE_DOCS=1 cargo test --test it every_answer");
        for (name, example) in file {
            let mut schema = json!({ "$ref": format!("#/components/schemas/{name}") });
            schema["components"] = document["components"].clone();
            super::description::close(&mut schema);
            let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
            let faults: Vec<_> =
                validator.iter_errors(&example).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
            assert!(faults.is_empty(), "the example of {name}: {faults:#?}");
            assert_eq!(document["components"]["schemas"][&name]["examples"][0], example, "{name}");
        }
    }
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().take(MOST_ITEMS).map(shortened).collect(),
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| match value.as_str().filter(|_| SECRETS.contains(&name.as_str())) {
                    Some(secret) => (name.clone(), json!("x".repeat(secret.len().min(LONGEST_SECRET)))),
                    None => (name.clone(), shortened(value)),
                };
            members.iter().map(member).collect()
        }
        other => other.clone(),
    }
}
