//! Applications typed at the window.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use super::{NEW, number_of, opened, send, typed};
use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Visitor;
use crate::hall::{Hall, organization_code, unified_code};

on_both!(
    what_the_case_type_demands_is_ticked_wherever_the_form_was_opened_from,
    the_form_asks_for_what_the_case_type_asks_for,
    an_application_opens_the_same_case_as_a_request,
    faults_stand_at_their_fields_and_nothing_typed_is_lost,
    enter_only_looks_whether_the_organization_may_apply,
    whoever_holds_a_certificate_is_offered_the_addition_with_what_was_typed,
    an_open_case_of_the_organization_is_named,
    an_addition_finds_the_certificate_by_the_code,
    whoever_opens_no_cases_gets_no_form,
    what_is_possible_on_the_certificate_held_is_said_and_offered,
    an_expired_certificate_is_found_too,
    what_stands_in_the_way_is_said_in_names_and_whole_sentences,
    what_the_register_filled_in_follows_the_code,
    a_case_scanned_into_a_field_is_opened_and_nothing_typed_is_lost,
    a_certificate_scanned_for_the_code_fills_in_whose_it_is,
    an_open_case_on_the_certificate_held_is_named_and_linked,
    what_was_received_is_said_with_its_number,
    the_form_says_where_the_certificate_is_collected,
);

async fn the_form_asks_for_what_the_case_type_asks_for(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let which = clerk.get(NEW).await;
    assert_eq!(which.texts(".kinds a")[..2], ["新办证书 1", "增开“市城建”应用 2"]);
    let form = clerk.get("/console/cases/new?case_type=new-certificate").await;
    let names = |page: &crate::hall::visitor::Page| page.attributes("form.stack [name]", "name");
    assert!(names(&form).contains(&"responsibility_letter_accepted".to_owned()));
    assert!(!names(&form).contains(&"certificate_serial".to_owned()));
    assert!(!names(&form).contains(&"outlet".to_owned()), "a clerk's own is the only one");
    assert_eq!(form.attributes("[name=applications][checked]", "value"), ["urban-construction"]);
    assert_eq!(form.texts("#service_years label")[1], "2 年 · 1000 元");
    let form = clerk.get("/console/cases/new?case_type=add-application").await;
    assert!(!names(&form).contains(&"responsibility_letter_accepted".to_owned()));
    assert!(names(&form).contains(&"certificate_serial".to_owned()));
    assert_eq!(clerk.get("/console/cases/new?case_type=nothing").await.status, 404);
}

async fn an_application_opens_the_same_case_as_a_request(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, other) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let case = opened(&clerk, 1).await;
    let typed = other.get(&format!("/cases/{case}")).await.expect(200);
    let sent = other.post("/cases", &crate::hall::application(2)).await.expect(201);
    assert_eq!(typed["application"]["organization"]["organization_code"], organization_code(1));
    // The organizations differ, and who recorded the acceptance.
    let compared = |case: &Value| {
        let mut application = case["application"].clone();
        application["organization"] = Value::Null;
        application["responsibility_letter"]["recorded_by"] = Value::Null;
        assert_ne!(application["agent"], Value::Null);
        (application, case["outlet"].clone(), case["fee"].clone(), case["state"].clone())
    };
    assert_eq!(compared(&typed), compared(&sent));
}

async fn faults_stand_at_their_fields_and_nothing_typed_is_lost(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=new-certificate").await;
    let mut fields = typed(1);
    fields.extend([("submit", "yes".to_owned()), ("organization/name", "\"><script>x</script>".to_owned())]);
    fields.extend([("applicant/identity_number", "440199196412310695".to_owned()), ("service_years", "2".to_owned())]);
    let page = send(&clerk, &form, NEW, &fields).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.attributes(".fault a", "href"), ["#applicant-identity_number"]);
    assert_eq!(page.texts("#applicant-identity_number-fault").len(), 1);
    assert!(!page.html.contains("<script>x"), "what was typed shows as text");
    let kept = page.fields(NEW);
    for (name, _) in fields.iter().filter(|(name, _)| *name != "submit") {
        let (_, sent) = fields.iter().rfind(|(known, _)| known == name).unwrap();
        assert!(kept.contains(&((*name).to_owned(), sent.clone())), "{name} is lost: {kept:?}");
    }
    // Put right, it goes.
    let right = [("applicant/identity_number", "440199196412310694"), ("organization/name", "广州第1建筑有限公司")];
    let page = clerk.submit(&page, NEW, &[right[0], right[1], ("submit", "yes")]).await;
    assert!(!number_of(&page).is_empty());
}

