"""What the facts of a breach speak for (UK GDPR arts. 33 and 34; EDPB Guidelines 9/2022). It decides nothing."""

from collections.abc import Collection, Mapping
from typing import Any

from app.models.breach_reads import RiskSuggestion
from app.models.breaches import BreachedData, BreachRisk, BreachType

D = BreachedData
#: What reveals a special category of art. 9; in a party membership does.
SPECIAL = frozenset(
    {D.membership, D.political_opinions, D.religion, D.trade_union, D.health, D.ethnic_origin, D.sex_life}
)
#: What in the wrong hands is likely to do grave harm.
GRAVE = frozenset(
    {
        D.health, D.sex_life, D.criminal_offences, D.disciplinary, D.financial, D.credentials, D.identity_documents,
    }
)  # fmt: skip
#: Above which risk of a report nobody need hear: a risk, or a high one.
NOTIFIABLE = frozenset({BreachRisk.risk, BreachRisk.high})


def reveals_special(categories: Collection[str]) -> bool:
    return not SPECIAL.isdisjoint(categories)


def suggest_risk(facts: Mapping[str, Any]) -> RiskSuggestion:
    """How likely a risk is, by the columns of a breach; of what is not known the worse is assumed.

    Data that nobody can read, and of which a copy is left, puts nobody at risk. What can be read, did not come back and
    could do grave harm, concerns vulnerable people, or is public and of a special category, is a high one.
    """
    types = set(facts["types"])
    special = facts["special_category"]
    readable = BreachType.confidentiality in types and not facts["unintelligible"]
    out = readable and not facts["recovered"]
    grave = not GRAVE.isdisjoint(facts["categories"])
    reasons = {
        "unintelligible": BreachType.confidentiality in types and not readable,
        "backed_up": BreachType.availability in types and bool(facts["backed_up"]),
        "lost": BreachType.availability in types and not facts["backed_up"],
        "altered": BreachType.integrity in types,
        "in_other_hands": out,
        "recovered": readable and not out,
        "special_category": bool(special),
        "grave_data": grave,
        "vulnerable_people": bool(facts["vulnerable_people"]),
        "published": bool(facts["published"]),
    }
    if out and (grave or facts["vulnerable_people"] or (facts["published"] and special)):
        risk = BreachRisk.high
    elif out or reasons["lost"] or reasons["altered"] or (readable and (special or grave)):
        risk = BreachRisk.risk
    else:
        risk = BreachRisk.unlikely
    return RiskSuggestion(
        risk=risk,
        notify_commissioner=risk in NOTIFIABLE,
        tell_people=risk is BreachRisk.high,
        why=[code for code, holds in reasons.items() if holds],
    )
