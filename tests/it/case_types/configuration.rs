//! Bad configuration, as the real program refuses it: every fault at once, each with its place.

use std::path::Path;

use crate::program::{Ended, Files, Serving, init, run};

fn check(files: &Files, variables: &[(&str, &str)]) -> Ended {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), &["check-config", "--config-dir", files.path().to_str().unwrap()], variables, "")
}

/// The lines of the refusal after its first, in order.
#[track_caller]
fn faults(ended: &Ended) -> Vec<&str> {
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert_eq!(ended.out, "");
    let (first, rest) = ended.err.split_once('\n').unwrap();
    let faults: Vec<_> = rest.lines().collect();
    assert_eq!(
        first,
        format!("The configuration has {} fault{}:", faults.len(), if faults.len() == 1 { "" } else { "s" })
    );
    faults
}

#[test]
fn the_shipped_configuration_has_no_faults() {
    let ended = check(&Files::new(), &[]);
    assert_eq!(
        (ended.code, ended.out.as_str(), ended.err.as_str()),
        (Some(0), "The configuration has no faults.\n", "")
    );
}

const WORKFLOW: &str = "workflows/check-then-make.toml";
/// The lines of the first action that gives a notice, down to its effects.
const CORRECTION: &str = "to = \"correction_requested\"\nroles = [\"clerk\"]\nmay_take = [\"remark\"]\n\
                          guards = [\"materials_all_checked\", \"materials_lacking\", \"nothing_overlooked\"]\n";
const CASE_TYPE: &str = "case-types/add-application.toml";

