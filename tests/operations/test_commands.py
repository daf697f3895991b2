"""The words of the command line: what they did in lines, and a refusal in one sentence."""

import sys
from pathlib import Path

import pytest

from app.cli import main
from app.core.settings import DEMO_SECRET
from tests.operations.house import House


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str | None]:
    """What a command prints, and the sentence with which it ends, if it fails."""
    monkeypatch.setattr(sys, "argv", ["rollbook", "db", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    refused = ended.value.code if isinstance(ended.value.code, str) else None
    return capsys.readouterr().out, refused


def test_back_up_restore_and_the_ledger(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", house.dsn)
    monkeypatch.setenv("SECRET_KEY", DEMO_SECRET)
    monkeypatch.setenv("ROLLBOOK_ENV", "test")
    file = tmp_path / "today.rollbook"
    said, refused = run(monkeypatch, capsys, "backup", str(file))
    assert refused is None
    assert "Backed up as of" in said
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(monkeypatch, capsys, "erasures") == ("", None)
    said, refused = run(monkeypatch, capsys, "restore", str(file))
    assert refused == "rollbook: This database holds an organisation. To put the back-up in its place, say --replace."
    file.write_bytes(file.read_bytes()[:-5])
    said, refused = run(monkeypatch, capsys, "restore", str(file), "--replace")
    assert (said, refused) == ("", "rollbook: today.rollbook has been cut off.")
