//! Who may apply: enterprises, and with old papers the organizations that never had a business licence.

use casehall::domain::accounts::role::Role;
use reqwest::Method;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application, send, unified_code};

on_both!(
    each_organization_found_is_taken_or_refused,
    an_institution_with_old_papers_has_the_number_of_its_own_certificate,
    an_institution_shows_its_own_certificate_instead_of_a_business_licence,
    a_code_that_was_really_issued_may_fail_its_check_in_an_import_too,
);

const FOUND: &str = include_str!("../../../data/found/organizations.csv");

async fn each_organization_found_is_taken_or_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut rows = 0;
    for (row, number) in csv::Reader::from_reader(FOUND.as_bytes()).records().zip(1..) {
        let row = row.unwrap();
        let mut request = application(number);
        let mut organization = json!({ "name": "广州第一单位" });
        let fields = ["unified_social_credit_code", "organization_code", "registration_number", "kind"];
        for (field, value) in fields.into_iter().zip(row.iter()).filter(|(_, value)| !value.is_empty()) {
            organization[field] = value.into();
        }
        request["organization"] = organization;
        let answer = clerk.post("/cases", &request).await;
        match &row[4] {
            "valid" => {
                let case = answer.expect(201);
                assert_eq!(case["application"]["organization"]["kind"], row[3]);
                let key = case["acceptance_number"].as_str().unwrap();
                clerk.act(key, "withdraw", &json!({ "reason": "试办" })).await.expect(200);
            }
            _ => drop(answer.refused(422, "invalid_request")),
        }
        rows += 1;
    }
    assert_eq!(rows, 4);
}

async fn an_institution_shows_its_own_certificate_instead_of_a_business_licence(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let name = async |number: u32, kind: &str| {
        let mut request = application(number);
        request["organization"]["kind"] = kind.into();
        let case = clerk.post("/cases", &request).await.expect(201);
        let sheets = case["materials"]["sheets"].as_array().unwrap();
        let licence = sheets.iter().find(|sheet| sheet["material"] == "business-licence").unwrap();
        licence["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name(1, "enterprise").await, "企业工商登记证/营业执照（副本）");
    for (number, kind) in [(2, "institution"), (3, "association"), (4, "private_non_enterprise")] {
        let own = name(number, kind).await;
        assert_eq!(own, "事业单位法人证书/社会团体法人登记证书/民办非企业单位登记证书（副本）", "{kind}");
    }
}

async fn an_institution_with_old_papers_has_the_number_of_its_own_certificate(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut request = application(1);
    request["organization"] = json!({
        "name": "广州市第一测绘院", "kind": "institution", "organization_code": "PDY99991-9", "registration_number": "事证第１４４０１号",
    });
    let case = clerk.post("/cases", &request).await.expect(201);
    assert_eq!(case["application"]["organization"]["registration_number"], "事证第14401号");
    request["organization"]["kind"] = "firm".into();
    let faults = clerk.post("/cases", &request).await.faults();
    assert!(faults.contains(&("/organization/kind".to_owned(), "not_one_of".to_owned())), "{faults:?}");
}

async fn a_code_that_was_really_issued_may_fail_its_check_in_an_import_too(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let right = unified_code(1);
    let (body, check) = right.split_at(17);
    let wrong = format!("{body}{}", if check == "0" { "1" } else { "0" });
    let table = |reason: &str| {
        format!(
            "序列号,介质编号,单位名称,统一社会信用代码,有效期起,有效期止,校验放行原因\nOLD-000001,KEY-000001,单位,{wrong},2025-01-01,2027-12-31,{reason}\n"
        )
        .replacen("序列号", "证书序列号", 1)
    };
    let import = async |table: String| {
        let request = supervisor.request(Method::POST, "/certificates/imports").await;
        send(request.header("Content-Type", "text/csv").body(table)).await
    };
    let refused = import(table("")).await.refused(422, "invalid_request");
    assert_eq!(refused["errors"][0]["code"], "wrong_check_character");
    import(table("原件核对无误，系发证机关编码")).await.expect(200);
    let shown = supervisor.get("/certificates/OLD-000001").await.expect(200);
    assert_eq!(shown["organization_code"], wrong[8..17]);
}
