"""The clock of breaches, for the worker's reminders."""

from app.services.breaches.facts import RUNS
from app.services.reminders import Running, Unit

BREACHES_RUN = Running(
    noun="breach",
    sql=f"select b.id as subject_id, b.due_at from breaches b where {RUNS}",
    unit=Unit.hours,
    marks=(48, 24, 12, 3),
)
