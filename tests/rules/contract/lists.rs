//! Every list answers its rows under one name: `items`, and `next` where it has pages.

use serde_json::Value;

use super::contract;

/// Answers with one array of objects that is no list of what the path names.
const NO_LISTS: [(&str, &str, &str); 8] = [
    ("/.well-known/jwks.json", "keys", "RFC 7517 calls them so"),
    ("/api/v1/certificates/{serial}", "services", "a certificate"),
    ("/api/v1/certificates/{serial}/services/{code}", "events", "a service, with what happened to it"),
    ("/api/v1/me", "roles", "an account"),
    ("/api/v1/organizations/{code}/eligibility", "alternatives", "the answer to a question"),
    ("/api/v1/users/{id}", "roles", "an account"),
    ("/api/v1/webhooks/{id}", "secrets", "a webhook"),
    ("/readyz", "checks", "one state, with what was looked at"),
];

/// The names of the arrays of objects in an answer, and whether it has pages.
fn arrays_of<'a>(document: &'a Value, schema: &'a Value) -> (Vec<&'a str>, bool) {
    let whole = |schema: &'a Value| match schema["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let members = whole(schema)["properties"].as_object();
    let is_object = |row: &Value| ["properties", "oneOf", "allOf"].iter().any(|keyword| row.get(keyword).is_some());
    let of_objects = |(_, member): &(&String, &'a Value)| is_object(whole(&member["items"]));
    let arrays = members.into_iter().flatten().filter(of_objects).map(|(name, _)| name.as_str());
    (arrays.collect(), members.is_some_and(|members| members.contains_key("next")))
}

#[test]
fn every_list_answers_its_rows_as_items() {
    let document = contract();
    let (mut lists, mut others) = (0, Vec::new());
    for (path, operations) in document["paths"].as_object().unwrap() {
        let answer = &operations["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let (arrays, has_pages) = arrays_of(&document, answer);
        if arrays.contains(&"items") {
            assert_eq!(arrays, ["items"], "{path} has rows of several kinds");
            lists += 1;
        } else if has_pages || arrays.len() == 1 {
            others.extend(arrays.iter().map(|name| (path.as_str(), *name)));
        }
    }
    assert!(lists > 20, "{lists}");
    assert_eq!(others, NO_LISTS.map(|(path, name, _)| (path, name)), "its rows are `items`, or it is no list");
}
