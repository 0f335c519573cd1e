//! What the holder is told at the counter: the case carries it, in the caller's language.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::case_types::shipped::Staff;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, addition, all_in_order, application, unified_code};

on_both!(
    the_holder_of_a_new_certificate_is_told_what_to_know,
    the_holder_is_told_as_much_whatever_the_order_of_work,
    the_holder_of_a_login_application_that_was_added_is_told_where_to_log_in,
    a_hall_that_has_set_nothing_tells_what_it_knows,
    one_request_hands_over,
    one_request_does_the_last_step_of_any_case_type,
);

const CHECK_FIRST: &[&str] = &["record_materials", "accept_materials", "record_certificate"];
const MAKE_FIRST: &[&str] = &["record_certificate", "record_materials", "accept_materials"];

/// A case of a new certificate, up to the counter; answers its number.
async fn ready(hall: &Hall, order: &[&str]) -> String {
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    assert_eq!(opened["handover"], Value::Null);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    let certificate = json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } });
    for action in order {
        match *action {
            "record_materials" => clerk.act(&case, action, &all_in_order(&opened)).await,
            "record_certificate" => producer.act(&case, action, &certificate).await,
            _ => clerk.act(&case, action, &json!({})).await,
        }
        .expect(200);
    }
    let payment = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
    clerk.act(&case, "record_payment", &payment).await.expect(200);
    let collector = json!({ "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true });
    let waiting = clerk.act(&case, "record_collector", &json!({ "collector": collector })).await.expect(200);
    assert_eq!(waiting["handover"], Value::Null, "nothing has been handed over yet");
    case
}

fn instructions(case: &Value) -> Vec<(&str, &str)> {
    let all = case["handover"]["instructions"].as_array().unwrap().iter();
    all.map(|one| (one["code"].as_str().unwrap(), one["text"].as_str().unwrap())).collect()
}

async fn the_holder_of_a_new_certificate_is_told_what_to_know(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = ready(&hall, CHECK_FIRST).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let issued = clerk.act(&case, "issue", &json!({})).await.expect(200);
    assert_eq!(issued["handover"]["usable_from"], Value::Null);
    assert_eq!(instructions(&issued)[0], ("usable_from", "激活后由系统自动授权，满24小时即可登录使用。"));
    hall.advance(Duration::seconds(61));
    let activated = clerk.act(&case, "activate", &json!({})).await.expect(200);
    let handover = &activated["handover"];
    assert_eq!(handover["certificate_serial"], "GZ-000001");
    assert_eq!(handover["usable_from"], "2026-03-03T02:01:01Z");
    let urban = json!({
        "code": "urban-construction", "name": "市城建", "login_address": "http://online.gzcc.gov.cn",
        "support_line": "020-83124994",
    });
    assert_eq!(handover["applications"], json!([urban]));
    assert_eq!(handover["unlocking_outlet"], activated["outlet"]);
    assert_eq!((&handover["customer_line"], &handover["website"]), (&json!("020-38828393"), &json!("www.gzca.gd.cn")));
    let chinese = [
        ("usable_from", "已激活开通，系统自动授权，2026年3月3日 10:02起即可登录使用。"),
        (
            "change_initial_pin",
            "所有证书的初始密码（PIN码）相同，请用初始密码成功登录一次后立即在数字证书客户端修改密码。",
        ),
        (
            "wrong_pins_lock",
            "连续累计输错5次密码，证书将被锁住；请携带相关材料到广州市电子签名中心（广州市天河区龙口西路穗园小区E座一楼广州市电子政务公共服务大厅内）的窗口办理解锁。",
        ),
        (
            "where_to_turn",
            "“市城建”登录网址：http://online.gzcc.gov.cn；“市城建”技术支持电话：020-83124994；证书客服电话：020-38828393；网站：www.gzca.gd.cn。",
        ),
    ];
    assert_eq!(instructions(&activated), chinese, "no time before it can really be used");
    // Also whoever asks for it later is told, in their own language.
    let later = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(later["handover"]["usable_from"], handover["usable_from"]);
    let english = [
        "Activated. It can be used to log in from 3 March 2026, 10:02 on.",
        "The initial PIN is the same for all certificates. Log in with it once, then change it at once in the certificate client.",
        "Five wrong PINs in a row lock the certificate. To have it unlocked, bring the documents needed to the window of Guangzhou Electronic \
         Signature Center (Guangzhou E-Government Public Service Hall, 1st floor, Block E, Suiyuan Residential Area, Longkou \
         West Road, Tianhe District, Guangzhou).",
        "Log in to Urban construction at http://online.gzcc.gov.cn; technical support of Urban construction: 020-83124994; \
         questions about the certificate: 020-38828393; website: www.gzca.gd.cn",
    ];
    assert_eq!(instructions(&later).iter().map(|(_, text)| *text).collect::<Vec<_>>(), english);
    assert!(!later.to_string().contains("123456\""), "no PIN is known");
}

async fn the_holder_is_told_as_much_whatever_the_order_of_work(database: TestDatabase) {
    let hall = Hall::with(database, &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let case = ready(&hall, MAKE_FIRST).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.act(&case, "issue", &json!({})).await.expect(200);
    let activated = clerk.act(&case, "activate", &json!({})).await.expect(200);
    let codes: Vec<_> = instructions(&activated).iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["usable_from", "change_initial_pin", "wrong_pins_lock", "where_to_turn"]);
    assert_eq!(activated["handover"]["usable_from"], "2026-03-03T02:00:00Z");
}

async fn the_holder_of_a_login_application_that_was_added_is_told_where_to_log_in(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let organization = json!({ "name": "广州第1建筑有限公司", "unified_social_credit_code": unified_code(1) });
    let registration = json!({
        "serial": "GZ-OLD-1", "medium_number": "KEY-OLD-1", "organization": organization,
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    });
    hall.register(&registration).await;
    let opened = clerk.post("/cases", &addition(1, "GZ-OLD-1")).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    clerk.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": opened["fee"]["total_fen"], "method": "cash" } });
    let paid = clerk.act(case, "record_payment", &payment).await.expect(200);
    assert_eq!(paid["handover"], Value::Null);
    let activated = clerk.act(case, "activate", &json!({})).await.expect(200);
    let handover = &activated["handover"];
    assert_eq!(handover["certificate_serial"], "GZ-OLD-1");
    assert_eq!(handover["usable_from"], "2026-03-03T02:00:00Z");
    assert_eq!(handover["applications"][0]["login_address"], "http://online.gzcc.gov.cn");
    let codes: Vec<_> = instructions(&activated).iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["usable_from", "wrong_pins_lock", "where_to_turn"], "the holder has a PIN of their own");
}

