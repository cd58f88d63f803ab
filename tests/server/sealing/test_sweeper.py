from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.recorder.recordings import CountingJournal
from tests.server.sealing.bench import HERE, SealingBench

from skill_arcade.archive.layout import Table
from skill_arcade.database.episodes import EpisodeRow, keep_episode
from skill_arcade.database.games import keep_games
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.server.sealing.sealer import SWEEP_INTERVAL_S
from skill_arcade.server.sealing.share import Share


def sweep(bench: SealingBench) -> None:
    bench.monotonic_s += SWEEP_INTERVAL_S
    bench.run()


def test_what_a_killed_put_left_in_the_store_is_removed(bench: SealingBench) -> None:
    left = bench.root / ".unfinished" / "left"
    left.parent.mkdir()
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    sweep(bench)
    assert not left.exists()


def test_what_was_on_its_way_out_goes_unless_somebody_is_just_removing_it(bench: SealingBench) -> None:
    left = bench.root / "removed" / "left"
    left.mkdir(parents=True)
    sweep(bench)
    assert left.exists()
    sweep(bench)
    assert not left.exists()


def test_staged_files_of_an_episode_without_a_journal_are_removed_and_others_stay(
    bench: SealingBench, tmp_path: Path
) -> None:
    """A sealer was killed after it had taken the journal away."""
    bench.use_far_store()
    CountingJournal.begin(bench.folder).play(3)  # still open, so that nobody seals it
    other = tmp_path / "other"
    CountingJournal.begin(other).play(3).end()
    seal_episode(other, bench.staging)
    sweep(bench)
    assert len(list(bench.staging.list("archive/"))) == len(Table)
    bench.folder.rename(tmp_path / "gone")
    sweep(bench)
    assert list(bench.staging.list("archive/")) == []


def test_what_cannot_be_cleared_away_does_not_hold_up_sealing(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DataFolderError("The database does not answer.")

    monkeypatch.setattr(EpisodeIndex, "forget_unbegun", fail)
    CountingJournal.begin(bench.folder).play(3).end()
    assert bench.run() == 1
    assert "not cleared away yet: The database does not answer." in caplog.text


def keep_unbegun(bench: SealingBench, server_id: UUID | None = HERE) -> UUID:
    row = EpisodeRow(
        id=uuid4(),
        user_id=None,
        game_id="Pong.v0",
        seed=0,
        n_steps=0,
        status="running",
        time_created=bench.clock.now,
        time_updated=bench.clock.now,
        attempt_index=1,
        epoch=0,
        verification="pending",
        server_id=server_id,
    )
    with bench.database.write() as work:
        keep_games(work, {"Pong.v0": {}}, bench.clock.now)
        keep_episode(work, row)
    return row.id


def test_an_episode_that_never_began_leaves_the_index_after_an_hour(bench: SealingBench) -> None:
    episode_id = keep_unbegun(bench)

    def is_there() -> bool:
        bench.restart()
        return bench.find_row(episode_id) is not None

    assert is_there()
    bench.clock.now += timedelta(minutes=61)
    folder = bench.journals / str(episode_id)
    writer = CountingJournal.begin(folder).writer  # open, so that the sealer leaves it alone
    assert is_there()
    writer.close()
    os.truncate(folder / "000001.journal", 30)  # killed before its first record was whole
    assert not is_there()


def test_only_the_first_of_several_sealers_clears_up(bench: SealingBench) -> None:
    episode_id = keep_unbegun(bench)
    bench.clock.now += timedelta(minutes=61)
    bench.make_sealer(Share(1, 2, 1)).work_until_idle()
    assert bench.find_row(episode_id) is not None
    bench.make_sealer(Share(0, 2, 1)).work_until_idle()
    assert bench.find_row(episode_id) is None