async fn enter_only_looks_whether_the_organization_may_apply(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=new-certificate").await;
    let page = send(&clerk, &form, NEW, &typed(1)).await;
    assert_eq!((page.status, page.texts("[role=status]")), (200, vec!["该单位可以办理本事项。".to_owned()]));
    let found = hall.staff(Role::Clerk).await.get("/cases").await.expect(200);
    assert_eq!(found["items"], json!([]));
    let page = clerk.submit(&page, NEW, &[("organization/code", "PDY")]).await;
    assert_eq!((page.status, page.attributes(".fault a", "href")), (422, vec!["#organization-code".to_owned()]));
}

/// A certificate of the first organization that was registered before.
async fn with_certificate(hall: &Hall) {
    let organization = json!({ "name": "广州第1建筑有限公司", "unified_social_credit_code": unified_code(1) });
    let registration = json!({
        "serial": "GZ-OLD-1", "medium_number": "KEY-OLD-1", "organization": organization,
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    });
    hall.register(&registration).await;
}

async fn whoever_holds_a_certificate_is_offered_the_addition_with_what_was_typed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    with_certificate(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=new-certificate").await;
    // Under either code, and whether one looks or sends.
    for (code, submit) in [(organization_code(1), ""), (unified_code(1), "yes")] {
        let mut fields = typed(1);
        fields.extend([("organization/code", code.clone()), ("submit", submit.to_owned())]);
        let page = send(&clerk, &form, NEW, &fields).await;
        assert!(page.texts(".offer p")[0].starts_with("该证件已经申请过证书，不能再申请"), "{}", page.html);
        assert!(page.attributes(".offer button", "value").contains(&"add-application".to_owned()));
        let page = clerk.submit(&page, NEW, &[("instead", "add-application")]).await;
        assert_eq!(page.status, 200);
        let kept = page.fields(NEW);
        for (name, value) in [
            ("case_type", "add-application"),
            ("certificate_serial", "GZ-OLD-1"),
            ("organization/code", &code),
            ("applicant/name", "谭丽"),
            ("agent/phone", "020-38828393"),
            ("applications", "urban-construction"),
            ("service_years", "1"),
        ] {
            assert!(kept.contains(&(name.to_owned(), value.to_owned())), "{name}: {kept:?}");
        }
        if code == unified_code(1) {
            let page = clerk.submit(&page, NEW, &[("submit", "yes")]).await;
            assert!(page.html.contains("增开“市城建”应用"), "{}", page.html);
            number_of(&page);
        }
    }
}

async fn an_open_case_of_the_organization_is_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let form = clerk.get("/console/cases/new?case_type=new-certificate").await;
    let page = send(&clerk, &form, NEW, &typed(1)).await;
    assert_eq!(page.attributes(".offer a", "href"), [format!("/console/cases/{case}")]);
    assert!(page.attributes(".offer button", "value").is_empty());
}

