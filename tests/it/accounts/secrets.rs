//! What never leaves: passwords, secrets, tokens and identity numbers, in the log of a whole run of the real program.

use casehall::domain::base::organization_code::UnifiedSocialCreditCode;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::hall::{Answer, PASSWORD, all_in_order, application, send, unified_code};
use crate::program::{Serving, init, run};

#[tokio::test]
async fn the_log_of_a_whole_run_has_no_secret_and_no_personal_data() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    for role in ["clerk", "producer", "supervisor"] {
        let added = run(
            home,
            &["user", "add", &format!("the-{role}"), "--role", role, "--all-outlets"],
            &[],
            &format!("{PASSWORD}\n"),
        );
        assert_eq!(added.code, Some(0), "{}", added.err);
    }
    let client = run(home, &["client", "add", "portal", "--name", "Portal", "--scope", "cases:open"], &[], "");
    let secret = client.out.lines().find_map(|line| line.strip_prefix("client_secret ")).unwrap().to_owned();
    let serving = Serving::start(home, &[], &[("CASEHALL__LOG__LEVEL", "trace"), ("CASEHALL__LOG__FORMAT", "json")]);
    let (http, base) = (Client::new(), serving.base.clone());
    let post = |path: &str, body: &Value| http.post(format!("{base}{path}")).json(body);
    let mut tokens = Vec::new();
    for role in ["clerk", "producer"] {
        let body = json!({ "username": format!("the-{role}"), "password": PASSWORD });
        let issued = send(post("/api/v1/sessions", &body)).await.expect(201);
        tokens.push(issued["access_token"].as_str().unwrap().to_owned());
    }
    let wrong = json!({ "username": "the-clerk", "password": "wrong-but-secret-too" });
    send(post("/api/v1/sessions", &wrong)).await.refused(401, "wrong_credentials");
    let form = format!("grant_type=client_credentials&client_id=portal&client_secret={secret}");
    let token = http.post(format!("{base}/oauth/token")).header("Content-Type", "application/x-www-form-urlencoded");
    let token = send(token.body(form)).await.expect(200)["access_token"].as_str().unwrap().to_owned();
    tokens.push(token);
    let as_clerk = |request: RequestBuilder| request.bearer_auth(&tokens[0]);
    let act = |case: &str, action: &str, body: &Value| post(&format!("/api/v1/cases/{case}/actions/{action}"), body);
    let opened = send(as_clerk(post("/api/v1/cases", &application(1)))).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let mut faulty = application(2);
    faulty["applicant"]["identity_number"] = json!("440199196412310695");
    send(as_clerk(post("/api/v1/cases", &faulty))).await.refused(422, "invalid_request");
    send(post("/api/v1/cases", &application(3)).bearer_auth(&tokens[2])).await.expect(201);
    send(as_clerk(act(case, "record_materials", &all_in_order(&opened)))).await.expect(200);
    send(as_clerk(act(case, "accept_materials", &json!({})))).await.expect(200);
    let made = json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } });
    send(act(case, "record_certificate", &made).bearer_auth(&tokens[1])).await.expect(200);
    let collector = json!({ "name": "曾国栋", "document_number": "440199198701195759", "document_sighted": true });
    send(as_clerk(act(case, "record_collector", &json!({ "collector": collector })))).await.expect(200);
    let get = |path: &str| as_clerk(http.get(format!("{base}/api/v1{path}")));
    send(get(&format!("/organizations/{}/eligibility", unified_code(1)))).await.expect(200);
    send(get(&format!("/cases?organization_code={}", unified_code(1)))).await.expect(200);
    send(get("/cases/440199196412310694")).await.refused(404, "not_found");
    send(http.get(format!("{base}/api/v1/cases")).bearer_auth("not-a-token-but-secret"))
        .await
        .refused(401, "unauthorized");
    let made_up = reqwest::Method::from_bytes(b"440199196412310694").unwrap();
    send(http.request(made_up, format!("{base}/api/v1/cases"))).await.refused(405, "method_not_allowed");
    let healthy: Answer = send(http.get(format!("{base}/healthz"))).await;
    let request_id = healthy.header("X-Request-Id").to_owned();
    let (code, log) = serving.stop();
    assert_eq!(code, Some(0));
    assert!(log.contains(&request_id), "the log has every request by its id");
    assert!(log.contains("/api/v1/cases/{key}/actions/{action}"), "and by its route: {log}");
    let organization = UnifiedSocialCreditCode::parse(&unified_code(1)).unwrap().organization_code();
    let kept = [
        PASSWORD,
        "wrong-but-secret-too",
        &secret,
        "not-a-token-but-secret",
        &tokens[0],
        &tokens[1],
        &tokens[2],
        "440199196412310694",
        "440199196412310695",
        "440199196706237621",
        "440199198701195759",
        "13800138000",
        "38828393",
        "谭丽",
        "刘少芬",
        "曾国栋",
        &unified_code(1),
        organization.as_str(),
    ];
    for secret in kept {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} stands in the log");
    }
}
