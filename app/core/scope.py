"""What a transaction or a lone statement may see: a role of the database, and the settings that its policies read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

#: What the settings are called in the database: `rollbook.members` and so on.
PREFIX = "rollbook."


@dataclass(frozen=True)
class Scope:
    """`role` is empty for the one that the connection signed in as; `settings` hold ids, never a caller's words."""

    role: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def under(self, role: str) -> "Scope":
        """The same settings under another role."""
        return replace(self, role=role)

    @cached_property
    def opening(self) -> str:
        """What follows BEGIN in its packet, so that a transaction has its scope without a round trip of its own."""
        return "".join(f";SET LOCAL {PREFIX}{name} = '{value}'" for name, value in self.settings.items())

    @cached_property
    def values(self) -> tuple[list[str], list[str]]:
        """Names and values of the settings, for a statement that sets its own scope."""
        return [f"{PREFIX}{name}" for name in self.settings], list(self.settings.values())


@lru_cache(maxsize=1024)
def standing_alone(sql: str, count: int) -> str:
    """A query of `count` values as one statement that first sets its own scope, given as two more values.

    The query refers to what the settings gave and is fenced in, so it can only run after they are set; set for the
    statement's own transaction, they are gone when it ends. In any other order it would see nothing.
    """
    return (
        f"select q.* from (select count(set_config(name, value, true)) as given "
        f"from unnest(${count + 1}::text[], ${count + 2}::text[]) setting (name, value)) scope "
        f"cross join lateral (select told.* from ({sql}) told where scope.given is not null offset 0) q"
    )