async fn an_addition_finds_the_certificate_by_the_code(database: TestDatabase) {
    let hall = Hall::open(database).await;
    with_certificate(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await.in_english();
    let form = clerk.get("/console/cases/new?case_type=add-application").await;
    let page = clerk.submit(&form, NEW, &[("organization/code", &unified_code(1))]).await;
    assert_eq!(page.attributes("#certificate_serial", "value"), ["GZ-OLD-1"]);
    let page = clerk.submit(&form, NEW, &[("organization/code", &unified_code(2))]).await;
    assert_eq!(page.attributes("#certificate_serial", "value"), [""]);
    assert!(
        page.texts(".offer p")[0].starts_with("The register has no certificate of this organization to do this with")
    );
    assert_eq!(page.attributes(".offer button", "value"), ["new-certificate"]);
}

async fn whoever_opens_no_cases_gets_no_form(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for role in [Role::Producer, Role::Auditor] {
        let other = hall.visitor(role).await;
        assert_eq!(other.get(NEW).await.status, 403, "{role:?}");
        assert_eq!(other.get("/console/cases/new?case_type=new-certificate").await.status, 403);
        let key = other.get("/console/account").await.fields("/console/account/sign-out-everywhere");
        let fields = [key, vec![("case_type".to_owned(), "new-certificate".to_owned())]].concat();
        assert_eq!(other.post(NEW, &fields).await.status, 403);
    }
}

async fn what_is_possible_on_the_certificate_held_is_said_and_offered(database: TestDatabase) {
    let hall = Hall::open(database).await;
    with_certificate(&hall).await;
    let (clerk, api) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let form = clerk.get("/console/cases/new?case_type=unlock").await;
    let look = || async { clerk.submit(&form, NEW, &[("organization/code", &unified_code(1))]).await };
    let page = look().await;
    assert!(page.texts(".offer p")[0].starts_with("证书 GZ-OLD-1：该证书未锁定，无须解锁。"), "{}", page.html);
    let offered = page.attributes(".offer button", "value");
    assert!(offered.contains(&"change".to_owned()) && !offered.contains(&"unlock".to_owned()), "{offered:?}");
    // The other case type is looked up at once, with what was typed.
    let page = clerk.submit(&page, NEW, &[("instead", "change"), ("applicant/name", "谭丽")]).await;
    assert_eq!(page.texts("p.saved"), ["该单位可以办理本事项。"]);
    assert_eq!(page.attributes("#applicant-name", "value"), ["谭丽"]);
    api.post("/certificates/GZ-OLD-1/lock-reports", &json!({})).await.expect(200);
    let page = look().await;
    assert_eq!((page.texts("p.saved"), page.texts(".offer").len()), (vec!["该单位可以办理本事项。".to_owned()], 0));
    assert_eq!(page.attributes("#certificate_serial", "value"), ["GZ-OLD-1"]);
    assert_eq!(page.attributes("#organization-name", "value"), ["广州第1建筑有限公司"]);
    // A case that works on it is named.
    let mut fields = typed(1);
    fields.retain(|(name, _)| !["service_years", "payment_method", "responsibility_letter_accepted"].contains(name));
    fields.push(("submit", "yes".to_owned()));
    let case = number_of(&send(&clerk, &page, NEW, &fields).await);
    assert_eq!(look().await.attributes(".offer a", "href"), [format!("/console/cases/{case}")]);
}

async fn an_expired_certificate_is_found_too(database: TestDatabase) {
    let hall = Hall::open(database).await;
    with_certificate(&hall).await;
    hall.set_time("2027-02-01T10:00:00+08:00");
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=reissue-expired").await;
    let page = clerk.submit(&form, NEW, &[("organization/code", &organization_code(1))]).await;
    assert_eq!((page.texts("p.saved").len(), page.texts(".offer").len()), (1, 0), "{}", page.html);
    assert_eq!(page.attributes("#certificate_serial", "value"), ["GZ-OLD-1"]);
    let held = "广州第1建筑有限公司 持有的证书 GZ-OLD-1 已过期，有效期至 2027年1月1日。";
    assert!(page.texts("main p").contains(&held.to_owned()), "{:?}", page.texts("main p"));
    let form = clerk.get("/console/cases/new?case_type=renew").await;
    let page = clerk.submit(&form, NEW, &[("organization/code", &organization_code(1))]).await;
    assert_eq!(page.attributes(".offer button", "value"), ["reissue-expired"]);
}

async fn what_stands_in_the_way_is_said_in_names_and_whole_sentences(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let (clerk, api) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let english = hall.visitor(Role::Clerk).await.in_english();
    let look = async |clerk: &Visitor<'_>, case_type: &str| {
        let form = clerk.get(&format!("{NEW}?case_type={case_type}")).await;
        clerk.submit(&form, NEW, &[("organization/code", &unified_code(1))]).await.texts(".offer b").concat()
    };
    assert_eq!(look(&clerk, "add-application").await, "证书 GZ2013-0001：该证书已开通“市城建”。");
    let told = look(&english, "add-application").await;
    assert!(told.contains("is already open on the certificate") && !told.contains("urban-construction"), "{told}");
    // The holder has a case that works on it, and it is too early besides.
    let revocation = json!({
        "case_type": "revoke", "certificate_serial": "GZ2013-0001", "outlet": crate::hall::CENTER,
        "organization": { "name": "广州第1老证单位", "unified_social_credit_code": unified_code(1) },
        "applicant": { "name": "谭丽", "identity_number": "440199196412310694", "phone": "13800138000" },
    });
    let case = api.post("/cases", &revocation).await.expect(201);
    let case = case["acceptance_number"].as_str().unwrap();
    let told = look(&clerk, "renew").await;
    assert!(told.contains(&format!("起可以办理。办件 {case} （注销）正在办理该证书。")), "{told}");
    let told = look(&english, "renew").await;
    assert!(told.contains(&format!(". Case {case} (")) && told.ends_with("certificate."), "{told}");
    assert!(!told.contains(".;") && !told.contains(".."), "{told}");
}

