"""Makes stored.json: what Casehall's tables hold of persons, encrypted by other programs than Casehall.

    python3 -m venv venv && venv/bin/pip install cryptography gmssl && venv/bin/python make.py > stored.json

AES-256-GCM and SM4-GCM are OpenSSL's (by `cryptography`); of SM4-GCM the same is computed once more from gmssl's SM4 block
cipher and SM3, with GCM's own sums written out here, and must agree.
"""

import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from gmssl import func, sm3, sm4

SUBJECT = ("case", "019aaf3e-0000-7000-8000-000000000001")
DATA_KEY = ("019aaf3e-0000-7000-8000-0000000000aa", bytes(range(32)))


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def gcm_of_gmssl(key, nonce, clear, associated):
    cipher = sm4.CryptSM4()
    cipher.set_key(key, sm4.SM4_ENCRYPT)

    def block(data):
        return bytes(cipher.one_round(cipher.sk, list(data)))

    def times(x, y):
        z = 0
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                z ^= y
            y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
        return z

    def padded(data):
        return data + bytes(-len(data) % 16)

    counters = (nonce + number.to_bytes(4, "big") for number in range(2, 2**32))
    stream = b"".join(block(next(counters)) for _ in range(0, len(clear), 16))
    sealed = bytes(a ^ b for a, b in zip(clear, stream))
    h, tag = int.from_bytes(block(bytes(16)), "big"), 0
    lengths = (len(associated) * 8).to_bytes(8, "big") + (len(sealed) * 8).to_bytes(8, "big")
    text = padded(associated) + padded(sealed) + lengths
    for at in range(0, len(text), 16):
        tag = times(tag ^ int.from_bytes(text[at : at + 16], "big"), h)
    mask = block(nonce + (1).to_bytes(4, "big"))
    return sealed + bytes(a ^ b for a, b in zip(tag.to_bytes(16, "big"), mask))


def hkdf_of_gmssl(secret, info, length):
    def digest(data):
        return bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(data)))

    def mac(key, data):
        key = key.ljust(64, b"\0")
        return digest(bytes(b ^ 0x5C for b in key) + digest(bytes(b ^ 0x36 for b in key) + data))

    pseudorandom, previous, derived = mac(bytes(32), secret), b"", b""
    for number in range(1, 256):
        if len(derived) >= length:
            return derived[:length]
        previous = mac(pseudorandom, previous + info + bytes([number]))
        derived += previous


def derive(suite, info, length):
    algorithm = hashes.SHA256() if suite == "international" else hashes.SM3()
    derived = HKDF(algorithm, length, None, info.encode()).derive(DATA_KEY[1])
    assert suite == "international" or derived == hkdf_of_gmssl(DATA_KEY[1], info.encode(), length)
    return derived


def encrypt(suite, key, nonce, place, clear):
    block = algorithms.AES256(key) if suite == "international" else algorithms.SM4(key)
    encryptor = Cipher(block, modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(place.encode())
    sealed = encryptor.update(clear) + encryptor.finalize() + encryptor.tag
    assert suite == "international" or sealed == gcm_of_gmssl(key, nonce, clear, place.encode())
    return f"{suite}.{base64url(nonce + sealed)}"


def stored(suite):
    length = {"international": 32, "national": 16}[suite]
    key = bytes(range(100, 100 + length))
    wrapping = derive(suite, f"casehall {suite} wrapping of keys", length)
    about = "casehall {} {}".format(*SUBJECT)
    persons = json.dumps(["谭丽", "440199196412310694", '曾"国"栋\\'], ensure_ascii=False).encode()
    event = encrypt(suite, key, bytes(range(20, 32)), f"{about} event 7", persons)
    return {
        "suite": suite,
        "check": derive(suite, f"casehall {suite} check of data key {DATA_KEY[0]}", 16).hex(),
        "wrapped": encrypt(suite, wrapping, bytes(range(12)), f"{about} key {suite}", key),
        "event": '{"sealed":"\\u0002' + event + '","b":"\\u00011","a":["\\u00010","\\u00012"],"kind":"made_up"}',
    }


print(
    json.dumps(
        {
            "data_key": f"{DATA_KEY[0]} {base64url(DATA_KEY[1])}",
            "subject": SUBJECT[1],
            "sequence": 7,
            "clear": {"a": ["谭丽", '曾"国"栋\\'], "b": "440199196412310694", "kind": "made_up"},
            "stored": [stored("international"), stored("national")],
        },
        ensure_ascii=False,
        indent=2,
    )
)
