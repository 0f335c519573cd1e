//! What the hall has: no code has to be learnt from an error message.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, TWO_OUTLETS};

on_both!(every_code_of_an_application_can_be_looked_up, a_caller_is_told_who_is_calling,);

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

async fn every_code_of_an_application_can_be_looked_up(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    let outlets = portal.get("/outlets").await.expect(200);
    assert_eq!(codes(&outlets["outlets"]), [CENTER, "panyu"]);
    let applications = portal.get("/applications").await.expect(200);
    assert_eq!(codes(&applications["applications"]), ["urban-construction"]);
    let methods = portal.get("/payment-methods").await.expect(200);
    assert_eq!(codes(&methods["payment_methods"]), ["cash", "card", "transfer", "online"]);
    let prices = portal.get("/prices").await.expect(200);
    let list = &prices["price_lists"][0];
    assert!(list["valid_from"].is_string() && list["prices"][0]["unit_fen"].is_u64(), "{prices:#}");
    // What was looked up is taken.
    let mut request = crate::hall::application(1);
    request["outlet"] = outlets["outlets"][1]["code"].clone();
    request["applications"] = json!([applications["applications"][0]["code"]]);
    request["payment_method"] = methods["payment_methods"][2]["code"].clone();
    portal.post("/cases", &request).await.expect(201);
    hall.nobody().get("/outlets").await.refused(401, "unauthorized");
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
