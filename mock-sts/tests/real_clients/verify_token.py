"""Verifies web identity tokens as a relying party would, from discovery on.

The arguments are the address of the identity provider and the audience; the
tokens come one a line from standard input. Prints algorithm and subject of each
token that verifies, and what is wrong with each that does not.
"""

import json
import sys
import urllib.request

import jwt

base, audience = sys.argv[1:]
with urllib.request.urlopen(f"{base}/.well-known/openid-configuration") as answer:
    provider = json.load(answer)
keys = jwt.PyJWKClient(provider["jwks_uri"])
for token in sys.stdin.read().split():
    try:
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=provider["id_token_signing_alg_values_supported"],
            audience=audience,
            issuer=provider["issuer"],
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError as error:
        print(type(error).__name__)
    else:
        print(jwt.get_unverified_header(token)["alg"], claims["sub"])
