//! What the page of a case says of what was done to it.

use casehall::domain::accounts::role::Role;

use super::opened;
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(whoever_takes_or_gives_a_case_is_told_so_and_the_timeline_names_it,);

async fn whoever_takes_or_gives_a_case_is_told_so_and_the_timeline_names_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let case = opened(&clerk, 1).await;
    let address = format!("/console/cases/{case}");
    let page = clerk.submit(&clerk.get(&address).await, &format!("{address}/claim"), &[]).await;
    assert_eq!((page.status, page.texts(".saved")), (200, vec!["已办理：认领。".to_owned()]));
    assert!(page.texts(".timeline li")[0].starts_with("认领"), "{:?}", page.texts(".timeline li"));
    assert!(page.attributes("select[name=assignee]", "name").is_empty(), "clerks give no cases to others");
    let page = supervisor.get(&address).await;
    let to = page.attributes("select[name=assignee] option", "value").pop().unwrap();
    let given = supervisor.submit(&page, "/console/cases/assign", &[("assignee", &to)]).await;
    assert_eq!((given.status, given.texts(".saved").len()), (200, 1), "{}", given.html);
    assert!(given.texts(".timeline li")[0].starts_with("指派给"), "{:?}", given.texts(".timeline li"));
    // To nobody, it says so on the same page.
    let refused = supervisor.submit(&given, "/console/cases/assign", &[("assignee", "")]).await;
    assert_eq!((refused.status, refused.texts("[role=alert] li").len()), (422, 1), "{}", refused.html);
}
