"""Lets PyJWT judge a token by a hall's published keys, as a system does that trusts its tokens: judge_token.py <jwks.json> <token> <issuer>

Prints the claims as JSON; refuses with an error what isn't by one of the keys, or of another issuer or audience.
"""

import json
import sys

import jwt

keys, token, issuer = sys.argv[1:]
with open(keys, encoding="utf-8") as file:
    published = jwt.PyJWKSet.from_dict(json.load(file))
key = published[jwt.get_unverified_header(token)["kid"]]
# The tests have a clock of their own.
options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["exp", "iat", "iss", "aud", "sub", "jti"]}
print(json.dumps(jwt.decode(token, key, algorithms=["EdDSA"], issuer=issuer, audience=issuer, options=options)))
