"""`skill-arcade recover`, and what `pipeline` and `reindex` say of the same: one machine is lost, another is here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.cli.shared import Shared
from tests.dataset.playing import record_play
from tests.postgresql import RestartablePostgresql, empty_database

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.cli.main import main
from skill_arcade.database.episodes import EpisodeRow, fetch_episode
from skill_arcade.database.ownership import fetch_ownership
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.servers import beat, fetch_server, fetch_servers
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import open_dataset
from skill_arcade.server import recovery
from skill_arcade.server.data_folder import DataFolder

Capture = pytest.CaptureFixture[str]
LOST = UUID("aaaaaaaa-0000-4000-8000-000000000001")


def run(capsys: Capture, *argv: str) -> tuple[int, dict[str, Any]]:
    status = main([*argv, "--json"])
    return status, json.loads(capsys.readouterr().out)


def read_row(database: Database, episode_id: UUID) -> EpisodeRow:
    with database.read() as session:
        row = fetch_episode(session, episode_id)
    assert row is not None
    return row


@pytest.fixture
def episodes(installation: Shared, tmp_path: Path) -> tuple[UUID, UUID]:
    """Of a machine that was lost with its disk: one episode that had ended, and one that had not."""
    installation.join()
    installation.register(LOST)
    ended, running = uuid4(), uuid4()
    record_play(tmp_path / "lost", ended)
    record_play(tmp_path / "lost", running, ends=False)
    installation.ship(tmp_path / "lost", LOST)
    shutil.rmtree(tmp_path / "lost")
    return ended, running


def test_all_episodes_of_a_lost_machine_are_sealed_and_nothing_is_left_of_it(
    installation: Shared, episodes: tuple[UUID, UUID], tmp_path: Path, capsys: Capture
) -> None:
    """REC-32, REC-33."""
    status, seen = run(capsys, "pipeline")
    assert status == 0
    (spool,) = seen["spools"]
    assert (spool["machine"], sorted(spool["episodes"])) == (str(LOST), sorted(map(str, episodes)))
    assert (seen["database"]["n_running"], seen["database"]["n_ended"]) == (1, 1)
    status, told = run(capsys, "recover", "--machine", str(LOST), "--end")
    assert (status, told["problems"]) == (0, [])
    assert sorted(told["taken"]) == sorted(map(str, episodes))
    assert told["ended"] == [str(episodes[1])]
    assert (told["n_sealed"], told["is_cleared"], told["unsealed"]) == (2, True, [])
    for episode_id in episodes:
        assert read_row(installation.database, episode_id).sealed
        assert open_dataset(installation.store).episode(episode_id).info.verification == "verified"
    assert list(installation.store.list("spool/")) == []
    with installation.database.read() as session:
        assert fetch_server(session, LOST) is None
    assert run(capsys, "recover", "--end")[0] == 0
    assert run(capsys, "pipeline")[1]["journals"] == []


def test_a_machine_that_gives_signs_of_life_is_left_alone(
    installation: Shared, episodes: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def beat_once(_seconds: float) -> None:
        with installation.database.write() as work:
            assert beat(work, LOST, read_utc_clock())

    monkeypatch.setattr(recovery.recover, "__kwdefaults__", {"ends": False, "sleep": beat_once})
    assert main(["recover", "--machine", str(LOST), "--end"]) == 1
    assert "signs of life" in capsys.readouterr().err
    with installation.database.read() as session:
        row = fetch_server(session, LOST)
        owned = fetch_ownership(session, episodes[0])
    assert row is not None
    assert row.stopped_at is None
    assert owned is not None
    assert (owned.server_id, owned.generation) == (LOST, 0)


def test_a_machine_that_nobody_knows_is_an_error_and_not_a_success(installation: Shared, capsys: Capture) -> None:
    """It may be mistyped."""
    assert installation.store.is_local is False
    assert main(["recover", "--machine", str(uuid4())]) == 1
    assert "`skill-arcade pipeline` shows those they know" in capsys.readouterr().err


def test_a_store_that_is_not_there_is_told_before_anything_is_noted(
    installation: Shared, postgresql: RestartablePostgresql, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Also where no server has used the database yet, which so cannot say which store is the right one."""
    with empty_database(postgresql.url) as url:
        upgrade_schema(url)
        monkeypatch.setenv("SKILL_ARCADE_DATABASE_URL", url)
        monkeypatch.setenv("SKILL_ARCADE_STORE_URL", "s3://there-is-no-such-bucket")
        for command in ("recover", "reindex"):
            assert main([command]) == 1
            assert "there-is-no-such-bucket" in capsys.readouterr().err
        assert "there-is-no-such-bucket" in str(run(capsys, "pipeline")[1]["problems"])
        database = Database(url)
        try:
            with database.read() as session:
                assert fetch_servers(session) == []
        finally:
            database.dispose()


