"""Encryption at rest, in two storeys, and keyed indexes for exact match.

The application's secret yields the `MasterKey`, which wraps one `Key` per person or case; that key encrypts
their fields. Destroying a wrapped key erases what it encrypted, in every back-up too.

Everything sealed is: key id (4 bytes), nonce (12), AES-256-GCM ciphertext and tag (16). The associated data
(AAD) names the row and column, so that a sealed value moved elsewhere does not open. Nonces are random, which
bounds a key to 2^32 messages (NIST SP 800-38D §8.3).
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ID, _NONCE, _TAG, _SECRET = 4, 12, 16, 32
_SHORTEST_APPLICATION_SECRET = 32


class DecryptionFailed(Exception):
    """Not sealed by this key for this place, or tampered with: which of them is not told."""

    def __init__(self) -> None:
        super().__init__("the sealed value does not open")


@dataclass(frozen=True, slots=True)
class Key:
    """A 256-bit key. Its id is derived from it, and tells nothing about it."""

    secret: bytes = field(repr=False)
    id: bytes = field(init=False)
    cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) != _SECRET:
            raise ValueError(f"a key has {_SECRET} bytes")
        object.__setattr__(self, "id", _derive(self.secret, "key id")[:_ID])
        object.__setattr__(self, "cipher", AESGCM(self.secret))


def new_key() -> Key:
    return Key(token_bytes(_SECRET))


def encrypt(key: Key, plaintext: bytes, aad: bytes) -> bytes:
    nonce = token_bytes(_NONCE)
    return key.id + nonce + key.cipher.encrypt(nonce, plaintext, aad)


def decrypt(key: Key, sealed: bytes, aad: bytes) -> bytes:
    """Raises DecryptionFailed."""
    nonce, ciphertext = sealed[_ID : _ID + _NONCE], sealed[_ID + _NONCE :]
    if sealed[:_ID] != key.id or len(ciphertext) < _TAG:
        raise DecryptionFailed
    try:
        return key.cipher.decrypt(nonce, ciphertext, aad)
    except InvalidTag:
        raise DecryptionFailed from None


class MasterKey:
    """What the application's secret opens: the first of `secrets` seals, all of them open.

    To rotate, put a new secret first; when nothing `needs_rewrap` and the sealed tokens have run out, drop
    the old one. Raises ValueError for no secret or a short one: HKDF (RFC 5869) does not stretch a password.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or any(len(secret) < _SHORTEST_APPLICATION_SECRET for secret in secrets):
            raise ValueError(f"an application secret has at least {_SHORTEST_APPLICATION_SECRET} characters")
        roots = [secret.encode() for secret in secrets]
        self._wrapping = _by_id(roots, "wrap keys")
        self._sealing = _by_id(roots, "seal tokens")
        self._indexing = [_derive(root, "blind index") for root in roots]
        self._deriving = [_derive(root, "keys of a purpose") for root in roots]

    def wrap_key(self, key: Key, aad: bytes) -> bytes:
        """The form in which a key may be stored; `aad` names its owner."""
        return encrypt(_current(self._wrapping), key.secret, aad)

    def unwrap_key(self, wrapped: bytes, aad: bytes) -> Key:
        """Raises DecryptionFailed."""
        return Key(_open(self._wrapping, wrapped, aad))

    def needs_rewrap(self, wrapped: bytes) -> bool:
        return wrapped[:_ID] != _current(self._wrapping).id

    def blind_index(self, purpose: str, value: str) -> bytes:
        """A keyed fingerprint to store beside an encrypted value, equal for equal values of one purpose.

        Normalise the value first. HMAC-SHA256, 32 bytes.
        """
        return self.blind_indexes(purpose, value)[0]

    def blind_indexes(self, purpose: str, value: str) -> list[bytes]:
        """The fingerprints under every secret in use, the current first: what to search for in a rotation."""
        return [hmac.digest(_index_key(root, purpose), value.encode(), hashlib.sha256) for root in self._indexing]

    def keys_of(self, purpose: str) -> list[Key]:
        """The keys of one purpose, such as a single file, under every secret in use, the current first."""
        return [Key(_derive(root, purpose)) for root in self._deriving]

    def seal_bytes(self, purpose: str, content: bytes) -> bytes:
        """Content that only this application can read again, for this purpose."""
        return encrypt(_current(self._sealing), content, purpose.encode())

    def open_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """Raises DecryptionFailed."""
        return _open(self._sealing, sealed, purpose.encode())

    def seal_token(self, purpose: str, content: bytes) -> str:
        """An opaque, URL-safe token, 43 characters longer than a third more than `content`."""
        sealed = self.seal_bytes(purpose, content)
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open_token(self, purpose: str, token: str) -> bytes:
        """The content of a token sealed for this purpose. Raises DecryptionFailed for any other string."""
        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise DecryptionFailed from None
        # The decoder skips foreign characters and spare bits: take only the one spelling that was handed out.
        if urlsafe_b64encode(sealed).rstrip(b"=") != token.encode("utf-8", "surrogatepass"):
            raise DecryptionFailed
        return self.open_bytes(purpose, sealed)


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), _SECRET, salt=None, info=b"rollbook " + purpose.encode()).derive(secret)


@lru_cache(maxsize=256)
def _index_key(root: bytes, purpose: str) -> bytes:
    """Kept, because deriving a key takes ten times as long as using it."""
    return _derive(root, f"blind index of {purpose}")


def _by_id(roots: Sequence[bytes], purpose: str) -> Mapping[bytes, Key]:
    keys = [Key(_derive(root, purpose)) for root in roots]
    return {key.id: key for key in keys}


def _current(keys: Mapping[bytes, Key]) -> Key:
    return next(iter(keys.values()))


def _open(keys: Mapping[bytes, Key], sealed: bytes, aad: bytes) -> bytes:
    key = keys.get(sealed[:_ID])
    if key is None:
        raise DecryptionFailed
    return decrypt(key, sealed, aad)
