//! The part of the walk that manages other systems.

use reqwest::Method;
use serde_json::json;

use super::description::{Checked, Contract};

/// Meets every status that the routes of systems describe.
pub(super) async fn walk(contract: &Contract, security: &Checked<'_>, clerk: &Checked<'_>) {
    let (all, one, none) = ("/api/v1/clients", "/api/v1/clients/tax-portal", "/api/v1/clients/nothing");
    let (system, change) = (contract.example("ClientRequest"), contract.example("ClientChangeRequest"));
    let (key, empty, odd) = (contract.example("PublicKey"), json!({}), json!({ "colour": "red" }));
    let (secrets, keys) = (format!("{one}/secrets"), format!("{one}/keys"));
    security.post(all, &system).await.expect(201);
    security.post(all, &system).await.refused(422, "invalid_request");
    security.get(all).await.expect(200);
    security.get(one).await.expect(200);
    security.put(one, "\"7\"", &change).await.refused(412, "version_stale");
    security.put(one, "\"1\"", &odd).await.refused(422, "invalid_request");
    security.call(Method::PUT, one, &[], Some(&change)).await.refused(428, "precondition_required");
    security.put(one, "\"1\"", &change).await.expect(200);
    security.post(&secrets, &contract.example("SecretRequest")).await.expect(201);
    security.post(&secrets, &empty).await.refused(409, "too_many_secrets");
    security.post(&secrets, &odd).await.refused(422, "invalid_request");
    security.post(&keys, &key).await.expect(200);
    let mut other = key.clone();
    other["alg"] = json!("EdDSA");
    security.post(&keys, &other).await.refused(409, "key_name_taken");
    security.post(&keys, &odd).await.refused(422, "invalid_request");
    let (secret, named) = (format!("{secrets}/1"), format!("{keys}/{}", key["kid"].as_str().unwrap()));
    for path in [&secret, &named] {
        clerk.call(Method::DELETE, path, &[], None).await.refused(403, "role_missing");
        security.call(Method::DELETE, path, &[], None).await.expect(200);
        security.call(Method::DELETE, path, &[], None).await.refused(404, "not_found");
    }
    for what in ["deactivate", "activate"] {
        security.post(&format!("{one}/{what}"), &empty).await.expect(200);
        security.post(&format!("{none}/{what}"), &empty).await.refused(404, "not_found");
        clerk.post(&format!("{one}/{what}"), &empty).await.refused(403, "role_missing");
    }
    security.get(none).await.refused(404, "not_found");
    security.put(none, "\"1\"", &change).await.refused(404, "not_found");
    security.post(&format!("{none}/secrets"), &empty).await.refused(404, "not_found");
    security.post(&format!("{none}/keys"), &key).await.refused(404, "not_found");
    for path in [all, one] {
        clerk.get(path).await.refused(403, "role_missing");
    }
    clerk.put(one, "\"1\"", &change).await.refused(403, "role_missing");
    for path in [all, &secrets, &keys] {
        clerk.post(path, &empty).await.refused(403, "role_missing");
    }
}
