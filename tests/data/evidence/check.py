#!/usr/bin/env python3
"""Verifies a hall's evidence without a line of Casehall: from the SQLite file and nothing else but the public keys.

    check.py FILE VERIFIER_KEY [VERIFIER_KEY...]

Says where each tree begins, its size and root, or what differs. A hall that has changed its suite has several trees and keys. Only the standard
library, whose hashes are OpenSSL's (SM3, too); signatures are checked by `openssl`.
"""
import base64, hashlib, sqlite3, subprocess, sys, tempfile

HASHES = {1: "sha256", 2: "sm3"}  # by the byte before the hash of a row
SUITES = {"international": "sha256", "national": "sm3"}


def digest(name, content):
    return hashlib.new(name, content).digest()


def netstrings(columns):
    return b"".join(b"-," if c is None else b"%d:%s," % (len(c.encode()), c.encode()) for c in columns)


def is_hash_of(stored, columns):
    return stored[0] in HASHES and stored[1:] == digest(HASHES[stored[0]], netstrings(columns))


def instant(at):
    day, _, time = at.partition(" ")
    time, _, fraction = time.partition(".")
    return f"{day}T{time}.{fraction:0<6}Z"


def root(leaves, name):
    """RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return digest(name, b"")
    if len(leaves) == 1:
        return digest(name, b"\x00" + leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return digest(name, b"\x01" + root(leaves[:k], name) + root(leaves[k:], name))


def rows(db):
    """Every event and entry with its hash, each event behind the one before it of the same case or certificate."""
    entries, last = {}, {}
    for number, kind, id, sequence, *rest, stored in db.execute(
        "SELECT number, subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data, hash"
        " FROM events ORDER BY subject_kind, subject_id, sequence"
    ):
        before = last.get((kind, id))
        rest[1] = instant(rest[1])
        columns = ["event", before and before.hex(), kind, id, str(sequence), *rest]
        assert is_hash_of(stored, columns), f"event {number}"
        entries["event", number] = last[kind, id] = stored
    for number, kind, at, *rest, stored in db.execute(
        "SELECT number, kind, at, actor_id, actor_name, address, system_user, subject_kind, subject_id, details, hash FROM audit"
    ):
        assert is_hash_of(stored, ["audit", str(number), kind, instant(at), *rest]), f"entry {number}"
        entries["audit", number] = stored
    return entries


def der(signature):
    """The two numbers of an SM2 signature as DER, as `openssl` wants them."""
    def number(content):
        content = content.lstrip(b"\0") or b"\0"
        content = b"\0" + content if content[0] & 0x80 else content
        return b"\x02" + bytes([len(content)]) + content

    numbers = number(signature[:32]) + number(signature[32:])
    return b"\x30" + bytes([len(numbers)]) + numbers


def is_signed(suite, key, text, signature):
    """By a key of its suite: Ed25519 (RFC 8410), or SM2 with SM3 and the usual id, its point uncompressed, its signature r and s."""
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]
    if suite == "international" and key[:1] == b"\x01":
        public = bytes.fromhex("302a300506032b6570032100") + key[1:]
    elif suite == "national" and key.startswith(b"\xffsm2-sm3"):
        public = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + key[8:]
        signature = der(signature)
        command += ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
    else:
        return False
    with tempfile.TemporaryDirectory() as at:
        for path, content in (("text", text), ("signature", signature), ("key", public)):
            with open(f"{at}/{path}", "wb") as file:
                file.write(content)
        command += ["-inkey", f"{at}/key", "-in", f"{at}/text", "-sigfile", f"{at}/signature"]
        return subprocess.run(command, capture_output=True).returncode == 0


def main(file, *verifier_keys):
    db = sqlite3.connect(file)
    keys = [base64.b64decode(key.split("+", 2)[2]) for key in verifier_keys]
    entries = rows(db)
    leaves = [entries[row] for row in db.execute("SELECT source, number FROM leaves ORDER BY position")]
    before, trees = "", {}
    for number, note in db.execute("SELECT number, note FROM seals ORDER BY number"):
        text, _, signed = note.rpartition("\n\n\u2014 ")
        origin, size, signed_root, about = text.splitlines()[:4]
        said = dict(part.split("=", 1) for part in about.split()[1:])
        suite, starts = said["suite"], int(said["starts"])
        # By this the last signature of a tree is one over all seals before it, of whatever suite.
        assert base64.b64decode(said["previous"]) == digest(SUITES[suite], before.encode()), f"seal {number}"
        before, trees[starts] = note, (number, suite, origin, int(size), signed_root, text + "\n", signed.split())
    position = 0
    for starts, (number, suite, origin, size, signed_root, text, (name, signature)) in sorted(trees.items()):
        assert starts == position, f"seal {number}: no tree before it reaches {starts}"
        position = starts + size
        of_tree = leaves[starts:position]
        assert len(of_tree) == size and base64.b64decode(signed_root) == root(of_tree, SUITES[suite]), f"seal {number}: the root differs"
        signature = base64.b64decode(signature)
        # A key is named by the log's name, which says where its tree begins, and the key.
        named = lambda key: hashlib.sha256(name.encode() + b"\n" + key).digest()[:4] == signature[:4]
        signs = any(named(key) and is_signed(suite, key, text.encode(), signature[4:]) for key in keys)
        assert name == origin and signs, f"seal {number}: none of the keys has signed it"
        print(starts, size, signed_root, suite)
    assert position == len(leaves), f"{len(leaves) - position} leaves are in no tree"


if __name__ == "__main__":
    main(*sys.argv[1:])
