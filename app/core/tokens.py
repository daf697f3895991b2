"""Access tokens: JWTs (RFC 9068) that this service signs for itself with ES256. Nothing else imports jose.

jose by itself accepts tokens without `aud` or `exp`, with `crit`, of any `typ`, and takes the algorithm from
the token if told no other; it also reads the machine's clock. So it only signs and checks signatures here;
everything else is decided in this module, by what is allowed and not by what is forbidden.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from json import dumps
from typing import Annotated, Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jose import jwk, jws
from jose.backends.base import Key
from jose.backends.cryptography_backend import CryptographyECKey
from jose.exceptions import JOSEError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.clock import now as clock_now
from app.core.ids import new_id

ALGORITHM = "ES256"
TYPE = "at+jwt"
LIFETIME = timedelta(minutes=10)
LEEWAY = timedelta(seconds=10)
MAX_BYTES = 4096

# Three base64url segments, the last an ES256 signature; jose's decoder would skip foreign characters.
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]")


class InvalidToken(Exception):
    """`reason`: malformed, header, key, signature, claims, issuer, audience, early or expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: which account or client acts, in which session, through which client."""

    sub: UUID
    sid: UUID
    client_id: str
    iat: datetime
    exp: datetime
    jti: UUID


_Seconds = Annotated[int, Field(ge=0, lt=2**36)]


class _Payload(BaseModel):
    model_config = ConfigDict(strict=True)

    iss: str
    aud: str
    sub: UUID
    sid: UUID
    client_id: str
    iat: _Seconds
    exp: _Seconds
    jti: UUID


class KeyRing:
    """The keys of one issuer: the first private key signs, all verify until they are dropped from the list.

    Raises ValueError for a key that is not a P-256 private key in PEM, TypeError for an encrypted one,
    RuntimeError if jose would do its curves without the cryptography package, in a way that leaks by timing.
    """

    def __init__(
        self,
        private_keys: Sequence[bytes],
        *,
        issuer: str,
        audience: str,
        now: Callable[[], datetime] = clock_now,
    ) -> None:
        if jwk.get_key(ALGORITHM) is not CryptographyECKey:
            raise RuntimeError("jose does not use the cryptography package")
        if not private_keys:
            raise ValueError("no signing key")
        signing = [_signing_key(pem) for pem in private_keys]
        published = [_published(key) for key in signing]
        self._issuer, self._audience, self._now = issuer, audience, now
        self._signing_key = signing[0]
        self._header = {"typ": TYPE, "kid": published[0]["kid"]}
        self._verifying = {jwk_["kid"]: key.public_key() for key, jwk_ in zip(signing, published, strict=True)}
        self._jwks = {"keys": published}

    def mint(self, *, sub: UUID, sid: UUID, client_id: str) -> str:
        """An access token that lives for `LIFETIME`."""
        issued = int(self._now().timestamp())
        payload = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(sub),
            "sid": str(sid),
            "client_id": client_id,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "jti": str(new_id()),
        }
        return jws.sign(payload, self._signing_key, headers=self._header, algorithm=ALGORITHM)

    def verify(self, token: str) -> Claims:
        """Raises InvalidToken for everything that `mint` did not make, or made too long ago."""
        if len(token) > MAX_BYTES or not _SHAPE.fullmatch(token):
            raise InvalidToken("malformed")
        key = self._verifying.get(_key_id(token))
        if key is None:
            raise InvalidToken("key")
        try:
            payload = _Payload.model_validate_json(jws.verify(token, key, algorithms=[ALGORITHM]))
        except JOSEError:
            raise InvalidToken("signature") from None
        except ValidationError:
            raise InvalidToken("claims") from None
        return self._judged(payload)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as a JWK Set (RFC 7517), the signing one first."""
        return self._jwks

    def _judged(self, payload: _Payload) -> Claims:
        issued, expires = _instant(payload.iat), _instant(payload.exp)
        now = self._now()
        if payload.iss != self._issuer:
            raise InvalidToken("issuer")
        if payload.aud != self._audience:
            raise InvalidToken("audience")
        if issued > now + LEEWAY:
            raise InvalidToken("early")
        if expires <= now or expires > issued + LIFETIME:
            raise InvalidToken("expired")
        return Claims(payload.sub, payload.sid, payload.client_id, issued, expires, payload.jti)


def new_signing_key_pem() -> bytes:
    """A fresh P-256 private key, as PEM: made once, at the first start, and kept secret."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _signing_key(pem: bytes) -> Key:
    match load_pem_private_key(pem, password=None):
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return jwk.construct(pem, ALGORITHM)
    raise ValueError("a signing key is a P-256 private key")


def _published(key: Key) -> dict[str, str]:
    """The public half as a JWK, named by its thumbprint (RFC 7638)."""
    numbers = {name: value for name, value in key.public_key().to_dict().items() if name in {"crv", "kty", "x", "y"}}
    canonical = dumps(numbers, sort_keys=True, separators=(",", ":")).encode()
    thumbprint = urlsafe_b64encode(sha256(canonical).digest()).rstrip(b"=").decode()
    return {**numbers, "alg": ALGORITHM, "use": "sig", "kid": thumbprint}


def _key_id(token: str) -> str:
    """The key a token names, if its header is exactly such as we write: no `crit`, no key of its own."""
    try:
        header: dict[str, Any] = jws.get_unverified_header(token)
    # A header nested a thousand deep is a RecursionError, which jose lets through.
    except (JOSEError, RecursionError):
        raise InvalidToken("malformed") from None
    match header:
        case {"alg": "ES256", "typ": "at+jwt", "kid": str(kid), **others} if not others:
            return kid
    raise InvalidToken("header")


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
