//! The part of the walk that is about the persons of a case: in clear, kept from erasure; and about its labels.

use reqwest::Method;
use serde_json::json;

use super::description::{Checked, Contract};

/// A person in clear, as often as may be within an hour; holds, as many as may be.
pub(super) async fn walk(
    contract: &Contract,
    case: &str,
    clerk: &Checked<'_>,
    supervisor: &Checked<'_>,
    producer: &Checked<'_>,
) {
    let (disclose, asked) = (format!("{case}/disclosures"), contract.example("DisclosureRequest"));
    for _ in 0..30 {
        clerk.post(&disclose, &asked).await.expect(200);
    }
    clerk.post(&disclose, &asked).await.refused(429, "too_many_requests");
    supervisor.post(&disclose, &json!({ "colour": "red" })).await.refused(422, "invalid_request");
    supervisor.post("/api/v1/cases/0/disclosures", &asked).await.refused(404, "not_found");
    producer.post(&disclose, &asked).await.refused(403, "forbidden");

    let (holds, reason) = (format!("{case}/holds"), contract.example("HoldReason"));
    for _ in 0..20 {
        supervisor.post(&holds, &reason).await.expect(200);
    }
    supervisor.post(&holds, &reason).await.refused(409, "too_many_holds");
    let lift = format!("{holds}/1/lift");
    supervisor.post(&lift, &reason).await.expect(200);
    supervisor.post(&lift, &reason).await.refused(409, "hold_lifted");
    supervisor.post(&format!("{holds}/99/lift"), &reason).await.refused(404, "not_found");
    supervisor.post("/api/v1/cases/0/holds", &reason).await.refused(404, "not_found");
    for path in [&holds, &lift] {
        supervisor.post(path, &json!({ "colour": "red" })).await.refused(422, "invalid_request");
        producer.post(path, &reason).await.refused(403, "role_missing");
    }

    let (labels, others) = (format!("{case}/labels"), contract.example("LabelsRequest"));
    let version = clerk.get(case).await.header("ETag").to_owned();
    producer.put(&labels, &version, &others).await.refused(403, "role_missing");
    clerk.put("/api/v1/cases/0/labels", &version, &others).await.refused(404, "not_found");
    clerk.put(&labels, "\"1\"", &others).await.refused(412, "version_stale");
    clerk.put(&labels, &version, &json!({ "colour": "red" })).await.refused(422, "invalid_request");
    clerk.call(Method::PUT, &labels, &[], Some(&others)).await.refused(428, "precondition_required");
    clerk.put(&labels, &version, &others).await.expect(200);
}
