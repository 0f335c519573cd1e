//! Checkpoints: how large the log is and what its root is, signed, in a form that foreign tools read.
//!
//! Cast: a [`Checkpoint`] is what a seal says; [`Checkpoint::text`] is what is signed; [`SignedNote`] is a text with a signature.
//! The three lines that the standard asks for are followed by one of ours, since a seal says more.
//!
//! ```text
//! casehall.example/log
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! casehall seal=17 at=2026-03-02T02:00:00Z suite=international starts=0 previous=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
//!
//! — casehall.example/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
//! ```
//!
//! Source: C2SP tlog-checkpoint and signed-note (c2sp.org).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};

use super::suite::{Digest, Suite};

/// What stands before a signature: an em dash (U+2014) and a space.
const BEFORE_SIGNATURE: &str = "\u{2014} ";

/// What a seal says of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log, which is the name of the key, too.
    pub origin: String,
    /// How many leaves the tree has.
    pub size: u64,
    /// The root of the tree.
    pub root: Digest,
    /// The how manieth seal it is, from 1.
    pub seal: i64,
    /// When, to the second.
    pub at: DateTime<Utc>,
    /// Which hash the tree has, and which signature the note.
    pub suite: Suite,
    /// The position in the log at which the tree starts: 0, or where the suite was changed last.
    pub starts_at: i64,
    /// The hash, by this suite, of the whole note of the seal before; of the first that of nothing.
    pub previous: Digest,
}

impl Checkpoint {
    /// What is signed.
    pub fn text(&self) -> String {
        let Self { origin, size, root, seal, at, suite, starts_at, previous } = self;
        let (root, previous) = (STANDARD.encode(root), STANDARD.encode(previous));
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let suite = suite.code();
        format!(
            "{origin}\n{size}\n{root}\ncasehall seal={seal} at={at} suite={suite} starts={starts_at} previous={previous}\n"
        )
    }

    /// From what was signed; none: it isn't a checkpoint of ours.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size, root, more) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
        let mut fields = more.strip_prefix("casehall ")?.split(' ');
        let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: digest(root)?,
            seal: field("seal")?.parse().ok()?,
            at: DateTime::parse_from_rfc3339(field("at")?).ok()?.to_utc(),
            suite: Suite::from_code(field("suite")?)?,
            starts_at: field("starts")?.parse().ok()?,
            previous: digest(field("previous")?)?,
        };
        // Only what we would write ourselves: nothing else can hide in a spelling.
        (checkpoint.text() == text).then_some(checkpoint)
    }
}

fn digest(text: &str) -> Option<Digest> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// A text with one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// What is signed, ending with a line break.
    pub text: String,
    /// The name of the key.
    pub name: String,
    /// Tells keys of one name apart.
    pub key_id: [u8; 4],
    /// The signature.
    pub signature: Vec<u8>,
}

impl SignedNote {
    /// The note as a file.
    pub fn to_file(&self) -> String {
        let Self { text, name, key_id, signature } = self;
        let signature = STANDARD.encode([key_id.as_slice(), signature].concat());
        format!("{text}\n{BEFORE_SIGNATURE}{name} {signature}\n")
    }

    /// The notes in a file that somebody kept, one for each of its signatures: mail and editors change how lines end, and witnesses add
    /// signatures of their own.
    pub fn kept_in(file: &str) -> Vec<Self> {
        let file = file.replace("\r\n", "\n");
        let Some((text, signatures)) = file.rsplit_once("\n\n") else { return Vec::new() };
        let note = |line: &str| Self::from_file(&format!("{text}\n\n{line}\n"));
        signatures.lines().filter_map(note).collect()
    }

    /// From a file; none: it is no note with one signature.
    pub fn from_file(file: &str) -> Option<Self> {
        let (text, line) = file.rsplit_once(&format!("\n\n{BEFORE_SIGNATURE}"))?;
        let (name, signature) = line.strip_suffix('\n')?.split_once(' ')?;
        let bytes = STANDARD.decode(signature).ok()?;
        let (key_id, signature) = bytes.split_first_chunk()?;
        let note =
            Self { text: format!("{text}\n"), name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() };
        (note.to_file() == file).then_some(note)
    }
}
