import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypto import DecryptionFailed, Key, MasterKey, decrypt, encrypt, new_key

OLD, NEW, FOREIGN = ("old-" * 10, "new-" * 10, "foreign-" * 5)
KEY, MASTER = new_key(), MasterKey([NEW])
ROW = b"notes:7:body"


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_what_is_sealed_opens(plaintext: bytes, aad: bytes) -> None:
    sealed = encrypt(KEY, plaintext, aad)
    assert decrypt(KEY, sealed, aad) == plaintext
    assert sealed[:4] == KEY.id
    assert len(sealed) == len(plaintext) + 32
    assert encrypt(KEY, plaintext, aad) != sealed


def test_a_change_of_any_byte_or_bit_is_noticed() -> None:
    sealed = encrypt(KEY, b"kept in confidence", ROW)
    for place in range(len(sealed)):
        for bit in range(8):
            forged = bytearray(sealed)
            forged[place] ^= 1 << bit
            with pytest.raises(DecryptionFailed):
                decrypt(KEY, bytes(forged), ROW)


def test_every_truncation_and_addition_is_noticed() -> None:
    sealed = encrypt(KEY, b"kept", ROW)
    for forged in [*(sealed[:end] for end in range(len(sealed))), sealed + b"\0", sealed + sealed]:
        with pytest.raises(DecryptionFailed):
            decrypt(KEY, forged, ROW)


def test_another_place_or_key_does_not_open() -> None:
    sealed = encrypt(KEY, b"kept", ROW)
    for aad in (b"", b"notes:8:body", ROW + b"\0"):
        with pytest.raises(DecryptionFailed):
            decrypt(KEY, sealed, aad)
    other = new_key()
    for forged in (sealed, other.id + sealed[4:]):
        with pytest.raises(DecryptionFailed):
            decrypt(other, forged, ROW)


def test_a_key_shows_and_compares_by_no_accident() -> None:
    assert Key(KEY.secret) == KEY
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)
    assert KEY.id not in KEY.secret
    with pytest.raises(ValueError, match="32 bytes"):
        Key(b"short")


def test_wrapping_is_bound_to_its_owner_and_to_the_secret() -> None:
    wrapped = MASTER.wrap_key(KEY, b"person:1")
    assert KEY.secret not in wrapped
    assert MASTER.unwrap_key(wrapped, b"person:1") == KEY
    with pytest.raises(DecryptionFailed):
        MASTER.unwrap_key(wrapped, b"person:2")
    with pytest.raises(DecryptionFailed):
        MasterKey([FOREIGN]).unwrap_key(wrapped, b"person:1")
    for place in range(len(wrapped)):
        forged = wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :]
        with pytest.raises(DecryptionFailed):
            MASTER.unwrap_key(forged, b"person:1")


def test_rotation_of_the_secret() -> None:
    before, during, after = MasterKey([OLD]), MasterKey([NEW, OLD]), MasterKey([NEW])
    wrapped, token = before.wrap_key(KEY, b"person:1"), before.seal_token("cursor", b"here")
    assert not before.needs_rewrap(wrapped)
    assert during.needs_rewrap(wrapped)
    assert during.unwrap_key(wrapped, b"person:1") == KEY
    assert during.open_token("cursor", token) == b"here"
    rewrapped = during.wrap_key(during.unwrap_key(wrapped, b"person:1"), b"person:1")
    assert not during.needs_rewrap(rewrapped)
    assert after.unwrap_key(rewrapped, b"person:1") == KEY
    with pytest.raises(DecryptionFailed):
        after.unwrap_key(wrapped, b"person:1")
    with pytest.raises(DecryptionFailed):
        after.open_token("cursor", token)
    assert during.blind_indexes("email", "a@x.org") == [
        after.blind_index("email", "a@x.org"),
        before.blind_index("email", "a@x.org"),
    ]


def test_blind_indexes_are_stable_and_apart() -> None:
    index = MASTER.blind_index("email", "ann@example.org")
    assert len(index) == 32
    assert index == MasterKey([NEW]).blind_index("email", "ann@example.org")
    others = {
        MASTER.blind_index("email", "bob@example.org"),
        MASTER.blind_index("phone", "ann@example.org"),
        MASTER.blind_index("emai", "lann@example.org"),
        MasterKey([FOREIGN]).blind_index("email", "ann@example.org"),
    }
    assert len(others) == 4
    assert index not in others


@given(st.binary(max_size=100))
def test_tokens_are_url_safe_compact_and_open(content: bytes) -> None:
    token = MASTER.seal_token("cursor", content)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert len(token) <= 43 + len(content) * 4 / 3 + 1
    assert MASTER.open_token("cursor", token) == content
    with pytest.raises(DecryptionFailed):
        MASTER.open_token("other", token)


def test_a_token_has_one_spelling_and_no_changed_character() -> None:
    token = MASTER.seal_token("cursor", b"Smith|7")
    spellings = [
        token + "=",
        token + "\n",
        token[:5] + "!" + token[5:],
        "+" + token,
        token + "A",
        f" {token}",
    ]
    swaps = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token))]
    last_bits = [token[:-1] + char for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789-_" if char != token[-1]]
    for forged in [*spellings, *swaps, *last_bits]:
        with pytest.raises(DecryptionFailed):
            MASTER.open_token("cursor", forged)


@given(st.text(st.characters(codec=None)) | st.text("AB-_=", max_size=80))
def test_junk_does_not_open(junk: str) -> None:
    with pytest.raises(DecryptionFailed):
        MASTER.open_token("cursor", junk)


def test_a_wrapped_key_is_no_token_and_the_other_way_round() -> None:
    wrapped = MASTER.wrap_key(KEY, b"cursor")
    with pytest.raises(DecryptionFailed):
        MASTER.open_token("cursor", urlsafe_b64encode(wrapped).rstrip(b"=").decode())
    token = MASTER.seal_token("cursor", KEY.secret)
    with pytest.raises(DecryptionFailed):
        MASTER.unwrap_key(urlsafe_b64decode(token + "=="), b"cursor")


@pytest.mark.parametrize("secrets", [[], ["short"], [NEW, "short"]])
def test_weak_secrets_are_refused(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        MasterKey(secrets)
