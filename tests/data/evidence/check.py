#!/usr/bin/env python3
"""Verifies a hall's evidence without a line of Casehall: from the SQLite file and nothing else but the public key.

    check.py FILE VERIFIER_KEY

Says the size and root of the newest seal, or what differs. Only the standard library; the signature is checked by `openssl`.
"""
import base64, hashlib, sqlite3, subprocess, sys, tempfile


def netstrings(columns):
    return b"".join(b"-," if c is None else b"%d:%s," % (len(c.encode()), c.encode()) for c in columns)


def row_hash(columns):
    return b"\x01" + hashlib.sha256(netstrings(columns)).digest()


def instant(at):
    day, _, time = at.partition(" ")
    time, _, fraction = time.partition(".")
    return f"{day}T{time}.{fraction:0<6}Z"


def root(leaves):
    """RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def main(file, verifier_key):
    db = sqlite3.connect(file)
    entries, last = {}, {}
    for number, kind, id, sequence, *rest, hash in db.execute(
        "SELECT number, subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data, hash"
        " FROM events ORDER BY subject_kind, subject_id, sequence"
    ):
        before = last.get((kind, id))
        rest[1] = instant(rest[1])
        computed = row_hash(["event", before and before.hex(), kind, id, str(sequence), *rest])
        assert computed == hash, f"event {number}"
        entries["event", number] = last[kind, id] = hash
    for number, kind, at, *rest, hash in db.execute(
        "SELECT number, kind, at, actor_id, actor_name, address, system_user, subject_kind, subject_id, details, hash FROM audit"
    ):
        assert row_hash(["audit", str(number), kind, instant(at), *rest]) == hash, f"entry {number}"
        entries["audit", number] = hash
    leaves = [entries[row] for row in db.execute("SELECT source, number FROM leaves ORDER BY position")]
    (note,) = db.execute("SELECT note FROM seals ORDER BY number DESC").fetchone()
    text, _, signature = note.rpartition("\n\n\u2014 ")
    text += "\n"
    name, signature = signature.split()
    origin, size, signed_root = text.splitlines()[:3]
    assert int(size) == len(leaves) and base64.b64decode(signed_root) == root(leaves), "the root differs"
    key_name, key_id, key = verifier_key.split("+", 2)
    key, signature = base64.b64decode(key), base64.b64decode(signature)
    assert key_name == name == origin and bytes.fromhex(key_id) == signature[:4]
    assert key_id == hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] and key[0] == 1
    with tempfile.TemporaryDirectory() as at:
        for path, content in (("text", text.encode()), ("signature", signature[4:])):
            open(f"{at}/{path}", "wb").write(content)
        open(f"{at}/key", "wb").write(bytes.fromhex("302a300506032b6570032100") + key[1:])  # SubjectPublicKeyInfo (RFC 8410)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]
        subprocess.run([*command, "-inkey", f"{at}/key", "-in", f"{at}/text", "-sigfile", f"{at}/signature"], check=True)
    print(size, signed_root)


if __name__ == "__main__":
    main(*sys.argv[1:])
