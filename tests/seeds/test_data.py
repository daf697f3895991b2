"""The data files of the demo organisations keep what their loader, and a reader of the map, relies on."""

import csv
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import phonenumbers
import pytest

from app.core import postcodes
from app.seeds.invention import DATA
from app.seeds.make_people import COLUMNS, EXPORTED_ON, files

FIXTURES = Path(__file__).parents[1] / "fixtures"
KINDS_BELOW = {
    "": {"party", "alliance"},
    "party": {"nation"},
    "nation": {"region", "local_party"},
    "region": {"local_party"},
    "local_party": {"branch"},
    "branch": set(),
    "alliance": {"chapter"},
    "chapter": {"cluster", "institution"},
    "cluster": {"institution"},
    "institution": set(),
}
UNITS_OF = {"party_people.csv": "party_units.csv", "alliance_people.csv": "alliance_units.csv"}
COUNCIL = re.compile(r"E0[6-9]\d{6}|W06\d{6}|S12\d{6}|N09\d{6}")
AREA = re.compile(r"K02000001|[EWSN]92\d{6}|E12\d{6}|" + COUNCIL.pattern)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parts(field: str) -> list[str]:
    return field.split(";") if field else []


def day(field: str) -> date:
    return datetime.strptime(field, "%d/%m/%Y").date()


@pytest.fixture(params=sorted(UNITS_OF.values()))
def units(request: pytest.FixtureRequest) -> list[dict[str, str]]:
    return read(DATA / str(request.param))


