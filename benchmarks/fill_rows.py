"""Invented members by the thousand, as COPY takes them: no more than a batch is held in memory."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

#: How many members are written at once.
BATCH = 20_000
#: One member in so many has changed in the ninety days for which the feed is kept.
PER_EVENT = 10

GIVEN = (
    "Ada", "Bel", "Cai", "Dot", "Eve", "Fay", "Gus", "Hal", "Ian", "Joy", "Kit", "Lee",
    "Mia", "Ned", "Oda", "Pam", "Quin", "Ros", "Sid", "Tia", "Una", "Val", "Wyn", "Zed",
)  # fmt: skip
FAMILY = (
    "Smith", "Jones", "Okafor", "Begum", "Taylor", "Evans", "Brown", "Kaya",
    "Nowak", "Patel", "Walker", "Wright", "Green", "Hughes", "Lewis", "Clarke",
)  # fmt: skip
_AREAS = ("E", "LS", "M", "B", "BS", "CF", "EH", "NE", "NR", "OX", "CB", "SA", "SY", "TR", "WN", "HU", "DE", "DN")
_UNIT = "ABDEFGHJLNPQRSTUWXYZ"

#: The columns of each table that is filled, in the order of the lines.
COLUMNS = {
    "people": (
        "id", "created_at", "updated_at", "version", "branch_ids", "given_name", "family_name", "sort_name",
        "search_name", "date_of_birth", "preferred_language", "email", "email_key", "mobile_phone", "address_lines",
        "town", "postcode", "country", "objections",
    ),
    "members": (
        "id", "created_at", "updated_at", "version", "person_id", "branch_id", "relationship", "number", "type",
        "joined_on", "paid_until", "lapses_on", "sort_name", "search_name",
    ),
    "membership_terms": ("id", "created_at", "member_id", "branch_id", "starts_on", "ends_on"),
    "events": ("id", "created_at", "transaction", "type", "resource", "subject_id", "branch_id", "data"),
    "audit_entries": (
        "id", "created_at", "transaction", "action", "resource", "subject_id", "branch_id", "fields",
    ),
}  # fmt: skip


@dataclass
class Batch:
    """The lines of some members, by table."""

    lines: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def text(self, table: str) -> bytes:
        return "".join(self.lines[table]).encode()


@dataclass
class Invention:
    """`rows` members of the branches given, and what they leave behind before transaction `horizon`.

    Branches are skewed some thirty to one, and each has a postcode district of its own. One name in sixteen is Smith;
    one family name in three has letters at random behind it, and is nearly its bearer's alone.
    """

    branches: Sequence[UUID]
    rows: int
    horizon: int
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    dice: random.Random = field(default_factory=lambda: random.Random(11))

    def batches(self) -> Iterator[Batch]:
        districts = [f"{_AREAS[n % len(_AREAS)]}{1 + n // len(_AREAS)}" for n in range(len(self.branches))]
        stamp, hexadecimal = str(self.now), [branch.hex for branch in self.branches]
        first = date(2010, 1, 1)
        days = [(first + timedelta(day)).isoformat() for day in range(4096)]
        births = [(first - timedelta(7000 + day)).isoformat() for day in range(16384)]
        for start in range(1, self.rows + 1, BATCH):
            batch = Batch()
            for number in range(start, min(start + BATCH, self.rows + 1)):
                leaf = int(self.dice.random() ** 1.5 * len(hexadecimal))
                self._member(batch, number, hexadecimal[leaf], districts[leaf], stamp, days, births)
            yield batch

    def _member(
        self,
        batch: Batch,
        number: int,
        branch: str,
        district: str,
        now: str,
        days: Sequence[str],
        births: Sequence[str],
    ) -> None:
        chance, bits = self.dice.random, self.dice.getrandbits
        given, family = GIVEN[int(chance() * len(GIVEN))], FAMILY[int(chance() * len(FAMILY))]
        if number % 3 == 0:
            family += f"{bits(16):04x}"
        person, member, lower = _id(number, 0), _id(number, 1), f"{given} {family}".lower()
        names, stamp = f"{family} {given}".lower() + f"\t{lower}", f"{now}\t{now}\t1"
        email = f"{given.lower()}{number}@example.org"
        postcode = f"{district} {bits(16) % 10}{_UNIT[bits(16) % 20]}{_UNIT[bits(16) % 20]}"
        joined = days[bits(12)]
        lines = batch.lines
        lines["people"].append(
            f"{person}\t{stamp}\t{{{branch}}}\t{given}\t{family}\t{names}\t{births[bits(14)]}\ten\t{email}\t{email}"
            f"\t+4474001{number % 100000:05}\t{{{number % 200} Example Road}}\tExampleton\t{postcode}\tGB\t{{}}\n"
        )
        lines["members"].append(
            f"{member}\t{stamp}\t{person}\t{branch}\tmember\t{100000 + number}\tfull\t{joined}"
            f"\t2027-06-30\t2027-10-01\t{names}\n"
        )
        lines["membership_terms"].append(f"{_id(number, 2)}\t{now}\t{member}\t{branch}\t2026-07-01\t2027-06-30\n")
        if number % PER_EVENT == 0:
            self._change(lines, number, member, branch)

    def _change(self, lines: dict[str, list[str]], number: int, member: str, branch: str) -> None:
        passed = number / (self.rows + 1)
        at = self.now - timedelta(days=89) * (1 - passed)
        told = f"{at}\t{1 + int(passed * self.horizon)}\tmember.updated\tmembers\t{member}\t{branch}"
        lines["events"].append(f"{_id(number, 3)}\t{told}\t{{}}\n")
        lines["audit_entries"].append(f'{_id(number, 4)}\t{told}\t{{"town": true}}\n')


def _id(number: int, kind: int) -> str:
    """A UUIDv7 in the order of the numbers; `kind` tells the tables apart."""
    return f"{0x19900000000 + number:012x}7000800{kind}{number:012x}"
