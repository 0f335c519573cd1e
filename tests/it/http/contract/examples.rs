//! The examples that the description publishes are accepted as they stand.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::json;

use super::description::Contract;
use crate::databases::TestDatabase;
use crate::hall::{Hall, application, organization_code, send};

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