@pytest.fixture(params=sorted(UNITS_OF))
def people_file(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def people(people_file: str) -> list[dict[str, str]]:
    return read(DATA / people_file)


def test_units_are_one_tree_with_parents_first(units: list[dict[str, str]]) -> None:
    kinds = {"": ""}
    for unit in units:
        assert unit["key"] not in kinds
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", unit["key"])
        assert unit["kind"] in KINDS_BELOW[kinds[unit["parent"]]], unit["key"]
        kinds[unit["key"]] = unit["kind"]
    assert [unit["key"] for unit in units if not unit["parent"]] == [units[0]["key"]]


def test_a_unit_is_found_by_its_name_alone(units: list[dict[str, str]]) -> None:
    assert max(Counter(unit["name"] for unit in units).values()) == 1


def test_units_carry_codes_of_areas_and_districts_that_exist(units: list[dict[str, str]]) -> None:
    for unit in units:
        assert not unit["gss_code"] or AREA.fullmatch(unit["gss_code"]), unit["key"]
        assert all(COUNCIL.fullmatch(code) for code in parts(unit["local_authorities"])), unit["key"]
        districts = parts(unit["postcode_districts"])
        assert [postcodes.district(postcodes.normalise(f"{d} 1AA")) for d in districts] == districts
        if unit["kind"] in ("local_party", "branch", "institution"):
            assert districts, unit["key"]


def test_a_unit_covers_nothing_its_local_party_or_chapter_does_not(units: list[dict[str, str]]) -> None:
    by_key = {unit["key"]: unit for unit in units}
    for unit in units:
        if unit["kind"] in ("branch", "institution"):
            above = by_key[unit["parent"]]
            for column in ("local_authorities", "postcode_districts"):
                assert set(parts(unit[column])) <= set(parts(above[column])), unit["key"]


def test_no_two_regions_or_local_parties_share_a_council() -> None:
    units = read(DATA / "party_units.csv")
    for kinds in ({"nation", "region"}, {"local_party"}):
        councils = [c for unit in units if unit["kind"] in kinds for c in parts(unit["local_authorities"])]
        assert len(councils) == len(set(councils))
        assert councils


def test_the_party_has_the_units_its_sign_ins_need() -> None:
    by_key = {unit["key"]: unit for unit in read(DATA / "party_units.csv")}
    assert len(by_key) >= 70
    assert by_key["hackney"]["gss_code"] == "E09000012"
    assert by_key["islington"]["gss_code"] == "E09000019"
    assert by_key["london"]["gss_code"] == "E12000007"
    assert {by_key[key]["parent"] for key in ("hackney", "islington")} == {"london"}
    assert sum(unit["parent"] == "hackney" for unit in by_key.values()) >= 3


def test_every_unit_in_wales_has_a_welsh_name() -> None:
    units = read(DATA / "party_units.csv")
    welsh = {"wales"}
    for unit in units:
        if unit["parent"] in welsh:
            welsh.add(unit["key"])
        assert unit["name_cy"] or (unit["key"] not in welsh and unit["kind"] in ("local_party", "branch"))


def test_the_alliance_is_large_enough_to_show_its_chapters() -> None:
    kinds = Counter(unit["kind"] for unit in read(DATA / "alliance_units.csv"))
    assert kinds["chapter"] >= 3
    assert kinds["institution"] >= 14
    assert all(bool(unit["tradition"]) == (unit["kind"] == "institution") for unit in read(DATA / "alliance_units.csv"))


def test_people_files_are_what_the_code_makes() -> None:
    made = files()
    assert made == files()
    assert made == {name: (DATA / name).read_bytes() for name in UNITS_OF}


def test_people_belong_to_units_and_have_one_number_each(people: list[dict[str, str]], people_file: str) -> None:
    names = {unit["name"] for unit in read(DATA / UNITS_OF[people_file])}
    assert list(people[0]) == COLUMNS
    assert {person["Branch"] for person in people} <= names
    assert max(Counter(person["Membership No"] for person in people).values()) == 1


def test_people_can_be_reached_by_nobody(people: list[dict[str, str]]) -> None:
    for person in people:
        assert not person["Email"] or re.fullmatch(r"[a-z0-9.-]+@example\.org", person["Email"])
        if person["Phone"]:
            assert phonenumbers.is_valid_number(phonenumbers.parse(person["Phone"], "GB")), person["Phone"]


def test_addresses_at_home_have_a_postcode_of_the_unit(people: list[dict[str, str]], people_file: str) -> None:
    covered = {unit["name"]: parts(unit["postcode_districts"]) for unit in read(DATA / UNITS_OF[people_file])}
    abroad = 0
    for person in people:
        if person["Country"] in ("", "UK", "United Kingdom"):
            district = postcodes.district(postcodes.normalise(person["Postcode"]))
            assert district in covered[person["Branch"]]
        else:
            abroad += 1
    assert abroad


def test_dates_are_possible(people: list[dict[str, str]]) -> None:
    for person in people:
        joined = day(person["Joined"])
        assert joined < EXPORTED_ON
        if person["DoB"]:
            born = day(person["DoB"])
            assert (joined.year - born.year) - ((joined.month, joined.day) < (born.month, born.day)) >= 14
        if person["Paid until"]:
            assert day(person["Paid until"]) > joined


def test_couples_share_an_email_within_a_household(people: list[dict[str, str]]) -> None:
    homes: dict[str, set[str]] = {}
    for person in people:
        homes.setdefault(person["Email"], set()).add(person["Household"])
    homes.pop("")
    assert all(len(households) == 1 for households in homes.values())
    assert max(Counter(person["Email"] for person in people if person["Email"]).values()) == 2


def test_the_american_file_has_the_traits_imports_stumble_on() -> None:
    rows = read(FIXTURES / "people_us.csv")
    assert len(rows) == 60
    assert len({(row["Household ID"], row["First"], row["Last"]) for row in rows}) == 60
    assert len({row["Household ID"] for row in rows}) < 60
    assert max(Counter(row["Email"] for row in rows).values()) > 1
    assert any(row["Zip"].startswith("0") for row in rows)
    for row in rows:
        date(int(row["YoB"]), int(row["MoB"]), int(row["DoB"]))
        assert row["Email"].endswith("@example.org")
        with pytest.raises(ValueError, match=r".+"):
            postcodes.normalise(row["Zip"])
