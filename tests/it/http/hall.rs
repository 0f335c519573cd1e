//! What the hall has: no code has to be learnt from an error message.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, TWO_OUTLETS};

on_both!(
    every_code_of_an_application_can_be_looked_up,
    the_hall_says_where_it_is_and_who_helps,
    a_case_carries_what_its_papers_say_of_the_hall,
    an_application_without_an_outlet_gets_the_default_outlet,
    a_caller_is_told_who_is_calling,
);

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

async fn every_code_of_an_application_can_be_looked_up(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    let outlets = portal.get("/outlets").await.expect(200);
    assert_eq!(codes(&outlets["items"]), [CENTER, "panyu"]);
    let applications = portal.get("/applications").await.expect(200);
    assert_eq!(codes(&applications["items"]), ["urban-construction"]);
    let methods = portal.get("/payment-methods").await.expect(200);
    assert_eq!(codes(&methods["items"]), ["cash", "card", "transfer", "online"]);
    let prices = portal.get("/prices").await.expect(200);
    let list = &prices["items"][0];
    assert!(list["valid_from"].is_string() && list["prices"][0]["unit_fen"].is_u64(), "{prices:#}");
    // What was looked up is taken.
    let mut request = crate::hall::application(1);
    request["outlet"] = outlets["items"][1]["code"].clone();
    request["applications"] = json!([applications["items"][0]["code"]]);
    request["payment_method"] = methods["items"][2]["code"].clone();
    portal.post("/cases", &request).await.expect(201);
    hall.nobody().get("/outlets").await.refused(401, "unauthorized");
}

/// Settings of a hall whose second outlet and application say everything, and whose first say nothing.
const OUTLETS: (&str, &str) = (
    "OUTLETS",
    r#"[{ code = "guangzhou-center", zh = "中心", en = "Center" },
        { code = "panyu", zh = "番禺网点", en = "Panyu outlet", address = { zh = "番禺大道1号", en = "1 Panyu Avenue" },
          telephone = "020-34567890", opening_hours = { zh = "周一至周五", en = "Monday to Friday" },
          map = { zh = "市桥站A出口", en = "Shiqiao station, exit A" } }]"#,
);

async fn the_hall_says_where_it_is_and_who_helps(database: TestDatabase) {
    let settings = [OUTLETS, ("HALL__DEFAULT_OUTLET", "panyu"), ("HALL__CLOSES", "17:00"), ("HALL__WEBSITE", "")];
    let hall = Hall::with(database, &settings).await;
    // Half past midnight in Guangzhou.
    hall.set_time("2026-03-02T16:30:00Z");
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    assert_eq!(
        portal.get("/hall").await.expect(200),
        json!({
            "name": "Service hall of the Guangzhou Electronic Signature Center", "website": null,
            "customer_line": "020-38828393", "opens": "09:00", "closes": "17:00", "zone": "Asia/Shanghai",
            "today": "2026-03-03", "default_outlet": { "code": "panyu", "name": "Panyu outlet" },
        })
    );
    let outlets = portal.get("/outlets").await.expect(200);
    let nothing = json!({
        "code": CENTER, "name": "Center", "address": null, "telephone": null, "opening_hours": null, "map": null,
    });
    assert_eq!(outlets["items"][0], nothing);
    let panyu = json!({
        "code": "panyu", "name": "Panyu outlet", "address": "1 Panyu Avenue", "telephone": "020-34567890",
        "opening_hours": "Monday to Friday", "map": "Shiqiao station, exit A",
    });
    assert_eq!(outlets["items"][1], panyu);
    let urban = json!({
        "code": "urban-construction", "name": "Urban construction", "login_address": "http://online.gzcc.gov.cn",
        "support_line": "020-83124994",
    });
    assert_eq!(portal.get("/applications").await.expect(200)["items"], json!([urban]));
    let portal = portal.in_chinese();
    assert_eq!(portal.get("/hall").await.expect(200)["name"], "广州市电子签名中心服务大厅");
    assert_eq!(portal.get("/outlets").await.expect(200)["items"][1]["map"], "市桥站A出口");
    hall.nobody().get("/hall").await.refused(401, "unauthorized");
}

async fn a_case_carries_what_its_papers_say_of_the_hall(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let opened = clerk.post("/cases", &crate::hall::application(1)).await.expect(201);
    let letterhead = json!({
        "name": "广州市电子签名中心服务大厅", "website": "www.gzca.gd.cn", "customer_line": "020-38828393",
    });
    assert_eq!(opened["hall"], letterhead);
    assert_eq!((&opened["outlet"]["code"], &opened["outlet"]["telephone"]), (&json!(CENTER), &json!("020-38828393")));
    let address = "广州市天河区龙口西路穗园小区E座一楼广州市电子政务公共服务大厅内";
    assert_eq!(opened["outlet"]["address"], address);
}

async fn an_application_without_an_outlet_gets_the_default_outlet(database: TestDatabase) {
    let hall = Hall::with(database, &[OUTLETS, ("HALL__DEFAULT_OUTLET", "panyu")]).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let mut request = crate::hall::application(1);
    request.as_object_mut().unwrap().remove("outlet");
    let opened = portal.post("/cases", &request).await.expect(201);
    assert_eq!(opened["outlet"]["code"], "panyu");
    // Staff of an outlet see its cases only: what they open is theirs.
    let clerk = hall.staff(Role::Clerk).await;
    let mut request = crate::hall::application(2);
    request.as_object_mut().unwrap().remove("outlet");
    let opened = clerk.post("/cases", &request).await.expect(201);
    assert_eq!(opened["outlet"]["code"], CENTER);
    let mut request = crate::hall::application(3);
    request["outlet"] = Value::Null;
    clerk.post("/cases", &request).await.refused(422, "invalid_request");
    request["outlet"] = json!("");
    clerk.post("/cases", &request).await.refused(422, "invalid_request");
}

async fn a_caller_is_told_who_is_calling(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.person(&[Role::Clerk, Role::Producer], Some(CENTER)).await.in_chinese();
    let me = clerk.get("/me").await.expect(200);
    assert_eq!(codes(&me["roles"]), ["clerk", "producer"]);
    assert_eq!((&me["outlet"]["code"], &me["scopes"]), (&json!(CENTER), &Value::Null));
    let everywhere = hall.person(&[Role::Supervisor], None).await.get("/me").await.expect(200);
    assert_eq!(everywhere["outlet"], Value::Null);
    let portal = hall.client("portal", &[Scope::CasesOpen]).await.get("/me").await.expect(200);
    assert_eq!(
        (&portal["id"], &portal["scopes"], &portal["roles"]),
        (&json!("portal"), &json!(["cases:open"]), &json!([]))
    );
}
