//! Definitions that extend one another: what comes out, and where a fault of it is told.

use std::collections::BTreeMap;

use casehall::configuration::ConfigFiles;
use casehall::configuration::catalog::{Definitions, load_definitions, read_definitions};
use casehall::domain::case_types::workflow::Workflow;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

const BASE: &str = "workflows/bases/short.toml";
const OWN: &str = "workflows/pilot.toml";

/// A base of two actions, for a workflow that gives `done`.
const SHORT: &str = r#"initial = "new"
states = [{ code = "new", zh = "新", en = "New", queue = "to_check" }, { code = "held", zh = "存", en = "Held", queue = "to_check" }]
groups = { open = ["held", "new"] }

[[actions]]
code = "hold"
zh = "存"
en = "Hold"
from = "new"
to = "held"
roles = ["clerk"]

[[actions]]
code = "end"
zh = "结"
en = "End"
from = "open"
to = "done"
roles = ["clerk", "supervisor"]
takes = ["reason"]
"#;

const PILOT: &str = r#"code = "pilot"
edition = 1
zh = "试"
en = "Pilot"
extends = "bases/short"
states = [{ code = "done", zh = "完", en = "Done", final = true }]
"#;

fn shipped() -> Definitions {
    load_definitions(&ConfigFiles::load(None).unwrap(), &["urban-construction"]).unwrap()
}

