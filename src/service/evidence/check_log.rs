//! The second half of a verification: whether the log has each row's hash, and whether what was signed is the log's root.

use std::collections::{HashMap, VecDeque};

use super::check_rows::numbered;
use super::kept_seal::Kept;
use crate::domain::evidence::checkpoint::{Checkpoint, SignedNote};
use crate::domain::evidence::finding::{FindingKind, Place, Verification};
use crate::domain::evidence::row::RowHash;
use crate::domain::evidence::suite::{Digest, Suite};
use crate::domain::evidence::tree::{self, Frontier};
use crate::domain::progress::Part;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::evidence::log::{self, Leaf, LogEnd, Seal, Source};

/// How many leaves, and how many seals, are in memory at once.
const AT_ONCE: i64 = 1_000;

/// A leaf with the stored hash of its row; none: there is no such row.
struct Read {
    leaf: Leaf,
    hash: Option<Vec<u8>>,
}

/// The log, read leaf by leaf.
struct Leaves {
    service: Service,
    next: i64,
    read: VecDeque<Read>,
}

/// How far the log was looked at.
struct Log {
    /// Of the next leaf.
    position: i64,
    tree: Option<Tree>,
    /// The last seal that is signed.
    before: Option<Seal>,
    /// Seals since that aren't.
    unsigned: Vec<i64>,
    /// Seals that are kept apart from the database.
    kept: Vec<Kept>,
    /// Seal and row of the leaf before.
    last: Option<(i64, Source, i64)>,
}

impl Log {
    /// Notes neighbours that changed places with others: each alone would still fit its own node.
    fn check_order(&mut self, leaf: &Leaf, found: &mut Verification) {
        let Some(source) = leaf.source else { return };
        let row = (leaf.seal, source, leaf.number);
        if self.last.is_some_and(|last| last.0 == row.0 && last >= row) {
            let positions = [leaf.position.saturating_sub(1), leaf.position];
            positions.into_iter().for_each(|position| found.find(FindingKind::OutOfOrder, Place::Leaf { position }));
        }
        self.last = Some(row);
    }
}

impl Leaves {
    /// The leaf at a position, if there is one.
    async fn at(&mut self, position: i64) -> Result<Option<Read>, ServiceError> {
        self.fill(position).await?;
        let is_here = self.read.front().is_some_and(|read| read.leaf.position == position);
        Ok(if is_here { self.read.pop_front() } else { None })
    }

    /// The next leaf from a position on, before an end.
    async fn next_before(&mut self, end: i64, position: i64) -> Result<Option<Read>, ServiceError> {
        self.fill(position).await?;
        let is_before = self.read.front().is_some_and(|read| read.leaf.position < end);
        Ok(if is_before { self.read.pop_front() } else { None })
    }

    async fn fill(&mut self, position: i64) -> Result<(), ServiceError> {
        if self.read.is_empty() && self.next <= position {
            self.next = position;
            let read = self.service.db.read_long("verify_leaves", move |tx| {
                let leaves = log::leaves_from(tx, position, AT_ONCE)?;
                let numbers = |wanted| {
                    let of = leaves.iter().filter(|leaf| leaf.source == Some(wanted));
                    of.map(|leaf| leaf.number).collect::<Vec<_>>()
                };
                let events = log::hashes(tx, Source::Event, &numbers(Source::Event))?;
                let entries = log::hashes(tx, Source::Entry, &numbers(Source::Entry))?;
                Ok::<_, ServiceError>((leaves, events, entries))
            });
            let (leaves, mut events, mut entries) = read.await?;
            self.service.db.progress().done(leaves.len() as u64)?;
            let hash = |leaf: &Leaf, events: &mut HashMap<i64, Vec<u8>>, entries: &mut HashMap<i64, Vec<u8>>| match leaf
                .source?
            {
                Source::Event => events.remove(&leaf.number),
                Source::Entry => entries.remove(&leaf.number),
            };
            self.next = leaves.last().map_or(i64::MAX, |last| last.position.saturating_add(1));
            self.read =
                leaves.into_iter().map(|leaf| Read { hash: hash(&leaf, &mut events, &mut entries), leaf }).collect();
        }
        Ok(())
    }
}

/// A tree that is computed anew, beside its stored nodes.
struct Tree {
    suite: Suite,
    starts_at: i64,
    /// From the rows.
    computed: Frontier,
    /// From the stored nodes, where those differ: so that one changed row isn't blamed on all that follow.
    stored: Vec<(u64, Digest)>,
    /// Its root was found different once; every later one is, too.
    differs: bool,
}

impl Tree {
    fn new(suite: Suite, starts_at: i64) -> Self {
        Self { suite, starts_at, computed: Frontier::empty(suite), stored: Vec::new(), differs: false }
    }

