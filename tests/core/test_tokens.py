import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from app.core.tokens import LEEWAY, LIFETIME, Claims, InvalidToken, KeyRing, new_signing_key_pem

ISSUER, AUDIENCE = "https://rollbook.example", "https://rollbook.example/v1"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
WHO = {"sub": UUID(int=1), "sid": UUID(int=2), "client_id": "officers-app"}


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


PEM = new_signing_key_pem()
PRIVATE = load_pem_private_key(PEM, None)
PUBLIC = PRIVATE.public_key()
PUBLIC_PEM = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PUBLIC_DER = PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def ring(*pems: bytes, clock: Clock | None = None, issuer: str = ISSUER, audience: str = AUDIENCE) -> KeyRing:
    return KeyRing(pems or (PEM,), issuer=issuer, audience=audience, now=clock or Clock())


RING = ring()
KID = RING.jwks()["keys"][0]["kid"]
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": KID}
PAYLOAD = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": str(UUID(int=1)),
    "sid": str(UUID(int=2)),
    "client_id": "officers-app",
    "iat": int(NOON.timestamp()),
    "exp": int((NOON + LIFETIME).timestamp()),
    "jti": str(UUID(int=3)),
}


def segment(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def es256(signed: bytes, key: ec.EllipticCurvePrivateKey = PRIVATE) -> bytes:
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def forge(header: Any = HEADER, payload: Any = PAYLOAD, sign: Any = es256) -> str:
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{segment(sign(signed.encode()))}"


def reason(token: str, keys: KeyRing = RING) -> str:
    with pytest.raises(InvalidToken) as caught:
        keys.verify(token)
    return caught.value.reason


def hs256(secret: bytes) -> Any:
    return lambda signed: hmac.digest(secret, signed, hashlib.sha256)


def without(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key != name}


def test_the_forger_of_these_tests_can_make_a_good_token() -> None:
    assert RING.verify(forge()).jti == UUID(int=3)


@pytest.mark.parametrize(
    "secret",
    [PUBLIC_PEM, PUBLIC_PEM.strip(), PUBLIC_DER, b"", KID.encode()],
    ids=["pem", "stripped pem", "der", "empty", "kid"],
)
@pytest.mark.parametrize("alg", ["HS256", "ES256"])
def test_no_public_key_is_a_secret(secret: bytes, alg: str) -> None:
    assert reason(forge({**HEADER, "alg": alg}, sign=hs256(secret))) in {"malformed", "header", "signature"}
    padded = forge({**HEADER, "alg": alg}, sign=lambda signed: hs256(secret)(signed) * 2)
    assert reason(padded) in {"header", "signature"}


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, "HS256", "ES384", "RS256", ["ES256"], "es256"])
def test_no_other_algorithm_even_well_signed(alg: object) -> None:
    assert reason(forge({**HEADER, "alg": alg})) == "header"
    assert reason(forge({**HEADER, "alg": alg}, sign=lambda _: b"")) == "malformed"


@pytest.mark.parametrize("name", PAYLOAD)
def test_no_claim_may_be_missing_or_null(name: str) -> None:
    assert reason(forge(payload=without(PAYLOAD, name))) == "claims"
    assert reason(forge(payload={**PAYLOAD, name: None})) == "claims"


@pytest.mark.parametrize("name", HEADER)
def test_no_header_may_be_missing(name: str) -> None:
    assert reason(forge(without(HEADER, name))) == "header"


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"jku": "https://rollbook.example/jwks"},
        {"jwk": RING.jwks()["keys"][0]},
        {"x5u": "https://rollbook.example"},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
)
def test_no_header_beyond_ours(extra: dict[str, Any]) -> None:
    assert reason(forge({**HEADER, **extra})) == "header"


@pytest.mark.parametrize("typ", ["JWT", "at+JWT", "jwt", "", None, "application/at+jwt", "refresh"])
def test_no_other_type(typ: object) -> None:
    assert reason(forge({**HEADER, "typ": typ})) == "header"


@pytest.mark.parametrize("kid", ["", "other", "../../dev/null", "' or 1=1"])
def test_no_unknown_key(kid: str) -> None:
    assert reason(forge({**HEADER, "kid": kid})) == "key"


@pytest.mark.parametrize("kid", [None, 1, [KID], {"kid": KID}])
def test_a_key_is_named_by_text(kid: object) -> None:
    assert reason(forge({**HEADER, "kid": kid})) == "header"


def test_another_key_under_our_name_does_not_sign() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    assert reason(forge(sign=lambda signed: es256(signed, other))) == "signature"
    assert reason(ring(new_signing_key_pem()).mint(**WHO)) == "key"


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(63) + b"\x01"])
def test_degenerate_signatures(signature: bytes) -> None:
    assert reason(forge(sign=lambda _: signature)) == "signature"


def test_issuer_and_audience_are_ours_alone() -> None:
    assert reason(ring(issuer="https://elsewhere.example").mint(**WHO)) == "issuer"
    assert reason(ring(audience="https://elsewhere.example").mint(**WHO)) == "audience"
    assert reason(forge(payload={**PAYLOAD, "aud": [AUDIENCE]})) == "claims"
    assert reason(forge(payload={**PAYLOAD, "iss": [ISSUER]})) == "claims"


