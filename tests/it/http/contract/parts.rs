//! Parts of a check sheet, and many applications at once.

use reqwest::Method;
use serde_json::json;

use super::description::{Checked, Contract};
use crate::hall::{all_in_order, application};

pub(super) async fn walk(contract: &Contract, clerk: &Checked<'_>, producer: &Checked<'_>, asker: &Checked<'_>) {
    let (bulk, example) = ("/api/v1/cases/bulk", contract.example("BulkRequest"));
    let answer = clerk.post(bulk, &example).await.expect(200);
    assert_eq!(answer["refused"], 1, "its organization has a certificate by now: {answer}");
    let one = [("Idempotency-Key", "bulk")];
    for result in ["opened", "repeated"] {
        let asked = json!({ "applications": [application(61), {}] });
        let answer = clerk.call(Method::POST, bulk, &one, Some(&asked)).await.expect(200);
        assert_eq!((&answer[result], &answer["refused"]), (&json!(1), &json!(1)), "{answer}");
    }
    clerk.call(Method::POST, bulk, &[], Some(&example)).await.refused(400, "invalid_header");
    clerk.post(bulk, &json!({})).await.refused(422, "invalid_request");
    producer.post(bulk, &example).await.refused(403, "role_missing");

    let opened = clerk.post("/api/v1/cases", &application(62)).await.expect(201);
    let materials = format!("/api/v1/cases/{}/materials", opened["acceptance_number"].as_str().unwrap());
    let row = format!("{materials}/e-seal-agreement");
    let patch = async |who: &Checked<'_>, path: &str, version: &str, body: &serde_json::Value| {
        who.call(Method::PATCH, path, &[("If-Match", version)], Some(body)).await
    };
    let part = contract.example("MaterialPatchRequest");
    patch(clerk, &row, "\"0\"", &part).await.expect(200);
    patch(clerk, &materials, "\"2\"", &all_in_order(&opened)).await.expect(200);
    for (path, body) in [(&row, &part), (&materials, &all_in_order(&opened))] {
        patch(clerk, path, "\"1\"", body).await.refused(412, "version_stale");
        clerk.call(Method::PATCH, path, &[], Some(body)).await.refused(428, "precondition_required");
        patch(clerk, path, "\"1\"", &json!({ "colour": "red" })).await.refused(422, "invalid_request");
        patch(asker, path, "\"1\"", body).await.refused(403, "forbidden");
    }
    patch(clerk, &format!("{materials}/nothing"), "\"0\"", &part).await.refused(404, "not_found");
    patch(clerk, "/api/v1/cases/0/materials", "\"0\"", &all_in_order(&opened)).await.refused(404, "not_found");
}
