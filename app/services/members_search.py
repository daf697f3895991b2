"""Finding members by what is known of them: by search, and while somebody types."""

import json
import re
from typing import Any, Literal
from uuid import UUID

import phonenumbers
from pydantic import Field
from pydantic_core import PydanticCustomError

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import FieldError, Invalid
from app.core.paging import Body, Decorate, Listing, PageQuery, Place, Where, list_page
from app.core.permissions import Permission
from app.core.postcodes import normalise
from app.core.text import email_key, fold
from app.models.member_verbs import MemberSearch, MemberSuggest
from app.services.access import record_read
from app.services.member_records import IN_LISTS, MEMBERS, allowed

#: A trigram index needs three letters of an e-mail; of a name two will do, as the beginning of a word.
EMAIL_LETTERS, NAME_LETTERS, PHONE_DIGITS, NAME_WORDS = 3, 2, 4, 8
SUGGESTIONS = 10
BY_CONTACT = ("email", "phone", "postcode")
GUESSED = "(select ids from guessed)::uuid[]"
#: Greater than every character that a folded name can hold, in the order of code points.
LAST = "\U0010ffff"
_NATIONAL_ZERO = re.compile(r"\(0\)")
_NO_DIGIT = re.compile(r"[^0-9]")
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]{0,5}")

SUGGESTED = Listing(
    resource="members",
    source="members m",
    join="left join people p on p.id = m.person_id",
    key="m.id",
    branch="m.branch_id",
    columns={
        "id": "m.id",
        "number": "m.number",
        "name": "concat(coalesce(p.preferred_name, p.given_name), ' ', p.family_name)",
        "branch_id": "m.branch_id",
    },
    sorts={"name": ("m.sort_name", "text")},
)


class MembersSearchQuery(PageQuery):
    """How the matches are paged and sorted, and from which unit down."""

    branch_id: UUID | None = Field(default=None, description="Members of this unit and of everything below it.")
    expand: Literal["allowed_actions"] | None = None
    sort: Literal["name", "-name", "joined_on", "-joined_on", "created_at", "-created_at"] = "name"


class _Asked(MembersSearchQuery):
    """A page of one search: a cursor belongs to the criteria too."""

    criteria: str


class Found:
    """The members who meet the criteria, found by functions that see past the policies and keep to their scope."""

    def __init__(self, actor: Actor, criteria: dict[str, Any]) -> None:
        who = "every_member" if actor.is_whole(Permission.members_read) else "members"
        self.page_sql = f"select search_{who}({{}})"
        self.count_sql = f"select count_{who}({{}})"
        self._criteria = criteria

    def page(self, sort: str, *, descending: bool, after: Place | None, most: int) -> dict[str, Any]:
        place = {"after": after[0], "after_id": str(after[1])} if after else {}
        return {**self._criteria, "sort": sort, "descending": descending, "most": most, **place}

    def total(self, most: int) -> dict[str, Any]:
        return {**self._criteria, "most": most}


async def search_members(session: Session, actor: Actor, data: MemberSearch, query: MembersSearchQuery) -> Body:
    """A page of the members in the actor's scope who meet every criterion given.

    Raises `Forbidden` for a criterion that the actor may not read, `Invalid` where none is given or one is too short to
    search by, `CursorInvalid`. Where members:contact is held in some units only, a criterion of contact searches
    those only.
    """
    given = data.model_dump(exclude_none=True)
    below = _must_read(actor, given)
    criteria = criteria_of(given)
    if query.branch_id is not None:
        below.append([str(query.branch_id)])
    criteria["below"] = below
    names = ",".join(sorted(given))
    await record_read(session, actor, "members", purpose=f"search:{names}", branch_id=query.branch_id)
    asked = _Asked(**query.model_dump(), criteria=json.dumps(criteria, sort_keys=True))
    decorate: Decorate | None = (lambda row: {"allowed_actions": allowed(actor, row)}) if query.expand else None
    return await list_page(
        session,
        actor,
        MEMBERS,
        Where(),
        asked,
        sort=query.sort,
        only=IN_LISTS,
        decorate=decorate,
        finder=Found(actor, criteria),
    )


async def suggest_members(session: Session, actor: Actor, data: MemberSuggest) -> bytes:
    """At most ten members whom the text so far may mean: family names that begin with it come first.

    E-mail, phone and postcode are looked at only for those who may read them.
    """
    await record_read(session, actor, "members", purpose="suggest")
    found: dict[UUID, str] = {}
    typed = fold(data.text)
    if typed:
        where = Where()
        # A range over the sort index: its operators are leakproof, so the policies leave the index in use.
        where.add("m.sort_name >= {} and m.sort_name < {}", typed, typed + LAST)
        SUGGESTED.narrow(actor, where)
        await _suggest(session, actor, where, "m.sort_name, m.id", found)
    guesses = _guesses(actor, data.text, typed) if len(found) < SUGGESTIONS else []
    if guesses:
        finder = Found(actor, {})
        asked = [{**finder.page("name", descending=False, after=None, most=SUGGESTIONS), **guess} for guess in guesses]
        where = Where()
        guessed = f"array({finder.page_sql.format('guess')} from jsonb_array_elements({where.value(asked)}) guess)"
        where.add(f"m.id = any ({GUESSED})")
        # In the order of the guesses, then of the names that each has found.
        order = f"array_position({GUESSED}, m.id)"
        await _suggest(session, actor, where, order, found, f"with guessed as materialized (select {guessed} as ids) ")
    return f'{{"data": [{", ".join(list(found.values())[:SUGGESTIONS])}]}}'.encode()