    /// Adds a leaf; whether the stored node is the one that the leaf makes, above the stored nodes before it.
    fn push(&mut self, leaf: Digest, node: &[u8]) -> bool {
        let index = self.computed.size();
        let computed = self.computed.push(leaf);
        let mut above_stored = Frontier::of(self.suite, index, self.stored.iter().map(|(_, node)| *node).collect());
        let from_stored = above_stored.as_mut().map(|frontier| frontier.push(leaf));
        for _ in 0..index.trailing_ones() {
            self.stored.pop();
        }
        let node: Option<Digest> = node.try_into().ok();
        self.stored.push((index, node.unwrap_or(computed)));
        node.is_some() && (node == Some(computed) || node == from_stored)
    }
}

impl Service {
    /// Looks at every seal up to the newest of the beginning, and every leaf under them.
    pub(super) async fn check_log(
        &self,
        end: &LogEnd,
        kept: Vec<Kept>,
        found: &mut Verification,
    ) -> Result<(), ServiceError> {
        self.db.progress().begin(Part::of("leaves of the log verified", end.leaves));
        let mut leaves = Leaves { service: self.clone(), next: i64::MIN, read: VecDeque::new() };
        while let Some(read) = leaves.next_before(0, i64::MIN).await? {
            found.find(FindingKind::PutIn, Place::Leaf { position: read.leaf.position });
        }
        let mut log = Log { position: 0, tree: None, before: None, unsigned: Vec::new(), kept, last: None };
        let newest = end.seal.as_ref().map_or(0, |seal| seal.number);
        let mut after = i64::MIN;
        loop {
            let seals = self
                .db
                .read_long("verify_seals", move |tx| Ok::<_, ServiceError>(log::seals_after(tx, after, AT_ONCE)?));
            let seals = seals.await?;
            let Some(last) = seals.last() else { break };
            after = last.number;
            for seal in seals.into_iter().filter(|seal| seal.number <= newest) {
                found.seals += 1;
                log.kept.iter_mut().for_each(|kept| kept.compare_seal(&seal));
                match self.check_seal(&seal, log.before.as_ref(), found) {
                    Some(signed) => self.check_sealed(&mut log, &mut leaves, seal, &signed, found).await?,
                    // Of what it sealed the next one is a witness, too.
                    None => log.unsigned.push(seal.number),
                }
            }
            if after >= newest {
                break;
            }
        }
        self.check_rest(&mut log, &mut leaves, end, found).await?;
        log.kept.iter().for_each(|kept| kept.settle(end.leaves, found));
        Ok(())
    }

    /// The leaves that a seal is on and no earlier one.
    async fn check_sealed(
        &self,
        log: &mut Log,
        leaves: &mut Leaves,
        seal: Seal,
        signed: &Checkpoint,
        found: &mut Verification,
    ) -> Result<(), ServiceError> {
        let size = i64::try_from(signed.size).unwrap_or(i64::MAX);
        // Signed is that there were so many: what isn't there any more is missing.
        let sealed_to = signed.starts_at.saturating_add(size);
        let is_same = |tree: &Tree| (tree.suite, tree.starts_at) == (signed.suite, signed.starts_at);
        if !log.tree.as_ref().is_some_and(is_same) && log.position == signed.starts_at {
            log.tree = Some(Tree::new(signed.suite, signed.starts_at));
        }
        if !log.tree.as_ref().is_some_and(is_same) && !log.unsigned.is_empty() {
            self.pass_over(log, leaves, signed.starts_at, found).await?;
            log.tree = Some(Tree::new(signed.suite, signed.starts_at));
        }
        let first_seal = log.before.as_ref().map_or(1, |before| before.number + 1);
        let mut missing: Option<i64> = None;
        let Some(mut tree) = log.tree.take() else {
            found.find(FindingKind::RootDiffers, Place::Seal { number: seal.number });
            return Ok(());
        };
        while log.position < sealed_to {
            let read = leaves.at(log.position).await?;
            read.iter().for_each(|read| log.check_order(&read.leaf, found));
            found.leaves += u64::from(read.is_some());
            let named = read.as_ref().map_or(seal.number, |read| read.leaf.seal);
            if !(first_seal..=seal.number).contains(&named) {
                found.find(FindingKind::SealMissing, Place::Leaf { position: log.position });
            } else if named != seal.number && !log.unsigned.contains(&named) && missing != Some(named) {
                missing = Some(named);
                found.find(FindingKind::Missing, Place::Seal { number: named });
            }
            check_leaf(&mut tree, log.position, read, found);
            log.position += 1;
            log.kept.iter_mut().for_each(|kept| kept.compare_tree(tree.starts_at, &tree.computed));
        }
        let is_whole = is_same(&tree) && tree.computed.size() == signed.size && tree.computed.root() == signed.root;
        if !is_whole && !tree.differs {
            tree.differs = true;
            found.find(FindingKind::RootDiffers, Place::Seal { number: seal.number });
        }
        log.tree = Some(tree);
        log.before = Some(seal);
        log.unsigned.clear();
        Ok(())
    }

