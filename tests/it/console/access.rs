//! Who is let in on which page of those who run the hall: what isn't offered is refused, too.

use casehall::domain::accounts::role::Role;

use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(every_page_and_every_form_is_for_whom_it_is);

/// For whom a page or form is.
#[derive(Clone, Copy)]
enum For {
    /// Any of the staff.
    Everybody,
    /// Those with this role.
    Only(Role),
}

use For::{Everybody, Only};

const PAGES: &[(&str, For)] = &[
    ("/console/users", Only(Role::SecurityAdministrator)),
    ("/console/users/new", Only(Role::SecurityAdministrator)),
    ("/console/users/{user}", Only(Role::SecurityAdministrator)),
    ("/console/systems", Only(Role::SecurityAdministrator)),
    ("/console/systems/new", Only(Role::SecurityAdministrator)),
    ("/console/systems/portal", Only(Role::SecurityAdministrator)),
    ("/console/calendar", Everybody),
    ("/console/calendar/import", Only(Role::Administrator)),
    ("/console/hall", Everybody),
    ("/console/audit", Only(Role::Auditor)),
    ("/console/audit/audit.csv", Only(Role::Auditor)),
    ("/console/audit/audit.jsonl", Only(Role::Auditor)),
    ("/console/case-types", Everybody),
    ("/console/case-types/unlock", Everybody),
    ("/console/account/second-factor", Everybody),
    ("/console/certificates/registrations", Only(Role::Supervisor)),
    ("/console/certificates/registrations/new", Only(Role::Supervisor)),
    ("/console/certificates/imports/new", Only(Role::Supervisor)),
];

const FORMS: &[(&str, For)] = &[
    ("/console/users/new", Only(Role::SecurityAdministrator)),
    ("/console/users/{user}", Only(Role::SecurityAdministrator)),
    ("/console/users/{user}/reset-password", Only(Role::SecurityAdministrator)),
    ("/console/users/{user}/remove-second-factor", Only(Role::SecurityAdministrator)),
    ("/console/users/{user}/end-sessions", Only(Role::SecurityAdministrator)),
    ("/console/users/{user}/unlock", Only(Role::SecurityAdministrator)),
    ("/console/users/{user}/deactivate", Only(Role::SecurityAdministrator)),
    ("/console/users/{user}/activate", Only(Role::SecurityAdministrator)),
    ("/console/systems/new", Only(Role::SecurityAdministrator)),
    ("/console/systems/portal", Only(Role::SecurityAdministrator)),
    ("/console/systems/portal/rotate-secret", Only(Role::SecurityAdministrator)),
    ("/console/systems/portal/end-secret", Only(Role::SecurityAdministrator)),
    ("/console/systems/portal/add-key", Only(Role::SecurityAdministrator)),
    ("/console/systems/portal/remove-key", Only(Role::SecurityAdministrator)),
    ("/console/systems/portal/deactivate", Only(Role::SecurityAdministrator)),
    ("/console/systems/portal/activate", Only(Role::SecurityAdministrator)),
    ("/console/calendar/import", Only(Role::Administrator)),
    ("/console/calendar/import/confirm", Only(Role::Administrator)),
    ("/console/account/second-factor", Everybody),
    ("/console/account/second-factor/confirm", Everybody),
    ("/console/certificates/registrations/new", Only(Role::Supervisor)),
    ("/console/certificates/imports/new", Only(Role::Supervisor)),
];

async fn every_page_and_every_form_is_for_whom_it_is(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.client("portal", &[casehall::domain::accounts::role::Scope::CasesRead]).await;
    let clerk = hall.named("somebody", "某人", &[Role::Clerk], Some(crate::hall::CENTER)).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let users = security.get("/users").await.expect(200);
    let found = users["users"].as_array().unwrap().iter().find(|user| user["username"] == clerk.name());
    let user = found.unwrap()["id"].as_str().unwrap().to_owned();
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Client) {
        let visitor = hall.visitor(role).await;
        let key = visitor.get("/console/account").await.fields("/console/sign-out");
        for (path, whom) in PAGES {
            let page = visitor.get(&path.replace("{user}", &user)).await;
            let let_in = matches!(whom, Everybody) || matches!(whom, Only(only) if *only == role);
            assert_eq!(page.status, if let_in { 200 } else { 403 }, "{role} GET {path}");
        }
        for (path, whom) in FORMS {
            let page = visitor.post(&path.replace("{user}", &user), &key).await;
            let let_in = matches!(whom, Everybody) || matches!(whom, Only(only) if *only == role);
            assert_eq!(page.status != 403, let_in, "{role} POST {path}: {}", page.status);
            // Nobody is let in without the key of the session.
            assert_eq!(visitor.post(&path.replace("{user}", &user), &[]).await.status, 403, "{role} POST {path}");
        }
    }
}
