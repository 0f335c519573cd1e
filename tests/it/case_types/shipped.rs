//! Every case type besides the first two, from its opening to its end, and its blocked ways with their reasons.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, CENTER, Hall, Person, all_in_order, blockers, offer, organization_code, unified_code};

on_both!(
    a_locked_certificate_is_unlocked_at_the_window,
    a_renewal_adds_its_term_to_the_end_of_the_old_one,
    an_expired_certificate_is_reissued_and_not_renewed,
    a_change_updates_name_handler_and_seal,
    a_lost_certificate_is_suspended_revoked_and_remade,
    a_system_needs_certificates_report_to_suspend,
    a_found_certificate_is_restored,
    after_revocation_the_organization_may_apply_again,
    one_case_at_a_time_works_on_a_certificate,
    a_case_type_requires_its_fields_and_refuses_others,
    one_of_two_simultaneous_cases_on_a_certificate_is_accepted,
);

pub(crate) const SERIAL: &str = "GZ-OLD-0001";

pub(crate) struct Staff<'a> {
    pub(crate) clerk: Person<'a>,
    pub(crate) producer: Person<'a>,
    pub(crate) supervisor: Person<'a>,
}

impl<'a> Staff<'a> {
    /// The staff of a hall whose register has a certificate of the first organization, valid until 1 April 2026.
    pub(crate) async fn of(hall: &'a Hall) -> Self {
        let staff = Self {
            clerk: hall.staff(Role::Clerk).await,
            producer: hall.staff(Role::Producer).await,
            supervisor: hall.staff(Role::Supervisor).await,
        };
        let registered = json!({
            "serial": SERIAL, "medium_number": "KEY-OLD-0001",
            "organization": { "name": "广州第1建筑有限公司", "unified_social_credit_code": unified_code(1) },
            "valid_from": "2025-04-01T00:00:00+08:00", "valid_until": "2026-04-01T00:00:00+08:00",
            "applications": ["urban-construction"], "e_seal": true, "handler": "刘少芬",
        });
        hall.register(&registered).await;
        staff
    }

    pub(crate) async fn certificate(&self) -> Value {
        self.clerk.get(&format!("/certificates/{SERIAL}")).await.expect(200)
    }

