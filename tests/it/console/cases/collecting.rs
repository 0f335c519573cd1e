//! Before it can be collected, and after: what the hand-over page says of a case that isn't that far, and of one that is over.

use casehall::domain::accounts::role::Role;

use super::{checked, made, opened, paid};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    of_a_made_certificate_whose_papers_wait_the_check_comes_first,
    who_presses_twice_reads_what_came_of_it_and_prints_by_one_key,
);

async fn of_a_made_certificate_whose_papers_wait_the_check_comes_first(database: TestDatabase) {
    let hall = Hall::with(database, &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    let (page, sheet) = (format!("/console/cases/{case}/handover"), format!("/console/cases/{case}/materials"));
    // Until it is made, the promise is told; it is nobody's at the window.
    let early = clerk.get(&page).await;
    assert!(early.texts(".fault li")[0].contains("3月11日") && early.texts("a.primary").is_empty(), "{}", early.html);
    made(&producer, &case, 1).await;
    let waits = clerk.get(&page).await;
    assert_eq!(waits.texts(".fault li"), ["办件目前为“证书已制作”：请先核验材料，通过后即可办理。"]);
    assert_eq!(waits.attributes("a.primary", "href"), [sheet.as_str()]);
    let lacking = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "40+")]).await;
    hall.advance(chrono::Duration::seconds(2));
    clerk.submit(&lacking, &sheet, &[]).await;
    let waits = clerk.get(&page).await;
    assert_eq!(waits.texts(".fault li"), ["办件目前为“待补正”：申请人补正材料后再办理。"]);
    assert_eq!(waits.texts("a.primary"), ["补正后重新提交"]);
}

async fn who_presses_twice_reads_what_came_of_it_and_prints_by_one_key(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    made(&producer, &case, 1).await;
    paid(&clerk, &case).await;
    let address = format!("/console/cases/{case}/handover");
    let page = clerk.submit(&clerk.get(&address).await, &address, &[("box", "KEY-000001")]).await;
    let colleague = hall.visitor(Role::Clerk).await;
    let theirs = colleague.get(&address).await;
    let done = clerk.submit(&page, &address, &[("box", "2")]).await;
    for sent in [[("box", "2")], [("box", "２")]] {
        let again = clerk.submit(&page, &address, &sent).await;
        assert_eq!((again.status, again.texts(".saved")), (200, done.texts(".saved")), "{}", again.html);
    }
    let again = clerk.submit(&page, &address, &[("hand_over", "yes"), ("collector", "agent")]).await;
    assert_eq!((again.status, again.texts(".saved")), (200, done.texts(".saved")));
    // Who says another collector, and who didn't do it, is told that it is done, with the paper all the same.
    let other = clerk.submit(&page, &address, &[("box", "1")]).await;
    let late = colleague.submit(&theirs, &address, &[("box", "2")]).await;
    for page in [&other, &late] {
        assert!(page.status == 422 && page.texts("[role=alert] li")[0].contains("办结"), "{}", page.html);
    }
    for page in [&done, &again, &other] {
        assert_eq!(page.texts("button.primary[data-key=p]"), ["打印领取单 p"]);
        assert_eq!(page.texts(".primary").len(), 1);
    }
}
