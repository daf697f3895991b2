"""Files whose making is known: CiviCRM's exports, and our own, which comes back as it went out."""

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.tabular import harmless
from app.models.imports import ImportPreset, RowOutcome
from app.models.members import Channel
from app.services.imports.presets import OWN_COLUMNS, own_mapping
from app.services.imports.values import JUDGES
from tests.imports.tables import DALSTON, TODAY, codes, columns, faults, proposed, reader_of
from tests.turns import some_of

CONTACTS = """Contact ID,Contact Type,Do Not Email,Do Not Phone,Do Not Mail,Do Not Sms,No Bulk Emails (User Opt Out),\
External Identifier,Sort Name,Display Name,Nickname,First Name,Middle Name,Last Name,Preferred Language,Gender,\
Birth Date,Deceased,Deceased Date,Street Address,Supplemental Address 1,City,Postal Code,State,Country,Phone,Email
4,Individual,,,,,1,xmas,"Ash, Ann",Ann Ash,,Ann,Mary,Ash,en_GB,Female,1984-05-17,,,12 Example Street,Flat 2,London,\
E8 1EA,,United Kingdom,07400 123361,ann@example.org
5,Individual,Yes,,1,,0,,"Birch, Bob",Bob Birch,Bobby,Bob,,Birch,fr_FR,Male,,1,2020-02-01,,,Paris,75001,,France,,
6,Organization,,,,,,,Birch Ltd,Birch Ltd,,,,,,,,,,,,,,,,,
"""
MEMBERSHIPS = """Display Name,Contact ID,First Name,Last Name,Membership Type,Status,Member Since,\
Membership Start Date,Membership Expiration Date,Source,Membership ID
Ann Ash,4,Ann,Ash,General,Current,2019-03-23,2026-01-01,2026-12-31,Import,101
Bob Birch,5,Bob,Birch,Student,Cancelled,2018-01-01,2018-01-01,2018-12-31,Import,102
Cat Cedar,6,Cat,Cedar,Lifetime,Made up,2018-01-01,2018-01-01,,Import,103
"""


def test_contacts_of_civicrm(tmp_path: Path) -> None:
    proposal, (ann, bob, firm) = proposed(tmp_path, CONTACTS)
    assert proposal.mapping.preset is ImportPreset.civicrm_contact
    found = columns(proposal)
    assert found["source_key"] == ["Contact ID"]
    assert found["no_email"] == ["Do Not Email", "No Bulk Emails (User Opt Out)"]
    assert found["no_post"] == ["Do Not Mail"]
    assert ann.proposed is not None
    assert bob.proposed is not None
    person = ann.proposed["person"]
    assert (person["given_name"], person["preferred_name"], person["objections"]) == ("Ann Mary", None, ["email"])
    assert person["address_lines"] == ["12 Example Street", "Flat 2"]
    assert bob.proposed["standing"] == {"standing": "deceased", "starts_on": "2020-02-01", "until": None}
    assert bob.proposed["person"]["foreign_postal_code"] == "75001"
    # Nobody is refused for the language of their letters.
    assert faults(bob) == [("/preferred_language", "language_unknown")]
    assert faults(firm) == [("/given_name", "missing"), ("/family_name", "missing")]


def test_memberships_of_civicrm_find_the_contacts_by_the_same_key(tmp_path: Path) -> None:
    proposal, (ann, bob, cat) = proposed(tmp_path, MEMBERSHIPS)
    assert proposal.mapping.preset is ImportPreset.civicrm_membership
    found = columns(proposal)
    assert (found["joined_on"], found["paid_until"]) == (["Member Since"], ["Membership Expiration Date"])
    assert "number" not in found
    assert ann.proposed is not None
    assert bob.proposed is not None
    member = ann.proposed["member"]
    assert (member["joined_on"], member["paid_until"], member["number"]) == ("2019-03-23", "2026-12-31", None)
    assert ann.proposed["standing"] is None
    assert bob.proposed["standing"]["standing"] == "resigned"
    assert faults(cat) == [("/standing", "standing_unknown")]
    _, (contact, *_) = proposed(tmp_path, CONTACTS)
    assert contact.proposed is not None
    assert contact.proposed["member"]["source_key"] == member["source_key"] == "contact id=4"


def test_a_preset_can_be_said_instead_of_found_out(tmp_path: Path) -> None:
    proposal, rows = proposed(tmp_path, "given_name,family_name,number\nAnn,Ash,A1\n", preset=ImportPreset.rollbook)
    assert proposal.mapping.preset is ImportPreset.rollbook
    assert "source_key" not in columns(proposal)
    assert rows[0].proposed is not None
    assert rows[0].proposed["member"]["number"] == "A1"
    assert proposed(tmp_path, "given_name,family_name,number\nAnn,Ash,A1\n")[0].mapping.preset is None


def test_our_own_export_is_recognised_and_every_column_used(tmp_path: Path) -> None:
    cells = ",".join("" for _ in OWN_COLUMNS[1:])
    proposal, _ = proposed(tmp_path, f"{','.join(OWN_COLUMNS)}\n{cells},k\n")
    assert proposal.mapping.preset is ImportPreset.rollbook
    assert proposal.unused == ()
    assert codes(proposal) == []


def test_a_branch_reads_its_own_export_without_what_is_the_wholes(tmp_path: Path) -> None:
    text = "number,given_name,family_name,standing,standing_from,joined_on,source_key\n"
    rows = "1,Ann,Ash,current,,2019-01-01,a=1\n2,Bob,Birch,resigned,2020-01-01,2019-01-01,a=2\n"
    proposal, (ann, bob) = proposed(tmp_path, text + rows, whole=False)
    assert columns(proposal).keys() == {"given_name", "family_name", "number", "standing", "source_key"}
    assert ann.outcome is RowOutcome.create
    assert faults(ann) == [("/number", "needs_decide")]
    assert faults(bob) == [("/number", "needs_decide"), ("/standing", "needs_decide")]