/// A directory with faults of every kind, and what is to be said about them.
fn faulty() -> (Files, Vec<String>) {
    let files = Files::new();
    let lost = r#"{ code = "lost", zh = "遗失", en = "Lost", queue = "to_look" }, { code = "trap", zh = "陷阱", en = "Trap", time_out = { after_days = 0, action = "escape" } },"#;
    files.change_whole(
        WORKFLOW,
        &[
            ("  { code = \"issued\"", &format!("  {lost}\n  {{ code = \"issued\"")),
            ("recheck_in = \"submitted\"", "recheck_in = \"elsewhere\""),
            ("recheck_in = \"correction_requested\"", "recheck_in = \"declined\""),
            ("code = \"remake\"", "code = \"issue\""),
            ("takes = [\"payment\"]\nguards = [", "takes = [\"payment\"]\nguards = [\"fee_is_fair\", "),
            (
                &format!("{CORRECTION}effects = [\"give_notice\"]"),
                &format!("{CORRECTION}effects = [\"give_cake\"]\ngards = []"),
            ),
            ("roles = [\"producer\"]", "roles = [\"chief\"]"),
            ("zh = \"撤回申请\"\n", "zh = \"\"\n"),
            ("from = [\"issued\"]\nto = \"activated\"", "from = [\"issued\", \"rejected\"]\nto = \"activated\""),
            ("takes = [\"collector\"]", "takes = [\"collector\"]\nto = \"trap\""),
        ],
    );
    files.change_whole(
        CASE_TYPE,
        &[
            ("code = \"business-licence\"", "code = \"e-seal-agreement\""),
            ("en = \"Expired\"", "# no English"),
            ("fees = [\"e_seal_years\"]", "fees = [\"e_seal_years\", \"tips\"]"),
            ("copies = \"unspecified\"", "copies = 21"),
            ("persons = \"either\"", "persons = \"both\""),
        ],
    );
    files.write("workflows/make-then-check.toml", "code = \"make-then-check\"\nstates = [ { code = \"a\" \n");
    files.change("calendar/2026.toml", &[("year = 2026", "year = 2025")]);
    files.change("prices.toml", &[("medium_fen = 20000", "medium_fen = \"much\"")]);
    let at = |name: &str, text: &str, message: &str| format!("{}: {message}", files.place(name, text));
    let guards = "materials_complete, materials_acceptable, commitment_possible, materials_all_checked, \
                  materials_lacking, nothing_overlooked, overlooked, fee_outstanding, fee_settled, payment_standing, medium_recorded, collector_recorded, held_certificate_valid, deadline_open, not_suspended, suspended, held_medium_kept";
    let effects = "give_notice, make_certificate, void_certificate, issue_certificate, activate_certificate, \
                   open_applications, open_e_seal, unlock_certificate, renew_certificate, change_certificate, \
                   revoke_held_certificate, pause_deadline, resume_deadline, extend_limit, refund_payments, \
                   box_medium, take_held_medium, return_held_medium, retire_held_medium, distribute_copies";
    let queues = "to_check, to_make, to_hand_over, waiting_for_correction";
    let roles = "clerk, producer, supervisor, administrator, security_administrator, auditor, client";
    let expected = vec![
        at(WORKFLOW, "\"elsewhere\"", "unknown state \"elsewhere\""),
        at(WORKFLOW, "recheck_in = \"declined\"", "\"declined\" is final: no papers are checked there"),
        at(WORKFLOW, "\"lost\"", "state \"lost\" can't be reached from \"submitted\""),
        at(WORKFLOW, "\"lost\"", "state \"lost\" is a dead end: no final state can be reached from it"),
        at(WORKFLOW, "\"lost\"", "state \"trap\" is a dead end: no final state can be reached from it"),
        at(WORKFLOW, "\"lost\"", &format!("unknown work list \"to_look\"; known: {queues}")),
        at(WORKFLOW, "\"lost\"", &format!("state \"trap\" needs a work list: `queue`, one of {queues}")),
        at(WORKFLOW, "\"lost\"", "unknown action \"escape\""),
        at(WORKFLOW, "\"lost\"", "at least one day"),
        at(WORKFLOW, "en = \"Issue\"", "code \"issue\" is given twice")
            .replace(&files.place(WORKFLOW, "en = \"Issue\""), &up(&files.place(WORKFLOW, "en = \"Issue\""), 2)),
        at(WORKFLOW, "fee_is_fair", &format!("unknown guard \"fee_is_fair\"; known: {guards}")),
        at(WORKFLOW, "give_cake", &format!("unknown effect \"give_cake\"; known: {effects}")),
        at(WORKFLOW, "gards", "unknown key \"actions.3.gards\""),
        at(WORKFLOW, "chief", &format!("unknown role \"chief\"; known: {roles}")),
        format!(
            "{}: the Chinese words (zh) are missing",
            up(&files.place(WORKFLOW, "zh = \"\""), 2) // the action's own line
        ),
        at(WORKFLOW, "from = [\"issued\", \"rejected\"]", "\"rejected\" is final: nothing leads out of it"),
        at(
            CASE_TYPE,
            "tips",
            "unknown fee item \"tips\"; known: medium, certificate_years, e_seal_years, reissue, unlock, change, revoke",
        ),
        at(CASE_TYPE, "copies = 21", "copies must be 0 to 20 or \"unspecified\""),
        at(CASE_TYPE, "persons = \"both\"", "unknown \"both\"; known: each, either"),
    ];
    (files, expected)
}

/// A place some lines further up.
fn up(database: &str, lines: usize) -> String {
    let (file, line) = database.rsplit_once(':').unwrap();
    format!("{file}:{}", line.parse::<usize>().unwrap() - lines)
}