@pytest.mark.parametrize("name", ["iat", "exp"])
@pytest.mark.parametrize("value", ["1780315200", 1780315200.5, True, -1, 2**36, 10**400, [1780315200], float("inf")])
def test_times_are_plain_seconds(name: str, value: object) -> None:
    assert reason(forge(payload={**PAYLOAD, name: value})) == "claims"


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"[" * 2000, b"{}"])
def test_a_payload_is_claims(payload: bytes) -> None:
    assert reason(forge(payload=payload)) in {"claims", "malformed"}


@pytest.mark.parametrize("header", [b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"[" * 2500, b'{"a":' * 500])
def test_a_header_is_an_object(header: bytes) -> None:
    assert reason(forge(header=header)) == "malformed"


def test_lifetime_by_the_given_clock() -> None:
    clock = Clock()
    keys = ring(clock=clock)
    token = keys.mint(**WHO)
    clock.time = NOON + LIFETIME - timedelta(microseconds=1)
    assert keys.verify(token).exp == NOON + LIFETIME
    clock.time = NOON + LIFETIME
    assert reason(token, keys) == "expired"
    clock.time = NOON - LEEWAY
    assert keys.verify(token).iat == NOON
    clock.time = NOON - LEEWAY - timedelta(microseconds=1)
    assert reason(token, keys) == "early"


def test_no_token_outlives_our_lifetime() -> None:
    assert reason(forge(payload={**PAYLOAD, "exp": PAYLOAD["exp"] + 1})) == "expired"


def test_every_truncation_and_every_changed_character() -> None:
    token = RING.mint(**WHO)
    for end in range(0, len(token), 3):
        reason(token[:end])
    for place in range(len(token)):
        reason(token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :])


def test_a_token_has_one_spelling() -> None:
    token = RING.mint(**WHO)
    head, body, signature = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spellings = [f"{head}.{body}.{signature[:-1]}{char}" for char in alphabet if char != signature[-1]]
    spellings += [
        f"{token}==",
        f" {token}",
        f"{token}\n",
        f"{head}!.{body}.{signature}",
        f"{head}.{body}=.{signature}",
    ]
    for spelling in spellings:
        reason(spelling)


@pytest.mark.parametrize(
    "junk",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b.c.d.e",
        "null",
        "Bearer x",
        "é.é.é",
        "\x00",
        "�",
        "💥" * 100,
        "a" * 5000,
        "." * 4000,
        "a" * 2000 + "." + "a" * 2000 + "." + "a" * 86,
    ],
)
def test_junk(junk: str) -> None:
    assert reason(junk) == "malformed"


def test_a_large_token_is_not_read() -> None:
    assert reason(forge(payload={**PAYLOAD, "client_id": "x" * 4_000})) == "malformed"


@given(
    st.text(st.characters(codec=None))
    | st.from_regex(r"[A-Za-z0-9_-]{1,80}\.[A-Za-z0-9_-]{1,80}\.[A-Za-z0-9_-]{86}", fullmatch=True)
)
def test_no_text_is_a_token(text: str) -> None:
    reason(text)


moments = st.datetimes(*(datetime(year, 1, 1) for year in (2000, 2099)))  # noqa: DTZ001  (made UTC below)


@given(st.uuids(), st.uuids(), st.text(max_size=40), moments)
def test_what_is_minted_verifies(sub: UUID, sid: UUID, client_id: str, at: datetime) -> None:
    clock = Clock()
    clock.time = at.replace(tzinfo=UTC)
    keys = ring(clock=clock)
    second = clock.time.replace(microsecond=0)
    claims = keys.verify(keys.mint(sub=sub, sid=sid, client_id=client_id))
    assert claims == Claims(sub, sid, client_id, second, second + LIFETIME, claims.jti)
    assert claims.jti.version == 7


def test_rotation() -> None:
    new = new_signing_key_pem()
    before, during, after = ring(PEM), ring(new, PEM), ring(new)
    old_token, new_token = before.mint(**WHO), during.mint(**WHO)
    assert during.verify(old_token).sub == during.verify(new_token).sub == WHO["sub"]
    assert after.verify(new_token)
    assert reason(old_token, after) == reason(new_token, before) == "key"
    assert [key["kid"] for key in during.jwks()["keys"]] == [after.jwks()["keys"][0]["kid"], KID]


def test_the_published_keys_are_public_and_ours() -> None:
    (key,) = RING.jwks()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "alg", "use", "kid"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert int.from_bytes(urlsafe_b64decode(key["x"] + "=")) == PUBLIC.public_numbers().x
    assert int.from_bytes(urlsafe_b64decode(key["y"] + "=")) == PUBLIC.public_numbers().y
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", key["kid"])
    assert ring().jwks() == RING.jwks()


def pem(key: Any, encryption: Any = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def test_unfit_keys_stop_the_start() -> None:
    unfit = [
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ec.generate_private_key(ec.SECP256K1())),
        pem(rsa.generate_private_key(65537, 2048)),
        PUBLIC_PEM,
        b"",
        b"secret",
    ]
    for key in unfit:
        with pytest.raises(ValueError, match=r"P-256|deserialize|PEM|load"):
            ring(key)
    with pytest.raises(TypeError):
        ring(pem(PRIVATE, BestAvailableEncryption(b"password")))
    with pytest.raises(ValueError, match="no signing key"):
        KeyRing((), issuer=ISSUER, audience=AUDIENCE)


def test_joses_own_curves_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jose.backends.ECKey", object)
    with pytest.raises(RuntimeError, match="cryptography"):
        ring()


def test_each_token_has_its_own_id() -> None:
    assert RING.verify(RING.mint(**WHO)).jti != RING.verify(RING.mint(sub=uuid4(), sid=uuid4(), client_id="x")).jti
