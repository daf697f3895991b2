"""The wording of letters in English and Welsh. Most of it stands in the templates beside this module."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from app.core.typesetting import typeset
from app.models.dispute_evidence import LetterTemplate
from app.models.dispute_hearings import SanctionState
from app.models.members import Language

TEMPLATES = Path(__file__).with_name("templates")
T, L = LetterTemplate, Language

#: What each is called in the log, as its template is headed.
SUBJECTS: Mapping[tuple[LetterTemplate, Language], str] = {
    (T.acknowledgement, L.english): "Your complaint has been received",
    (T.acknowledgement, L.welsh): "Mae eich cwyn wedi dod i law",
    (T.notice, L.english): "Notice of allegations",
    (T.notice, L.welsh): "Hysbysiad o honiadau",
    (T.interim_measure, L.english): "A measure while a complaint is looked into",
    (T.interim_measure, L.welsh): "Mesur tra bydd cwyn yn cael ei hystyried",
    (T.outcome, L.english): "The outcome of the case",
    (T.outcome, L.welsh): "Canlyniad yr achos",
    (T.appeal_outcome, L.english): "The outcome of the appeal",
    (T.appeal_outcome, L.welsh): "Canlyniad yr apêl",
}
_MONTHS = {
    L.english: "January February March April May June July August September October November December",
    L.welsh: "Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr",
}

#: How long a sanction lasts, by whether it is in force and whether it ends.
LASTS: Mapping[Language, Mapping[tuple[SanctionState, bool], str]] = {
    L.english: {
        (SanctionState.in_force, True): ", from {starts_on}; it ends on {ends_on}",
        (SanctionState.in_force, False): ", from {starts_on}",
        (SanctionState.pending, True): ", for {months} months, once the time to appeal is over",
        (SanctionState.pending, False): ", once the time to appeal is over",
    },
    L.welsh: {
        (SanctionState.in_force, True): ", o {starts_on}; daw i ben ar {ends_on}",
        (SanctionState.in_force, False): ", o {starts_on}",
        (SanctionState.pending, True): ", am {months} mis, unwaith y bydd yr amser i apelio ar ben",
        (SanctionState.pending, False): ", unwaith y bydd yr amser i apelio ar ben",
    },
}


def written_day(day: date, language: Language) -> str:
    """A day as a letter has it: 1 March 2026, 1 Mawrth 2026."""
    return f"{day.day} {_MONTHS[language].split()[day.month - 1]} {day.year}"


def set_in_type(template: LetterTemplate, language: Language, values: Mapping[str, Any], day: date) -> bytes:
    """The letter as a PDF, the same for the same values and day. Blocks: use a thread."""
    return typeset(TEMPLATES, f"{template.value}.{language.value}.typ", {**values, "lang": language.value}, day=day)
