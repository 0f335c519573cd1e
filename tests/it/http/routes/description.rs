//! The description of the service: valid, complete, and shown without the network.

use std::collections::BTreeSet;

use casehall::domain::case_types::codes::Guard;
use casehall::domain::cases::refusal::code::RefusalCode;
use casehall::domain::certificates::refusal::CertificateRefusalCode;
use casehall::http::problem::kinds;
use serde_json::{Value, json};

use super::{get, header, problem, request};

fn described() -> Value {
    get("/openapi.json").json().unwrap()
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                found.insert(reference);
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn it_is_openapi_3_1_and_every_reference_resolves() {
    let document = described();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    assert_eq!(document["info"]["title"], "Casehall");
    assert!(document["info"]["version"].is_string());
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.contains("#/components/schemas/Problem"), "{found:?}");
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[test]
fn it_is_at_the_address_of_its_version_too() {
    assert_eq!(get("/api/v1/openapi.json").json::<Value>().unwrap(), described());
}

#[test]
fn its_schemas_are_json_schema_2020_12() {
    let document = described();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.contains_key("NewThing") && schemas.contains_key("ProblemFault"));
    for (name, schema) in schemas {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
    }
}

#[test]
fn it_publishes_the_limits_that_are_enforced() {
    let document = described();
    let thing = &document["components"]["schemas"]["NewThing"];
    assert_eq!(thing["required"], json!(["name", "quantity", "colour", "owner"]));
    assert_eq!(thing["additionalProperties"], false);
    assert_eq!(thing["properties"]["name"]["maxLength"], 20);
    assert_eq!(document["paths"]["/things"]["get"]["parameters"][0]["schema"]["maximum"], 100);
}

#[test]
fn every_operation_needs_a_token_by_default_and_refuses_with_problems() {
    let document = described();
    assert_eq!(document["security"], json!([{ "bearer": [] }]));
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let (mut ids, mut operations) = (BTreeSet::new(), 0);
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            operations += 1;
            let problem = if operation["deprecated"] == true { "ProblemOfDeprecated" } else { "Problem" };
            let described = format!("#/components/responses/{problem}");
            assert_eq!(operation["responses"]["default"]["$ref"], described);
            ids.insert(operation["operationId"].as_str().unwrap());
        }
    }
    assert!(operations >= 8);
    assert_eq!(ids.len(), operations);
    assert_eq!(document["paths"]["/healthz"]["get"]["security"], json!([{}]));
}

#[test]
fn a_refusal_matches_its_description() {
    let document = described();
    let schema = json!({ "$ref": "#/components/schemas/Problem", "components": document["components"] });
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let refusal = problem(super::post("/things", &json!({})), 422, "invalid_request");
    assert!(validator.is_valid(&refusal), "{refusal}");
    assert!(!validator.is_valid(&json!({ "title": "x" })));
}

#[test]
fn the_pages_need_no_other_host() {
    let redirect = get("/docs");
    assert_eq!((redirect.status().as_u16(), header(&redirect, "Location")), (308, "/docs/"));
    for path in ["/docs/", "/docs/swagger-initializer.js", "/docs/index.css", "/docs/problems"] {
        let response = get(path);
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "Cache-Control"), "public, max-age=3600", "{path}");
        let policy = header(&response, "Content-Security-Policy").to_owned();
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("http"), "{policy}");
        let text = response.text().unwrap();
        assert!(!text.contains("://") && !text.contains("src=\"//"), "{path}: {text}");
    }
    let page = get("/docs/").text().unwrap();
    for part in page.split(['"']).filter(|part| part.ends_with(".js") || part.ends_with(".css")) {
        let response = get(&format!("/docs/{}", part.trim_start_matches("./")));
        assert_eq!(response.status(), 200, "{part}");
    }
    // Swagger UI shows the badge of a validator on the internet unless told not to.
    let settings = get("/docs/swagger-initializer.js").text().unwrap();
    assert!(settings.contains("\"validatorUrl\": \"none\"") && settings.contains("\"/openapi.json\""), "{settings}");
}

#[test]
fn every_problem_kind_is_on_its_page() {
    let page = get("/docs/problems").text().unwrap();
    let of_the_rules = [RefusalCode::CODES, CertificateRefusalCode::CODES, Guard::CODES].concat();
    for code in kinds::ALL.iter().map(|kind| kind.code).chain(of_the_rules) {
        // Each once: an id names one place.
        assert_eq!(page.matches(&format!("id=\"{code}\"")).count(), 1, "{code}");
    }
    for (code, ..) in kinds::FAULTS {
        assert_eq!(page.matches(&format!("id=\"errors-{code}\"")).count(), 1, "{code}");
    }
    problem(get("/docs/nothing.js"), 404, "not_found");
    problem(request(reqwest::Method::POST, "/docs/problems").send().unwrap(), 405, "method_not_allowed");
}
