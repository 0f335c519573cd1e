//! What a verification finds.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::accounts::audit::AuditSubjectKind;
use crate::domain::base::vocabulary::vocabulary;

vocabulary! {
    /// What is wrong with a row.
    pub enum FindingKind {
        /// Its content and its hash don't belong together.
        Changed = "changed", "内容与哈希不符", "was changed: its content doesn't fit its hash";
        /// It can't be read at all.
        Unreadable = "unreadable", "无法读取", "can't be read";
        /// It isn't there, though another row needs it.
        Missing = "missing", "缺失", "is missing";
        /// The event before it isn't there.
        Unlinked = "unlinked", "前一事件缺失", "stands behind an event that isn't there";
        /// It stands among what is sealed, and isn't sealed itself.
        PutIn = "put_in", "混入已封存的记录", "was put among what is sealed";
        /// The log has another hash of it than the row.
        LogDiffers = "log_differs", "与已封存日志不符", "differs from what the log has of it";
        /// A seal that the leaves name isn't there, or a leaf names another seal than the one on it.
        SealMissing = "seal_missing", "封存记录缺失", "names a seal that isn't there";
        /// The row that a leaf names isn't there.
        RowMissing = "row_missing", "所指记录缺失", "names a row that isn't there";
        /// It and its neighbour aren't in the order in which rows are sealed.
        OutOfOrder = "out_of_order", "顺序被改动", "isn't in the order in which rows are sealed";
        /// The columns of the seal aren't what its checkpoint says.
        SealDiffers = "seal_differs", "封存记录与签名检查点不符", "differs from its signed checkpoint";
        /// The signature isn't one by a key of the hall.
        BadSignature = "bad_signature", "签名无效或密钥未知", "isn't signed by a key that is here";
        /// The root of the tree isn't the one that was signed.
        RootDiffers = "root_differs", "已封存数据与签名的根哈希不符", "signed another history than the one that is here";
        /// Its persons are ciphertext that doesn't open, or the key to it isn't there, though nobody erased them.
        KeyMissing = "key_missing", "个人信息无法读取：密钥或密文缺失、被改动", "has persons' data that can't be read: its key or ciphertext is missing or was changed";
        /// Its persons were erased by destroying its key, which stands there again.
        KeyPutBack = "key_put_back", "个人信息已删除，其密钥却又存在", "has its key again, though its persons were erased";
        /// It has a key, and isn't there itself.
        KeyOfNothing = "key_of_nothing", "有密钥，而其本身并不存在", "has a key, and was never there itself";
        /// A data key that the database knows isn't the one outside of it.
        DataKeyDiffers = "data_key_differs", "与数据库以外保存的数据密钥不符", "isn't the data key that lies outside the database";
        /// The database names no data key as the one in force.
        NoDataKey = "no_data_key", "缺失：没有在用的数据密钥，个人信息无法写入", "isn't there, so that no person's data can be written";
        /// What was kept apart from the database is of another history.
        KeptDiffers = "kept_differs", "与另行留存的检查点不符", "isn't of the history that was kept";
        /// A seal that was kept apart from the database isn't in it any more.
        TakenAway = "taken_away", "已不在数据库中：其后封存的记录被移除", "isn't in the database any more: what was sealed from there on was taken away";
        /// What acts by itself in the database isn't what the migrations made.
        GuardDiffers = "guard_differs", "与系统建立的数据库结构不符，可能阻止、隐藏或混入记录", "isn't as the migrations made it, and may keep rows out, let in what isn't allowed, change or hide them";
        /// Something that is held against the trail, such as an account or an import, of which no entry says that it was added.
        NotEntered = "not_entered", "审计记录中没有新增它的记录", "was added by nobody, as the audit trail has it";
        /// Columns of it aren't what the trail says of it.
        EntryDiffers = "entry_differs", "与审计记录不符", "isn't what the audit trail says of it";
    }
}

/// Which row, or what else of the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An event.
    Event {
        /// Its number, where it is known.
        number: Option<i64>,
        /// `case` or `certificate`; with the next two none, where only the number is known.
        subject_kind: String,
        /// Of which.
        subject_id: String,
        /// The how manieth of its subject.
        sequence: Option<i64>,
    },
    /// A trigger, rule, view or table.
    Guard {
        /// Its kind and name.
        name: String,
    },
    /// An entry of the audit trail.
    Entry {
        /// Its number.
        number: i64,
    },
    /// A leaf of the log.
    Leaf {
        /// Its position, from 0.
        position: i64,
    },
    /// A seal.
    Seal {
        /// Its number, from 1.
        number: i64,
    },
    /// A case or certificate, an account or another system, an import, an edition, a year of the calendar.
    Subject {
        /// `case`, `certificate`, or a kind of subject of the audit trail.
        kind: String,
        /// Which.
        id: String,
    },
    /// Columns of one.
    Columns {
        /// As of a subject.
        kind: String,
        /// Which.
        id: String,
        /// Their names.
        names: Vec<&'static str>,
    },
    /// Rows that are looked at together, of which one can't be read.
    Rows {
        /// What they are.
        of: &'static str,
        /// What was said of the one.
        why: String,
    },
    /// A seal that is kept apart from the database.
    KeptSeal {
        /// Its number, from 1.
        number: i64,
        /// The file beside the sealing keys; none: it was given.
        file: Option<String>,
        /// The position at which the log ends, where it ends before what the seal is on.
        end: Option<i64>,
    },
}

