"""Consent to use what somebody told: whether it is there, for this use and on this day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.errors import Conflict, Invalid
from app.models.consents_to_use import ConsentedUse, ConsentGiven
from app.services.matters import past

#: The columns of a `ConsentedRecord`, without what each begins with.
_CONSENT = ("uses", "wording", "explicit", "given_on", "until", "withdrawn_on")
#: The facts at which `must_allow` and `is_in_force` look.
CONSENT_FACTS = tuple(f"consent_{name}" for name in _CONSENT)


class NoConsentForUse(Conflict):
    """Consent was given for other uses, or is over."""

    code = "no_consent"
    sentence = "There is no consent to this use on this day."


class ConsentWithdrawn(Conflict):
    """Whoever gave the consent has taken it back: there is no use any more (UK GDPR art. 7(3))."""

    code = "consent_withdrawn"
    sentence = "The consent was withdrawn: it may not be used any more."


def consent_columns(consent: ConsentGiven, pointer: str = "/consent") -> dict[str, Any]:
    """The columns of a `ConsentedRecord`. Raises `Invalid` for a day to come, or an end before the beginning."""
    given_on = past(consent.given_on, f"{pointer}/given_on")
    if consent.until is not None and consent.until < given_on:
        raise Invalid.at(f"{pointer}/until", "ends_before_start", "Let it end on the day it was given, or later.")
    return {
        "consent_uses": sorted(consent.uses),
        "consent_wording": consent.wording,
        "consent_explicit": consent.explicit,
        "consent_given_on": given_on,
        "consent_until": consent.until,
        "consent_withdrawn_on": None,
    }


def must_allow(row: Mapping[str, Any], use: ConsentedUse, day: date) -> None:
    """Judge a use on a day by the `consent_` columns of a row. Raises `ConsentWithdrawn`, `NoConsentForUse`."""
    if row["consent_withdrawn_on"] is not None:
        raise ConsentWithdrawn
    if use not in row["consent_uses"] or not is_in_force(row, day):
        raise NoConsentForUse


def is_in_force(row: Mapping[str, Any], day: date) -> bool:
    """Whether the consent of a row holds on a day, whatever for; its last day counts."""
    until = row["consent_until"]
    ended = row["consent_withdrawn_on"] is not None or (until is not None and until < day)
    return not ended and row["consent_given_on"] <= day


def in_force_sql(alias: str) -> str:
    """The SQL of `is_in_force` over the rows of an alias; `$1` is the day, as in every `Where`."""
    ended = f"coalesce({alias}.consent_until < $1, false)"
    return f"({alias}.consent_withdrawn_on is null and {alias}.consent_given_on <= $1 and not {ended})"


def consent_sql(alias: str) -> str:
    """The SQL of a `ConsentRead`, for the listing of a `ConsentedRecord`."""
    told = ", ".join(f"'{name}', {alias}.consent_{name}" for name in _CONSENT)
    return f"json_build_object({told}, 'in_force', {in_force_sql(alias)})"
