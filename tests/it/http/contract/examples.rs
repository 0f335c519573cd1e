//! The examples that the description publishes are accepted as they stand.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::description::Contract;
use crate::databases::TestDatabase;
use crate::hall::{Hall, all_in_order, application, organization_code, send};

#[tokio::test]
async fn every_json_body_has_a_valid_example() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let contract = Contract::of(&hall).await;
    let mut examples = 0;
    for item in contract.document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let Some(reference) = operation.pointer("/requestBody/content/application~1json/schema/$ref") else {
                continue;
            };
            let name = reference.as_str().unwrap().rsplit('/').next().unwrap();
            let schema = json!({ "$ref": reference, "components": contract.document["components"] });
            let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
            assert!(validator.is_valid(&contract.example(name)), "{name}");
            examples += 1;
        }
    }
    assert!(examples >= 6);
}

#[tokio::test]
async fn the_table_of_the_import_is_accepted_as_it_stands() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let contract = Contract::of(&hall).await;
    let content = "/paths/~1api~1v1~1certificates~1imports/post/requestBody/content/text~1csv";
    let table = contract.document.pointer(&format!("{content}/example")).and_then(|example| example.as_str()).unwrap();
    let supervisor = hall.staff(Role::Supervisor).await;
    for query in ["?dry_run=true", ""] {
        let request = supervisor.request(Method::POST, &format!("/certificates/imports{query}")).await;
        let answer = send(request.header("Content-Type", "text/csv").body(table.to_owned())).await.expect(200);
        assert_eq!(answer["lines"], 1, "{answer}");
    }
}

/// The words that the description has for a member: one that isn't among them is refused, whatever of the schema and the rules says so.
#[tokio::test]
async fn a_word_that_the_description_has_not_is_refused() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let contract = Contract::of(&hall).await;
    let schemas = contract.document["components"]["schemas"].as_object().unwrap();
    let words = |schema: &str, member: &str| schemas[schema]["properties"][member]["enum"].as_array().unwrap().clone();
    let clerk = hall.staff(Role::Clerk).await;
    for (pointer, schema, member) in [
        ("/organization/kind", "OrganizationRequest", "kind"),
        ("/applicant/document_type", "PersonRequest", "document_type"),
        ("/payment_method", "OpenCaseRequest", "payment_method"),
        ("/collection_method", "OpenCaseRequest", "collection_method"),
    ] {
        assert!(!words(schema, member).is_empty());
        let mut opening = application(1);
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        opening.pointer_mut(parent).unwrap()[last] = json!("no_such_word");
        let refused = clerk.post("/cases", &opening).await.refused(422, "invalid_request");
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let asker = hall.client("asker", &[Scope::AuthorizationsRead]).await;
    let both = json!({ "serial": "GZ2013-004711", "organization_code": organization_code(1) });
    for question in [both, json!({})] {
        let query = json!({ "application": "urban-construction", "certificates": [question] });
        asker.post("/authorizations/query", &query).await.refused(422, "invalid_request");
    }
    let (supervisor, hook) =
        (hall.staff(Role::Supervisor).await, hall.client("hook", &[Scope::CasesRead, Scope::WebhooksManage]).await);
    let run = json!({ "from": "2026-03-02T09:00:00+08:00", "until": "2026-03-02T10:00:00+08:00", "reason": "误报" });
    for named in [json!({}), json!({ "system": "asker", "account": "x" }), json!({ "system": null })] {
        let mut run = run.clone();
        run.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
        supervisor.post("/certificates/lock-reports/withdrawals", &run).await.refused(422, "invalid_request");
    }
    let made = hook.post("/webhooks", &json!({ "url": "https://hook.example.org/" })).await.expect(201);
    let replays = format!("/webhooks/{}/replays", made["webhook"]["id"].as_str().unwrap());
    let (from, to) = ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    for asked in [
        json!({}),
        json!({ "event": "1", "from": from, "to": to }),
        json!({ "from": from }),
        json!({ "event": "1", "to": to }),
    ] {
        hook.post(&replays, &asked).await.refused(422, "invalid_request");
    }
    for schema in ["AuthorizationQuestion", "WithdrawalRequest", "ReplayRequest"] {
        assert_eq!(schemas[schema]["oneOf"].as_array().map(Vec::len), Some(2));
    }
}

