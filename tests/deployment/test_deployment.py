"""What the command line stands on: refusals in a sentence, founders who get in, parts that are kept alive."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import asyncpg
import pytest
from typer.testing import CliRunner

from app.cli import app as command_line
from app.core import schema
from app.core.db import Database
from app.core.settings import DEMO_SECRET, Settings, SettingsError, load_settings
from app.models.branches import UnitKind
from app.services.founding import found_organisation, invite_founders
from app.services.sign_ins import hash_token
from tests.conftest import database_dsn, run_as_owner

pytestmark = pytest.mark.anyio

PART = "import os, sys, time; print(os.getpid(), file=open(sys.argv[1], 'a'), flush=True); time.sleep(60)"
KEEPER = """
import sys
from app.core.supervisor import Supervisor
part, lives = sys.argv[1:]
Supervisor(None, {"part": [sys.executable, "-c", part, lives]}, {}).run()
"""


def test_a_wrong_setting_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "too-short-to-be-told")
    monkeypatch.setenv("POOL_SIZE", "plenty")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "POOL_SIZE" in str(refused.value)
    assert "plenty" not in str(refused.value)
    monkeypatch.delenv("POOL_SIZE")
    with pytest.raises(SettingsError, match="SECRET_KEY must be set") as refused:
        load_settings()
    assert "too-short" not in str(refused.value)


async def test_another_organisations_server_is_left_alone(owner_dsn: str, settings: Settings) -> None:
    with pytest.raises(schema.SchemaError, match="another SECRET_KEY"):
        await schema.migrate(owner_dsn, "a secret of quite another organisation")
    connection = await asyncpg.connect(settings.app_dsn)
    await connection.close()


async def test_a_database_that_is_not_there_is_a_sentence(owner_dsn: str) -> None:
    with pytest.raises(schema.SchemaError, match="does not exist"):
        await schema.migrate(database_dsn("rollbook_nowhere"), DEMO_SECRET)


async def test_founders_get_in_by_letter_or_by_hand(settings: Settings) -> None:
    name = f"rollbook_founding_{os.getpid()}"
    await run_as_owner("postgres", f"create database {name} template rollbook_template")
    try:
        async with Database.opened(database_dsn(name), settings.master_key) as database:
            async with database.transaction() as session:
                founded = await found_organisation(
                    session,
                    name="The Founders' Party",
                    name_cy=None,
                    kind=UnitKind.party,
                    administrator_email="ada@example.org",
                    officer_email="olu@example.org",
                )
                tokens = await invite_founders(session, founded, app_url="http://127.0.0.1:8000", by_mail=False)
            async with database.transaction() as session:
                assert not await session.fetchval("select count(*) from mail_outbox")
                for token, account_id in zip(tokens, (founded.administrator_id, founded.officer_id), strict=True):
                    reset = await session.fetchrow(
                        "select account_id, expires_at from password_resets where token_hash = $1", hash_token(token)
                    )
                    assert reset is not None
                    assert reset["account_id"] == account_id
                    assert timedelta(days=2) < reset["expires_at"] - datetime.now(UTC) <= timedelta(days=3)
                assert await invite_founders(session, founded, app_url="http://127.0.0.1:8000", by_mail=True) == []
                assert await session.fetchval("select count(*) from mail_outbox") == 2
    finally:
        await run_as_owner("postgres", f"drop database {name}")


def test_what_dies_is_started_again_and_all_ends_together(tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, PART, str(lives)], stderr=subprocess.PIPE, text=True)
    try:
        first = _life(lives, 1)
        os.kill(first, signal.SIGKILL)
        second = _life(lives, 2)
    finally:
        keeper.send_signal(signal.SIGHUP)
        _, said = keeper.communicate(timeout=20)
    assert keeper.returncode == 0
    assert "SIGKILL" in said
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_every_word_of_the_command_line_explains_itself() -> None:
    for words in ([], ["db"], ["audit"], ["keys"], ["init"], ["import"], ["serve"]):
        shown = CliRunner().invoke(command_line, [*words, "--help"])
        assert shown.exit_code == 0, words
    nobody = ["init", "--name", "x", "--administrator", "x", "--officer", "y"]
    assert CliRunner().invoke(command_line, nobody).exit_code == 2


def _life(lives: Path, number: int) -> int:
    deadline = monotonic() + 15
    while monotonic() < deadline:
        pids = lives.read_text().split() if lives.exists() else []
        if len(pids) >= number:
            return int(pids[number - 1])
        sleep(0.02)
    pytest.fail("the part did not start")