    pub(crate) async fn state(&self) -> String {
        self.certificate().await["state"]["code"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn open(&self, case_type: &str, more: Value) -> Answer {
        self.clerk.post("/cases", &application(case_type, more)).await
    }

    pub(crate) async fn opened(&self, case_type: &str, more: Value) -> (String, Value) {
        let case = self.open(case_type, more).await.expect(201);
        (case["acceptance_number"].as_str().unwrap().to_owned(), case)
    }

    /// The papers are found in order and accepted.
    pub(crate) async fn accept(&self, case: &str, view: &Value) -> Value {
        self.clerk.act(case, "record_materials", &all_in_order(view)).await.expect(200);
        self.clerk.act(case, "accept_materials", &json!({})).await.expect(200)
    }

    pub(crate) async fn pay(&self, case: &Value) -> Value {
        let number = case["acceptance_number"].as_str().unwrap();
        let owed = case["fee"]["outstanding_fen"].as_i64().unwrap();
        let payment = json!({ "payment": { "amount_fen": owed, "method": "cash" } });
        self.clerk.act(number, "record_payment", &payment).await.expect(200)
    }

    /// From the papers accepted to the activation of another certificate.
    async fn make_and_hand_over(&self, case: &str, serial: &str) -> Value {
        let made = json!({ "certificate": { "serial": serial, "medium_number": format!("KEY-{serial}") } });
        let made = self.producer.act(case, "record_certificate", &made).await.expect(200);
        self.pay(&made).await;
        let collector = json!({ "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true });
        self.clerk.act(case, "record_collector", &json!({ "collector": collector })).await.expect(200);
        self.clerk.act(case, "issue", &json!({})).await.expect(200);
        self.clerk.act(case, "activate", &json!({})).await.expect(200)
    }
}

/// An application of the first organization on its certificate, with what this case type asks for besides.
pub(crate) fn application(case_type: &str, more: Value) -> Value {
    let mut application = json!({
        "case_type": case_type,
        "organization": { "name": "广州第1建筑有限公司", "unified_social_credit_code": unified_code(1) },
        "applicant": { "name": "谭丽", "identity_number": "440199196412310694", "phone": "13800138000" },
        "agent": { "name": "刘少芬", "identity_number": "440199196706237621", "phone": "020-38828393" },
        "outlet": CENTER, "certificate_serial": SERIAL,
    });
    for (key, value) in more.as_object().unwrap() {
        application[key] = value.clone();
    }
    application
}

pub(crate) fn reissue(reason: &str) -> Value {
    json!({
        "applications": ["urban-construction"], "payment_method": "cash", "collection_method": "window",
        "responsibility_letter_accepted": true, "replacement_reason": reason,
    })
}

fn renewal(years: u32) -> Value {
    json!({ "service_years": years, "payment_method": "cash" })
}

async fn a_locked_certificate_is_unlocked_at_the_window(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    staff.open("unlock", json!({})).await.refused(422, "certificate_not_locked");
    let report = json!({ "locked_at": "2026-03-02T09:00:00+08:00" });
    staff.clerk.post(&format!("/certificates/{SERIAL}/lock-reports"), &report).await;
    assert_eq!(staff.state().await, "locked");
    staff.open("renew", renewal(1)).await.refused(422, "certificate_locked");
    let (case, view) = staff.opened("unlock", json!({})).await;
    assert_eq!((&view["fee"]["total_fen"], &view["deadlines"]), (&json!(0), &Value::Null));
    assert_eq!(blockers(&view, "unlock"), ["wrong_state"]);
    staff.accept(&case, &view).await;
    // A PIN is never taken.
    staff.clerk.act(&case, "unlock", &json!({ "pin": "123456" })).await.refused(422, "invalid_request");
    let done = staff.clerk.act(&case, "unlock", &json!({})).await.expect(200);
    assert_eq!((done["state"]["code"].as_str(), staff.state().await.as_str()), (Some("unlocked"), "active"));
    let authorization = format!("/certificates/{SERIAL}/authorizations/urban-construction");
    assert_eq!(staff.clerk.get(&authorization).await.expect(200)["usable"], true);
    // Unlocked meanwhile, a second case for it can't be opened.
    staff.open("unlock", json!({})).await.refused(422, "certificate_not_locked");
}

async fn a_renewal_adds_its_term_to_the_end_of_the_old_one(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    hall.set_time("2025-12-31T23:59:59+08:00");
    let early = staff.open("renew", renewal(2)).await.refused(422, "too_early");
    assert!(early["detail"].as_str().unwrap().contains("1 January 2026, 00:00"), "in the hall's zone: {early:#}");
    hall.set_time("2026-01-01T00:00:00+08:00");
    let (case, view) = staff.opened("renew", renewal(2)).await;
    let accepted = staff.accept(&case, &view).await;
    assert_eq!(blockers(&accepted, "renew"), ["fee_not_settled"]);
    assert_eq!(accepted["fee"]["total_fen"], 80_000, "two years of the certificate and of the e-seal");
    staff.pay(&accepted).await;
    staff.clerk.act(&case, "renew", &json!({})).await.expect(200);
    let until = staff.certificate().await["valid_until"].clone();
    assert_eq!(until, "2028-03-31T16:00:00Z");
    hall.set_time("2027-06-01T10:00:00+08:00");
    assert_eq!(staff.state().await, "active");
    staff.open("renew", renewal(1)).await.refused(422, "too_early");
}

async fn an_expired_certificate_is_reissued_and_not_renewed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let mut expired = reissue("expired");
    expired["service_years"] = json!(1);
    staff.open("reissue-expired", expired.clone()).await.refused(422, "certificate_not_expired");
    // Opened in time, and too late at the window.
    let (case, view) = staff.opened("renew", renewal(1)).await;
    let accepted = staff.accept(&case, &view).await;
    staff.pay(&accepted).await;
    hall.set_time("2026-04-01T00:00:00+08:00");
    let late = staff.clerk.act(&case, "renew", &json!({})).await.refused(422, "certificate_expired");
    let instead = json!([{ "case_type": "reissue-expired", "certificate_serial": SERIAL }]);
    assert_eq!(late["alternatives"], instead, "what its configuration takes expired ones for");
    assert!(late["detail"].as_str().unwrap().contains("apply for \"Reissue (expired)\" instead"), "{late:#}");
    let shown = staff.clerk.get(&format!("/cases/{case}")).await.expect(200);
    let why = offer(&shown, "renew")["blocked_by"][0]["message"].clone();
    assert_eq!(why, "the certificate has expired; apply for \"Reissue (expired)\" instead");
    staff.supervisor.act(&case, "withdraw", &json!({ "reason": "已过期" })).await.expect(200);
    let chinese = hall.staff(Role::Clerk).await.in_chinese();
    let refused = chinese.post("/cases", &application("renew", renewal(1))).await.refused(422, "certificate_expired");
    assert_eq!((&refused["detail"], &refused["alternatives"]), (&json!("该证书已过有效期；可办理过期补办"), &instead));

    let case = staff.open("reissue-expired", expired).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let after = staff.accept(number, &case).await;
    assert_eq!((staff.state().await.as_str(), &after["deadlines"]["status"]), ("revoked", &json!("on_track")));
    staff.make_and_hand_over(number, "GZ-NEW-0001").await;
    let new = staff.clerk.get("/certificates/GZ-NEW-0001").await.expect(200);
    assert_eq!((&new["state"]["code"], &new["valid_until"]), (&json!("active"), &json!("2027-03-31T16:00:00Z")));
}

async fn a_change_updates_name_handler_and_seal(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    staff.open("change", json!({})).await.refused(422, "nothing_changed");
    let mut more = json!({ "seal": "4401990012345" });
    more["organization"] = json!({ "name": "广州第1建设集团有限公司", "unified_social_credit_code": unified_code(1) });
    more["agent"] = json!({ "name": "曾国栋", "identity_number": "440199198701195759", "phone": "13800138001" });
    let (case, view) = staff.opened("change", more).await;
    staff.accept(&case, &view).await;
    staff.clerk.act(&case, "change", &json!({})).await.expect(200);
    let now = staff.certificate().await;
    assert_eq!(
        (&now["organization_name"], &now["handler"], &now["seal"], &now["serial"]),
        (&json!("广州第1建设集团有限公司"), &json!("曾国栋"), &json!("4401990012345"), &json!(SERIAL))
    );
    let history = staff.clerk.get(&format!("/certificates/{SERIAL}/events")).await.expect(200);
    let changed = history["items"].as_array().unwrap().iter().find(|event| event["kind"] == "changed").unwrap();
    assert_eq!(changed["data"]["before"]["organization_name"], "广州第1建筑有限公司");
    // Another organization's certificate isn't changed by anybody else.
    let other = json!({ "organization": { "name": "别家", "unified_social_credit_code": unified_code(2) } });
    staff.open("change", other).await.refused(422, "certificate_of_another");
}

async fn a_lost_certificate_is_suspended_revoked_and_remade(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = staff.opened("reissue", reissue("lost")).await;
    assert_eq!(staff.state().await, "suspended", "before any papers");
    assert_eq!(view["version"], 2);
    let rows: Vec<&str> =
        view["materials"]["sheets"].as_array().unwrap().iter().map(|row| row["material"].as_str().unwrap()).collect();
    assert!(rows.contains(&"loss-statement") && !rows.contains(&"certificate-medium"), "{rows:?}");
    let authorization = format!("/certificates/{SERIAL}/authorizations/urban-construction");
    assert_eq!(staff.clerk.get(&authorization).await.expect(200)["reason"]["code"], "suspended");
    let blocked = staff.clerk.act(&case, "accept_materials", &json!({})).await;
    blocked.refused(422, "materials_incomplete");
    staff.accept(&case, &view).await;
    assert_eq!(staff.state().await, "revoked");
    let done = staff.make_and_hand_over(&case, "GZ-NEW-0001").await;
    assert_eq!(done["certificate"]["valid_until"], "2026-03-31T16:00:00Z", "for the remaining term");
    assert_eq!(done["services"].as_array().unwrap().len(), 2, "the application and the e-seal are opened on it");
    hall.advance(Duration::hours(24));
    let authorization = "/certificates/GZ-NEW-0001/authorizations/urban-construction";
    assert_eq!(staff.clerk.get(authorization).await.expect(200)["usable"], true);
    let eligibility = format!("/organizations/{}/eligibility", organization_code(1));
    assert_eq!(staff.clerk.get(&eligibility).await.expect(200)["eligible"], false);
}

async fn a_system_needs_certificates_report_to_suspend(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    portal.post("/cases", &application("reissue", reissue("lost"))).await.refused(403, "forbidden");
    assert_eq!(staff.state().await, "active");
    portal.post("/cases", &application("reissue", reissue("damaged"))).await.expect(201);
    let case = staff.clerk.get("/cases?case_type=reissue").await.expect(200)["items"][0]["acceptance_number"].clone();
    staff.clerk.act(case.as_str().unwrap(), "withdraw", &json!({ "reason": "是遗失" })).await.expect(200);
    let trusted = hall.client("trusted-portal", &[Scope::CasesOpen, Scope::CertificatesReport]).await;
    trusted.post("/cases", &application("reissue", reissue("lost"))).await.expect(201);
    assert_eq!(staff.state().await, "suspended");
}

async fn a_found_certificate_is_restored(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, _) = staff.opened("reissue", reissue("lost")).await;
    let eligibility = format!("/organizations/{}/eligibility", organization_code(1));
    let held = staff.clerk.get(&eligibility).await.expect(200);
    assert_eq!(held["eligible"], false, "while the case is open");
    staff.clerk.act(&case, "withdraw", &json!({ "reason": "找到了" })).await.expect(200);
    assert_eq!(staff.state().await, "suspended", "a withdrawal restores nothing by itself");
    let restore = format!("/certificates/{SERIAL}/restore");
    staff.supervisor.post(&restore, &json!({ "reason": "介质已找到" })).await;
    assert_eq!(staff.state().await, "active");
    let mut anew = application("new-certificate", json!({}));
    anew.as_object_mut().unwrap().remove("certificate_serial");
    for (key, value) in
        [("service_years", json!(1)), ("payment_method", json!("cash")), ("collection_method", json!("window"))]
    {
        anew[key] = value;
    }
    anew["applications"] = json!(["urban-construction"]);
    anew["responsibility_letter_accepted"] = json!(true);
    let refused = staff.clerk.post("/cases", &anew).await.refused(409, "already_applied");
    let offered: Vec<&str> =
        refused["alternatives"].as_array().unwrap().iter().map(|offer| offer["case_type"].as_str().unwrap()).collect();
    assert_eq!(
        offered,
        ["change", "reissue", "renew", "revoke"],
        "within ninety days of its end, with the application open"
    );
    for case_type in offered.into_iter().filter(|code| *code != "change") {
        let more = match case_type {
            "reissue" => reissue("damaged"),
            "renew" => renewal(1),
            _ => json!({}),
        };
        let (case, _) = staff.opened(case_type, more).await;
        staff.clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    }
}

async fn after_revocation_the_organization_may_apply_again(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = staff.opened("revoke", json!({})).await;
    staff.accept(&case, &view).await;
    staff.clerk.act(&case, "revoke", &json!({})).await.expect(200);
    let now = staff.certificate().await;
    assert_eq!(now["state"]["code"], "revoked");
    assert!(now["services"].as_array().unwrap().iter().all(|service| service["status"] == "closed"), "{now:#}");
    for (case_type, more) in [
        ("unlock", json!({})),
        ("renew", renewal(1)),
        ("change", json!({ "seal": "1" })),
        ("reissue", reissue("damaged")),
        ("revoke", json!({})),
    ] {
        staff.open(case_type, more).await.refused(422, "certificate_revoked");
    }
    let eligibility = format!("/organizations/{}/eligibility", organization_code(1));
    assert_eq!(staff.clerk.get(&eligibility).await.expect(200)["eligible"], true);
    staff.clerk.post("/cases", &crate::hall::application(1)).await.expect(201);
}

async fn one_case_at_a_time_works_on_a_certificate(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (renewing, _) = staff.opened("renew", renewal(1)).await;
    for (case_type, more) in [
        ("reissue", reissue("damaged")),
        ("revoke", json!({})),
        ("change", json!({ "seal": "1" })),
        ("renew", renewal(1)),
    ] {
        let refused = staff.open(case_type, more).await.refused(409, "certificate_busy");
        assert!(refused["detail"].as_str().unwrap().contains(&renewing), "{refused:#}");
    }
    assert_eq!(staff.state().await, "active", "what is refused suspends nothing");
    staff.clerk.act(&renewing, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    staff.opened("reissue", reissue("damaged")).await;
    staff.open("renew", renewal(1)).await.refused(409, "certificate_busy");
}

async fn a_case_type_requires_its_fields_and_refuses_others(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let mut more = reissue("damaged");
    more["service_years"] = json!(1);
    more["seal"] = json!("1");
    let answer = staff.open("revoke", more).await;
    let faults: Vec<String> = answer.faults().into_iter().map(|(pointer, code)| format!("{pointer} {code}")).collect();
    let unexpected = [
        "/applications",
        "/collection_method",
        "/payment_method",
        "/replacement_reason",
        "/responsibility_letter_accepted",
        "/seal",
        "/service_years",
    ];
    assert_eq!(faults, unexpected.map(|pointer| format!("{pointer} unexpected_field")));
    let answer = staff.open("reissue", json!({})).await;
    let faults: Vec<String> = answer.faults().into_iter().map(|(pointer, _)| pointer).collect();
    for needed in [
        "/applications",
        "/collection_method",
        "/payment_method",
        "/replacement_reason",
        "/responsibility_letter_accepted",
    ] {
        assert!(faults.iter().any(|pointer| pointer == needed), "{needed} of {faults:?}");
    }
    staff.open("reissue", reissue("stolen")).await.refused(422, "invalid_request");
}

async fn one_of_two_simultaneous_cases_on_a_certificate_is_accepted(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    for race in 0..20 {
        let (one, other) = (staff.open("renew", renewal(1)), staff.open("reissue", reissue("damaged")));
        let (one, other) = if race % 2 == 0 {
            tokio::join!(one, other)
        } else {
            let (other, one) = tokio::join!(other, one);
            (one, other)
        };
        let (winner, loser) = if one.status == 201 { (one, other) } else { (other, one) };
        loser.refused(409, "certificate_busy");
        let won = winner.expect(201);
        let number = won["acceptance_number"].as_str().unwrap();
        staff.clerk.act(number, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    }
}
