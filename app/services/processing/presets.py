"""The register that an organisation begins with: every column of this house that holds personal data has its purpose.

What it says stands in `processing/presets.json`, one activity after another. To account for a new table, add
`"<table>.*"` to the `fields` of the activity that it serves, or add an activity; a contract test names what is missing.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.core import clock
from app.models.branches import UnitKind
from app.models.processing import NEED_POLICY_DOCUMENT, ProcessingActivity, SpecialCondition
from app.models.processing_shapes import ActivityCreate


def preset_activities(kind: UnitKind | str) -> list[dict[str, Any]]:
    """The activities of the starter register as rows, for a party or an alliance."""
    return [to_row(_for(activity, UnitKind(kind))) for activity in _written()]


def first_activities(kind: UnitKind) -> list[ProcessingActivity]:
    """What an organisation of a kind begins with, from the day of its founding."""
    return [ProcessingActivity(**row) for row in preset_activities(kind)]


def to_row(data: ActivityCreate) -> dict[str, Any]:
    """What was said, by column."""
    row = data.model_dump(mode="json", exclude={"processor_ids", "starts_on"})
    return {**row, "processor_ids": data.processor_ids, "starts_on": data.starts_on or clock.today()}


@cache
def _written() -> tuple[ActivityCreate, ...]:
    text = Path(__file__).with_name("presets.json").read_text("utf-8")
    common: Mapping[str, Any] = json.loads(text)
    return tuple(ActivityCreate(**{**common["every"], **said}) for said in common["activities"])


def _for(activity: ActivityCreate, kind: UnitKind) -> ActivityCreate:
    """An alliance is on no register of parties: DPA 2018 sch. 1 para. 22 is not open to it (PPERA 2000 s. 23)."""
    if kind is not UnitKind.alliance:
        return activity
    conditions = [c for c in activity.special_conditions if c is not SpecialCondition.political_parties]
    document = activity.policy_document if NEED_POLICY_DOCUMENT & set(conditions) else None
    return activity.model_copy(update={"special_conditions": conditions, "policy_document": document})
