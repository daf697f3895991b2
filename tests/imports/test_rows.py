"""One row of a file: what it proposes, why it is refused, and that nothing of it is lost in between."""

import pickle
from typing import Any
from uuid import uuid4

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.imports import FieldMapping, ImportField, ImportMapping, RowOutcome
from app.services.imports.values import JUDGES
from tests.imports.tables import CLOSED, DALSTON, HOME, TODAY, UNITS, faults, mapping, read, reader_of
from tests.turns import some_of

F = ImportField


def person(row: Any) -> dict[str, Any]:
    assert row.outcome is RowOutcome.create, row.errors
    found: dict[str, Any] = row.proposed["person"]
    return found


@pytest.mark.parametrize("said", ["yes", "Y", "TRUE", "1", "x", "✓"])
def test_a_wish_is_kept_however_it_is_said(said: str) -> None:
    row = read(mapping(no_email=["Do Not Email", "Opt out"]), **{"Do Not Email": "", "Opt out": said})
    assert person(row)["objections"] == ["email"]
    assert "objections" in row.given


@pytest.mark.parametrize("said", ["perhaps", "2019-01-01", "\ufffdes", "no longer", "-1"])
@pytest.mark.parametrize("field", ["no_email", "no_contact", "deceased"])
def test_a_wish_that_cannot_be_read_refuses_the_row_whatever_the_mapping_says(field: str, said: str) -> None:
    lenient = FieldMapping(columns=["Flag"], on_error="leave_empty")
    row = read(mapping(**{field: lenient}), Flag=said)
    assert row.outcome is RowOutcome.refused
    assert (row.errors[0]["pointer"], row.errors[0]["column"]) == (f"/{field}", "Flag")


def test_channels_are_listed_in_one_cell_and_added_to_the_answers() -> None:
    fields = mapping(objections="Objections", no_phone="Do Not Phone")
    row = read(fields, Objections="Post; e-mail", **{"Do Not Phone": "1"})
    assert person(row)["objections"] == ["post", "email", "phone"]
    assert person(read(fields, Objections="all", **{"Do Not Phone": ""}))["objections"] == [
        "email",
        "phone",
        "sms",
        "post",
    ]
    assert faults(read(fields, Objections="post; pigeon", **{"Do Not Phone": ""})) == [
        ("/objections", "channel_unknown")
    ]
    none = read(fields, Objections="", **{"Do Not Phone": "0"})
    assert person(none)["objections"] == []
    assert "objections" not in none.given


@pytest.mark.parametrize(
    ("said", "standing"),
    [("Cancelled", "resigned"), ("Expelled", "expelled"), ("suspended", "suspended"), ("Deceased", "deceased")],
)
def test_what_was_decided_comes_in_with_its_day(said: str, standing: str) -> None:
    fields = mapping(standing="Status", standing_from="From", joined_on="Joined")
    row = read(fields, Status=said, From="2020-05-01", Joined="2019-01-01")
    assert row.proposed is not None
    assert row.proposed["standing"] == {"standing": standing, "starts_on": "2020-05-01", "until": None}
    assert read(fields, Status=said, From="", Joined="").proposed["standing"]["starts_on"] == TODAY.isoformat()


@pytest.mark.parametrize("said", ["New", "Current", "Grace", "Expired", "Pending", "lapsed", "arrears", ""])
def test_what_follows_from_the_calendar_decides_nothing(said: str) -> None:
    assert read(mapping(standing="Status"), Status=said).proposed["standing"] is None


def test_who_died_is_reached_by_no_channel() -> None:
    fields = mapping(deceased="Deceased", deceased_on="Deceased Date", standing="Status", date_of_birth="Born")
    dead = {"Deceased": "", "Deceased Date": "2008-9-1 ", "Status": "Current", "Born": "1920-01-01"}
    row = read(fields, **dead)
    assert row.proposed is not None
    assert row.proposed["standing"] == {"standing": "deceased", "starts_on": "2008-09-01", "until": None}
    assert person(row)["objections"] == ["email", "phone", "sms", "post"]
    assert row.proposed["member"]["joined_on"] == "2008-09-01"
    assert faults(read(fields, **dead | {"Deceased Date": "2008-25-1"})) == [("/deceased_on", "date_not_valid")]


