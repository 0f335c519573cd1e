//! Labels: whatever is taken comes back as it is, and no number of a person is taken.

use std::collections::BTreeMap;

use casehall::domain::base::text::paragraphs;
use casehall::domain::cases::intake::labels::{Labels, LabelsDraft};
use proptest::prelude::*;
use uuid::Uuid;

fn draft(reference: Option<&str>, pairs: &[(&str, &str)]) -> LabelsDraft {
    let metadata = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    LabelsDraft { reference: reference.map(str::to_owned), metadata }
}

/// The faults of labels: pointer and code.
fn faults(draft: &LabelsDraft) -> Vec<(String, &'static str)> {
    let faults = Labels::checked(draft).err().unwrap_or_default();
    faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
}

fn kept(labels: &Labels) -> LabelsDraft {
    let metadata = labels.metadata.iter().map(|(key, value)| (key.clone(), value.as_str().to_owned())).collect();
    LabelsDraft { reference: labels.reference.clone(), metadata }
}

#[test]
fn the_number_of_a_person_is_no_label() {
    for text in [
        "440199196412310694",
        "11010519491231002X",
        "11010519491231002x",
        "身份证：440199196412310694",
        "440199 19641231 0694",
        "４４０１９９１９６４１２３１０６９４",
        "13800138000",
        "138-0013-8000",
        "138 0013 8000",
        "+8613800138000",
        "电话13800138000",
        "order 1047, 13800138000",
        "R440199196412310694",
        "440199196412310694R",
        "ID440199196412310694",
        "R13800138000",
        "13800138000x",
        "R138-0013-8000",
        "ref 138 0013 8000",
        "008613800138000",
        "1047 138 0013 8000",
    ] {
        assert_eq!(faults(&draft(Some(text), &[])), [("/reference".to_owned(), "holds_number")], "{text}");
        assert_eq!(faults(&draft(None, &[("a", text)])), [("/metadata/a".to_owned(), "holds_number")], "{text}");
    }
}

#[test]
fn numbers_of_orders_are_labels_however_long_they_are() {
    for text in [
        "20260601000123",
        "1047",
        "2026-06-01 10:00:00",
        "1780279200123",
        "10000000000000000001",
        "440199196412310695", // the check character of another one
        "GZ2026-000147",
        "260601000140",
        "91440114PDY746751K",
        "a13800138000f",
        "0196f2d3-13aa-7a5b-8138-001380001234",
    ] {
        assert_eq!(faults(&draft(Some(text), &[("order_id", text)])), [], "{text}");
    }
}

#[test]
fn each_fault_is_pointed_at() {
    let long = "x".repeat(501);
    let wrong = draft(Some(""), &[("a", ""), ("B", "x"), ("c/d", "x"), ("e", &long), ("f", "x\u{202E}"), ("", "x")]);
    let found = [
        ("/reference", "bad_text"),
        ("/metadata/", "bad_pattern"),
        ("/metadata/B", "bad_pattern"),
        ("/metadata/a", "bad_text"),
        ("/metadata/c~1d", "bad_pattern"),
        ("/metadata/e", "bad_text"),
        ("/metadata/f", "bad_text"),
    ];
    assert_eq!(faults(&wrong), found.map(|(pointer, code)| (pointer.to_owned(), code)));
    let key = "k".repeat(40);
    assert_eq!(faults(&draft(None, &[(&key, &"值".repeat(500)), ("a_b.c-9", "x")])), []);
    assert_eq!(faults(&draft(Some(&"字".repeat(65)), &[(&format!("{key}k"), "x")])).len(), 2);
    let many = |count: usize| LabelsDraft {
        metadata: (0..count).map(|at| (format!("k{at}"), "x".to_owned())).collect(),
        ..LabelsDraft::default()
    };
    assert_eq!((faults(&many(20)), faults(&many(21))), (vec![], vec![("/metadata".to_owned(), "too_many_items")]));
}

proptest! {
    #[test]
    fn what_is_taken_is_kept_and_taken_again(
        reference in proptest::option::of(any::<String>()),
        metadata in proptest::collection::btree_map("[a-z][a-z0-9_.-]{0,5}", any::<String>(), 0..4),
    ) {
        let draft = LabelsDraft { reference, metadata };
        if let Ok(labels) = Labels::checked(&draft) {
            let texts: BTreeMap<String, Option<String>> =
                draft.metadata.iter().map(|(key, typed)| (key.clone(), paragraphs(typed, 500))).collect();
            let found: BTreeMap<String, Option<String>> =
                kept(&labels).metadata.into_iter().map(|(key, value)| (key, Some(value))).collect();
            prop_assert_eq!(found, texts, "each value as it is read");
            prop_assert_eq!(Labels::checked(&kept(&labels)).unwrap(), labels);
        }
    }

    #[test]
    fn no_id_of_a_program_is_taken_for_a_persons_number(id in any::<u128>()) {
        let id = Uuid::from_u128(id);
        for text in [id.to_string(), id.simple().to_string()] {
            prop_assert_eq!(faults(&draft(Some(&text), &[("id", &text)])), []);
        }
    }

    #[test]
    fn pairs_tell_apart_what_differs(
        one in ("[a-z][a-z0-9_.-]{0,3}", "[a-z:]{1,4}"),
        other in ("[a-z][a-z0-9_.-]{0,3}", "[a-z:]{1,4}"),
    ) {
        let pair = |(key, value): &(String, String)| Labels::checked(&draft(None, &[(key, value)])).unwrap().pairs().next();
        prop_assert_eq!(pair(&one) == pair(&other), one == other);
    }
}
