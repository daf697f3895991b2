"""A one-to-one's record: how it is read, and its course."""

from collections.abc import Mapping
from datetime import date

from app.core.lifecycle import Guard, Lifecycle, Transition
from app.core.lifecycle import Record as Facts
from app.core.paging import Listing
from app.core.permissions import Permission
from app.models.one_to_ones import OneToOne, OneToOneState
from app.services.unit_records import ONES_OWN, Noun, columns_of, facts_of

S = OneToOneState
_PLANNED = frozenset({S.planned})
_NOTED = frozenset({S.planned, S.held, S.missed})


def _has_come(record: Facts, today: date) -> str | None:
    return "not_yet" if record["on_day"] > today else None


def _is_open(record: Facts, _today: date) -> str | None:
    if record["next_step_due_on"] is None:
        return "no_next_step"
    return "next_step_settled" if record["next_step_kept"] is not None else None


def _is_own(record: Facts, _today: date) -> str | None:
    return None if record["is_own"] else "not_the_organiser"


_GUARDS: Mapping[str, Guard] = {
    "hold": _has_come,
    "miss": _has_come,
    "write_notes": _is_own,
    "keep_next_step": _is_open,
    "miss_next_step": _is_open,
    "set_tier": _is_own,
}


def _way(
    action: str, event: str, *, to: S | None = None, path: str | None = None, required: tuple[str, ...] = ()
) -> Transition:
    return Transition(
        action=action,
        from_states=_NOTED if to is None and action != "reschedule" else _PLANNED,
        to=to,
        permission=ONES_OWN if _GUARDS.get(action) is _is_own else Permission.meetings_record,
        event=f"one_to_one.{event}",
        path=f"/v1/one-to-ones/{{id}}/{path or action.replace('_', '-')}",
        guard=_GUARDS.get(action),
        required_fields=required,
    )


COURSE = Lifecycle(
    "one-to-one",
    (
        _way("reschedule", "rescheduled", required=("on_day",)),
        _way("hold", "held", to=S.held),
        _way("miss", "missed", to=S.missed),
        _way("cancel", "cancelled", to=S.cancelled),
        _way("write_notes", "notes_written"),
        _way("keep_next_step", "next_step_kept", path="next-step/keep"),
        _way("miss_next_step", "next_step_missed", path="next-step/miss"),
        _way("set_tier", "tier_set", path="tier", required=("tier",)),
    ),
    state_field="state",
)

_SHOWN = ("person_id", "organiser_id", "organisation_id", "campaign_id", "on_day", "minutes", "purpose")
_NEXT = ("next_step_due_on", "next_step_kept", "next_step_settled_on")
ONE_TO_ONE = Noun(
    "one-to-one",
    OneToOne,
    Listing(
        resource="meetings",
        source="one_to_ones o",
        key="o.id",
        branch="o.branch_id",
        columns=columns_of(
            "o",
            *_SHOWN,
            "state",
            "state_since",
            person_name="(select p.given_name || ' ' || p.family_name from people p where p.id = o.person_id)",
            # At what time of day somebody works is their own to know.
            starts_at="case when o.organiser_id = (select acting_account()) then utc(o.starts_at) end",
            notes_kept_by="o.tier",
            next_step="case when o.next_step_due_on is not null then json_build_object('due_on', o.next_step_due_on, "
            "'kept', o.next_step_kept, 'settled_on', o.next_step_settled_on) end",
        ),
        sorts={"on_day": ("o.on_day", "date"), "created_at": ("o.created_at", "timestamptz")},
        facts=facts_of(
            "o",
            *_SHOWN,
            *_NEXT,
            "starts_at",
            "tier",
            "state",
            "state_since",
            is_own="o.organiser_id = (select acting_account())",
        ),
    ),
    COURSE,
    Permission.meetings_record,
)
