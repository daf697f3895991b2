"""The data that a person provided, for taking elsewhere (UK GDPR, Article 20)."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.tabular.formulas import harmless
from app.services.personal_data.pieces import Piece, PieceKind

#: By table, what members and supporters gave of themselves on joining, or keep up themselves: held by consent or for
#: the contract of membership. What others wrote about them, what the organisation decided or worked out, and what is
#: held because a law says so, is not theirs to carry: it is given under a request for access.
PROVIDED: Mapping[str, tuple[str, ...]] = {
    # Given on joining and kept up by themselves; the rest of the row is made from it.
    "people": (
        "given_name",
        "family_name",
        "preferred_name",
        "date_of_birth",
        "preferred_language",
        "email",
        "mobile_phone",
        "home_phone",
        "address_lines",
        "town",
        "postcode",
        "foreign_postal_code",
        "country",
        "objections",
    ),
    # What they joined as, and when they asked to; standing and payments' days are worked out.
    "members": ("relationship", "type", "joined_on"),
    # By what they sign in.
    "accounts": ("email", "name"),
}
Provided = dict[str, list[dict[str, Any]]]


def provided_by_person(pieces: Sequence[Piece]) -> Provided:
    """By table, the rows with the columns that the person provided, as JSON holds them."""
    found: Provided = {}
    for piece in pieces:
        if piece.kind is PieceKind.row and piece.table in PROVIDED:
            row = {name: piece.values[name] for name in PROVIDED[piece.table]}
            found.setdefault(piece.table, []).append(row)
    return found


def as_csv(provided: Provided) -> dict[str, str]:
    """The same, a CSV text for each table, by its name. Several values of one column stand on lines of one cell."""
    texts = {}
    for table, rows in provided.items():
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, PROVIDED[table])
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
        texts[table] = text.getvalue()
    return texts


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return harmless("\n".join(value))
    return harmless(value) if isinstance(value, str) else value