def test_nobody_leaves_before_joining_and_no_supporter_is_expelled() -> None:
    fields = mapping(standing="Status", standing_from="From", joined_on="Joined", type="Type")
    early = read(fields, Status="resigned", From="2018-01-01", Joined="2019-01-01", Type="full")
    assert faults(early) == [("/standing_from", "before_joining")]
    friend = read(fields, Status="expelled", From="", Joined="", Type="supporter")
    assert faults(friend) == [("/standing", "standing_mismatch")]


def test_only_who_decides_for_all_sets_what_is_the_wholes() -> None:
    fields = mapping(number="No", joined_on="Joined", paid_until="Paid", standing="Status", deceased="Dead")
    cells = {"No": "A1", "Joined": "2019-01-01", "Paid": "2027-01-01", "Status": "resigned", "Dead": "no"}
    refused = read(fields, whole=False, **cells)
    assert faults(refused) == [
        (f"/{name}", "needs_decide") for name in ("joined_on", "paid_until", "number", "standing")
    ]
    untold = read(fields, whole=False, No="", Joined="2026-07-01", Paid="", Status="Current", Dead="0")
    assert untold.outcome is RowOutcome.create


def test_a_row_tells_what_it_fills_itself() -> None:
    fields = mapping(
        email="Mail",
        town="Town",
        postcode="Code",
        branch="Branch",
        type=FieldMapping(columns=["Type"], value="full"),
        source_key="Key",
    )
    bare = {"Mail": "", "Town": "", "Code": "", "Branch": "", "Type": "", "Key": ""}
    names = {"given_name", "family_name"}
    assert read(fields, **bare).given == names
    full = read(fields, **bare | {"Mail": "ann@example.org", "Code": "e81ea", "Branch": "DALSTON", "Key": "7"})
    assert full.given == names | {"email", "postcode", "country", "branch_id", "source_key"}
    assert full.proposed is not None
    assert full.proposed["given"] == sorted(full.given)


def test_a_unit_is_named_by_name_or_id_and_an_id_from_elsewhere_by_the_name_beside_it() -> None:
    fields = mapping(branch=["Id", "Branch"])
    for id_, name in ((str(DALSTON.id), ""), ("", "dalston"), (str(uuid4()), "Dalston")):
        assert read(fields, Id=id_, Branch=name).proposed["member"]["branch_id"] == str(DALSTON.id)
    assert faults(read(fields, Id=str(uuid4()), Branch="")) == [("/branch", "branch_unknown")]
    assert faults(read(fields, Id="Nowhere", Branch="Dalston")) == [("/branch", "branch_unknown")]
    assert faults(read(fields, Id="", Branch="Closed")) == [("/branch", "branch_closed")]


@pytest.mark.parametrize(
    ("code", "named", "expected"),
    [
        ("E8 1EA", "", DALSTON),
        ("B13 2SQ", "", HOME),
        ("", "", HOME),
        ("N1 1AA", "Dalston", DALSTON),
        ("N1 1AA", "", CLOSED),
    ],
)
def test_rows_are_placed_by_postcode_where_that_is_asked_for(code: str, named: str, expected: Any) -> None:
    fields = mapping(given_name="First", family_name="Last", postcode="Code", branch="Branch")
    cells, headings = ["Ann", "Ash", code, named], ["First", "Last", "Code", "Branch"]
    covering = {"E8": DALSTON, "N1": CLOSED}
    placed = fields.model_copy(update={"place_by_postcode": True})
    row = reader_of(placed, headings, covering=covering).read(cells)
    if expected.fault:
        assert faults(row) == [("/postcode", expected.fault)]
    else:
        assert row.proposed is not None
        assert row.proposed["member"]["branch_id"] == str(expected.id)
    plainly = reader_of(fields, headings, covering=covering).read(cells)
    assert plainly.proposed is not None
    assert plainly.proposed["member"]["branch_id"] == str(UNITS["dalston"].id if named else HOME.id)


@pytest.mark.parametrize(
    ("written", "day"),
    [("2008-9-1 ", "2008-09-01"), ("20080901", "2008-09-01"), ("1/9/08", "2008-09-01"), ("1/9/70", "1970-09-01")],
)
def test_days_as_they_are_written(written: str, day: str) -> None:
    fields = mapping(date_of_birth=FieldMapping(columns=["Born"], date_order="day_first"))
    assert person(read(fields, Born=written))["date_of_birth"] == day


