"""The demo's clock: one offset in the database, which every process takes over within a second."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core import clock
from app.core.db import Session
from app.models.demo_clock import ClockRead, ClockSet
from app.services.rights import follow_clock

#: There is one clock, so there is one row.
_ROW = UUID(int=1)


async def read_clock() -> ClockRead:
    """What this process takes for the present."""
    return ClockRead(now=clock.now(), today=clock.today(), offset_seconds=round(clock.offset().total_seconds()))


async def set_clock(session: Session, data: ClockSet) -> ClockRead:
    """Set the clock to an instant, or to the noon of a day, from which it runs on."""
    now = data.now or clock.day_starts(data.today or clock.today()) + timedelta(hours=12)
    return await _move(session, now - datetime.now(UTC))


async def reset_clock(session: Session) -> ClockRead:
    """Back to the real time."""
    return await _move(session, timedelta())


async def _move(session: Session, ahead: timedelta) -> ClockRead:
    # Committed before this process follows: a clock that ran ahead of the database would be alone in it.
    async with session.database.transaction(role="rollbook_system") as own:
        await own.execute(
            "insert into demo_clock (id, created_at, offset_seconds) values ($1, $2, $3) "
            "on conflict (id) do update set offset_seconds = excluded.offset_seconds",
            _ROW,
            datetime.now(UTC),
            round(ahead.total_seconds()),
        )
    await follow_clock(session.database)
    return await read_clock()
