//! A person's numbers in clear on a page: asked for with a reason, shown once, and on the record.

use casehall::domain::accounts::role::Role;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(numbers_are_shown_once_with_a_reason, who_may_see_none_is_offered_none);

async fn opened(hall: &Hall) -> String {
    let case = hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

async fn numbers_are_shown_once_with_a_reason(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let number = opened(&hall).await;
    let (case, path) = (format!("/console/cases/{number}"), format!("/console/cases/{number}/disclosures"));
    let visitor = hall.visitor(Role::Supervisor).await;
    assert!(visitor.get(&case).await.attributes("a", "href").contains(&path));
    let page = visitor.get(&path).await;
    assert_eq!(page.attributes("[name=person] option", "value"), ["applicant", "agent"], "whom the case has");
    assert!(!page.html.contains("440199196412310694") && !page.html.contains("13800138000"));
    // Without a number, a purpose and a reason nothing is shown, and what was chosen is still there.
    let refused = visitor.submit(&page, &path, &[("person", "agent")]).await;
    assert_eq!((refused.status, refused.texts("[role=alert] li").len()), (422, 3), "{}", refused.html);
    assert_eq!(refused.attributes("[name=person] option[selected]", "value"), ["agent"]);
    let asked =
        [("person", "applicant"), ("fields", "identity_number"), ("purpose", "verify"), ("reason", "核对来电人身份")];
    let shown = visitor.submit(&page, &path, &asked).await;
    assert_eq!((shown.status, shown.texts("[role=status] dd")), (200, vec!["440199196412310694".to_owned()]));
    assert!(!shown.html.contains("13800138000"), "no more than was asked for");
    assert_eq!(shown.headers["Cache-Control"], "no-store");
    assert!(!visitor.get(&path).await.html.contains("440199196412310694"), "only once");
    assert!(!visitor.get(&case).await.html.contains("440199196412310694"));
    let auditor = hall.person(&[Role::Auditor], None).await;
    let entries = auditor.get("/audit?kind=person_disclosed").await.expect(200);
    assert_eq!(entries["items"].as_array().unwrap().len(), 1, "{entries}");
    assert!(entries.to_string().contains("核对来电人身份") && !entries.to_string().contains("440199196412310694"));
}

async fn who_may_see_none_is_offered_none(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let number = opened(&hall).await;
    let path = format!("/console/cases/{number}/disclosures");
    let producer = hall.visitor(Role::Producer).await;
    let case = producer.get(&format!("/console/cases/{number}")).await;
    assert!(!case.attributes("a", "href").contains(&path));
    assert_eq!(producer.get(&path).await.status, 403);
    let mut sent = producer.get("/console/account").await.fields("/console/sign-out");
    sent.extend(
        [("person", "applicant"), ("fields", "phone")].map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    assert_eq!(producer.post(&path, &sent).await.status, 403);
    assert_eq!(hall.visitor(Role::Supervisor).await.get("/console/cases/260302000999/disclosures").await.status, 404);
}
