"""Makes assertions.json: what another implementation (PyJWT) signs for `private_key_jwt`, at the instant of the tests' clock.

python3 -m venv /tmp/pyjwt && /tmp/pyjwt/bin/pip install pyjwt cryptography
/tmp/pyjwt/bin/python tests/data/assertions/make.py > tests/data/assertions/assertions.json
"""

import json

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

NOW = 1772416800  # 2026-03-02T02:00:00Z
CLIENT = "tax-portal"


def signed(private, algorithm, kid, **changes):
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": "casehall", "iat": NOW, "exp": NOW + 60, "jti": f"{kid}-1"}
    return jwt.encode(claims | changes, private, algorithm=algorithm, headers={"kid": kid})


made = {"made_by": f"PyJWT {jwt.__version__}", "client_id": CLIENT, "keys": []}
for kid, algorithm, private, jwk in (
    ("ed", "EdDSA", ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm.to_jwk),
    ("ec", "ES256", ec.generate_private_key(ec.SECP256R1()), ECAlgorithm.to_jwk),
):
    public = json.loads(jwk(private.public_key())) | {"kid": kid}
    public.pop("key_ops", None)
    made["keys"].append(
        {
            "key": public,
            "assertion": signed(private, algorithm, kid),
            "to_the_address": signed(private, algorithm, kid, aud=["https://hall.example/oauth/token"], jti=f"{kid}-2"),
        }
    )
print(json.dumps(made, indent=2))