/// What the shipped files and these say, and their faults.
fn read(files: &[(&str, &str)]) -> (Definitions, Vec<String>) {
    let mut all = ConfigFiles::load(None).unwrap();
    files.iter().for_each(|(name, text)| all.insert(name, (*text).to_owned()));
    let (definitions, faults) = read_definitions(&all, Some(&["urban-construction"]));
    (definitions, faults.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn pilot(own: &str) -> Workflow {
    let (definitions, faults) = read(&[(BASE, SHORT), (OWN, &format!("{PILOT}{own}"))]);
    assert_eq!(faults, Vec::<String>::new());
    definitions.catalog.current_workflow("pilot").unwrap().clone()
}

fn codes(workflow: &Workflow) -> (Vec<&str>, Vec<&str>) {
    let states = workflow.states.iter().map(|state| state.code.as_str()).collect();
    (states, workflow.actions.iter().map(|action| action.code.as_str()).collect())
}

/// `file:line` of the one place of a text.
#[track_caller]
fn at(file: &str, whole: &str, text: &str) -> String {
    assert_eq!(whole.matches(text).count(), 1, "{text}");
    format!("{file}:{}", whole[..whole.find(text).unwrap()].matches('\n').count() + 1)
}

/// Databases keep the editions that cases were opened with: whoever changes what is shipped gives it a new number, and its digest
/// here.
#[test]
fn what_is_shipped_keeps_the_content_of_its_edition() {
    let kept = [
        ("workflows/at-the-counter.toml", "0cc2d43d29e35cd30a0f1486bddcd43749bf575278dfcccf7c0664927843fced"),
        ("workflows/change.toml", "dd2bdf38724525c4223403650d54b472af5b8d74076ae4cfae776937dcf2e0c7"),
        ("workflows/check-then-make.toml", "8e28dd70808462ac669d0dd8074b57cc2e411e28a7f504b06100a93dd979ed8e"),
        ("workflows/make-then-check.toml", "ba053bbe5b74d98e74015e411bf7e10bdf9b3cd89a8eb213b6a18df3a27029ab"),
        ("workflows/reissue.toml", "22d7608c3937553a6dc15b218515c6cf45f3e281a8587b4d4c9008c9254584c6"),
        ("workflows/renew.toml", "346054b2d336c4ea14023a2a2c12fd29c3a4d717c63869f138f4f9490347aa68"),
        ("workflows/revoke.toml", "96df59a9f5df92d178454a2c3de7d413e40d4cc1f1c11fba7a41bfa07e20f45d"),
        ("workflows/unlock.toml", "edb0ab85fdbe3e460bb44198d27a4251981f5c3b8124831990c8a23c3445c6d2"),
        ("case-types/add-application.toml", "39ddac50a5d57bbd1fb9f23b5437afed99754f795d3ead138f8e5393573523e9"),
        ("case-types/change.toml", "98f61a9db04862b352bff32c27ae19e3d38d631a0d11772dd77feb15f02ce189"),
        ("case-types/new-certificate.toml", "57b5b62d7e3d2151b1288746fc33d6a16d6b9bd084d9b300959b277d2685d3d2"),
        ("case-types/reissue.toml", "52befdd11e77204fdbbe2b7ee746a812529f411a8f20108343bbf5efc63820ac"),
        ("case-types/reissue-expired.toml", "b3ec5d06bb33957bf5172d163f69965a0c30a993cb4a0bc79fd8abdfce235d2c"),
        ("case-types/renew.toml", "05c0a882be107cf9368538b2298eb754fd97c96f59afa7951c8b90851eb702bd"),
        ("case-types/revoke.toml", "56ae82b7ad03ff7a49bc04967c5137c493837c7a1e262e8a9f038d5ca0d588a8"),
        ("case-types/unlock.toml", "82a0796339445f7eb085a48674260584df202b93799f21d2b48ce5ec542114a9"),
    ];
    let found: BTreeMap<String, String> = shipped()
        .editions
        .iter()
        .map(|edition| {
            let folder = edition.kind.code().replace("case_type", "case-types").replace("workflow", "workflows");
            let digest = hex::encode(Sha256::digest(edition.content.as_bytes()));
            (format!("{folder}/{}.toml", edition.pinned.code), digest)
        })
        .collect();
    let kept: BTreeMap<String, String> = kept.map(|(file, digest)| (file.to_owned(), digest.to_owned())).into();
    assert_eq!(found, kept);
}

#[test]
fn the_whole_form_that_is_shown_is_a_file_that_says_the_same() {
    let shipped = shipped();
    let mut files = ConfigFiles::load(None).unwrap();
    for file in shipped.files() {
        let whole = shipped.whole(file).unwrap();
        assert!(!whole.contains("extends"), "{whole}");
        files.insert(file, whole);
    }
    assert_eq!(load_definitions(&files, &["urban-construction"]).unwrap().editions, shipped.editions);
}

#[test]
fn a_workflow_takes_over_what_it_does_not_say() {
    let workflow = pilot("");
    assert_eq!(codes(&workflow), (vec!["new", "held", "done"], vec!["hold", "end"]));
    assert_eq!((workflow.initial.as_str(), workflow.words.en.as_str(), workflow.edition), ("new", "Pilot", 1));
    assert_eq!(workflow.action("end").unwrap().from, ["held", "new"], "in the order of the group");
}

#[test]
fn an_action_of_the_base_changes_only_the_keys_that_are_given_and_keeps_its_place() {
    let workflow = pilot("[[actions]]\ncode = \"hold\"\nen = \"Keep\"\nroles = [\"supervisor\"]\n");
    let (hold, before) = (workflow.action("hold").unwrap(), pilot(""));
    let before = before.action("hold").unwrap();
    assert_eq!((hold.words.en.as_str(), hold.words.zh.as_str()), ("Keep", "存"));
    assert_eq!((&hold.from, &hold.to, hold.roles.len()), (&before.from, &before.to, 1));
    assert_eq!(codes(&workflow).1, ["hold", "end"]);
}

#[test]
fn new_and_known_ones_stand_where_the_file_says() {
    let new = "[[actions]]\ncode = \"note\"\nzh = \"记\"\nen = \"Note\"\nfrom = \"new\"\nroles = [\"clerk\"]\n";
    let with =
        |more: &str| codes(&pilot(&new.replace("code = \"note\"\n", &format!("code = \"note\"\n{more}")))).1.join(" ");
    assert_eq!(with(""), "hold end note");
    assert_eq!(with("after = \"hold\"\n"), "hold note end");
    assert_eq!(with("before = \"hold\"\n"), "note hold end");
    assert_eq!(codes(&pilot("[[actions]]\ncode = \"hold\"\nafter = \"end\"\n")).1, ["end", "hold"]);
    assert_eq!(
        codes(&pilot(&format!("{new}[[actions]]\ncode = \"end\"\nbefore = \"hold\"\n"))).1,
        ["end", "hold", "note"]
    );
}

#[test]
fn what_is_left_out_is_gone_and_may_be_written_anew() {
    let text = "without = { actions = [\"hold\"], states = [\"held\"] }\ngroups = { open = [\"new\"] }\n";
    let workflow = pilot(text);
    assert_eq!(codes(&workflow), (vec!["new", "done"], vec!["end"]));
    let anew = "[[actions]]\ncode = \"end\"\nzh = \"了\"\nen = \"Finish\"\nfrom = \"held\"\nto = \"done\"\nroles = [\"clerk\"]\n";
    let workflow = pilot(&format!("without = {{ actions = [\"end\"] }}\n{anew}"));
    let end = workflow.action("end").unwrap();
    assert_eq!((end.takes.len(), end.from.clone()), (0, vec!["held".to_owned()]), "nothing is left of the base's");
}

#[test]
fn a_group_stands_for_its_states_each_once() {
    let leave = "[[actions]]\ncode = \"leave\"\nzh = \"走\"\nen = \"Leave\"\nfrom = \"open\"\nto = \"done\"\nroles = [\"clerk\"]\n";
    let from = |from: &str| {
        let workflow = pilot(&format!("{leave}[[actions]]\ncode = \"end\"\nfrom = {from}\n"));
        workflow.action("end").unwrap().from.join(" ")
    };
    assert_eq!(from("\"new\""), "new");
    assert_eq!(from("[\"new\", \"open\"]"), "new held");
    assert_eq!(from("[\"open\", \"held\"]"), "held new");
    let workflow = pilot("groups = { open = [\"new\", \"held\"] }\n");
    assert_eq!(workflow.action("end").unwrap().from, ["new", "held"], "the nearest file's group counts");
}

#[test]
fn bases_make_a_chain_and_a_workflow_may_extend_a_workflow() {
    let middle = "extends = \"bases/short\"\n[[actions]]\ncode = \"hold\"\nen = \"Keep\"\nzh = \"留\"\n";
    let own = PILOT.replace("bases/short", "bases/middle");
    let second = "code = \"second\"\nedition = 4\nzh = \"二\"\nen = \"Second\"\nextends = \"pilot\"\n[[actions]]\ncode = \"hold\"\nen = \"Store\"\n";
    let files =
        [(BASE, SHORT), ("workflows/bases/middle.toml", middle), (OWN, &own), ("workflows/second.toml", second)];
    let (definitions, faults) = read(&files);
    assert_eq!(faults, Vec::<String>::new());
    let words = |code: &str| {
        let workflow = definitions.catalog.current_workflow(code).unwrap();
        let hold = workflow.action("hold").unwrap();
        (workflow.words.en.clone(), workflow.edition, hold.words.en.clone(), hold.words.zh.clone())
    };
    assert_eq!(words("pilot"), ("Pilot".into(), 1, "Keep".into(), "留".into()));
    assert_eq!(words("second"), ("Second".into(), 4, "Store".into(), "留".into()));
}

#[test]
fn what_does_not_fit_its_base_is_told_at_its_line() {
    let new = |code: &str| {
        format!("[[actions]]\ncode = \"{code}\"\nzh = \"记\"\nen = \"Note\"\nfrom = \"new\"\nroles = [\"clerk\"]\n")
    };
    let cases = [
        ("without = { actions = [\"hole\"] }", "hole", "the base has no \"hole\" in `actions`"),
        ("without = { steps = [\"hold\"] }", "steps", "the base has no \"hold\" in `steps`"),
        ("without = \"hold\"", "without", "invalid type: string \"hold\", expected a map"),
        (
            "actions = [{ code = \"hole\", en = \"Hole\" }]",
            "hole",
            "the base has no \"hole\" to change; a new one needs `zh` and `en`",
        ),
        ("actions = [{ code = \"hold\" }]", "hold", "\"hold\" changes nothing of the base's"),
        ("actions = []", "actions", "an empty list changes nothing: name what is left out in `without`"),
        ("actions = [{ code = \"hold\", after = \"x\" }]", "hold", "there is no \"x\" to stand beside"),
        ("actions = [{ code = \"hold\", after = 1 }]", "hold", "`after` must be the code of another in the list"),
        ("groups = { spare = [\"new\"] }", "spare", "no action names the group \"spare\" in its `from`"),
        ("groups = { open = \"new\" }", "open", "invalid type: string \"new\", expected a sequence"),
        ("groups = { open = [\"nowhere\"] }", "nowhere", "unknown state or group \"nowhere\""),
        ("actions = [{ code = \"end\", from = [\"open\", \"opne\"] }]", "opne", "unknown state or group \"opne\""),
        ("actions = [{ code = \"end\", from = 3 }]", "end", "invalid type: integer `3`, expected a sequence"),
        ("actions = [{ code = \"end\", form = \"new\" }]", "form", "unknown key \"actions.0.form\""),
    ];
    for (line, text, message) in cases {
        let own = format!("{PILOT}\n{line}\n");
        assert_eq!(read(&[(BASE, SHORT), (OWN, &own)]).1, [format!("{}: {message}", at(OWN, &own, line))], "{text}");
    }
    // Also where the base has no such list.
    let base = &SHORT[..SHORT.find("[[actions]]").unwrap()].replace("groups", "# groups");
    let own = format!("{PILOT}{}", new("note").replace("zh =", "after = \"hold\"\nzh ="));
    let told = format!("{}: there is no \"hold\" to stand beside", at(OWN, &own, "after"));
    assert_eq!(read(&[(BASE, base), (OWN, &own)]).1, [told]);
    // The same new code twice in one file.
    let own = format!("{PILOT}{}{}", new("note"), new("note"));
    let line = own.lines().count() - 4;
    assert_eq!(read(&[(BASE, SHORT), (OWN, &own)]).1, [format!("{OWN}:{line}: code \"note\" is given twice")]);
    // A group can't have the name of a state.
    let own = format!("{PILOT}groups = {{ new = [\"held\"] }}\n");
    let message = "\"new\" is a state, so no group can have its name";
    assert_eq!(read(&[(BASE, SHORT), (OWN, &own)]).1, [format!("{}: {message}", at(OWN, &own, "new = "))]);
}

#[test]
fn only_what_extends_another_has_the_keys_for_it() {
    let whole = format!("without = {{ actions = [\"x\"] }}\n{}", shipped().whole("workflows/renew.toml").unwrap())
        .replace("code = \"withdraw\"\n", "code = \"withdraw\"\nafter = \"decline\"\n");
    let (_, faults) = read(&[("workflows/renew.toml", &whole)]);
    let only = "only a file that `extends` another has it";
    let after = format!("{}: unknown key \"actions.19.after\": {only}", at("workflows/renew.toml", &whole, "after = "));
    assert_eq!(faults, [format!("workflows/renew.toml:1: unknown key \"without\": {only}"), after]);
}

#[test]
fn unknown_bases_and_circles_are_told_once_where_they_are_named() {
    let own = PILOT.replace("bases/short", "bases/shrot");
    let (_, faults) = read(&[(BASE, SHORT), (OWN, &own)]);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    let start = format!("{}: there is no workflows/bases/shrot.toml to extend; known: ", at(OWN, &own, "extends"));
    assert!(faults[0].starts_with(&start) && faults[0].contains("bases/short"), "{faults:#?}");
    let circle = "extends = \"bases/other\"\n";
    let other = "extends = \"bases/short\"\n";
    let (definitions, faults) = read(&[(BASE, circle), ("workflows/bases/other.toml", other), (OWN, PILOT)]);
    let told = "workflows/bases/short.toml:1: \"bases/other\" extends itself: bases/other → bases/short → bases/other";
    assert_eq!(faults, [told]);
    assert!(definitions.catalog.current_workflow("pilot").is_none() && definitions.faulty.contains(OWN));
    let itself = PILOT.replace("bases/short", "pilot");
    let told = format!("{OWN}:5: \"pilot\" extends itself: pilot → pilot");
    assert_eq!(read(&[(OWN, &itself)]).1, [told]);
}

#[test]
fn a_fault_of_a_base_is_told_once_in_the_base() {
    let other = PILOT.replace("\"pilot\"", "\"other\"");
    let with = |base: &str, own: &str| read(&[(BASE, base), (OWN, own), ("workflows/other.toml", &other)]).1;
    let base = SHORT.replace("\"supervisor\"", "\"chief\"");
    let known = "clerk, producer, supervisor, administrator, security_administrator, auditor, client";
    let chief = format!("{}: unknown role \"chief\"; known: {known}", at(BASE, &base, "chief"));
    assert_eq!(with(&base, PILOT), [chief.as_str()]);
    // Not all who extend it have it: then it says who.
    let own = format!("{PILOT}[[actions]]\ncode = \"end\"\nroles = [\"clerk\"]\n");
    assert_eq!(with(&base, &own), [format!("{chief} (as workflows/other.toml extends it)")]);
    // What is wrong only together with the own file.
    let own = format!("{PILOT}without = {{ states = [\"held\"] }}\n");
    let place = |text: &str| at(BASE, SHORT, text);
    let why = format!("(as {OWN} extends it)");
    let mut expected = [
        format!("{}: unknown state or group \"held\" {why}", place("\"held\", \"new\"")),
        format!("{}: unknown state \"held\" {why}", place("to = \"held\"")),
    ];
    expected.sort();
    let mut found = with(SHORT, &own);
    found.sort();
    assert_eq!(found, expected);
    // A base that isn't TOML, has keys of a workflow, or a group for nobody.
    assert_eq!(with("states = 3\n", PILOT), [format!("{BASE}:1: invalid type: integer `3`, expected a sequence")]);
    let base = format!("edition = 1\n{SHORT}");
    assert_eq!(with(&base, PILOT), [format!("{BASE}:1: a base has no `edition`: it is each file's that extends it")]);
    let base = SHORT.replace("groups = { ", "groups = { spare = [\"new\"], ");
    let spare = format!("{BASE}:3: no action names the group \"spare\" in its `from`");
    assert_eq!(with(&base, PILOT), [spare]);
}

fn code_of(thing: &Value) -> &str {
    thing["code"].as_str().unwrap()
}

/// Splits the things of a list into a base's and a file's own, by dice: some only in the own file, some changed in the
/// base, and between them some of the base's that the own file leaves out. The first is the base's, as nothing is before it.
fn split(list: &[Value], dice: &[u8]) -> (Vec<Value>, Vec<Value>, Vec<Value>) {
    let (mut base, mut own, mut without) = (Vec::new(), Vec::new(), Vec::new());
    let with = |thing: &Value, key: &str, value: &str| {
        let mut other = thing.as_table().unwrap().clone();
        other.insert(key.into(), value.into());
        Value::Table(other)
    };
    for (index, thing) in list.iter().enumerate() {
        match dice[index % dice.len()] % 4 {
            1 if index > 0 => own.push(with(thing, "after", code_of(&list[index - 1]))),
            2 => {
                base.push(with(thing, "en", "Other"));
                let changed =
                    thing.as_table().unwrap().clone().into_iter().filter(|(key, _)| key == "code" || key == "en");
                own.push(Value::Table(changed.collect()));
            }
            3 => {
                let spare = format!("spare-{index}");
                base.extend([with(thing, "code", &spare), thing.clone()]);
                without.push(spare.into());
            }
            _ => base.push(thing.clone()),
        }
    }
    (base, own, without)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn however_a_workflow_is_split_its_whole_form_is_the_same(
        workflow in 0_usize..8,
        states in proptest::collection::vec(any::<u8>(), 8),
        actions in proptest::collection::vec(any::<u8>(), 24),
    ) {
        let shipped = shipped();
        let file = shipped.files().filter(|file| file.starts_with("workflows/")).nth(workflow).unwrap().to_owned();
        let whole: Table = shipped.whole(&file).unwrap().parse().unwrap();
        let (mut base, mut own) = (whole.clone(), whole.clone());
        for key in ["code", "edition", "zh", "en"] {
            base.remove(key);
        }
        own.remove("initial");
        own.insert("extends".into(), "bases/split".into());
        let mut without = Table::new();
        for (list, dice) in [("states", states), ("actions", actions)] {
            let (of_base, of_own, left_out) = split(whole[list].as_array().unwrap(), &dice);
            base.insert(list.into(), of_base.into());
            own.insert(list.into(), of_own.into());
            without.insert(list.into(), left_out.into());
        }
        own.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
        own.insert("without".into(), without.into());
        let (base, own) = (toml::to_string(&base).unwrap(), toml::to_string(&own).unwrap());
        let mut files = ConfigFiles::default();
        files.insert("workflows/bases/split.toml", base.clone());
        files.insert(&file, own.clone());
        let (found, faults) = read_definitions(&files, None);
        prop_assert_eq!(faults, vec![], "{}\n---\n{}", base, own);
        prop_assert_eq!(found.editions.len(), 1);
        prop_assert!(shipped.editions.contains(&found.editions[0]), "{}\n---\n{}", base, own);
    }

    #[test]
    fn nothing_that_extends_makes_the_reader_fall_over(own in "[a-z =\\[\\]{}\",.\n]{0,120}", line in 0_usize..6) {
        let mut lines: Vec<&str> = PILOT.lines().collect();
        lines.insert(line, &own);
        let mut files = ConfigFiles::default();
        files.insert(BASE, SHORT.to_owned());
        files.insert(OWN, lines.join("\n"));
        let _ = read_definitions(&files, None);
    }
}
