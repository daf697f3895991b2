"""Files whose making is known: CiviCRM's exports of contacts and memberships, and Rollbook's own export."""

from collections.abc import Mapping, Sequence

from app.models.imports import FieldMapping, ImportField, ImportMapping, ImportPreset
from app.services.imports.headings import meaning_of, word

F = ImportField

#: The headings of Rollbook's own export, and so of the fields that nothing is lost of when it is read again.
OWN_COLUMNS: tuple[str, ...] = (
    "number",
    "branch_id",
    "branch",
    "relationship",
    "type",
    "standing",
    "standing_from",
    "standing_until",
    "joined_on",
    "paid_until",
    "given_name",
    "family_name",
    "preferred_name",
    "preferred_language",
    "date_of_birth",
    "email",
    "mobile_phone",
    "home_phone",
    "address_lines",
    "town",
    "postcode",
    "foreign_postal_code",
    "country",
    "electoral_area",
    "objections",
    "source_key",
)

#: What CiviCRM's headings mean where others mean something else by them: the number of a row in its table of
#: memberships is nobody's membership number.
_CIVICRM = {"membershipid": None, "name": None, "group": None, "category": None}
_WORDS: Mapping[ImportPreset, Mapping[str, str | None]] = {
    ImportPreset.civicrm_contact: _CIVICRM,
    ImportPreset.civicrm_membership: _CIVICRM,
}
#: Headings of which a file must have all to be taken for what it is an export of; the most telling first.
_MARKS = (
    (ImportPreset.rollbook, ({"givenname"}, {"familyname"}, {"sourcekey", "branchid", "standingfrom"})),
    (
        ImportPreset.civicrm_membership,
        (
            {"contactid"},
            {"membershiptype"},
            {"membershipid", "membersince", "membershipstartdate", "membershipexpirationdate"},
        ),
    ),
    (ImportPreset.civicrm_contact, ({"contactid"}, {"contacttype", "contactsubtype", "donotemail", "donotmail"})),
)


def detect(headings: Sequence[str]) -> ImportPreset | None:
    """What a file is an export of, by the headings that no other has."""
    found = {word(heading) for heading in headings}
    return next((preset for preset, marks in _MARKS if all(found & mark for mark in marks)), None)


def meanings(headings: Sequence[str], preset: ImportPreset | None) -> dict[str, list[str]]:
    """The headings of a file by what they mean, in the file's order."""
    theirs = _WORDS.get(preset, {}) if preset else {}
    by_meaning: dict[str, list[str]] = {}
    for heading in headings:
        key = word(heading)
        meaning = theirs[key] if key in theirs else meaning_of(heading)
        if meaning is not None:
            by_meaning.setdefault(meaning, []).append(heading)
    return by_meaning


def own_mapping(headings: Sequence[str]) -> ImportMapping:
    """Each column as the field whose name it bears. A branch is found by its id, or else by its name."""
    named = {heading.strip().lower().replace(" ", "_"): heading for heading in reversed(headings)}
    fields = {
        F(column): FieldMapping(columns=[named[column]])
        for column in OWN_COLUMNS
        if column in named and column in F.__members__
    }
    places = [named[column] for column in ("branch_id", "branch") if column in named]
    if places:
        fields[F.branch] = FieldMapping(columns=places)
    return ImportMapping(fields=fields, preset=ImportPreset.rollbook)
