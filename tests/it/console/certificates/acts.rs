//! Acts at the register, and what a second person decides.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::case_types::shipped::{SERIAL, Staff, reissue};
use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    a_lock_is_reported_once_by_each,
    a_loss_suspends_and_only_a_supervisor_lifts_it,
    a_reason_of_the_halls_own_is_read_in_the_readers_language,
    a_correction_needs_a_second_person,
    a_decision_on_what_changed_meanwhile_is_refused,
    a_service_is_suspended_at_the_window_and_restored_by_a_supervisor,
    a_registration_is_approved_by_another_supervisor,
    whoever_only_looks_is_offered_nothing,
    a_locked_certificate_leads_to_the_case_that_unlocks_it,
);

const PAGE: &str = "/console/certificates/GZ2013-0001";
/// The same, where it is said what was just done.
const AFTER: &str = "/console/certificates/GZ2013-0001?done=yes";

fn at(act: &str) -> String {
    format!("{PAGE}/{act}")
}

async fn a_lock_is_reported_once_by_each(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(PAGE).await;
    let early = [("locked_at", "2030-03-02T09:00"), ("reference", "窗口电话")];
    let refused = clerk.submit(&page, &at("lock-reports"), &early).await;
    assert_eq!((refused.status, refused.texts("[role=alert] li").len()), (422, 1), "the time is to come");
    assert_eq!(
        refused.attributes("details[open] [name='lock-reports/reference']", "value"),
        ["窗口电话"],
        "what was typed is kept"
    );
    let locked = clerk.submit(&refused, &at("lock-reports"), &[("locked_at", "2026-03-02T09:00")]).await;
    assert_eq!((locked.address.as_str(), locked.texts(".bar .tag")), (AFTER, vec!["■ 已锁定".to_owned()]));
    assert_eq!(locked.texts(".saved"), ["已办理：报告锁定：窗口电话。"]);
    let again = clerk.submit(&page, &at("lock-reports"), &[]).await;
    assert_eq!((again.status, again.texts("[role=alert] li").len()), (422, 1));
}

async fn a_loss_suspends_and_only_a_supervisor_lifts_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let page = clerk.get(PAGE).await;
    assert_eq!(clerk.submit(&page, &at("loss-reports"), &[("reason", " ")]).await.status, 422);
    let lost = clerk.submit(&page, &at("loss-reports"), &[("reason", "经办人电话挂失")]).await;
    assert_eq!(lost.texts(".bar .tag"), ["‖ 已暂停"]);
    assert!(lost.texts("dl.facts dd").iter().any(|fact| fact.contains("经办人电话挂失")));
    assert!(!lost.attributes("form button", "formaction").contains(&at("restore")));
    let key = ("form_key".to_owned(), lost.attributes("[name=form_key]", "value").remove(0));
    let tried = clerk.post(&at("restore"), &[key, ("reason".to_owned(), "已找回".to_owned())]).await;
    assert_eq!(tried.status, 403);
    let page = supervisor.get(PAGE).await;
    let restored = supervisor.submit(&page, &at("restore"), &[("reason", "已找回")]).await;
    assert_eq!(restored.texts(".bar .tag"), ["● 使用中"]);
}

async fn a_reason_of_the_halls_own_is_read_in_the_readers_language(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, _) = staff.opened("reissue", reissue("lost")).await;
    for (visitor, reason) in
        [(hall.visitor(Role::Clerk).await.in_english(), "lost"), (hall.visitor(Role::Clerk).await, "遗失")]
    {
        let pages = [format!("/console/cases/{case}"), format!("/console/certificates/{SERIAL}")];
        for address in pages {
            let page = visitor.get(&address).await;
            let shown = page.texts("main").concat();
            assert!(shown.contains(reason), "{address}: {shown}");
            assert_eq!(shown.contains("遗失"), reason == "遗失", "{address}: {shown}");
        }
    }
}

async fn a_correction_needs_a_second_person(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let (one, two) = (hall.visitor(Role::Supervisor).await, hall.visitor(Role::Supervisor).await);
    let page = one.get(PAGE).await;
    assert_eq!(one.submit(&page, &at("corrections"), &[("reason", "录错")]).await.status, 422, "what is wrong?");
    let wanted = [("serial", "GZ2013-7777"), ("handler", "谭丽"), ("reason", "末位录错")];
    let asked = one.submit(&page, &at("corrections"), &wanted).await;
    assert_eq!(asked.texts(".proposal tbody td"), ["GZ2013-0001", "GZ2013-7777", "刘少芬", "谭丽"]);
    let forms = asked.attributes("form button", "formaction");
    assert!(!forms.contains(&at("corrections/approve")) && forms.contains(&at("corrections/decline")));
    assert_eq!(one.get("/console/certificates?correction=pending").await.texts("tbody tr").len(), 1);
    let page = two.get(PAGE).await;
    let approved = two.submit(&page, &at("corrections/approve"), &[]).await;
    assert_eq!(approved.address, "/console/certificates/GZ2013-7777?done=yes", "where it is found from now on");
    assert!(approved.texts(".timeline li")[0].starts_with("更正"));
}