async fn what_the_register_filled_in_follows_the_code(database: TestDatabase) {
    let hall = Hall::open(database).await;
    with_certificate(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=change").await;
    let page = clerk.submit(&form, NEW, &[("organization/code", &unified_code(1))]).await;
    let page = clerk.submit(&page, NEW, &[("organization/code", &unified_code(2))]).await;
    let shown = |page: &crate::hall::visitor::Page| {
        ["#certificate_serial", "#organization-name"].map(|field| page.attributes(field, "value").concat())
    };
    assert_eq!(shown(&page), ["", ""]);
    // What somebody typed stays.
    let typed = [("organization/code", unified_code(1)), ("organization/name", "广州第1建设集团有限公司".to_owned())];
    let page = send(&clerk, &page, NEW, &typed).await;
    assert_eq!(shown(&page), ["GZ-OLD-1", "广州第1建设集团有限公司"]);
}

async fn a_case_scanned_into_a_field_is_opened_and_nothing_typed_is_lost(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let form = clerk.get("/console/cases/new?case_type=new-certificate").await;
    let address = format!("/console/cases/{case}");
    for field in ["organization/code", "applicant/name"] {
        assert_eq!(clerk.submit(&form, NEW, &[(field, &case)]).await.address, address);
    }
    let begun = [("organization/code", case.as_str()), ("organization/name", "广州第2建筑有限公司")];
    let page = clerk.submit(&form, NEW, &begun).await;
    assert_eq!((page.status, page.attributes(".offer a", "href")), (200, vec![address]));
    assert_eq!(page.attributes("#organization-name", "value"), ["广州第2建筑有限公司"]);
    assert_eq!(page.attributes("#organization-code", "value"), [""]);
    let page = clerk.submit(&page, NEW, &[("organization/code", "260302000999")]).await;
    assert!(page.texts(".fault li")[0].starts_with("“260302000999”不是本大厅的受理编号"), "{}", page.html);
    assert_eq!(page.attributes("#organization-name", "value"), ["广州第2建筑有限公司"]);
}

async fn a_certificate_scanned_for_the_code_fills_in_whose_it_is(database: TestDatabase) {
    let hall = Hall::open(database).await;
    with_certificate(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=change").await;
    assert_eq!(form.attributes("[autofocus]", "name"), ["organization/code"]);
    // Its serial or its medium, as the scanner types them, and whatever the Enter would send.
    for (scanned, submit) in [("gz-old-1", ""), ("KEY-OLD-1", "yes")] {
        let page = clerk.submit(&form, NEW, &[("organization/code", scanned), ("submit", submit)]).await;
        assert_eq!((page.status, page.texts("[role=alert]")), (200, Vec::new()), "{scanned}");
        assert_eq!(page.attributes("#organization-code", "value"), [unified_code(1)]);
        assert_eq!(page.attributes("#certificate_serial", "value"), ["GZ-OLD-1"]);
        assert!(page.texts("main").concat().contains("广州第1建筑有限公司"));
    }
    let unknown = clerk.submit(&form, NEW, &[("organization/code", "GZ-OLD-2")]).await;
    assert_eq!((unknown.status, unknown.attributes(".fault a", "href")), (422, vec!["#organization-code".to_owned()]));
}

async fn an_open_case_on_the_certificate_held_is_named_and_linked(database: TestDatabase) {
    let hall = Hall::open(database).await;
    with_certificate(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=revoke").await;
    let mut fields = typed(1);
    // Of a revocation the form asks no more.
    fields.retain(|(name, _)| ["organization/", "applicant/", "agent"].iter().any(|part| name.starts_with(part)));
    fields.extend([("certificate_serial", "GZ-OLD-1".to_owned()), ("submit", "yes".to_owned())]);
    let case = number_of(&send(&clerk, &form, NEW, &fields).await);
    // Whatever else the organization comes for, and whether one looks or sends.
    for (case_type, submit) in [("new-certificate", ""), ("new-certificate", "yes"), ("change", "")] {
        let form = clerk.get(&format!("{NEW}?case_type={case_type}")).await;
        let mut fields = typed(1);
        fields.extend([("submit", submit.to_owned())]);
        let page = send(&clerk, &form, NEW, &fields).await;
        let told = page.texts(".offer p").concat();
        assert!(told.contains(&format!("办件 {case} （注销）正在办理该证书")), "{case_type} {submit}: {told}");
        assert_eq!(page.attributes(".offer a", "href"), [format!("/console/cases/{case}")], "{case_type} {submit}");
        assert!(page.attributes(".offer button", "value").is_empty(), "{case_type} {submit}");
    }
}

async fn what_was_received_is_said_with_its_number(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get(&format!("{NEW}?case_type=new-certificate")).await;
    let mut fields = typed(1);
    fields.push(("submit", "yes".to_owned()));
    let page = send(&clerk, &form, NEW, &fields).await;
    let case = number_of(&page);
    assert_eq!(page.texts(".saved"), [format!("已收件，受理编号 {case}。")]);
    assert!(clerk.get(&format!("/console/cases/{case}")).await.texts(".saved").is_empty(), "said once");
}

async fn what_the_case_type_demands_is_ticked_wherever_the_form_was_opened_from(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let way = format!("{NEW}?case_type=new-certificate");
    let sought = format!("{way}&sought={}", unified_code(1));
    for address in [&way, &sought] {
        let page = clerk.get(address).await;
        assert_eq!(page.attributes("[name=applications][checked]", "value"), ["urban-construction"], "{address}");
        assert_eq!(page.attributes("main [autofocus]", "name"), ["organization/code"], "{address}");
        // What a clerk unticks stays so.
        let mut fields = page.filled(NEW, &[("organization/name", "广州第1建筑有限公司")]);
        fields.retain(|(name, _)| name != "applications");
        let again = clerk.post(NEW, &fields).await;
        assert_eq!(again.attributes("[name=applications][checked]", "value"), Vec::<String>::new(), "{address}");
    }
}

async fn the_form_says_where_the_certificate_is_collected(database: TestDatabase) {
    let hall = Hall::with(database, &[crate::hall::TWO_OUTLETS]).await;
    let said = async |visitor: &Visitor<'_>, case_type: &str| {
        visitor.get(&format!("/console/cases/new?case_type={case_type}")).await.texts("#collection_method-hint")
    };
    let clerk = hall.visitor(Role::Clerk).await;
    let center = said(&clerk, "new-certificate").await.remove(0);
    assert!(
        center.starts_with("领取网点：广州市电子签名中心") && center.ends_with("提交后请督办人员更正网点"),
        "{center}"
    );
    assert!(said(&clerk, "renew").await.is_empty(), "nothing is collected");
    let everywhere = hall.person(&[Role::Clerk], None).await;
    let chooses = hall.visitor_named(everywhere.name()).await;
    assert!(said(&chooses, "new-certificate").await.is_empty(), "who works for the whole hall chooses it");
    // Whoever asks for another one is told the same.
    let mut elsewhere = crate::hall::application(1);
    elsewhere["outlet"] = json!("panyu");
    let refused = hall.staff(Role::Clerk).await.in_chinese().post("/cases", &elsewhere).await.expect(422);
    assert_eq!(refused["errors"][0]["code"], "other_outlet");
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("督办人员"), "{refused}");
}