    /// Leaves up to a position that only seals are on whose key isn't here: of what they signed nothing can be said, and that was said of
    /// them. Their rows must be there all the same.
    async fn pass_over(
        &self,
        log: &mut Log,
        leaves: &mut Leaves,
        until: i64,
        found: &mut Verification,
    ) -> Result<(), ServiceError> {
        while log.position < until {
            let position = log.position;
            log.position += 1;
            let Some(Read { leaf, hash }) = leaves.at(position).await? else {
                found.find(FindingKind::Missing, Place::Leaf { position });
                continue;
            };
            found.leaves += 1;
            log.check_order(&leaf, found);
            if !log.unsigned.contains(&leaf.seal) {
                found.find(FindingKind::SealMissing, Place::Leaf { position });
            }
            if hash.is_none() {
                found.find(FindingKind::RowMissing, Place::Leaf { position });
                let row = leaf.source.map(|source| numbered(source, leaf.number));
                row.into_iter().for_each(|row| found.find(FindingKind::Missing, row));
            }
        }
        Ok(())
    }

    /// Leaves that no seal is on.
    async fn check_rest(
        &self,
        log: &mut Log,
        leaves: &mut Leaves,
        end: &LogEnd,
        found: &mut Verification,
    ) -> Result<(), ServiceError> {
        let mut missing: Option<i64> = None;
        while let Some(read) = leaves.next_before(end.leaves, log.position).await? {
            found.leaves += 1;
            log.check_order(&read.leaf, found);
            let (position, named) = (read.leaf.position, read.leaf.seal);
            let is_next = log.before.as_ref().map_or(1, |before| before.number + 1) == named || missing == Some(named);
            if is_next && !log.unsigned.contains(&named) && missing != Some(named) {
                missing = Some(named);
                found.find(FindingKind::Missing, Place::Seal { number: named });
            } else if !is_next && !log.unsigned.contains(&named) {
                found.find(FindingKind::SealMissing, Place::Leaf { position });
            }
            match &mut log.tree {
                Some(tree) if position == log.position => check_leaf(tree, position, Some(read), found),
                _ => {}
            }
            log.position = position.saturating_add(1);
        }
        Ok(())
    }

    /// What was signed, if it is by a key of ours; the columns and the seal before are compared with it.
    fn check_seal(&self, seal: &Seal, before: Option<&Seal>, found: &mut Verification) -> Option<Checkpoint> {
        let place = || Place::Seal { number: seal.number };
        let note = SignedNote::from_file(&seal.note).filter(|note| self.sealing.verify(note));
        let Some(note) = note else {
            found.find(FindingKind::BadSignature, place());
            return None;
        };
        let Some(signed) = Checkpoint::from_text(&note.text).filter(|signed| signed.origin == note.name) else {
            found.find(FindingKind::SealDiffers, place());
            return None;
        };
        let columns = (seal.number, seal.at, seal.suite.as_str(), seal.starts_at, u64::try_from(seal.size).ok());
        let is_same = columns == (signed.seal, signed.at, signed.suite.code(), signed.starts_at, Some(signed.size));
        let follows = before.map_or(1, |before| before.number + 1) == seal.number;
        let previous = before.map_or("", |before| before.note.as_str());
        if !is_same || (follows && signed.suite.digest(&[previous.as_bytes()]) != signed.previous) {
            found.find(FindingKind::SealDiffers, place());
        }
        Some(signed)
    }
}

fn check_leaf(tree: &mut Tree, position: i64, read: Option<Read>, found: &mut Verification) {
    let place = Place::Leaf { position };
    let Some(Read { leaf, hash }) = read else {
        found.find(FindingKind::Missing, place);
        tree.push([0; 32], &[]);
        return;
    };
    let row = leaf.source.map(|source| numbered(source, leaf.number));
    let Some(entry) = hash.as_deref().and_then(RowHash::from_bytes) else {
        found.find(FindingKind::RowMissing, place);
        row.into_iter().for_each(|row| found.find(FindingKind::Missing, row));
        tree.push(leaf.node.as_slice().try_into().unwrap_or_default(), &leaf.node);
        return;
    };
    if !tree.push(tree::leaf(tree.suite, entry), &leaf.node) {
        found.find(FindingKind::LogDiffers, place);
        if let Some(row) = row {
            found.find(FindingKind::LogDiffers, row);
        }
    }
}
