"""What is proposed for a file: from its headings, from what stands in it, and asked for only where it must be."""

from pathlib import Path

import pytest

from app.core.written_dates import DateOrder
from app.models.imports import ImportField, RowOutcome
from app.services.imports.headings import consent_of, meaning_of, objection_of
from app.services.imports.mapping import WHOLE_ONLY
from tests.imports.tables import codes, columns, faults, mapping, proposed, read

F = ImportField


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("FIRSTNAME", "given_name"),
        ("first_name", "given_name"),
        ("Postal Code", "postcode"),
        ("Do Not Email", "no_email"),
        ("No Bulk Emails (User Opt Out)", "no_email"),
        ("is_opt_out", "no_email"),
        ("do_not_mail", "no_post"),
        ("Don’t phone", "no_phone"),
        ("No SMS", "no_sms"),
        ("Do not contact", "no_contact"),
        ("Do Not Trade", None),
        ("Do not import", None),
        ("Phone No", None),
        ("No. of calls", None),
        ("Mum-email", None),
        ("expected", None),
        ("Signature Text", None),
    ],
)
def test_headings_are_known_however_they_are_written(heading: str, meaning: str | None) -> None:
    assert meaning_of(heading) == meaning


def test_consent_is_no_objection_and_the_other_way_round() -> None:
    assert (consent_of("Email opt-in"), objection_of("Email opt-in")) == ("no_email", None)
    assert (consent_of("Opted out of e-mail"), objection_of("Opted out of e-mail")) == (None, "no_email")


@pytest.mark.parametrize(
    ("heading", "cells", "field"),
    [
        ("Dads email", ["ann@example.org", "bob@example.org"], "email"),
        ("Dads email", ["ann-example.org"], "email"),
        ("contact", ["ann@example.org", "bob@example.org"], "email"),
        ("contact", ["07400 123361", "020 7946 0018"], "phone"),
        ("Where they live", ["E8 1EA", "b13 2sq"], "postcode"),
        ("When were you born?", ["1984-05-17", "1990-12-25"], "date_of_birth"),
    ],
)
def test_what_stands_in_a_column_can_tell_what_it_is(
    tmp_path: Path, heading: str, cells: list[str], field: str
) -> None:
    rows = "".join(f"Ann,Ash,{cell}\n" for cell in cells)
    proposal, _ = proposed(tmp_path, f"First,Last,{heading}\n{rows}")
    assert columns(proposal)[field] == [heading]
    assert "column_supposed" in codes(proposal)


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Another email", ["bob@example.org"]),
        ("Soft credit to", ["bob@example.org"]),
        ("Known as by friends", ["Annie"]),
        ("Invoice", ["07400 123361"]),
        ("Renewal", ["1984-05-17"]),
        ("Email status", ["bounced"]),
    ],
)
def test_what_is_not_plain_is_left(tmp_path: Path, heading: str, cells: list[str]) -> None:
    rows = "".join(f"Ann,Ash,ann@example.org,{cell}\n" for cell in cells)
    proposal, _ = proposed(tmp_path, f"First,Last,Email,{heading}\n{rows}")
    assert proposal.unused == (heading,)


def test_names_are_never_guessed_and_every_row_says_what_it_lacks(tmp_path: Path) -> None:
    proposal, rows = proposed(tmp_path, "Player,Email\nAnn Ash,ann@example.org\nBob Birch,\n")
    assert "names_missing" in codes(proposal)
    assert not any(note.blocking for note in proposal.notes)
    assert [faults(row) for row in rows] == [[("/given_name", "missing"), ("/family_name", "missing")]] * 2


def test_the_order_of_dates_is_asked_for_once_a_file(tmp_path: Path) -> None:
    text = "First,Last,Birth Date,Joined\nAnn,Ash,03/04/1984,05/06/2019\n"
    proposal, rows = proposed(tmp_path, text)
    (asked,) = [note for note in proposal.notes if note.blocking]
    assert (asked.code, asked.columns) == ("date_order_unknown", ["Birth Date", "Joined"])
    assert faults(rows[0]) == [("/date_of_birth", "date_order_unknown"), ("/joined_on", "date_order_unknown")]


def test_one_column_tells_the_order_for_the_file(tmp_path: Path) -> None:
    text = "First,Last,Birth Date,Joined\nAnn,Ash,03/04/1984,05/06/2019\nBob,Birch,25/12/1990,01/02/2020\n"
    proposal, rows = proposed(tmp_path, text)
    assert proposal.mapping.date_order is DateOrder.day_first
    assert not any(note.blocking for note in proposal.notes)
    ann = rows[0].proposed
    assert ann is not None
    assert (ann["person"]["date_of_birth"], ann["member"]["joined_on"]) == ("1984-04-03", "2019-06-05")


def test_columns_of_different_orders_keep_their_own_and_only_the_third_is_asked_about(tmp_path: Path) -> None:
    text = "First,Last,Birth Date,Joined,Paid until\nAnn,Ash,25/12/1984,12/25/2019,01/02/2027\n"
    proposal, _ = proposed(tmp_path, text)
    fields = proposal.mapping.fields
    assert fields[F.date_of_birth].date_order is DateOrder.day_first
    assert fields[F.joined_on].date_order is DateOrder.month_first
    assert [note.columns for note in proposal.notes if note.blocking] == [["Paid until"]]


