//! The routes by which a second person decides, and by which reports of systems are held in check.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::description::{Checked, Contract};
use crate::certificates::register::registration;
use crate::hall::{Hall, organization_code, send};

const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Approves the registration of the description's example, which the supervisor entered.
pub(super) async fn walk(hall: &Hall, contract: &Contract, supervisor: &Checked<'_>, clerk: &Checked<'_>) {
    let second = hall.staff(Role::Supervisor).await;
    let second = Checked(contract, &second);
    let (yes, no) = (contract.example("ApprovalRequest"), contract.example("DeclineRequest"));
    let odd = json!({ "colour": "red" });
    let (seen, old) = ([("If-Match", "\"1\"")], [("If-Match", "\"9\"")]);
    let at = |serial: &str, what: &str| format!("/api/v1/certificates/{serial}/registration/{what}");
    let approve = at("GZ2013-004711", "approve");
    let approved = async |who: &Checked<'_>, headers: &[(&str, &str)], path: &str, body: &Value| {
        who.call(Method::POST, path, headers, Some(body)).await
    };
    approved(clerk, &seen, &approve, &yes).await.refused(403, "role_missing");
    approved(&second, &seen, &at("nothing-0", "approve"), &yes).await.refused(404, "not_found");
    approved(supervisor, &seen, &approve, &yes).await.refused(409, "second_person_needed");
    approved(&second, &old, &approve, &yes).await.refused(412, "version_stale");
    approved(&second, &seen, &approve, &odd).await.refused(422, "invalid_request");
    approved(&second, &[], &approve, &yes).await.refused(428, "precondition_required");
    approved(&second, &seen, &approve, &yes).await.expect(200);

    supervisor.post("/api/v1/certificates", &registration(801)).await.expect(201);
    let reject = at("GZ2013-0801", "reject");
    clerk.post(&reject, &no).await.refused(403, "role_missing");
    second.post(&at("nothing-0", "reject"), &no).await.refused(404, "not_found");
    second.post(&at("GZ2013-004711", "reject"), &no).await.refused(409, "no_registration");
    second.post(&reject, &json!({})).await.refused(422, "invalid_request");
    second.post(&reject, &no).await.expect(200);

    let imported = async |number: u32| {
        let table = format!(
            "serial,medium_number,organization_name,organization_code,valid_from,valid_until\n\
             OLD-{number},KEY-OLD-{number},单位,{},2025-01-01,2027-12-31\n",
            organization_code(number)
        );
        let request = supervisor.1.request(Method::POST, "/certificates/imports").await;
        let answer = send(request.header("Content-Type", "text/csv").body(table)).await;
        contract.check(&Method::POST, "/api/v1/certificates/imports", &answer);
        format!("/api/v1/certificates/imports/{}", answer.expect(200)["import"].as_str().unwrap())
    };
    let (one, other) = (imported(802).await, imported(803).await);
    let nowhere = format!("/api/v1/certificates/imports/{NOBODYS}");
    second.get("/api/v1/certificates/imports").await.expect(200);
    second.get(&one).await.expect(200);
    second.get(&nowhere).await.refused(404, "not_found");
    for (import, what, body) in [(&one, "approve", &yes), (&other, "reject", &no)] {
        let path = format!("{import}/{what}");
        clerk.post(&path, body).await.refused(403, "role_missing");
        second.post(&format!("{nowhere}/{what}"), body).await.refused(404, "not_found");
        second.post(&path, &odd).await.refused(422, "invalid_request");
        second.post(&path, body).await.expect(200);
        second.post(&path, body).await.refused(409, "import_not_waiting");
    }

    let login = hall.client("login", &[Scope::CertificatesReport]).await;
    let login = Checked(contract, &login);
    for (number, status) in [(804, 200), (805, 429)] {
        hall.register(&registration(number)).await;
        let report = format!("/api/v1/certificates/GZ2013-{number:04}/lock-reports");
        assert_eq!(login.post(&report, &json!({})).await.status, status);
    }
    let withdrawals = "/api/v1/certificates/lock-reports/withdrawals";
    let run = contract.example("WithdrawalRequest");
    clerk.post(withdrawals, &run).await.refused(403, "role_missing");
    second.post(withdrawals, &json!({})).await.refused(422, "invalid_request");
    second.post(withdrawals, &run).await.refused(422, "invalid_request");
    hall.add_client(run["system"].as_str().unwrap(), &[Scope::CertificatesReport]).await;
    second.post(withdrawals, &run).await.expect(200);
    let run =
        json!({ "system": "login", "from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z", "reason": "误报" });
    assert_eq!(second.post(withdrawals, &run).await.expect(200)["withdrawn"], 1);
}