/// What the description wants together, or not: what isn't so the schema refuses, and the rules do.
#[tokio::test]
async fn members_that_are_wanted_together_are_refused_apart() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let contract = Contract::of(&hall).await;
    let is_valid = |schema: &str, value: &Value| {
        let whole = json!({
            "$ref": format!("#/components/schemas/{schema}"), "components": contract.document["components"],
        });
        jsonschema::draft202012::options().build(&whole).unwrap().is_valid(value)
    };
    let [clerk, producer, supervisor] =
        [hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await, hall.staff(Role::Supervisor).await];
    let opening = |pointer: &str, part: &Value| {
        let mut opening = application(1);
        *opening.pointer_mut(pointer).unwrap() = part.clone();
        opening
    };
    let nameless = json!({ "name": "广州某单位" });
    let mut traveller = application(1)["applicant"].clone();
    traveller["document_type"] = json!("passport");
    let mut resident = application(1)["applicant"].clone();
    assert!(is_valid("PersonRequest", &resident));
    resident["document_country"] = json!("SGP");
    for (schema, pointer, part) in [
        ("OrganizationRequest", "/organization", &nameless),
        ("PersonRequest", "/applicant", &traveller),
        ("PersonRequest", "/applicant", &resident),
    ] {
        assert!(!is_valid(schema, part), "{part}");
        clerk.post("/cases", &opening(pointer, part)).await.refused(422, "invalid_request");
    }
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let key = case["acceptance_number"].as_str().unwrap();
    let unexplained = json!({ "copies_received": 0, "copies_stamped": 0, "reason": "other" });
    let mut row = unexplained.clone();
    row["material"] = json!("e-seal-agreement");
    assert!(!is_valid("MaterialCheckRequest", &unexplained) && !is_valid("MaterialRequest", &row));
    clerk
        .put(&format!("/cases/{key}/materials/e-seal-agreement"), 0, &unexplained)
        .await
        .refused(422, "invalid_request");
    clerk.act(key, "record_materials", &json!({ "materials": [row] })).await.refused(422, "invalid_request");
    assert!(!is_valid("WaiverRequest", &json!({})) && is_valid("WaiverRequest", &json!({ "amount_fen": 1 })));
    let nothing = json!({ "waiver": {}, "reason": "减免" });
    supervisor.act(key, "waive_fee", &nothing).await.refused(422, "invalid_request");

    clerk.act(key, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(key, "accept_materials", &json!({})).await.expect(200);
    let certificate = json!({ "certificate": { "serial": "GZ-R-1", "medium_number": "KEY-R-1" } });
    producer.act(key, "record_certificate", &certificate).await.expect(200);
    let mut collector = json!({ "name": "曾国栋", "document_number": "E12345678", "document_sighted": true });
    collector["document_type"] = json!("passport");
    let two = json!({ "medium": "KEY-R-1", "collected_by": "applicant", "collector": collector });
    assert!(!is_valid("CollectorRequest", &collector) && !is_valid("HandOverRequest", &two));
    clerk.act(key, "record_collector", &json!({ "collector": collector })).await.refused(422, "invalid_request");
    clerk.post(&format!("/cases/{key}/hand-over"), &two).await.refused(422, "invalid_request");

    let boxed = json!({ "cases": [{ "case": key }], "box_number": "B-07" });
    assert!(is_valid("BatchRequest", &boxed) && !is_valid("BatchRequest", &json!({ "cases": [{ "case": key }] })));
    let mut both = boxed.clone();
    both["cases"][0]["certificate"] = certificate["certificate"].clone();
    assert!(!is_valid("BatchRequest", &both));
    producer.post("/batches/box_certificate", &both).await.refused(422, "invalid_request");
    producer.post("/batches/record_certificate", &boxed).await.refused(422, "invalid_request");

    let secret = hall.add_client("portal", &[Scope::CasesRead]).await;
    let way = |more: &[(&str, &str)]| {
        let given =
            [("grant_type", "client_credentials"), ("client_id", "portal")].into_iter().chain(more.iter().copied());
        given.map(|(name, value)| (name.to_owned(), json!(value))).collect::<serde_json::Map<_, _>>()
    };
    let assertion = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    for (more, status) in [
        (&[("client_secret", secret.as_str())][..], 200),
        (&[("client_secret", secret.as_str()), ("client_assertion", "a.b.c"), assertion], 400),
        (&[("client_assertion", "a.b.c")], 400),
        (&[assertion], 400),
    ] {
        let form = way(more);
        assert_eq!(is_valid("TokenRequest", &form.clone().into()), status == 200, "{form:?}");
        let pairs: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
        let request = hall.nobody().request(Method::POST, "//oauth/token").await.body(pairs.join("&"));
        let answer = send(request.header("Content-Type", "application/x-www-form-urlencoded")).await;
        assert_eq!(answer.status, status, "{form:?}");
    }
}
