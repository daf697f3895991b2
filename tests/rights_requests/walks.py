"""Random courses of a request, whether the law would have them or not."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

WORDS = {"text": "Please say more."}
Step = tuple[str, Any]

#: Each example asks the house a dozen times over.
walks: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@st.composite
def walk_of(draw: st.DrawFn) -> list[Step]:
    """The day of receipt, then what was done on days of the half year after it, in any order."""
    received = draw(st.dates(date(2024, 12, 1), date(2026, 6, 30)))
    day = st.integers(0, 120).map(lambda days: (received + timedelta(days)).isoformat())
    once = st.sampled_from(
        [
            ("ask-identity", "asked_on", WORDS),
            ("receive-identity", "received_on", {}),
            ("ask-clarification", "asked_on", WORDS),
            ("ask-clarification", "asked_on", WORDS),
            ("receive-clarification", "received_on", {}),
            ("receive-clarification", "received_on", {}),
            ("ask-fee", "asked_on", {**WORDS, "amount_pence": 1000, "reason": "excessive"}),
            ("receive-fee", "received_on", {}),
            ("extend", "noticed_on", {**WORDS, "reason": "complexity"}),
        ]
    )
    acts = draw(st.lists(st.tuples(once, day), min_size=3, max_size=9))
    return [("receive", received.isoformat()), *((verb, {**said, field: on}) for (verb, field, said), on in acts)]
