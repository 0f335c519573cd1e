//! The Merkle tree over the log's entries, as RFC 6962 (section 2.1) hashes it.
//!
//! Cast: [`Frontier`] is all that one needs of a tree to add to it and to know its root: the roots of the largest complete
//! subtrees that its leaves make up. [`Frontier::push`] answers what is stored with a leaf: the root of the largest complete subtree that
//! ends with it.
//!
//! Guarantees: adding a leaf costs on average two hashes, and memory the logarithm of the size. The frontier of any former size is found
//! from as many stored nodes as that size has ones in binary ([`frontier_leaves`]).

use super::row::RowHash;
use super::suite::{Digest, Suite};

/// The hash of a leaf.
pub fn leaf(suite: Suite, entry: RowHash) -> Digest {
    leaf_of(suite, &entry.to_bytes())
}

/// The hash of a leaf with any entry.
pub fn leaf_of(suite: Suite, entry: &[u8]) -> Digest {
    suite.digest(&[&[0], entry])
}

fn node(suite: Suite, left: &Digest, right: &Digest) -> Digest {
    suite.digest(&[&[1], left, right])
}

/// Of which leaves, counted from 0, the stored nodes make up the frontier of a tree of this size; largest subtree first.
pub fn frontier_leaves(size: u64) -> Vec<u64> {
    let mut ends = Vec::new();
    let mut covered = 0;
    for bit in (0..u64::BITS).rev().map(|shift| 1_u64 << shift).filter(|bit| size & bit != 0) {
        covered += bit;
        ends.push(covered - 1);
    }
    ends
}

/// A tree, as far as one needs to go on with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    suite: Suite,
    size: u64,
    /// The roots of complete subtrees, the largest first: one for each one in `size`.
    roots: Vec<Digest>,
}

impl Frontier {
    /// A tree without leaves.
    pub fn empty(suite: Suite) -> Self {
        Self { suite, size: 0, roots: Vec::new() }
    }

    /// A tree of a size from the stored nodes of its [`frontier_leaves`]; none: there are not as many as it takes.
    pub fn of(suite: Suite, size: u64, roots: Vec<Digest>) -> Option<Self> {
        (roots.len() == size.count_ones() as usize).then_some(Self { suite, size, roots })
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; answers the root of the largest complete subtree that ends with it.
    pub fn push(&mut self, leaf: Digest) -> Digest {
        let mut root = leaf;
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.roots.pop() else { break };
            root = node(self.suite, &left, &root);
        }
        self.roots.push(root);
        self.size += 1;
        root
    }

    /// The root of the tree; of one without leaves the hash of nothing.
    pub fn root(&self) -> Digest {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else { return self.suite.digest(&[]) };
        roots.fold(*last, |right, left| node(self.suite, left, &right))
    }
}