async fn a_decision_on_what_changed_meanwhile_is_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let page = clerk.get(PAGE).await;
    let asked = clerk.submit(&page, &at("corrections"), &[("handler", "谭丽"), ("reason", "录错")]).await;
    let seen = supervisor.get(PAGE).await;
    clerk.submit(&asked, &at("corrections/decline"), &[("reason", "我再看看")]).await;
    clerk.submit(&page, &at("corrections"), &[("handler", "谭莉"), ("reason", "录错")]).await;
    assert_eq!(supervisor.submit(&seen, &at("corrections/approve"), &[]).await.status, 422);
    let shown = supervisor.get(PAGE).await;
    assert!(shown.texts(".timeline li")[0].starts_with("申请更正"), "nothing was approved");
}

async fn a_service_is_suspended_at_the_window_and_restored_by_a_supervisor(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let page = clerk.get(PAGE).await;
    let held = clerk.submit(&page, &at("services/e-seal/suspend"), &[("reason", "印章停用待换")]).await;
    assert_eq!(held.texts("td .tag").iter().filter(|tag| tag.contains("暂停")).count(), 1, "the other stays usable");
    assert!(!held.attributes("form button", "formaction").iter().any(|form| form.contains("services/e-seal")));
    let page = supervisor.get(PAGE).await;
    let restored = supervisor.submit(&page, &at("services/e-seal/restore"), &[("reason", "已换")]).await;
    assert!(restored.texts("td .tag").iter().all(|tag| tag.contains("可以使用")));
    let page = supervisor.submit(&restored, &at("services/e-seal/close"), &[("reason", "不再使用")]).await;
    assert!(page.attributes("form button", "formaction").contains(&at("services/e-seal/open")));
    let gone = [("form_key".to_owned(), page.attributes("[name=form_key]", "value").remove(0))];
    assert_eq!(supervisor.post(&at("services/e-seal/burn"), &gone).await.status, 404);
}

async fn a_registration_is_approved_by_another_supervisor(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let entering = hall.staff(Role::Supervisor).await;
    entering.post("/certificates", &registration(1)).await.expect(201);
    entering.post("/certificates", &registration(2)).await.expect(201);
    let (one, two) = (hall.visitor_named(entering.name()).await, hall.visitor(Role::Supervisor).await);
    let waiting = two.get("/console/certificates/registrations").await;
    assert_eq!(waiting.texts("tbody tr").len(), 2);
    let own = one.get(PAGE).await;
    assert!(
        !own.attributes("form button", "formaction").contains(&at("registration/approve")),
        "a second person has to"
    );
    let page = two.get(PAGE).await;
    assert_eq!(page.texts(".bar .tag"), ["▲ 登记待批准"]);
    // What is decided needs no unfolding.
    assert!(!page.attributes("details form", "action").contains(&at("registration/approve")));
    let approved = two.submit(&page, &at("registration/approve"), &[]).await;
    assert_eq!(approved.texts(".bar .tag"), ["● 使用中"]);
    let second = "/console/certificates/GZ2013-0002";
    let page = two.get(second).await;
    let sent = two.submit(&page, &format!("{second}/registration/reject"), &[("reason", "查无此证")]).await;
    assert_eq!((sent.texts(".saved"), sent.texts("tbody tr").len()), (vec!["登记已退回。".to_owned()], 0));
    assert_eq!(two.get(second).await.status, 404);
    assert_eq!(hall.visitor(Role::Clerk).await.get("/console/certificates/registrations").await.status, 403);
}

async fn whoever_only_looks_is_offered_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let auditor = hall.visitor(Role::Auditor).await;
    let page = auditor.get(PAGE).await;
    assert_eq!(page.attributes("main form", "action"), Vec::<String>::new());
    let key = page.attributes("[name=form_key]", "value").remove(0);
    let sent = [("form_key".to_owned(), key), ("reason".to_owned(), "试试".to_owned())];
    for act in ["lock-reports", "loss-reports", "restore", "corrections", "services/e-seal/suspend"] {
        assert_eq!(auditor.post(&at(act), &sent).await.status, 403, "{act}");
    }
    // A form of another session changes nothing.
    let clerk = hall.visitor(Role::Clerk).await;
    assert_eq!(clerk.post(&at("loss-reports"), &sent).await.status, 403);
    let still = json!(clerk.get(PAGE).await.texts(".bar .tag"));
    assert_eq!(still, json!(["● 使用中"]));
}

async fn a_locked_certificate_leads_to_the_case_that_unlocks_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let (clerk, auditor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Auditor).await);
    let way = "main a[href*='case_type=unlock']";
    let page = clerk.get(PAGE).await;
    assert!(page.attributes(way, "href").is_empty(), "it isn't locked");
    let locked = clerk.submit(&page, &at("lock-reports"), &[("locked_at", "2026-03-02T09:00")]).await;
    let form = clerk.get(&locked.attributes(way, "href").concat()).await;
    assert_eq!(form.attributes("[name=case_type]", "value"), ["unlock"]);
    let looked = clerk.submit(&form, "/console/cases/new", &[]).await;
    assert_eq!(looked.attributes("#certificate_serial", "value"), ["GZ2013-0001"]);
    assert!(auditor.get(PAGE).await.attributes(way, "href").is_empty(), "whoever opens no cases isn't led there");
}