#[test]
fn all_faults_of_all_files_are_reported_with_their_lines() {
    let (files, expected) = faulty();
    let ended = check(&files, &[]);
    let found = faults(&ended);
    for line in &expected {
        assert!(found.contains(&line.as_str()), "missing: {line}\nin\n{}", ended.err);
    }
    let starting = |start: &str| found.iter().filter(|line| line.starts_with(start)).copied().collect::<Vec<_>>();
    let twice =
        starting(CASE_TYPE).into_iter().filter(|line| line.ends_with("code \"e-seal-agreement\" is given twice"));
    assert_eq!(twice.count(), 1);
    let english = starting(CASE_TYPE).into_iter().filter(|line| line.ends_with("the English words (en) are missing"));
    assert_eq!(english.count(), 1);
    assert_eq!(starting("workflows/make-then-check.toml:").len(), 1, "{}", ended.err);
    assert!(starting("calendar/2026.toml:").len() >= 2, "the name, and the days of another year: {}", ended.err);
    assert_eq!(starting(&format!("{}: ", files.place("prices.toml", "\"much\""))).len(), 1);
    assert_eq!(starting(WORKFLOW).len(), 16, "{}", ended.err);
    assert_eq!(starting(CASE_TYPE).len(), 5, "{}", ended.err);
    // Each has file and line, and they stand in their order.
    let database = |line: &&str| {
        let mut parts = line.splitn(3, ':');
        (parts.next().unwrap().to_owned(), parts.next().unwrap().parse::<usize>().expect("a line"))
    };
    assert!(found.is_sorted_by_key(database), "{}", ended.err);
}

#[test]
fn what_is_wrong_with_a_base_or_with_what_extends_it_is_named_where_it_stands() {
    let (files, base, own) = (Files::new(), "workflows/bases/common.toml", "workflows/unlock.toml");
    files.change(
        base,
        &[("guards = [\"payment_standing\"]", "guards = [\"payment_fair\"]"), ("[groups]\n", "[groups]\nspare = []\n")],
    );
    files.change(
        own,
        &[
            ("after = \"return_certificate\"", "after = \"give_back\""),
            ("extends = \"bases/common\"", "extends = \"bases/common\"\ngards = 1"),
        ],
    );
    files.change("case-types/renew.toml", &[("bases/certificate-held", "certificate-held")]);
    let ended = check(&files, &[]);
    let at = |name: &str, text: &str, message: &str| format!("{}: {message}", files.place(name, text));
    // A base with faults of its own says nothing sure about the rest of those who extend it.
    assert_eq!(
        faults(&ended),
        [
            at(
                "case-types/renew.toml",
                "extends",
                "there is no case-types/certificate-held.toml to extend; known: add-application, bases/certificate-held, bases/common, change, new-certificate, reissue-expired, reissue, renew, revoke, unlock"
            ),
            at(base, "spare", "no action names the group \"spare\" in its `from`"),
            at(own, "gards", "unknown key \"gards\""),
        ]
    );
    files.change(base, &[("guards = [\"payment_standing\"]", "guards = [\"payment_fair\"]")]);
    files.change("case-types/renew.toml", &[]);
    let ended = check(&files, &[]);
    let found = faults(&ended);
    assert_eq!(found.len(), 3, "{}", ended.err);
    assert!(
        found[0].starts_with(&at(base, "payment_fair", "unknown guard \"payment_fair\"; known: ")),
        "{}",
        ended.err
    );
    assert_eq!(found[1], at(own, "gards", "unknown key \"gards\""));
    assert_eq!(found[2], at(own, "give_back", "there is no \"give_back\" to stand beside"));
}

#[test]
fn the_check_shows_a_definition_in_its_whole_form() {
    let files = Files::new();
    files.change("workflows/renew.toml", &[("from = \"materials_checked\"", "from = \"open\"")]);
    let home = tempfile::tempdir().unwrap();
    let show = |file: &str| {
        let arguments = ["check-config", "--config-dir", files.path().to_str().unwrap(), "--show", file];
        run(home.path(), &arguments, &[], "")
    };
    let shown = show("workflows/renew.toml");
    assert_eq!((shown.code, shown.err.as_str()), (Some(0), ""));
    let whole: toml::Table = shown.out.parse().unwrap();
    let actions = whole["actions"].as_array().unwrap();
    assert_eq!(
        (whole["code"].as_str(), whole["states"].as_array().unwrap().len(), actions.len()),
        (Some("renew"), 8, 20)
    );
    let renew = actions.iter().find(|action| action["code"].as_str() == Some("renew")).unwrap();
    let from: Vec<&str> = renew["from"].as_array().unwrap().iter().map(|state| state.as_str().unwrap()).collect();
    assert_eq!(from, ["submitted", "correction_requested", "materials_checked", "correction_after_acceptance"]);
    let unknown = show("workflows/bases/common.toml");
    assert_eq!(unknown.code, Some(1), "a base is no definition");
    assert!(unknown.err.contains("known: case-types/add-application.toml, "), "{}", unknown.err);
}

