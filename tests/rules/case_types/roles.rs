//! Roles and scopes.

use casehall::domain::accounts::role::{Role, Scope, check_roles};

#[test]
fn the_three_administrators_exclude_one_another() {
    let three = [Role::Administrator, Role::SecurityAdministrator, Role::Auditor];
    for one in three {
        for other in three {
            let faults = check_roles(&[one, other]);
            assert_eq!(faults.is_empty(), one == other, "{one} with {other}");
        }
    }
    let faults = check_roles(&three);
    let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/roles/1", "/roles/2", "/roles/2"], "a fault for each pair");
    assert!(faults.iter().all(|fault| fault.code == "administrators_exclude_one_another"));
    assert!(faults[0].words.zh.contains("系统管理员") && faults[0].words.zh.contains("安全管理员"));
    assert!(faults[2].words.en.contains("security administrator") && faults[2].words.en.contains("auditor"));
}

#[test]
fn administrators_do_no_business() {
    let business = [Role::Clerk, Role::Producer, Role::Supervisor];
    assert!(check_roles(&business).is_empty(), "whoever works on cases may have several roles");
    assert!(check_roles(&[]).is_empty());
    for administrator in [Role::Administrator, Role::SecurityAdministrator, Role::Auditor] {
        assert!(check_roles(&[administrator, administrator]).is_empty(), "{administrator} twice is no conflict");
        for role in business {
            for roles in [[administrator, role], [role, administrator]] {
                let faults = check_roles(&roles);
                assert_eq!(faults.len(), 1, "{administrator} with {role}");
                assert_eq!((faults[0].code, faults[0].pointer.as_str()), ("administrators_do_no_business", "/roles/1"));
            }
        }
    }
}

#[test]
fn a_repeated_role_is_reported_once() {
    let faults = check_roles(&[Role::Auditor, Role::Auditor, Role::Administrator, Role::Administrator]);
    assert_eq!(faults.len(), 1);
}

#[test]
fn codes_are_the_same_in_json_and_in_text() {
    for role in Role::ALL {
        // Other systems have scopes; nobody types their role.
        let typed = Some(role).filter(|role| *role != Role::Client);
        assert_eq!(role.code().parse().ok(), typed);
        assert_eq!(serde_json::to_value(role).unwrap(), role.code());
        assert_eq!(role.to_string(), role.code());
        assert!(!role.words().zh.is_ascii() && role.words().en.is_ascii());
    }
    for scope in Scope::ALL {
        assert_eq!(scope.code().parse(), Ok(scope));
        assert_eq!(serde_json::to_value(scope).unwrap(), scope.code());
        assert!(!scope.words().zh.is_ascii() && scope.words().en.is_ascii());
    }
}

#[test]
fn an_unknown_role_or_scope_is_refused_with_the_known_ones() {
    for text in ["", "Clerk", "clerk ", "root", "窗口人员", "client"] {
        let fault = text.parse::<Role>().unwrap_err().fault("/roles/0");
        assert_eq!(fault.code, "unknown_role");
        for role in Role::ALL {
            let named = [&fault.words.zh, &fault.words.en].map(|words| words.contains(role.code()));
            assert_eq!(named, [role != Role::Client; 2], "{role}: {fault:?}");
        }
    }
    let unknown = Scope::parse_list("cases:read cases:delete").unwrap_err().to_string();
    assert!(Scope::ALL.iter().all(|scope| unknown.contains(scope.code())), "{unknown}");
}

#[test]
fn scope_lists_are_normalized() {
    let scopes = Scope::parse_list("  cases:read cases:open\tcases:read ").unwrap();
    assert_eq!(scopes, [Scope::CasesOpen, Scope::CasesRead]);
    assert_eq!(Scope::list(&scopes), "cases:open cases:read");
    assert_eq!(Scope::parse_list(""), Ok(vec![]));
}
