"""The class of every column: who it speaks of, and how much harm its leaking would do.

Subject-access export, erasure, minimisation, audit values and log redaction all read the class from the column, so
that a new table cannot be forgotten.
"""

from enum import StrEnum


class Privacy(StrEnum):
    none = "none"
    """Says nothing about a person: keys, versions, units."""
    identity = "identity"
    """Who somebody is: names, membership number, date of birth."""
    contact = "contact"
    """How to reach somebody."""
    sensitive = "sensitive"
    """What somebody does or did here: standing, type, branch, office. Reveals political opinion (UK GDPR art. 9)."""
    special = "special"
    """Health, ethnicity, religion, testimony: read only under a wall."""
    secret = "secret"  # noqa: S105
    """Credentials and keys: never shown to anybody."""


#: Classes whose old and new values the audit trail may hold; of the others it holds the field's name only.
AUDITABLE = frozenset({Privacy.none, Privacy.sensitive})