def test_three_columns_make_a_date_and_two_of_them_do_not() -> None:
    fields = mapping(date_of_birth=["Y", "M", "D"])
    assert person(read(fields, Y="1976", M="2", D="3"))["date_of_birth"] == "1976-02-03"
    assert person(read(fields, Y="", M="", D=""))["date_of_birth"] is None
    assert faults(read(fields, Y="1976", M="", D="3")) == [("/date_of_birth", "date_not_valid")]


def test_unreadable_bytes_are_named_within_and_left_out_at_the_end() -> None:
    fields = mapping(town="Town")
    assert faults(read(fields, Town="H\ufffdckney")) == [("/town", "character_not_readable")]
    row = read(fields, Town="Hackney\ufffd ")
    assert person(row)["town"] == "Hackney"
    assert row.errors[0] | {"message": ""} == {
        "pointer": "/town", "code": "character_left_out", "message": "", "column": "Town",
    }  # fmt: skip


def test_a_name_of_nothing_but_unreadable_bytes_is_missing() -> None:
    fields = mapping(given_name="First", family_name="Last")
    found = read(fields, First="Ann", Last="\ufffd")
    assert ("/family_name", "missing") in faults(found)
    assert found.outcome is RowOutcome.refused


def test_a_cell_too_long_for_any_field_refuses_the_row_unless_nothing_is_taken_from_it() -> None:
    long = "x" * 2_001
    assert faults(read(mapping(town="Town"), Town=long)) == [("/town", "cell_too_long")]
    assert person(read(mapping(town="Town"), Town="Leeds", Notes=long))["town"] == "Leeds"


def test_a_guarded_formula_is_the_text_that_was_guarded() -> None:
    assert person(read(mapping(town="Town"), Town="'=1+1"))["town"] == "=1+1"


def test_a_name_of_several_makes_the_first_the_one_gone_by() -> None:
    fields = mapping(given_name=["First", "Middle"], preferred_name="First")
    row = person(read(fields, Middle="Mary"))
    assert (row["given_name"], row["preferred_name"]) == ("Ann Mary", "Ann")
    assert person(read(fields, Middle=""))["preferred_name"] is None


@given(
    st.one_of(
        st.from_regex(r"(\+44 ?|\+353|0)[127](\d[ -]?){6,10}", fullmatch=True),
        st.from_regex(r"(\+44 ?|0)(7[4-9]|20|113|1539|55|70|76)( ?\d){6,8}", fullmatch=True),
        st.text("0123456789+ ()x-", max_size=16),
    )
)
def test_a_telephone_is_judged_as_one_that_is_entered_by_hand(text: str) -> None:
    by_hand = JUDGES["mobile_phone"](text)
    fields = mapping(phone="Phone")
    row = read(fields, Phone=text)
    if text.strip() and by_hand.fault is None:
        kind = phonenumbers.number_type(phonenumbers.parse(by_hand.spoken))
        mobile = kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
        assert person(row)["mobile_phone" if mobile else "home_phone"] == by_hand.spoken
    else:
        assert faults(row) == ([("/phone", "phone_not_valid")] if text.strip() else [])


cells = st.one_of(
    st.text(max_size=30),
    st.text("0123456789/-. yesno;@\ufffd\u200b'=+", max_size=12),
    st.sampled_from(["1984-05-17", "yes", "E8 1EA", "+447400123361", "GB", "Dalston", "resigned", "ann@example.org"]),
)
ALL = [name.value for name in F]


@settings(max_examples=some_of(300), deadline=None)
@given(
    row=st.lists(cells, max_size=len(ALL) + 2),
    whole=st.booleans(),
    preset=st.sampled_from([None, "rollbook"]),
    on_error=st.sampled_from(["refuse", "leave_empty"]),
)
def test_no_cell_breaks_a_row_and_every_refusal_says_why(
    row: list[str], whole: bool, preset: Any, on_error: Any
) -> None:
    fields = {name: FieldMapping(columns=[name.value], on_error=on_error) for name in F if name is not F.full_name}
    whole_mapping = ImportMapping(fields=fields, preset=preset, place_by_postcode=True, checked={"phone": "date"})
    found = reader_of(whole_mapping, ALL, whole=whole, covering={"E8": DALSTON}).read(row)
    assert found.outcome in (RowOutcome.create, RowOutcome.refused)
    assert (found.proposed is None) == (found.outcome is RowOutcome.refused)
    assert found.errors or found.proposed
    for error in found.errors:
        assert error["pointer"].startswith("/")
        assert error["code"].replace("_", "").isalnum()
        assert error["message"].endswith(".") or " " in error["message"]
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301
