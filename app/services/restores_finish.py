"""What a restored database needs before anybody may use it: nothing that has ended since may come alive again."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from app.core import clock
from app.core.db import Database, Session
from app.core.ids import new_id
from app.services import audit
from app.services.changes import record_change
from app.services.erasures.ledger import LedgerLine, replay

#: Changes made after a restore are numbered in a range of their own, of so many places.
RANGE = 2**40

_HIGHEST = """
select greatest(
  (select max(transaction) from public.audit_entries), (select max(transaction) from public.events),
  (select max(to_transaction) from public.audit_seals), 0)
"""
_END_SIGN_INS = "update sign_ins set ended_at = $1 where ended_at is null"
_END_TOKENS = "update refresh_tokens set used_at = $1 where used_at is null"
_END_RESETS = "update password_resets set used_at = $1 where used_at is null"
_GIVE_UP_MAIL = "update mail_outbox set state = 'failed', sealed_message = '' where state = 'waiting'"
_END_JOBS = """
update jobs set state = 'failed', error_code = 'restored', finished_at = $1, updated_at = $1, version = version + 1
where state = 'running'
"""
_END_ENGINE_JOBS = "update jobs_engine.procrastinate_jobs set status = 'failed' where status = 'doing'"
_NO_WORKERS = "delete from jobs_engine.procrastinate_workers"


async def highest_place(connection: asyncpg.Connection | Session) -> int:
    """The highest number that a change has had in this database, or where the next would have begun."""
    highest = int(await connection.fetchval(_HIGHEST))
    if await connection.fetchval("select to_regclass('public.restores')") is not None:
        base = await connection.fetchval("select coalesce(max(order_base), 0) from public.restores")
        highest = max(highest, int(base))
    return highest


async def finish(database: Database, made_at: datetime, *, above: int, erased: Sequence[LedgerLine]) -> list[str]:
    """Make a restored database fit for use, as its owner; what was done, in lines.

    `above` is the highest place of the database that is replaced, `erased` its ledger or one kept elsewhere.
    """
    async with database.transaction() as session:
        said = await _end_what_lived(session)
        await _begin_order(session, made_at, above)
    async with database.transaction() as session:
        # Under the new order already: whoever reads the feed learns that the records may have gone back.
        await _tell(session, made_at)
    again = await replay(database, erased)
    said.append(f"Erasures known since: {len({line.subject_id for line in erased})}; done again: {again}.")
    await audit.seal(database)
    proved = await audit.verify(database)
    if proved.whole:
        said.append(f"The audit trail is whole: {proved.entries} entries in {proved.seals} seals.")
    else:
        said.append(f"THE AUDIT TRAIL IN THIS BACK-UP IS BROKEN at seal {proved.broken_at_seal}.")
    return said


async def _begin_order(session: Session, made_at: datetime, above: int) -> None:
    """Number what comes above all that was ever numbered, also where the lost days cannot be read any more.

    A place that was handed out after the back-up is known to nobody here; that it lies below is certain because ranges
    are counted in hours, and no two restores of one organisation begin in the same hour without the second knowing the
    first.
    """
    highest = max(above, await highest_place(session))
    number = max(highest // RANGE + 1, int(datetime.now(UTC).timestamp()) // 3600)
    await session.execute(
        "insert into restores (id, created_at, backup_made_at, order_base) values ($1, $2, $3, $4)",
        new_id(),
        clock.now(),
        made_at,
        number * RANGE,
    )


async def _end_what_lived(session: Session) -> list[str]:
    now = datetime.now(UTC)
    sign_ins = _count(await session.execute(_END_SIGN_INS, now))
    await session.execute(_END_TOKENS, now)
    await session.execute(_END_RESETS, now)
    letters = _count(await session.execute(_GIVE_UP_MAIL))
    jobs = _count(await session.execute(_END_JOBS, now))
    await session.execute(_END_ENGINE_JOBS)
    await session.execute(_NO_WORKERS)
    return [
        f"Sign-ins ended: {sign_ins}. Everybody signs in anew; links to set a password are void.",
        f"Letters that waited then, given up: {letters}.",
        f"Jobs that ran then, failed as restored: {jobs}.",
    ]


async def _tell(session: Session, made_at: datetime) -> None:
    root = await session.fetchval("select id from branches where parent_id is null")
    if root is not None:
        await record_change(
            session,
            None,
            "organisation.restored",
            resource="branches",
            subject_id=root,
            branch_id=root,
            fields={"backup_made_at": made_at.isoformat()},
        )


def _count(done: str) -> int:
    """The rows of a command, as the server tells them: UPDATE 3."""
    return int(done.rpartition(" ")[2])
