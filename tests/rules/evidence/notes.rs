//! Signed notes and checkpoints against the examples of their specifications.

use casehall::domain::evidence::checkpoint::{Checkpoint, SignedNote};
use casehall::domain::evidence::row::{AuditColumns, EventColumns, RowHash};
use casehall::domain::evidence::suite::Suite;
use proptest::prelude::*;

/// The example of golang.org/x/mod/sumdb/note, whose form C2SP took over.
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_note_of_another_implementation_is_read_and_written_alike() {
    let note = SignedNote::from_file(NOTE).unwrap();
    assert_eq!((note.name.as_str(), hex::encode(note.key_id).as_str()), ("PeterNeumann", "c74f20a3"));
    assert_eq!(note.to_file(), NOTE);
    for broken in [NOTE.trim_end(), &NOTE.replace("\n\n", "\n"), &NOTE.replace('\u{2014}', "-"), ""] {
        assert_eq!(SignedNote::from_file(broken), None, "{broken:?}");
    }
}

#[test]
fn a_checkpoint_is_read_only_in_the_spelling_in_which_it_is_written() {
    let checkpoint = Checkpoint {
        origin: "casehall.example/log".to_owned(),
        size: 20_852_163,
        root: [7; 32],
        seal: 17,
        at: "2026-03-02T02:00:00Z".parse().unwrap(),
        suite: Suite::International,
        starts_at: 0,
        previous: Suite::International.digest(&[]),
    };
    let text = checkpoint.text();
    assert_eq!(Checkpoint::from_text(&text), Some(checkpoint));
    for (from, to) in
        [("20852163", "020852163"), ("seal=17", "seal=+17"), ("02:00:00Z", "02:00:00.0Z"), (" starts", "  starts")]
    {
        assert!(text.contains(from));
        assert_eq!(Checkpoint::from_text(&text.replace(from, to)), None, "{to}");
    }
}

#[test]
fn hashes_of_rows_are_what_they_were() {
    let event = EventColumns {
        subject_kind: "case",
        subject_id: "019a0000-0000-7000-8000-000000000001",
        sequence: 1,
        kind: "opened",
        at: "2026-03-02T02:00:00.000000Z",
        actor_id: "a",
        actor_name: "谭丽",
        action: "open",
        data: "{}",
    };
    let first = event.hash(Suite::International, None);
    assert_eq!(hex::encode(first.to_bytes()), FIRST);
    let second = EventColumns { sequence: 2, ..event }.hash(Suite::National, Some(first));
    assert_eq!(RowHash::from_bytes(&second.to_bytes()), Some(second));
    assert_eq!(hex::encode(second.to_bytes()), SECOND);
}

/// Computed in Python, by the functions of tests/data/evidence/check.py.
const FIRST: &str = "011fe468d1177635fe66f0bff6181e8895add33235f29d0c7e986eb06fed1a5bcb";
const SECOND: &str = "023c752aeed2586a6db65b3894bbddd312eed4e4d6353521f7ae377c0eaba32329";

proptest! {
    #[test]
    fn no_two_entries_have_the_same_hash(a in columns(), b in columns()) {
        let hash = |(kind, address, subject, details): &(String, Option<String>, Option<String>, String)| {
            let columns = AuditColumns {
                number: 1,
                kind,
                at: "2026-03-02T02:00:00.000000Z",
                actor_id: "",
                actor_name: "",
                address: address.as_deref(),
                system_user: None,
                subject_kind: subject.as_deref(),
                subject_id: subject.as_deref(),
                details,
            };
            columns.hash(Suite::International)
        };
        prop_assert_eq!(a == b, hash(&a) == hash(&b));
    }
}

/// Few and short, of what separates columns: so that they meet.
fn columns() -> impl Strategy<Value = (String, Option<String>, Option<String>, String)> {
    let text = || "[1:,-]{0,2}";
    (text(), proptest::option::of(text()), proptest::option::of(text()), text())
}
