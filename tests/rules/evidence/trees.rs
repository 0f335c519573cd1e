//! The Merkle tree against the vectors that implementations of RFC 6962 share (certificate-transparency, `merkle_tree_test`).

use casehall::domain::evidence::suite::{Digest, Suite};
use casehall::domain::evidence::tree::{Frontier, frontier_leaves, leaf_of};

/// The leaves, in hex.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
/// The root over the first none, one, two… of them.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_certificate_transparency() {
    let mut tree = Frontier::empty(Suite::International);
    assert_eq!(hex::encode(tree.root()), ROOTS[0]);
    for (entry, root) in LEAVES.iter().zip(&ROOTS[1..]) {
        tree.push(leaf_of(Suite::International, &hex::decode(entry).unwrap()));
        assert_eq!(hex::encode(tree.root()), *root);
    }
}

#[test]
fn sm3_gives_the_digest_of_its_standard() {
    // GB/T 32905-2016, appendix A.1.
    let digest = hex::encode(Suite::National.digest(&[b"a", b"bc"]));
    assert_eq!(digest, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

#[test]
fn a_tree_of_any_size_goes_on_from_its_stored_nodes() {
    for suite in Suite::ALL {
        let (mut whole, mut stored): (_, Vec<Digest>) = (Frontier::empty(suite), Vec::new());
        for size in 0..130_u64 {
            let nodes = frontier_leaves(size).into_iter().map(|leaf| stored[usize::try_from(leaf).unwrap()]).collect();
            let again = Frontier::of(suite, size, nodes).unwrap();
            assert_eq!((again.root(), again.size()), (whole.root(), size));
            stored.push(whole.push(leaf_of(suite, &size.to_be_bytes())));
        }
        assert_eq!(Frontier::of(suite, 3, vec![stored[0]]), None, "a tree of three has two nodes");
    }
}