/// What is wrong with something that the audit trail tells of: `is_there` says whether its row is, `is_told` whether an entry begins it,
/// and `differing` which of its columns aren't what its entries say.
pub fn against_trail(
    (kind, id): (AuditSubjectKind, String),
    is_there: bool,
    is_told: bool,
    differing: Vec<&'static str>,
) -> Option<(FindingKind, Place)> {
    let kind = kind.code().to_owned();
    match (is_there, is_told) {
        (false, _) => Some((FindingKind::Missing, Place::Subject { kind, id })),
        (true, false) => Some((FindingKind::NotEntered, Place::Subject { kind, id })),
        (true, true) if differing.is_empty() => None,
        (true, true) => Some((FindingKind::EntryDiffers, Place::Columns { kind, id, names: differing })),
    }
}

/// A row with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// Where.
    pub place: Place,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event { number, subject_kind, subject_id, sequence } => {
                formatter.write_str("event")?;
                if let Some(sequence) = sequence {
                    write!(formatter, " {sequence} of {subject_kind} {subject_id}")?;
                }
                number.map_or(Ok(()), |number| write!(formatter, " (number {number})"))
            }
            Self::Guard { name } => formatter.write_str(name),
            Self::Entry { number } => write!(formatter, "audit entry {number}"),
            Self::Leaf { position } => write!(formatter, "log position {position}"),
            Self::Seal { number } => write!(formatter, "seal {number}"),
            Self::Subject { kind, id } => write!(formatter, "{kind} {id}"),
            Self::Columns { kind, id, names } => write!(formatter, "{kind} {id} ({})", names.join(", ")),
            Self::Rows { of, why } => write!(formatter, "{of} ({why})"),
            Self::KeptSeal { number, file, end } => {
                let file = file.as_deref().unwrap_or("the given file");
                write!(formatter, "seal {number}, kept in {file},")?;
                end.map_or(Ok(()), |end| write!(formatter, " with the rows from log position {end} on"))
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.place, self.kind.words().en)
    }
}

/// So many findings are named; of further ones only the number is told.
const MOST_NAMED: usize = 1_000;

/// What a verification looked at and found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Events that it read.
    pub events: u64,
    /// Entries of the audit trail.
    pub entries: u64,
    /// Leaves of the log.
    pub leaves: u64,
    /// Seals.
    pub seals: u64,
    /// Rows that were not sealed yet when it began.
    pub unsealed: u64,
    /// What is wrong, the first thousand.
    pub findings: Vec<Finding>,
    /// How much is wrong.
    pub finding_count: u64,
    /// The newest seal, and when it was made.
    pub newest_seal: Option<(i64, DateTime<Utc>)>,
    /// Of the rows that were not sealed yet, when the hall wrote the first and the last: not a command, which may run while the hall is
    /// stopped.
    hall_wrote: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A row may wait so long to be sealed, or so many times the interval of sealing, whichever is longer.
const LONGEST_WAIT: (TimeDelta, i32) = (TimeDelta::minutes(10), 5);

impl Verification {
    /// Notes a row that isn't sealed yet.
    pub fn wait(&mut self, at: Option<DateTime<Utc>>, by_command: bool) {
        self.unsealed += 1;
        if let Some(at) = at.filter(|_| !by_command) {
            let (first, last) = self.hall_wrote.unwrap_or((at, at));
            self.hall_wrote = Some((first.min(at), last.max(at)));
        }
    }

    /// Since when rows wait to be sealed, where that is too long: the hall has gone on writing for several times the interval of sealing. What it
    /// wrote before it was stopped waits for its next start, and for that nobody is to blame.
    pub fn unsealed_since(&self, sealed_every: Option<TimeDelta>) -> Option<DateTime<Utc>> {
        let (least, times) = LONGEST_WAIT;
        let longest = sealed_every.map_or(least, |every| (every * times).max(least));
        let (first, last) = self.newest_seal.and(self.hall_wrote)?;
        (last - first > longest).then_some(first)
    }

    /// Notes what is wrong with a row.
    pub fn find(&mut self, kind: FindingKind, place: Place) {
        self.finding_count += 1;
        if self.findings.len() < MOST_NAMED {
            self.findings.push(Finding { kind, place });
        }
    }
}
