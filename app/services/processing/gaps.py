"""What the record of processing accounts for: every column with a privacy class, or the report names it.

The classes are read from the tables' metadata, so that a table which comes tomorrow is named until a live activity
accounts for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from sqlmodel import SQLModel

import app.models  # noqa: F401  (fills the metadata)
from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.privacy import Privacy
from app.models.processing_shapes import Gaps, UnaccountedColumn, UnknownField

#: Classes that reveal a special category: what somebody does in a party tells their opinion (UK GDPR art. 9(1)).
REVEALING = frozenset({Privacy.sensitive, Privacy.special})
#: The activities in force on a day, $1: half-open, as every interval of days.
LIVE = "a.starts_on <= $1 and (a.ended_on is null or $1 < a.ended_on)"
_FIELDS = f"select a.key, a.fields, a.special_conditions from processing_activities a where {LIVE} order by a.key"


@cache
def classified() -> Mapping[str, Privacy]:
    """Every column that holds personal data, as `table.column`, with its class."""
    return {
        f"{table.name}.{column.name}": privacy
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if (privacy := column.info["privacy"]) is not Privacy.none
    }


@lru_cache(maxsize=2000)
def columns_named(pattern: str) -> frozenset[str]:
    """The columns with a class that a field of an activity names: `table.column`, `table.*` or `table:class`."""
    table, colon, named = pattern.partition(":")
    if not colon:
        table, _, named = pattern.partition(".")
    return frozenset(
        column
        for column, privacy in classified().items()
        if column.startswith(f"{table}.")
        and (privacy == named if colon else named == "*" or column == f"{table}.{named}")
    )


@dataclass
class Account:
    """For which columns some activities account, and for which of them under a condition of art. 9."""

    purposed: set[str] = field(default_factory=set)
    conditioned: set[str] = field(default_factory=set)
    unknown: list[UnknownField] = field(default_factory=list)

    def take(self, key: str, fields: Iterable[str], *, conditions: bool) -> None:
        for pattern in fields:
            columns = columns_named(pattern)
            self.purposed |= columns
            if conditions:
                self.conditioned |= columns
            if not columns:
                self.unknown.append(UnknownField(activity=key, field=pattern))

    def gaps(self) -> Gaps:
        whole = classified()
        revealing = {column: privacy for column, privacy in whole.items() if privacy in REVEALING}
        return Gaps(
            checked=len(whole),
            without_purpose=_named(whole, self.purposed),
            without_condition=_named(revealing, self.conditioned),
            unknown_fields=self.unknown,
        )


async def account_today(session: Session) -> Account:
    """What the live activities account for."""
    account = Account()
    for row in await session.fetch(_FIELDS, clock.today()):
        account.take(row["key"], row["fields"], conditions=bool(row["special_conditions"]))
    return account


async def find_gaps(session: Session, _actor: Actor) -> Gaps:
    """The columns that nobody has said the use of, for whoever is signed in."""
    return (await account_today(session)).gaps()


def _named(columns: Mapping[str, Privacy], accounted: set[str]) -> list[UnaccountedColumn]:
    return [UnaccountedColumn(column=c, privacy=p) for c, p in columns.items() if c not in accounted]