async def _suggest(
    session: Session, actor: Actor, where: Where, order: str, found: dict[UUID, str], before: str = ""
) -> None:
    # As many more as were found before: they are found again.
    page = SUGGESTED.page(where, order, SUGGESTIONS + len(found))
    sql = f"{before}select {SUGGESTED.json(actor)} as json, m.id as id from {page}"
    for row in await session.fetch(sql, *where.values):
        found.setdefault(row["id"], row["json"])


def _guesses(actor: Actor, text: str, typed: str) -> list[dict[str, Any]]:
    """What the text may be, the likeliest first; what it cannot be is not looked for."""
    guesses = [{"number": text}] if any(char.isdigit() for char in text) else []
    if actor.holds(Permission.members_contact):
        guesses += [{"postcode": text}, {"phone": text}]
    guesses.append({"name": typed})
    if actor.holds(Permission.members_contact):
        guesses.append({"email": text})
    criteria = []
    for guess in guesses:
        try:
            criteria.append({**criteria_of(guess), "below": _must_read(actor, guess)})
        except Invalid:
            continue
    return criteria


def _must_read(actor: Actor, given: dict[str, str]) -> list[list[str]]:
    """Raises `Forbidden` for a field that the actor may read nowhere; gives what narrows the units where it may not."""
    if given.keys().isdisjoint(BY_CONTACT):
        return []
    actor.must_hold(Permission.members_contact)
    units = actor.reach[Permission.members_contact]
    return [] if actor.reach[Permission.members_read] <= units else [sorted(map(str, units))]


def criteria_of(given: dict[str, str]) -> dict[str, Any]:
    """What the database's function looks for. Raises `Invalid` naming each criterion that cannot be searched by."""
    made: dict[str, Any] = {}
    errors: list[FieldError] = []
    if not given:
        raise Invalid.at("", "criterion_missing", "Give at least one criterion.")
    for name, text in given.items():
        try:
            made |= _CRITERIA[name](text)
        except ValueError as error:
            errors.append(FieldError(f"/{name}", "too_vague", str(error)))
    if errors:
        raise Invalid(errors=tuple(errors))
    return made


def _name(text: str) -> dict[str, Any]:
    words = fold(text).split()
    if len(words) > NAME_WORDS or max(map(len, words), default=0) < NAME_LETTERS:
        raise ValueError(f"Give up to {NAME_WORDS} pieces of a name, one of at least {NAME_LETTERS} letters.")
    return {"words": words}


def _email(text: str) -> dict[str, Any]:
    if len(text) < EMAIL_LETTERS:
        raise ValueError(f"Give at least {EMAIL_LETTERS} characters of the address.")
    return {"email": email_key(text)}


def _phone(text: str) -> dict[str, Any]:
    """A number or its beginning as E.164 begins: 07… and 0044 7… and +44 (0)7… are one."""
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        number = phonenumbers.PhoneNumber()
    if phonenumbers.is_valid_number(number) and not number.extension:
        return {"phone": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}
    bare = _NATIONAL_ZERO.sub("", text).strip()
    digits = _NO_DIGIT.sub("", bare)
    if len(digits) < PHONE_DIGITS:
        raise ValueError(f"Give at least {PHONE_DIGITS} digits, from the beginning of the number.")
    if bare.startswith("+"):
        return {"phone": f"+{digits}"}
    if digits.startswith("00"):
        return {"phone": f"+{digits[2:]}"}
    return {"phone": f"+44{digits.removeprefix('0')}"}


def _postcode(text: str) -> dict[str, Any]:
    """A postcode or its beginning. Without its space it may part in several places, and each is looked for."""
    try:
        return {"postcodes": [normalise(text)]}
    except PydanticCustomError:
        parts = text.upper().split()
    compact = "".join(parts)
    if not _POSTCODE.fullmatch(compact) or len(parts) > 2:
        raise ValueError("Give a postcode or how it begins: its letters and at least one digit.")
    if len(parts) == 2:
        return {"postcodes": [" ".join(parts)]}
    parted = [
        f"{compact[:at]} {compact[at:]}" for at in range(2, 5) if 0 < len(compact) - at <= 3 and compact[at].isdigit()
    ]
    return {"postcodes": [compact, *parted]}


def _number(text: str) -> dict[str, Any]:
    return {"number": text.upper()}


_CRITERIA = {"name": _name, "email": _email, "phone": _phone, "postcode": _postcode, "number": _number}
