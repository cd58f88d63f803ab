"""`skill-arcade doctor` with a real PostgreSQL and real emulators, and with what is wrong with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import store_faults
from tests.cli.shared import Shared
from tests.object_stores import SCHEMES, Scheme, StartEmulator
from tests.postgresql import RestartablePostgresql
from tests.store_faults import Fault, fault_proxy

from skill_arcade.cli.main import main
from skill_arcade.database.revision import newest_revision
from skill_arcade.database.schema import downgrade_schema
from skill_arcade.server import checkup, free_space

Capture = pytest.CaptureFixture[str]


def examine(capsys: Capture) -> dict[str, Any]:
    """Each finding, by what was looked at."""
    status = main(["doctor", "--json"])
    findings = json.loads(capsys.readouterr().out)
    assert status == (0 if all(each["ok"] for each in findings) else 3)
    return {each["what"]: each for each in findings}


def test_a_sound_installation_is_found_sound(installation: Shared, capsys: Capture) -> None:
    findings = examine(capsys)
    for what in ("database", "store", "installation", "clock", "disk"):
        assert findings[what]["ok"], findings[what]
    assert "PostgreSQL" in findings["database"]["sentence"]
    assert "first server" in findings["installation"]["sentence"]
    assert list(installation.store.list("")) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_kind_of_store_is_tried_and_left_as_it_was(
    scheme: Scheme, start_emulator: StartEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    emulator = start_emulator(scheme)
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SKILL_ARCADE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SKILL_ARCADE_STORE_URL", emulator.make_bucket())
    assert examine(capsys)["store"]["ok"]


def test_a_store_that_ignores_the_condition_is_found_out(
    installation: Shared, start_emulator: StartEmulator, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """REC-32: put only if absent. The proxy takes the condition away, so that the store never sees it."""
    encode = store_faults._Head.encode
    monkeypatch.setattr(store_faults._Head, "encode", lambda head: encode(head.replaced("if-none-match", None)))
    emulator = start_emulator("s3")
    with fault_proxy(emulator.port, seed=1) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", emulator.behind(proxy.port).endpoint)
        found = examine(capsys)["store"]
    assert not found["ok"]
    assert "writes over" in found["sentence"]
    assert list(installation.store.list("")) == []


def test_a_store_that_refuses_is_told_in_a_sentence(
    installation: Shared, start_emulator: StartEmulator, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    emulator = start_emulator("s3")
    with fault_proxy(emulator.port, seed=1) as proxy:
        proxy.fail_with(Fault.REFUSE, status=403)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", emulator.behind(proxy.port).endpoint)
        findings = examine(capsys)
    assert not findings["store"]["ok"]
    assert "S3" in findings["store"]["sentence"]
    assert findings["database"]["ok"]
    assert list(installation.store.list("")) == []


def test_another_secret_and_another_store_are_found_and_nothing_is_registered(
    installation: Shared, start_emulator: StartEmulator, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    installation.join()
    assert "those of the other servers" in examine(capsys)["installation"]["sentence"]
    with monkeypatch.context() as patch:
        patch.setenv("SKILL_ARCADE_SECRET", "0" * 64)
        assert "secret" in str(examine(capsys)["installation"])
    emulator = start_emulator("s3")
    monkeypatch.setenv("SKILL_ARCADE_STORE_URL", f"{emulator.make_bucket()}/other")
    found = examine(capsys)["installation"]
    assert not found["ok"]
    assert "SKILL_ARCADE_STORE_URL" in found["sentence"]


def test_an_older_schema_is_told_with_the_command(installation: Shared, capsys: Capture) -> None:
    downgrade_schema(installation.database.url, "0004")
    found = examine(capsys)["database"]
    assert not found["ok"]
    assert newest_revision() in found["sentence"]
    assert "skill-arcade migrate" in found["sentence"]


def test_a_database_that_takes_no_changes_is_found(
    installation: Shared, postgresql: RestartablePostgresql, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    postgresql.stop_immediately()
    try:
        down = examine(capsys)
        assert not down["database"]["ok"]
        assert not down["installation"]["ok"]
        assert down["store"]["ok"]
        postgresql.start(as_standby=True)
        assert "read-only" in examine(capsys)["database"]["sentence"]
        postgresql.stop_immediately()
    finally:
        postgresql.start()


def test_a_clock_that_is_wrong_is_told(installation: Shared, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr(checkup, "read_utc_clock", lambda: ahead)
    found = examine(capsys)["clock"]
    assert not found["ok"]
    assert "ahead of the database's" in found["sentence"]
    monkeypatch.setattr(checkup, "read_utc_clock", lambda: datetime(1970, 1, 2, tzinfo=UTC))
    assert "cannot be" in examine(capsys)["clock"]["sentence"]


def test_a_data_folder_in_memory_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("SKILL_ARCADE_DATA", str(tmp_path / "data"))
    mounts, memory = tmp_path / "mounts", tmp_path / "memory"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n")
    memory.write_text("MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n")
    monkeypatch.setattr(free_space, "FILES", free_space.MemoryFiles(mounts, memory, mounts, tmp_path))
    found = examine(capsys)["disk"]
    assert found["ok"]
    assert "lies in memory" in found["sentence"]
    memory.write_text("MemTotal: 8000000 kB\nMemAvailable: 1000 kB\n")
    assert not examine(capsys)["disk"]["ok"]
