"""Sealed files: what comes out is what went in, whole, or nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.crypto import MasterKey
from app.core.sealed_files import MAGIC, PIECE, SealedFileRefused, open_sealed, publish, write_sealed
from tests.turns import some_of

OLD, NEW, FOREIGN = "old-" * 10, "new-" * 10, "foreign-" * 5
KEYS = MasterKey([NEW])
CONTENT = bytes(range(256)) * (PIECE // 256) * 2 + b"the end"


def read(path: Path, keys: MasterKey = KEYS, purpose: str = "test") -> bytes:
    return b"".join(open_sealed(path, keys, purpose).pieces())


def sealed(path: Path, content: bytes = CONTENT, keys: MasterKey = KEYS) -> Path:
    publish(write_sealed(path, keys, "test", {"made": "today"}, iter([content[:1000], content[1000:]])), path)
    return path


@given(
    size=st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE]),
    chunk=st.sampled_from([7777, PIECE, 3 * PIECE]),
)
@settings(max_examples=some_of(18), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_sealed_opens_whatever_its_length(tmp_path: Path, size: int, chunk: int) -> None:
    content = CONTENT[:size]
    path = tmp_path / "file"
    publish(write_sealed(path, KEYS, "test", {}, (content[at : at + chunk] for at in range(0, size, chunk))), path)
    assert read(path) == content
    assert path.stat().st_mode & 0o777 == 0o600


@given(st.data())
@settings(max_examples=some_of(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_byte_can_be_changed_taken_away_or_added(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "whole"
    if not path.exists():
        sealed(path)
    whole, forged = path.read_bytes(), tmp_path / "forged"
    place = data.draw(st.integers(0, len(whole) - 1) | st.integers(0, 400))
    way = data.draw(st.sampled_from(["change", "cut", "drop", "add"]))
    forged.write_bytes(
        {
            "change": whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :],
            "cut": whole[:place],
            "drop": whole[:place] + whole[place + 1 :],
            "add": whole + b"\0" * (1 + place % 50),
        }[way]
    )
    with pytest.raises(SealedFileRefused):
        read(forged)


def test_pieces_cannot_change_places_or_be_left_out(tmp_path: Path) -> None:
    whole = sealed(tmp_path / "whole").read_bytes()
    start = whole.index(b"\n", len(MAGIC)) + 1
    length = 4 + PIECE + 32
    one, two, last = (
        whole[start : start + length],
        whole[start + length : start + 2 * length],
        whole[start + 2 * length :],
    )
    forged = tmp_path / "forged"
    for pieces in ([two, one, last], [one, last], [one, two], [one, one, two, last], [last], []):
        forged.write_bytes(whole[:start] + b"".join(pieces))
        with pytest.raises(SealedFileRefused):
            read(forged)
    other = sealed(tmp_path / "other").read_bytes()
    forged.write_bytes(whole[:start] + other[other.index(b"\n", len(MAGIC)) + 1 :])
    with pytest.raises(SealedFileRefused):
        read(forged)


def test_it_opens_with_its_own_secret_and_for_its_own_purpose_alone(tmp_path: Path) -> None:
    path = sealed(tmp_path / "file", keys=MasterKey([OLD]))
    assert read(path, MasterKey([NEW, OLD])) == CONTENT
    with pytest.raises(SealedFileRefused, match="another SECRET_KEY"):
        read(path, MasterKey([FOREIGN]))
    with pytest.raises(SealedFileRefused):
        read(path, MasterKey([OLD]), "another purpose")


def test_what_breaks_off_leaves_the_file_of_before(tmp_path: Path) -> None:
    path = sealed(tmp_path / "file", b"of before")

    def broken() -> Iterator[bytes]:
        yield CONTENT
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  (whatever it was)
        write_sealed(path, KEYS, "test", {}, broken())
    assert read(path) == b"of before"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