def test_without_end_an_episode_is_left_to_its_player_and_the_store_keeps_it(
    installation: Shared, episodes: tuple[UUID, UUID], tmp_path: Path, capsys: Capture
) -> None:
    status, told = run(capsys, "recover", "--machine", str(LOST))
    assert (status, told["ended"], told["n_sealed"], told["is_cleared"]) == (0, [], 1, False)
    assert told["needed"] == told["unsealed"] == [str(episodes[1])]
    assert list(installation.store.list("spool/")) != []
    assert read_row(installation.database, episodes[1]).status == "running"
    (journal,) = run(capsys, "pipeline")[1]["journals"]
    assert (journal["episode_id"], journal["state"]) == (str(episodes[1]), "unended")


def test_a_new_database_takes_everything_from_the_spool(
    installation: Shared,
    episodes: tuple[UUID, UUID],
    postgresql: RestartablePostgresql,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    """REC-61: the index is derived; what is in journals of other machines alone is named, with what to run."""
    with empty_database(postgresql.url) as url:
        upgrade_schema(url)
        monkeypatch.setenv("SKILL_ARCADE_DATABASE_URL", url)
        assert main(["reindex"]) == 0
        said = capsys.readouterr().out
        assert f"2 more are in journals of machine {LOST} alone" in said
        assert f"skill-arcade recover --machine {LOST}" in said
        status, told = run(capsys, "recover", "--machine", str(LOST), "--end")
        assert (status, told["n_sealed"], told["is_cleared"]) == (0, 2, True)
        database = Database(url)
        try:
            assert all(read_row(database, episode_id).sealed for episode_id in episodes)
        finally:
            database.dispose()


def test_a_recovery_that_is_killed_is_done_again(
    installation: Shared, episodes: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    for name in ("_adopt_all", "_end_all", "_seal", "_clear"):
        with monkeypatch.context() as patch:
            patch.setattr(recovery._Recoverer, name, die)
            with pytest.raises(Killed):
                main(["recover", "--machine", str(LOST), "--end"])
    status, told = run(capsys, "recover", "--machine", str(LOST), "--end")
    assert (status, told["is_cleared"]) == (0, True)
    assert all(read_row(installation.database, episode_id).sealed for episode_id in episodes)


def test_a_reindex_neither_frees_nor_forgets_what_is_another_servers(
    installation: Shared, episodes: tuple[UUID, UUID], tmp_path: Path, capsys: Capture
) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    own = uuid4()
    record_play(folder.journals, own, ends=False)
    status, told = run(capsys, "reindex")
    assert (status, told["n_in_journals"], told["elsewhere"]) == (0, 1, {})
    with installation.database.read() as session:
        owned = fetch_ownership(session, episodes[1])
        here = fetch_ownership(session, own)
    assert owned is not None
    assert (owned.server_id, owned.generation, owned.status) == (LOST, 0, "running")
    assert here is not None
    assert here.server_id == folder.read_machine_id()


def test_a_data_folder_whose_server_is_gone_is_closed_and_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("SKILL_ARCADE_DATA", str(tmp_path))
    folder = DataFolder(tmp_path)
    folder.prepare()
    ended, running = uuid4(), uuid4()
    record_play(folder.journals, ended)
    record_play(folder.journals, running, ends=False)
    status, seen = run(capsys, "pipeline")
    assert {each["episode_id"]: each["state"] for each in seen["journals"]} == {
        str(ended): "ended",
        str(running): "unended",
    }
    assert all("no server runs" in each["why"] for each in seen["journals"])
    with folder.occupied():
        assert run(capsys, "pipeline")[1]["served_by"] is not None
        status, told = run(capsys, "recover", "--end")
        assert (status, told["is_served"], told["n_sealed"], told["ended"]) == (0, True, 0, [])
    status, told = run(capsys, "recover", "--end")
    assert (status, told["ended"], told["n_sealed"], told["unsealed"]) == (0, [str(running)], 2, [])
    infos = [episode.info for episode in open_dataset(tmp_path).episodes()]
    assert {info.verification for info in infos} == {"verified"}
    assert run(capsys, "recover", "--end")[1]["n_sealed"] == 0