def test_a_fields_own_order_wins() -> None:
    fields = mapping(date_of_birth="Born").model_copy(update={"date_order": DateOrder.day_first})
    assert read(fields, Born="03/04/1984").proposed["person"]["date_of_birth"] == "1984-04-03"
    own = fields.fields[F.date_of_birth].model_copy(update={"date_order": DateOrder.month_first})
    turned = fields.model_copy(update={"fields": {F.date_of_birth: own}})
    assert read(turned, Born="03/04/1984").proposed["person"]["date_of_birth"] == "1984-03-04"


def test_foreign_codes_without_a_country_refuse_their_rows_and_nothing_else(tmp_path: Path) -> None:
    text = "First,Last,Postal code\nAnn,Ash,75001\nBob,Birch,1012 AB\nCat,Cedar,E8 1EA\nDan,Dogwood,\n"
    proposal, rows = proposed(tmp_path, text)
    assert {"postcodes_not_uk", "country_missing"} <= set(codes(proposal))
    assert not any(note.blocking for note in proposal.notes)
    assert [faults(row) for row in rows] == [[("/country", "country_missing")]] * 2 + [[], []]
    assert rows[0].errors[0]["column"] == "Postal code"
    assert rows[2].proposed is not None
    assert rows[2].proposed["person"]["postcode"] == "E8 1EA"


CHECKED = """First,Last,Gender,Custom Date,Type,expected
Ann,1,Female,2008-09-01,1,Valid
Bob,2,MALE,20080901,1,Valid
Cat,3,1,2008-9-1 ,1,Valid
Dan,4,,,1,Valid
Eve,5,Cat,2008-09-01,1,Invalid
Fay,6,Female.,2008-09-01,1,Invalid
Gus,7,Male,2008-25-1,1,Invalid
"""


def test_columns_of_dates_and_genders_are_checked_though_nothing_is_taken(tmp_path: Path) -> None:
    proposal, rows = proposed(tmp_path, CHECKED)
    assert proposal.mapping.checked == {"Gender": "gender", "Custom Date": "date"}
    assert proposal.unused == ("Gender", "Custom Date", "Type", "expected")
    assert "words_not_known" in codes(proposal)
    assert [row.outcome for row in rows] == [RowOutcome.create] * 4 + [RowOutcome.refused] * 3
    assert rows[6].errors == [
        {"pointer": "/cells/3", "code": "date_not_valid", "message": "There is no such day.", "column": "Custom Date"}
    ]


def test_genders_of_one_letter_are_nobodys_fault(tmp_path: Path) -> None:
    proposal, rows = proposed(tmp_path, "First,Last,Gender\nAnn,Ash,F\nBob,Birch,M\nCat,Cedar,Female\n")
    assert proposal.mapping.checked == {}
    assert {row.outcome for row in rows} == {RowOutcome.create}


ENDED = """First,Last,Membership No,Joined,Status,Is Deceased
Ann,Ash,1,2019-01-01,Current,No
Bob,Birch,2,2019-01-01,New,
Cat,Cedar,3,2019-01-01,Cancelled,0
Dan,Dogwood,4,2019-01-01,Deceased,1
"""


def test_a_branch_brings_in_neither_numbers_nor_the_dead_as_living(tmp_path: Path) -> None:
    proposal, rows = proposed(tmp_path, ENDED, whole=False)
    assert set(WHOLE_ONLY) & proposal.mapping.fields.keys() == {F.standing, F.deceased}
    notes = [note.columns for note in proposal.notes if note.code == "needs_decide"]
    assert notes == [["Membership No", "Joined"], ["Status", "Is Deceased"]]
    assert [faults(row) for row in rows] == [
        [],
        [],
        [("/standing", "needs_decide")],
        [("/deceased", "needs_decide")],
    ]
    _, rows = proposed(tmp_path, ENDED)
    assert [row.proposed and row.proposed["standing"] and row.proposed["standing"]["standing"] for row in rows] == [
        None,
        None,
        "resigned",
        "deceased",
    ]


def test_refused_consent_is_a_wish_not_to_be_contacted(tmp_path: Path) -> None:
    text = "First,Last,Email opt in,Do not call\nAnn,Ash,No,0\nBob,Birch,yes,1\nCat,Cedar,,\nDan,Dogwood,maybe,0\n"
    proposal, rows = proposed(tmp_path, text)
    assert "consent_turned" in codes(proposal)
    assert [row.proposed and row.proposed["person"]["objections"] for row in rows] == [["email"], ["phone"], [], None]
    assert faults(rows[3]) == [("/no_email", "answer_not_yes_or_no")]


def test_blanks_that_nobody_sees_are_no_text(tmp_path: Path) -> None:
    text = "Last Name,email,First Name\r\nBear\xa0,yogi@example.org\xa0,\u200bYogi\u200b \ufeff\r\n"
    _, rows = proposed(tmp_path, text)
    assert rows[0].proposed is not None
    person = rows[0].proposed["person"]
    assert (person["given_name"], person["family_name"], person["email"]) == ("Yogi", "Bear", "yogi@example.org")
    _, rows = proposed(
        tmp_path, "Last Name,email,First Name\r\nBear\xa0,yogi@example.org\xa0,Yogi\r\n".encode("cp1252")
    )
    assert rows[0].proposed is not None
    assert rows[0].errors == []


def test_the_old_systems_number_is_the_key_and_a_spreadsheets_row_number_is_not(tmp_path: Path) -> None:
    proposal, _ = proposed(tmp_path, "ID,First,Last,External Identifier\n1,Ann,Ash,xmas\n2,Bob,Birch,easter\n")
    assert columns(proposal)["source_key"] == ["External Identifier"]
    proposal, _ = proposed(tmp_path, "ID,First,Last\n1,Ann,Ash\n")
    assert "source_key" not in columns(proposal)