#[test]
fn start_and_check_config_refuse_the_same() {
    let (files, _) = faulty();
    let home = tempfile::tempdir().unwrap();
    let directory = files.path().to_str().unwrap();
    for command in ["serve", "migrate", "rotate-key"] {
        let ended = run(home.path(), &[command, "--config-dir", directory], &[], "");
        assert_eq!((ended.code, ended.err), (Some(4), check(&files, &[]).err), "{command}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "no database was made");
}

#[test]
fn inconsistent_choices_are_reported_at_their_line() {
    let files = Files::new();
    files.change(
        "case-types/new-certificate.toml",
        &[
            (
                "workflows = [\"check-then-make\", \"make-then-check\"]",
                "workflows = [\"check-then-make\", \"at-the-counter\", \"by-post\"]",
            ),
            ("required_applications = [\"urban-construction\"]", "required_applications = [\"tax\"]"),
        ],
    );
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("casehall.toml"),
        "# ours\n[workflows]\nnew-certificate = \"make-then-check\"\nrenewal = \"by-post\"\n",
    )
    .unwrap();
    let variables = [("CASEHALL__WORKFLOWS__ADD_APPLICATION", "check-then-make")];
    let ended = run(home.path(), &["check-config", "--config-dir", files.path().to_str().unwrap()], &variables, "");
    let name = "case-types/new-certificate.toml";
    let known = "at-the-counter, change, check-then-make, make-then-check, reissue, renew, revoke, unlock";
    let at = |text: &str| files.place(name, text);
    assert_eq!(
        faults(&ended).into_iter().map(str::to_owned).collect::<Vec<_>>(),
        [
            "CASEHALL__WORKFLOWS__ADD_APPLICATION: case type \"add-application\" can't run on workflow \"check-then-make\"; known: at-the-counter".to_owned(),
            format!("{}: makes a certificate, but workflow \"at-the-counter\" has no effect make_certificate", at("at-the-counter")),
            format!("{}: unknown workflow \"by-post\"; known: {known}", at("by-post")),
            format!("{}: unknown application \"tax\"; known: urban-construction (settings, [[applications]])", at("tax")),
            "casehall.toml:3: case type \"new-certificate\" can't run on workflow \"make-then-check\"; known: check-then-make, at-the-counter, by-post".to_owned(),
            "casehall.toml:4: unknown case type \"renewal\"; known: add-application, change, new-certificate, reissue, reissue-expired, renew, revoke, unlock".to_owned(),
        ]
    );
}

#[test]
fn faults_of_settings_name_the_file_and_line_or_the_variable() {
    let (files, expected) = faulty();
    let home = tempfile::tempdir().unwrap();
    let settings = "[server]\nport = 99999\ncolour = \"red\"\n\n[hall]\nzone = \"Asia/Canton\"\n";
    std::fs::write(home.path().join("hall.toml"), settings).unwrap();
    let variables = [("CASEHALL__HALL__CLOSES", "25:00"), ("CASEHALL__DATABASE__URL", "mysql://user:geheim@host/db")];
    let arguments = ["check-config", "--config", "hall.toml", "--config-dir", files.path().to_str().unwrap()];
    let ended = run(home.path(), &arguments, &variables, "");
    let found = faults(&ended);
    let starts =
        ["hall.toml:2: ", "hall.toml:3: ", "hall.toml:6: ", "CASEHALL__HALL__CLOSES: ", "CASEHALL__DATABASE__URL: "];
    for start in starts {
        assert_eq!(found.iter().filter(|line| line.starts_with(start)).count(), 1, "{start}\n{}", ended.err);
    }
    assert!(!ended.err.contains("geheim"), "{}", ended.err);
    for line in &expected {
        assert!(found.contains(&line.as_str()), "with the faults of the files: {line}\n{}", ended.err);
    }
    let missing = run(home.path(), &["check-config", "--config", "nowhere.toml", "--config-dir", "nowhere"], &[], "");
    let found = faults(&missing);
    assert_eq!(found.len(), 2, "{}", missing.err);
    assert!(found.iter().any(|line| line.starts_with("nowhere.toml: can't be read")));
    assert!(found.iter().any(|line| line.starts_with("nowhere: can't be read")));
}

#[test]
fn every_required_copy_has_a_destination() {
    let files = Files::new();
    files.change_whole(
        CASE_TYPE,
        &[
            ("code = \"applicant\"\nzh = \"申请单位留存\"", "code = \"hall-file\"\nzh = \"申请单位留存\""),
            ("code = \"e-seal-agreement\"", "code = \"e-seal-agreement\"\ncopies_go_to = [\"hall-file\", \"attic\"]"),
        ],
    );
    let at = |text: &str, message: &str| format!("{}: {message}", files.place(CASE_TYPE, text));
    let ended = check(&files, &[]);
    let found = faults(&ended);
    let attic = "unknown destination \"attic\"; the destinations are defined in `copy_destinations`";
    let few = "3 copies are required, but only 2 destinations are given";
    assert!(found.contains(&at("\"attic\"", attic).as_str()), "{}", ended.err);
    assert!(found.contains(&at("\"attic\"", few).as_str()), "{}", ended.err);
    assert!(found.iter().any(|line| line.ends_with("code \"hall-file\" is given twice")), "{}", ended.err);
    assert_eq!(found.len(), 3, "{}", ended.err);
}

fn add_user(home: &Path, arguments: &[&str], password: &str) -> Ended {
    run(home, &[&["user", "add"], arguments].concat(), &[], &format!("{password}\n"))
}

#[test]
fn the_first_start_explains_how_to_create_users() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let first = Serving::start(home, &[], &[]);
    assert!(first.said.contains("No user can sign in yet."), "{}", first.said);
    assert!(first.said.contains("casehall user add NAME --role security_administrator"), "{}", first.said);
    assert_eq!(first.stop().0, Some(0), "a signal stops it in good order");

    let weak = add_user(home, &["tan", "--role", "clerk", "--role", "wizard"], "x");
    assert_eq!(weak.code, Some(2), "{weak:?}");
    assert!(weak.err.contains("wizard") && weak.err.contains("security_administrator"), "{}", weak.err);
    let roles = ["--role", "administrator", "--role", "auditor", "--outlet", "nowhere"];
    let weak = add_user(home, &[&["t!"], roles.as_slice()].concat(), "t!");
    assert_eq!(weak.code, Some(1));
    let faults: Vec<&str> = weak.err.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(faults, ["username", "roles/1", "outlet", "password"], "nobody sits there to be asked: {}", weak.err);
    assert!(weak.err.contains("roles/1: One account can't be both"), "{}", weak.err);

    let nowhere = add_user(home, &["tan", "--role", "clerk"], "a long enough passphrase");
    let where_to =
        "outlet: name the outlet (known: guangzhou-center), or say that it is the whole hall (all_outlets)\n";
    assert!(nowhere.code == Some(1) && nowhere.err.ends_with(where_to), "{nowhere:?}");
    let added = add_user(home, &["tan", "--role", "clerk", "--all-outlets"], "a long enough passphrase");
    assert_eq!((added.code, added.out.as_str()), (Some(0), "User tan can sign in.\n"), "{}", added.err);
    let twice = add_user(home, &["TAN", "--role", "clerk", "--all-outlets"], "a long enough passphrase");
    assert_eq!(twice.code, Some(1));
    assert!(twice.err.ends_with("username: is taken\n"), "{}", twice.err);
    assert_eq!(Serving::start(home, &[], &[]).said, "", "nothing to say any more");
    let gone = run(home, &["user", "deactivate", "liu"], &[], "");
    assert_eq!((gone.code, gone.err.as_str()), (Some(1), "there is no such account\n"));
}
