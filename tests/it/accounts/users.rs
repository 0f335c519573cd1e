//! Accounts of people, as the security administrator and operators manage them.

use casehall::domain::accounts::role::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, PASSWORD, TWO_OUTLETS, send};
use crate::program::{init, run};

on_both!(
    an_account_is_added_changed_deactivated_and_activated,
    a_reset_gives_a_password_that_is_good_for_a_new_one_only,
    every_change_of_an_account_says_what_it_was_and_what_it_is,
    after_a_reset_no_password_from_before_is_chosen,
    a_second_factor_is_set_up_after_the_password_is_ones_own,
    a_person_and_a_system_are_never_called_the_same,
    a_hall_keeps_a_security_administrator,
    two_who_deactivate_each_other_leave_one,
);

fn chen() -> Value {
    json!({ "username": "Chen.XM", "display_name": "陈晓明", "roles": ["clerk"], "outlet": CENTER })
}

async fn an_account_is_added_changed_deactivated_and_activated(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let added = security.post("/users", &chen()).await;
    let (location, tag) = (added.header("Location").to_owned(), added.header("ETag").to_owned());
    let added = added.expect(201);
    let user = &added["user"];
    assert_eq!(location, format!("/api/v1/users/{}", user["id"].as_str().unwrap()));
    assert_eq!((tag.as_str(), &user["username"], &user["active"]), ("\"1\"", &json!("chen.xm"), &json!(true)));
    let path = location.strip_prefix("/api/v1").unwrap();
    assert_eq!(&security.get(path).await.expect(200), user);
    let everybody = security.get("/users").await.expect(200);
    assert_eq!(everybody["items"].as_array().unwrap().len(), 2);
    security.post("/users", &chen()).await.refused(422, "invalid_request");

    let wanted = json!({ "display_name": "陈晓明", "roles": ["producer", "clerk"], "outlet": "panyu" });
    let request = security.request(Method::PUT, path).await.json(&wanted);
    send(request).await.refused(428, "precondition_required");
    security.put(path, 7, &wanted).await.refused(412, "version_stale");
    let changed = security.put(path, 1, &wanted).await.expect(200);
    assert_eq!((&changed["version"], &changed["outlet"]["code"]), (&json!(2), &json!("panyu")));
    assert_eq!(changed["roles"].as_array().unwrap().len(), 2);
    // Nothing changed is nothing to enter, and no other version.
    assert_eq!(security.put(path, 2, &wanted).await.expect(200)["version"], 2);

    let deactivated = security.post(&format!("{path}/deactivate"), &json!({})).await.expect(200);
    assert_eq!((&deactivated["active"], &deactivated["version"]), (&json!(false), &json!(3)));
    let stale = security.request(Method::POST, &format!("{path}/activate")).await.header("If-Match", "\"2\"");
    send(stale).await.refused(412, "version_stale");
    assert_eq!(security.post(&format!("{path}/activate"), &json!({})).await.expect(200)["active"], true);
    for kind in ["account_changed", "account_deactivated", "account_activated"] {
        assert_eq!(hall.entries(kind).await.len(), 1, "{kind}");
    }
    let changes = hall.entries("account_changed").await.remove(0);
    assert_eq!(changes, r#"{"outlet":"guangzhou-center → panyu","roles":"clerk → clerk producer"}"#);
    for (method, path) in
        [(Method::GET, "/users/nobody"), (Method::POST, "/users/nobody/deactivate"), (Method::GET, "/users/%00")]
    {
        send(security.request(method, path).await).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn accounts_are_the_security_administrators_alone() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let clerk = hall.staff(Role::Clerk).await;
    let account = hall.account(&security, clerk.name()).await;
    for role in [Role::Clerk, Role::Producer, Role::Supervisor, Role::Administrator, Role::Auditor] {
        let other = hall.person(&[role], None).await;
        let refused = other.get("/users").await.refused(403, "role_missing");
        assert_eq!(refused["title"], "This is not permitted", "it is no matter of when");
        other.get(&account).await.refused(403, "role_missing");
        other.post("/users", &chen()).await.refused(403, "role_missing");
        other.put(&account, 1, &chen()).await.refused(403, "role_missing");
        other.delete(&format!("{account}/second-factor")).await.refused(403, "role_missing");
        for verb in ["deactivate", "activate", "reset-password"] {
            other.post(&format!("{account}/{verb}"), &json!({})).await.refused(403, "role_missing");
        }
    }
    hall.nobody().get("/users").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn every_fault_of_an_account_is_named_at_once() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let faults = async |change: Value| {
        let mut account = chen();
        account.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        account.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        security.post("/users", &account).await.faults()
    };
    let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    assert_eq!(
        faults(json!({ "username": "t!", "roles": ["clerk", "wizard"], "outlet": "nowhere" })).await,
        [one("/outlet", "not_one_of"), one("/roles/1", "unknown_role"), one("/username", "bad_username"),].concat()
    );
    assert_eq!(faults(json!({ "roles": ["client"] })).await, one("/roles/0", "unknown_role"));
    let both = one("/roles/1", "administrators_do_no_business");
    assert_eq!(faults(json!({ "roles": ["clerk", "security_administrator"] })).await, both);
    // Callers take `..` for the path above, and commands what begins with a hyphen for an option.
    for name in ["..", "-chen", ".chen", "_chen"] {
        assert_eq!(faults(json!({ "username": name })).await, one("/username", "bad_username"), "{name}");
    }
    // An id of another account is no name: people are named by both.
    let id = security.get("/me").await.expect(200)["id"].clone();
    assert_eq!(faults(json!({ "username": id })).await, one("/username", "bad_username"));
    // The whole hall is spelled out, and is no leftover.
    assert_eq!(faults(json!({ "outlet": null })).await, one("/outlet", "outlet_missing"));
    assert_eq!(faults(json!({ "outlet": null, "roles": ["auditor"] })).await, one("/outlet", "outlet_missing"));
    assert_eq!(faults(json!({ "all_outlets": true })).await, one("/all_outlets", "outlet_or_all"));
    for spelled in [
        json!({ "username": "one", "outlet": null, "all_outlets": true }),
        json!({ "username": "two", "outlet": null, "roles": ["administrator"] }),
    ] {
        assert_eq!(faults(spelled).await, []);
    }
    security.post("/users", &json!({ "username": "x", "password": "secret" })).await.refused(422, "invalid_request");
}

async fn a_reset_gives_a_password_that_is_good_for_a_new_one_only(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.get("/cases").await.expect(200);
    let account = hall.account(&security, clerk.name()).await;
    let reset = security.post(&format!("{account}/reset-password"), &json!({})).await.expect(200);
    assert_eq!(reset["until"], "2026-03-05T02:00:00Z");
    clerk.get("/cases").await.refused(401, "unauthorized");
    let sign_in = async |password: &str| {
        hall.nobody().post("/sessions", &json!({ "username": clerk.name(), "password": password })).await
    };
    sign_in(PASSWORD).await.refused(401, "wrong_credentials");
    let one_time = reset["one_time_password"].as_str().unwrap();
    let signed_in = sign_in(one_time).await.expect(201);
    assert_eq!(signed_in["required"], "password_change_required");
    let holder = hall.nobody().with_token(signed_in["access_token"].as_str().unwrap());
    // Nothing but the change, and signing out, whatever is asked for; who is nobody is told that first.
    for path in ["/me", "/cases", "/cases/0", "/users", "/certificates/x", "/board"] {
        holder.get(path).await.refused(403, "password_change_required");
    }
    holder.post("/cases", &json!({})).await.refused(403, "password_change_required");
    hall.nobody().get("/me").await.refused(401, "unauthorized");
    holder.get("/sessions").await.expect(200);
    let chosen = json!({ "old_password": one_time, "new_password": "清晨四点的海棠花未眠" });
    assert_eq!(holder.post("/password", &chosen).await.status, 204);
    holder.get("/cases").await.expect(200);
    sign_in(one_time).await.refused(401, "wrong_credentials");
    assert_eq!(sign_in("清晨四点的海棠花未眠").await.expect(201)["required"], Value::Null);
    assert_eq!(security.get(&account).await.expect(200)["one_time_password_until"], Value::Null);

    // One that nobody signs in with is good for three days.
    let reset = security.post(&format!("{account}/reset-password"), &json!({})).await.expect(200);
    hall.advance(chrono::Duration::days(3));
    sign_in(reset["one_time_password"].as_str().unwrap()).await.refused(401, "wrong_credentials");
    assert_eq!((hall.entries("password_reset").await.len(), hall.entries("password_changed").await.len()), (2, 1));
}

async fn every_change_of_an_account_says_what_it_was_and_what_it_is(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let added = security.post("/users", &chen()).await.expect(201);
    let path = format!("/users/{}", added["user"]["id"].as_str().unwrap());
    let everywhere = |roles: &[&str]| json!({ "display_name": "陈晓明", "roles": roles, "all_outlets": true });
    for (version, change) in (1..).zip([
        everywhere(&["clerk"]),
        json!({ "display_name": "陈晓明", "roles": ["clerk"], "outlet": "panyu" }),
        json!({ "display_name": "陈小明", "roles": ["clerk"], "outlet": "panyu" }),
        json!({ "display_name": "陈小明", "roles": ["administrator"] }),
        everywhere(&["auditor"]),
    ]) {
        security.put(&path, version, &change).await.expect(200);
    }
    let entries = hall.entries("account_changed").await;
    assert_eq!(
        entries,
        [
            r#"{"outlet":"guangzhou-center → all_outlets"}"#,
            r#"{"outlet":"all_outlets → panyu"}"#,
            r#"{"display_name":"陈晓明 → 陈小明"}"#,
            r#"{"outlet":"panyu → none","roles":"clerk → administrator"}"#,
            // Who sees the whole hall now saw nothing before.
            r#"{"display_name":"陈小明 → 陈晓明","outlet":"none → all_outlets","roles":"administrator → auditor"}"#,
        ]
    );
}

async fn after_a_reset_no_password_from_before_is_chosen(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let clerk = hall.staff(Role::Clerk).await;
    let account = hall.account(&security, clerk.name()).await;
    let reset = async || {
        let reset = security.post(&format!("{account}/reset-password"), &json!({})).await.expect(200);
        reset["one_time_password"].as_str().unwrap().to_owned()
    };
    reset().await;
    // The second reset doesn't make the first one's the password from before.
    let one_time = reset().await;
    let sign_in = async |password: &str| {
        let body = json!({ "username": clerk.name(), "password": password });
        let signed_in = hall.nobody().post("/sessions", &body).await.expect(201);
        hall.nobody().with_token(signed_in["access_token"].as_str().unwrap())
    };
    let holder = sign_in(&one_time).await;
    let full_width: String = PASSWORD.replace('a', "ａ");
    let unchanged = [("/new_password".to_owned(), "password_unchanged".to_owned())];
    let one_time_again = one_time.replace('-', "－");
    for again in [PASSWORD, &full_width, &one_time, &one_time_again] {
        let answer = holder.post("/password", &json!({ "old_password": one_time, "new_password": again })).await;
        assert_eq!(answer.faults(), unchanged, "{again}");
    }
    holder.get("/me").await.refused(403, "password_change_required");
    let chosen = "清晨四点的海棠花未眠";
    let change = json!({ "old_password": one_time, "new_password": chosen });
    assert_eq!(holder.post("/password", &change).await.status, 204);
    holder.get("/me").await.expect(200);
    let hashes = hall.database.rows("SELECT coalesce(former_password_hash, 'none') AS text FROM users ORDER BY 1");
    assert!(hashes.iter().all(|hash| hash == "none"), "what isn't needed any more is kept no longer");
}

async fn a_second_factor_is_set_up_after_the_password_is_ones_own(database: TestDatabase) {
    let settings = [("SIGN_IN__SECOND_FACTOR_ROLES", r#"["clerk"]"#)];
    let hall = Hall::with(database, &settings).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let added = security.post("/users", &chen()).await.expect(201);
    let one_time = added["one_time_password"].as_str().unwrap();
    let body = json!({ "username": "chen.xm", "password": one_time });
    let signed_in = hall.nobody().post("/sessions", &body).await.expect(201);
    let holder = hall.nobody().with_token(signed_in["access_token"].as_str().unwrap());
    let prepare = |password: &str| json!({ "password": password });
    holder.post("/second-factor", &prepare(one_time)).await.refused(403, "password_change_required");
    let confirm = json!({ "code": "287082" });
    holder.post("/second-factor/confirm", &confirm).await.refused(403, "password_change_required");
    let chosen = "清晨四点的海棠花未眠";
    let change = json!({ "old_password": one_time, "new_password": chosen });
    assert_eq!(holder.post("/password", &change).await.status, 204);
    holder.get("/me").await.refused(403, "second_factor_required");
    let prepared = holder.post("/second-factor", &prepare(chosen)).await.expect(200);
    assert!(prepared["secret"].is_string());
}

async fn a_person_and_a_system_are_never_called_the_same(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let system = |id: &str| json!({ "client_id": id, "name": "x", "scopes": ["cases:read"] });
    security.post("/users", &chen()).await.expect(201);
    let taken = security.post("/clients", &system("chen.xm")).await;
    assert_eq!(taken.faults(), [("/client_id".to_owned(), "taken".to_owned())]);
    security.post("/clients", &system("tax-portal")).await.expect(201);
    let mut person = chen();
    for (name, code) in [("Tax-Portal", "taken"), ("casehall", "bad_username")] {
        person["username"] = json!(name);
        let refused = security.post("/users", &person).await;
        assert_eq!(refused.faults(), [("/username".to_owned(), code.to_owned())], "{name}");
    }
    // Both at once, which of them ever is first.
    for round in 0..8 {
        let name = format!("both-{round}");
        person["username"] = json!(name);
        let account = security.request(Method::POST, "/users").await.json(&person);
        let client = security.request(Method::POST, "/clients").await.json(&system(&name));
        let [account, client] = [tokio::spawn(send(account)), tokio::spawn(send(client))];
        let mut statuses = [account.await.unwrap().status, client.await.unwrap().status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422]);
    }
}

async fn a_hall_keeps_a_security_administrator(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let own = hall.account(&security, security.name()).await;
    let named = |roles: &[&str]| json!({ "display_name": "吴安全", "roles": roles, "all_outlets": true });
    security.put(&own, 1, &named(&["security_administrator"])).await.expect(200);
    security.put(&own, 2, &named(&["supervisor"])).await.refused(403, "own_account");
    security.post(&format!("{own}/reset-password"), &json!({})).await.refused(403, "own_account");
    security.delete(&format!("{own}/second-factor")).await.refused(403, "own_account");
    security.post(&format!("{own}/deactivate"), &json!({})).await.refused(409, "last_security_administrator");
    let second = hall.person(&[Role::SecurityAdministrator], None).await;
    // Not even with another beside them do they give themselves business roles.
    security.put(&own, 2, &named(&["supervisor"])).await.refused(403, "own_account");
    security.post(&format!("{own}/deactivate"), &json!({})).await.expect(200);
    security.get("/users").await.refused(401, "unauthorized");
    let theirs = hall.account(&second, second.name()).await;
    second.post(&format!("{theirs}/deactivate"), &json!({})).await.refused(409, "last_security_administrator");
}

async fn two_who_deactivate_each_other_leave_one(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for _ in 0..5 {
        let pair = [
            hall.person(&[Role::SecurityAdministrator], None).await,
            hall.person(&[Role::SecurityAdministrator], None).await,
        ];
        let accounts = [hall.account(&pair[0], pair[0].name()).await, hall.account(&pair[0], pair[1].name()).await];
        pair[1].get("/me").await.expect(200);
        // Those of the rounds before are in nobody's way.
        let everybody = pair[0].get("/users").await.expect(200);
        for user in everybody["items"].as_array().unwrap() {
            let path = format!("/users/{}", user["id"].as_str().unwrap());
            if user["active"] == true && !accounts.contains(&path) {
                pair[0].post(&format!("{path}/deactivate"), &json!({})).await.expect(200);
            }
        }
        let requests = [
            pair[0].request(Method::POST, &format!("{}/deactivate", accounts[1])).await,
            pair[1].request(Method::POST, &format!("{}/deactivate", accounts[0])).await,
        ];
        let both = requests.map(|request| tokio::spawn(send(request)));
        let mut done = 0;
        for answer in both {
            let answer = answer.await.unwrap();
            match answer.status {
                200 => done += 1,
                401 => {}
                _ => drop(answer.refused(409, "last_security_administrator")),
            }
        }
        assert_eq!(done, 1);
    }
}

#[test]
fn operators_manage_accounts_by_command() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let user = |arguments: &[&str], input: &str| run(home, &[&["user"], arguments].concat(), &[], input);
    let nobody = user(&["list"], "");
    assert_eq!((nobody.out.as_str(), nobody.err.contains("There are no users yet")), ("", true), "{nobody:?}");
    let first = user(&["add", "wu", "--name", "吴安全", "--role", "security_administrator", "--one-time"], "");
    assert_eq!(first.code, Some(0), "{}", first.err);
    assert!(
        first.out.starts_with("one-time password ") && first.out.ends_with("User wu can sign in.\n"),
        "{}",
        first.out
    );
    let clerk = user(&["add", "tan", "--role", "clerk", "--outlet", CENTER], "a long enough passphrase\n");
    assert_eq!(clerk.code, Some(0), "{}", clerk.err);
    let listed = |of: &str| {
        let ended = user(&["list"], "");
        let line = ended.out.lines().find(|line| line.starts_with(&format!("{of}\t"))).map(str::to_owned);
        line.unwrap_or_else(|| panic!("{of} isn't listed: {ended:?}"))
    };
    assert_eq!(listed("wu"), "wu\t吴安全\tsecurity_administrator\t-\tactive\tnever");
    assert_eq!(listed("tan"), "tan\ttan\tclerk\tguangzhou-center\tactive\tnever");
    // What isn't named stays; the whole hall is named.
    assert_eq!(user(&["change", "tan", "--name", "谭丽", "--role", "clerk", "--role", "producer"], "").code, Some(0));
    assert_eq!(listed("tan"), "tan\t谭丽\tclerk,producer\tguangzhou-center\tactive\tnever");
    assert_eq!(user(&["change", "tan", "--all-outlets"], "").code, Some(0));
    assert_eq!(listed("tan"), "tan\t谭丽\tclerk,producer\tall outlets\tactive\tnever");
    assert_eq!(user(&["add", "li", "--role", "administrator"], "a long enough passphrase\n").code, Some(0));
    let nowhere = user(&["change", "li", "--role", "clerk"], "");
    assert_eq!(nowhere.code, Some(1), "{nowhere:?}");
    assert!(nowhere.err.starts_with("outlet: name the outlet (known: guangzhou-center)"), "{}", nowhere.err);
    for (command, state) in [("deactivate", "deactivated"), ("activate", "active")] {
        assert_eq!(user(&[command, "tan"], "").code, Some(0));
        assert!(listed("tan").contains(&format!("\t{state}\t")));
    }
    assert_eq!(user(&["unlock", "tan"], "").code, Some(0));
    let reset = user(&["reset", "tan", "--second-factor"], "");
    assert!(reset.out.starts_with("one-time password "), "{reset:?}");
    let last = user(&["deactivate", "wu"], "");
    assert_eq!((last.code, last.err.as_str()), (Some(1), "the last active security administrator stays\n"));
    let king = user(&["add", "liu", "--role", "king"], "");
    assert!(
        king.err.contains("clerk, producer, supervisor, administrator, security_administrator and auditor\n"),
        "{king:?}"
    );
    let system = ["client", "add", "tan", "--name", "x", "--scope", "cases:read"];
    let taken = run(home, &system, &[], "");
    assert_eq!((taken.code, taken.err.as_str()), (Some(1), "client_id: this id is taken, by an account or a system\n"));
    for command in ["change", "deactivate", "activate", "unlock", "reset"] {
        let gone = user(&[command, "liu"], "");
        assert_eq!((gone.code, gone.err.as_str()), (Some(1), "there is no such account\n"), "{command}");
    }
}
