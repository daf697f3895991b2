"""The record of processing that an organisation begins with accounts for every column of personal data there is.

What fails here is a new table or column. Say in `app/services/processing/presets.json` what it is for: add its
`table.*` to the `fields` of the activity that it serves, or add an activity.
"""

import pytest

from app.core.privacy import Privacy
from app.models.branches import UnitKind
from app.models.processing import NEED_POLICY_DOCUMENT
from app.models.processing_shapes import Gaps
from app.models.retention import RetentionRule
from app.services.processing.gaps import Account, classified, columns_named
from app.services.processing.presets import preset_activities

KINDS = (UnitKind.party, UnitKind.alliance)


def _gaps(kind: UnitKind) -> Gaps:
    account = Account()
    for row in preset_activities(kind):
        account.take(row["key"], row["fields"], conditions=bool(row["special_conditions"]))
    return account.gaps()


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_personal_data_has_a_purpose(kind: UnitKind) -> None:
    gaps = _gaps(kind)
    assert gaps.checked > 200
    missing = [gap.column for gap in gaps.without_purpose]
    assert not missing, "no activity of processing/presets.json accounts for these"
    unconditioned = [gap.column for gap in gaps.without_condition]
    assert not unconditioned, "no activity with a condition of article 9 accounts for these"


@pytest.mark.parametrize("kind", KINDS)
def test_the_register_names_nothing_that_is_not_there(kind: UnitKind) -> None:
    assert _gaps(kind).unknown_fields == []


@pytest.mark.parametrize("kind", KINDS)
def test_conditions_that_need_a_policy_document_have_one(kind: UnitKind) -> None:
    rows = preset_activities(kind)
    assert len({row["key"] for row in rows}) == len(rows)
    for row in rows:
        needs = bool(NEED_POLICY_DOCUMENT & set(row["special_conditions"]))
        assert needs is bool(row["policy_document"]), row["key"]
        assert all((row["name_cy"], row["purposes"]["cy"], row["retention"]["cy"])), row["key"]


def test_an_alliance_is_no_registered_party() -> None:
    """DPA 2018 sch. 1 para. 22 is for those on the register of political parties."""
    used = {kind: {c for row in preset_activities(kind) for c in row["special_conditions"]} for kind in KINDS}
    assert used[UnitKind.party] - used[UnitKind.alliance] == {"political_parties"}


def test_every_rule_of_retention_carries_out_what_an_activity_says() -> None:
    named = {rule for row in preset_activities(UnitKind.party) for rule in row["retention_rules"]}
    assert named == {rule.value for rule in RetentionRule}


def test_a_new_column_is_found() -> None:
    account = Account()
    account.take("some", ["people.*"], conditions=False)
    missing = {gap.column: gap.privacy for gap in account.gaps().without_purpose}
    assert missing["members.joined_on"] is Privacy.sensitive
    assert not any(column.startswith("people.") for column in missing)


def test_a_field_names_a_column_a_table_or_a_class_within_it() -> None:
    assert columns_named("people.email") == {"people.email"}
    assert columns_named("people:contact") == {c for c, p in classified().items() if p == "contact" and "people." in c}
    assert columns_named("people.*") == {c for c in classified() if c.startswith("people.")}
    # What says nothing about a person needs no purpose, and what is not there is not named.
    for nothing in ("people.version", "people:secret", "branches.*", "nowhere.*", "people.nothing"):
        assert columns_named(nothing) == set()
