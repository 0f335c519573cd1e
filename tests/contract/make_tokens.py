"""Makes with PyJWT what another issuer gives: make_tokens.py <claims>, as JSON.

Prints {"jwks": …, "tokens": {"EdDSA": …, "ES256": …, "RS256": …, "PS256": …}, "wrong": {name: token, …}, "unknown": [token, …]}: each token of
the claims by a key of its own that the set has; each wrong one by PyJWT as well, as an attacker has it who reads the set; and some that name
keys which nobody has.
"""

import hashlib
import hmac
import json
import sys

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

claims = json.loads(sys.argv[1])


def new_rsa(bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def signed(key, algorithm, kid, **changes):
    return jwt.encode(claims | changes, key, algorithm=algorithm, headers={"kid": kid, "typ": "at+jwt"})


keys = {
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
    "ES256": (ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "RS256": (new_rsa(), RSAAlgorithm),
    "PS256": (new_rsa(), RSAAlgorithm),
}
weak = new_rsa(1024)
published = {name: json.loads(kind.to_jwk(key.public_key())) for name, (key, kind) in keys.items()}
jwks = [jwk | {"kid": name, "alg": name, "use": "sig"} for name, jwk in published.items()]
jwks.append(json.loads(RSAAlgorithm.to_jwk(weak.public_key())) | {"kid": "weak"})

rs256 = keys["RS256"][0]
other = new_rsa()
wrong = {
    "RSA by another key": signed(other, "RS256", "RS256"),
    "PSS by another key": signed(other, "PS256", "PS256"),
    "PSS by a key of RS256": signed(rs256, "PS256", "RS256"),
    "RS256 by a key of PS256": signed(keys["PS256"][0], "RS256", "PS256"),
    "RS512": signed(rs256, "RS512", "RS256"),
    "RSA of 1024 bits": signed(weak, "RS256", "weak"),
    "ES256 under the name of RSA": signed(keys["ES256"][0], "ES256", "RS256"),
    "expired": signed(rs256, "RS256", "RS256", exp=claims["exp"] - 86_400),
    "another audience": signed(rs256, "RS256", "RS256", aud="https://elsewhere.example"),
    "issued in the future": signed(rs256, "RS256", "RS256", iat=claims["exp"]),
    "unsigned": jwt.encode(claims, None, algorithm="none", headers={"kid": "RS256", "typ": "at+jwt"}),
}
# HMAC by the public key, which PyJWT refuses to make.
public = rs256.public_key()
spki = serialization.PublicFormat.SubjectPublicKeyInfo
secrets = {"PEM": public.public_bytes(serialization.Encoding.PEM, spki), "DER": public.public_bytes(serialization.Encoding.DER, spki)}
text = signed(rs256, "RS256", "RS256").rsplit(".", 1)[0].split(".", 1)[1]
for name, secret in secrets.items():
    header = base64url_encode(json.dumps({"alg": "HS256", "kid": "RS256", "typ": "at+jwt"}).encode()).decode()
    mac = hmac.new(secret, f"{header}.{text}".encode(), hashlib.sha256).digest()
    wrong[f"HMAC by the public key as {name}"] = f"{header}.{text}.{base64url_encode(mac).decode()}"

tokens = {name: signed(key, name, name) for name, (key, _) in keys.items()}
# As many names of keys as somebody likes to make up.
unknown = [signed(other, "RS256", f"made-up-{number}") for number in range(60)]
print(json.dumps({"jwks": {"keys": jwks}, "tokens": tokens, "wrong": wrong, "unknown": unknown}))
