"""The connections of one process: a pool for each role of the database that acts often, and one for all the others."""

import asyncio
import json

import asyncpg
import structlog

from app.core.errors import Unavailable

#: What a connection is set to for its whole life; the scope is set per transaction or statement.
SERVER_SETTINGS = {
    "application_name": "rollbook",
    "timezone": "UTC",
    "jit": "off",
    "statement_timeout": "30000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
    # Statements by themselves are few and often asked. To plan one anew for its values, as the database does where the
    # kept plan looks a little dearer, costs up to seven times its execution. Transactions set it back.
    "plan_cache_mode": "force_generic_plan",
    # Short statements under two policies flip to parallel plans that cost ten times the serial one.
    "max_parallel_workers_per_gather": "0",
}
#: The pool whose connections keep the role that they signed in as, and put another on for a transaction.
SIGNED_IN = ""
#: Each pool's part of the size. Most have a role that their connections hold for life: to change it at every turn would
#: cost a packet and, for each kept statement, its plan.
SHARES = {SIGNED_IN: 0.6, "rollbook_app": 0.8, "rollbook_whole": 0.6, "rollbook_auth": 0.4, "rollbook_self": 0.2}
HELD = SHARES.keys() - {SIGNED_IN}
#: Seconds after which a connection that nobody uses is closed: what a rush has opened is given back.
IDLE_SECONDS = 60.0
#: Seconds that a request waits for a connection before it is told that none is free.
PATIENCE = 5.0
#: Seconds that a process which ends waits for what its connections are at.
CLOSING = 10.0

log = structlog.get_logger("rollbook.pools")


class Pools:
    """Connections by role, made when they are wanted; only the first proves that there is a database."""

    def __init__(self, pools: dict[str, asyncpg.Pool]) -> None:
        self._pools = pools

    @classmethod
    async def open(cls, dsn: str, size: int) -> "Pools":
        pools = {}
        for role, share in SHARES.items():
            least = 1 if role == SIGNED_IN else 0
            pools[role] = await open_pool(dsn, most=max(2, round(size * share)), least=least, role=role)
        return cls(pools)

    async def close(self) -> None:
        await asyncio.gather(*(close_pool(pool) for pool in self._pools.values()))

    @property
    def idle(self) -> int:
        """How many connections wait to be used."""
        return sum(int(pool.get_idle_size()) for pool in self._pools.values())

    @property
    def used(self) -> int:
        """How many connections are at work."""
        return sum(int(pool.get_size()) for pool in self._pools.values()) - self.idle

    async def acquire(self, role: str) -> asyncpg.Connection:
        """A connection that holds the role, if it is one of those held for life; else one that must put it on.

        Raises `Unavailable`.
        """
        return await take(self._pool(role))

    async def release(self, connection: asyncpg.Connection, role: str) -> None:
        await self._pool(role).release(connection)

    def _pool(self, role: str) -> asyncpg.Pool:
        return self._pools[role if role in HELD else SIGNED_IN]


async def take(pool: asyncpg.Pool) -> asyncpg.Connection:
    """A connection, to be released. Raises `Unavailable` when none comes free or none can be made."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await pool.acquire()
    except (TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
        raise Unavailable from error


async def open_pool(dsn: str, *, most: int, least: int = 0, role: str = "") -> asyncpg.Pool:
    """A pool of at most so many connections, which hold `role` from the beginning, or the one that they sign in as."""
    return await asyncpg.create_pool(
        dsn,
        min_size=least,
        max_size=most,
        init=_prepare_connection,
        reset=_nothing_to_reset,
        server_settings=SERVER_SETTINGS | ({"role": role} if role else {}),
        command_timeout=60,
        max_inactive_connection_lifetime=IDLE_SECONDS,
    )


async def close_pool(pool: asyncpg.Pool) -> None:
    """Close a pool once its connections are given back; what is still out after a while is cut off.

    The driver would wait for ever, and the process with it.
    """
    closing = asyncio.create_task(pool.close())
    try:
        await asyncio.wait([closing], timeout=CLOSING)
    finally:
        if not closing.done():
            log.warning("pool_cut_off", out=int(pool.get_size() - pool.get_idle_size()))
            pool.terminate()
    if closing.done():
        closing.result()


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """Every setting is local to its transaction, so the pool's RESET ALL would be a round trip for nothing."""