async fn a_hall_that_has_set_nothing_tells_what_it_knows(database: TestDatabase) {
    let outlets = format!(r#"[{{ code = "{CENTER}", zh = "中心", en = "Center" }}]"#);
    let applications = r#"[{ code = "urban-construction", zh = "市城建", en = "Urban construction" }]"#;
    let settings = [
        ("OUTLETS", outlets.as_str()),
        ("APPLICATIONS", applications),
        ("HALL__WEBSITE", ""),
        ("HALL__CUSTOMER_LINE", ""),
        ("HALL__AUTHORIZATION_DELAY_HOURS", "0"),
    ];
    let hall = Hall::with(database, &settings).await;
    let case = ready(&hall, CHECK_FIRST).await;
    let issued = hall.staff(Role::Clerk).await.act(&case, "issue", &json!({})).await.expect(200);
    let told = instructions(&issued);
    assert_eq!(told.len(), 3, "where to turn isn't known: {told:?}");
    assert_eq!(told[0].1, "It can be used to log in as soon as it is activated.");
    assert!(told[2].1.ends_with("to the window of Center."), "{told:?}");
}

async fn one_request_hands_over(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = ready(&hall, CHECK_FIRST).await;
    let (clerk, path) = (hall.staff(Role::Clerk).await, format!("/cases/{case}/hand-over"));
    for (body, pointer, code) in [
        (json!({}), "/medium", "missing_field"),
        (json!({ "medium": "KEY-000002" }), "/medium", "other_medium"),
        (json!({ "medium": "KEY-000001", "collected_by": "somebody" }), "/collected_by", "not_one_of"),
    ] {
        let refused = clerk.post(&path, &body).await.refused(422, "invalid_request");
        let first = &refused["errors"][0];
        assert_eq!((&first["pointer"], &first["code"]), (&json!(pointer), &json!(code)), "{refused:#}");
    }
    hall.staff(Role::Supervisor)
        .await
        .post(&path, &json!({ "medium": "KEY-000001" }))
        .await
        .refused(403, "role_missing");
    let handed = clerk.post(&path, &json!({ "medium": "KEY-000001", "collected_by": "applicant" })).await.expect(200);
    assert_eq!((&handed["state"]["code"], &handed["collector"]["name"]), (&json!("activated"), &json!("谭丽")));
    assert_eq!(handed["handover"]["usable_from"], "2026-03-03T02:00:00Z");
    clerk.post(&path, &json!({ "medium": "KEY-000001" })).await.refused(409, "wrong_state");
}

async fn one_request_does_the_last_step_of_any_case_type(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = staff.opened("revoke", json!({})).await;
    let early = staff.clerk.post(&format!("/cases/{case}/hand-over"), &json!({})).await.refused(409, "wrong_state");
    assert_eq!(early["detail"], "the case is \"Submitted\"; this is possible only at \"Materials checked\"");
    staff.accept(&case, &view).await;
    let revoked = staff.clerk.post(&format!("/cases/{case}/hand-over"), &json!({})).await.expect(200);
    assert_eq!(revoked["state"]["code"], "revoked");
    let told: Vec<&str> = instructions(&revoked).into_iter().map(|(code, _)| code).collect();
    assert_eq!(told, ["revoked", "where_to_turn"]);
}
