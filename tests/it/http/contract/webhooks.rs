//! The part of the walk that manages webhooks.

use reqwest::Method;
use serde_json::json;

use super::description::{Checked, Contract};

/// Meets every status that the routes of webhooks describe.
pub(super) async fn walk(contract: &Contract, security: &Checked<'_>, clerk: &Checked<'_>) {
    let (all, odd, empty) = ("/api/v1/webhooks", json!({ "colour": "red" }), json!({}));
    let (mut asked, change) = (contract.example("WebhookRequest"), contract.example("WebhookChangeRequest"));
    security.post(all, &asked).await.refused(422, "invalid_request");
    asked["client_id"] = json!("tax-portal");
    let made = security.post(all, &asked).await.expect(201);
    let one = format!("{all}/{}", made["webhook"]["id"].as_str().unwrap());
    let none = format!("{all}/01890a5d-ac96-774b-bcce-b302099a8057");
    security.get(all).await.expect(200);
    security.get(&one).await.expect(200);
    security.put(&one, "\"7\"", &change).await.refused(412, "version_stale");
    security.put(&one, "\"1\"", &odd).await.refused(422, "invalid_request");
    security.call(Method::PUT, &one, &[], Some(&change)).await.refused(428, "precondition_required");
    security.put(&one, "\"1\"", &change).await.expect(200);
    let once = [("Idempotency-Key", "once")];
    let told = security.call(Method::POST, all, &once, Some(&asked)).await.expect(201);
    let one_more = format!("{all}/{}", told["webhook"]["id"].as_str().unwrap());
    assert_eq!(security.call(Method::DELETE, &one_more, &[], None).await.status, 204);
    security.call(Method::POST, all, &once, Some(&asked)).await.refused(409, "answer_gone");
    let posts = [
        ("secrets", contract.example("WebhookSecretRequest"), 201),
        ("replays", contract.example("ReplayRequest"), 204),
        ("test", empty.clone(), 204),
    ];
    for (what, body, status) in &posts {
        let answer = security.post(&format!("{one}/{what}"), body).await;
        assert_eq!(answer.status, *status, "{what}: {answer:?}");
        security.post(&format!("{none}/{what}"), body).await.refused(404, "not_found");
        clerk.post(&format!("{one}/{what}"), body).await.refused(403, "role_missing");
    }
    for what in ["secrets", "replays"] {
        security.post(&format!("{one}/{what}"), &odd).await.refused(422, "invalid_request");
    }
    security.get(&format!("{one}/attempts?limit=1")).await.expect(200);
    security.get(&format!("{none}/attempts")).await.refused(404, "not_found");
    let mut inactive = change.clone();
    inactive["active"] = json!(false);
    security.put(&one, "\"3\"", &inactive).await.expect(200);
    security.post(&format!("{one}/test"), &empty).await.refused(422, "invalid_request");
    for _ in 0..3 {
        security.post(&format!("{one}/secrets"), &empty).await.expect(201);
    }
    security.post(&format!("{one}/secrets"), &empty).await.refused(409, "too_many_secrets");
    security.get(&none).await.refused(404, "not_found");
    security.put(&none, "\"1\"", &change).await.refused(404, "not_found");
    for path in [all, &one, &format!("{one}/attempts")] {
        clerk.get(path).await.refused(403, "role_missing");
    }
    clerk.put(&one, "\"1\"", &change).await.refused(403, "role_missing");
    clerk.post(all, &asked).await.refused(403, "role_missing");
    clerk.call(Method::DELETE, &one, &[], None).await.refused(403, "role_missing");
    assert_eq!(security.call(Method::DELETE, &one, &[], None).await.status, 204);
    security.call(Method::DELETE, &one, &[], None).await.refused(404, "not_found");
}
