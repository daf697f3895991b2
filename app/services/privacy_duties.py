"""What the worker sees to for the data-protection team: what is nearly due, and who is told how much is.

A new kind of matter under a clock adds its line to `RUNNING`.
"""

from app.core.db import Database
from app.services.breaches.duties import BREACHES_RUN
from app.services.data_complaints.duties import DATA_COMPLAINTS_RUN
from app.services.reminders import Running, remind, tell_what_is_due
from app.services.rights_requests.duties import REQUESTS_RUN
from app.services.rights_requests.search_letters import remind_searchers

RUNNING: tuple[Running, ...] = (REQUESTS_RUN, DATA_COMPLAINTS_RUN, BREACHES_RUN)


async def mind_matters(database: Database) -> None:
    """Remind of whatever comes near its end, and write once a day to the team how much that is."""
    await remind_searchers(database)
    for running in RUNNING:
        await remind(database, running)
    await tell_what_is_due(database, RUNNING)