def valid(column: str, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """What a member added by hand would have of such texts."""
    return (
        texts.filter(lambda text: "\ufffd" not in text)
        .map(JUDGES[column])
        .filter(lambda judged: judged.fault is None)
        .map(lambda judged: judged.spoken)
    )


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


text = st.text(min_size=1, max_size=20)
names = st.one_of(st.sampled_from(["Ann", "O’Brien", "=Bob", "'=Cat", "-Dan", "@Eve", "Łukasz", "أحمد"]), text)
phones = maybe(st.sampled_from(["+447400123361", "+442079460018", "+33142685300", "+12025550123"]))
born = maybe(st.dates(date(1900, 1, 1), TODAY).map(date.isoformat))
JOINED, LATER = "2019-05-01", st.dates(date(2019, 5, 1), TODAY).map(date.isoformat)
people = st.fixed_dictionaries(
    {
        "given_name": valid("given_name", names),
        "family_name": valid("family_name", names),
        "preferred_name": maybe(valid("preferred_name", names)),
        "preferred_language": st.sampled_from(["en", "cy"]),
        "date_of_birth": born,
        "email": maybe(st.sampled_from(["Ann.Ash@example.org", "o'brien+x@xn--mnchen-3ya.example.org"])),
        "mobile_phone": phones,
        "home_phone": phones,
        "address_lines": st.lists(valid("town", text), max_size=4),
        "town": maybe(valid("town", text)),
        "postcode": maybe(st.sampled_from(["E8 1EA", "SW1A 1AA"])),
        "foreign_postal_code": maybe(valid("foreign_postal_code", text)),
        "country": st.sampled_from(["GB", "FR", "JE"]),
        "electoral_area": maybe(st.just("E05009372")),
        "objections": st.lists(st.sampled_from([channel.value for channel in Channel]), unique=True),
    }
)
decisions = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(["resigned", "expelled"]), LATER, st.none()),
    st.tuples(st.just("suspended"), LATER, st.sampled_from([None, "2027-01-01"])),
)
memberships = st.fixed_dictionaries(
    {
        "branch_id": st.just(str(DALSTON.id)),
        "relationship": st.just("member"),
        "type": st.sampled_from(["full", "youth", "concession"]),
        "number": st.from_regex("[A-Z0-9-]{1,20}", fullmatch=True).filter(lambda number: number.strip("-")),
        "joined_on": st.just(JOINED),
        "paid_until": maybe(st.dates(date(2019, 5, 1), date(2030, 1, 1)).map(date.isoformat)),
        "source_key": maybe(st.sampled_from(["contact id=4", "household id+last+first=1|ash|ann", "last+mail=ash|"])),
    }
)


def exported(person: dict[str, Any], member: dict[str, Any], decided: tuple[str, str, str | None] | None) -> list[str]:
    """A member as a row of the export."""
    standing, since, until = decided or ("current", None, None)
    joined = {
        "address_lines": "\n".join(person["address_lines"]),
        "objections": "; ".join(person["objections"]),
        "standing": standing,
        "standing_from": since,
        "standing_until": until,
        "branch": "Dalston",
    }
    told = {**person, **member, **joined}
    return [harmless(told[column] or "") for column in OWN_COLUMNS]


@settings(max_examples=some_of(200), deadline=None)
@given(person=people, member=memberships, decided=decisions)
def test_a_row_of_our_own_export_reads_back_to_the_same_values(
    person: dict[str, Any], member: dict[str, Any], decided: tuple[str, str, str | None] | None
) -> None:
    reader = reader_of(own_mapping(OWN_COLUMNS), OWN_COLUMNS)
    read = reader.read(exported(person, member, decided))
    assert read.errors == []
    assert read.proposed is not None
    assert {name: read.proposed["person"][name] for name in person} == person
    assert read.proposed["member"] == member
    standing = read.proposed["standing"]
    assert standing == (dict(zip(("standing", "starts_on", "until"), decided, strict=True)) if decided else None)


def test_supporters_and_the_dead_come_back_too() -> None:
    reader = reader_of(own_mapping(OWN_COLUMNS), OWN_COLUMNS)
    told = {
        "given_name": "Ann",
        "family_name": "Ash",
        "type": "supporter",
        "relationship": "supporter",
        "country": "GB",
    }
    told |= {"standing": "deceased", "standing_from": "2020-01-01", "joined_on": "2021-01-01"}
    told |= {"objections": "email; phone; sms; post"}
    read = reader.read([told.get(column, "") for column in OWN_COLUMNS])
    assert read.proposed is not None
    assert (read.proposed["member"]["relationship"], read.proposed["member"]["type"]) == ("supporter", "supporter")
    assert read.proposed["standing"] == {"standing": "deceased", "starts_on": "2020-01-01", "until": None}
    assert read.proposed["person"]["objections"] == ["email", "phone", "sms", "post"]
    assert "branch_id" not in read.given


def test_a_key_that_is_none_of_ours_is_refused() -> None:
    reader = reader_of(own_mapping(OWN_COLUMNS), OWN_COLUMNS)
    told = {"given_name": "Ann", "family_name": "Ash", "source_key": "k" * 201}
    read = reader.read([told.get(column, "") for column in OWN_COLUMNS])
    assert faults(read) == [("/source_key", "key_too_long")]
