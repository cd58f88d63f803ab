from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from errno import EACCES
from pathlib import Path
from threading import Barrier, get_ident
from uuid import UUID, uuid4

import pytest
from tests.accounts.hand_clock import HandClock
from tests.database.migrated import make_database
from tests.dataset.playing import record_play
from tests.recorder.recordings import EPISODE, PROVENANCE, CountingJournal

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.database.episodes import EpisodeRow, fetch_episode, fetch_keys, keep_episode
from skill_arcade.database.games import keep_games
from skill_arcade.database.steps import count_steps
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import Episode, VerificationResult, open_dataset
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import DataFolderError, StorageFull
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import is_locked
from skill_arcade.recorder.reading import EpisodeJournal, find_adoption, read_episode_journal
from skill_arcade.recorder.seal import seal_tables
from skill_arcade.server import sealer as sealer_module
from skill_arcade.server.sealer import EPISODES_FOR_ANOTHER, RETRY_AFTER_S, Sealer, SealerPlaces

DAY_S = 86_400.0


class Bench:
    """A sealer with everything around it in a test's hands."""

    def __init__(self, root: Path, database: Database) -> None:
        self.root = root
        self.database = database
        self.journals = root / "journal"
        self.folder = self.journals / str(EPISODE)
        self.clock = HandClock()
        self.clock.now = datetime.now(UTC)
        self.monotonic_s = 0.0
        self.verdict = Verification.VERIFIED
        self.n_verified = 0
        self.meet = Barrier(1)
        self.threads: set[int] = set()
        self.sealer = self.make_sealer()

    def make_sealer(self, n_at_once: int = 1) -> Sealer:
        return Sealer(
            SealerPlaces(self.journals, self.root / "removed"),
            LocalStore(self.root),
            self.database,
            abandon_after_s=DAY_S,
            verify=self.verify,
            n_at_once=n_at_once,
            utc_clock=self.clock,
            monotonic_s=lambda: self.monotonic_s,
        )

    def verify(self, episode: Episode) -> VerificationResult:
        assert episode.is_sealed
        self.n_verified += 1
        self.threads.add(get_ident())
        self.meet.wait(20)
        return VerificationResult(self.verdict, None, None, 0, 0)

    def read_row(self) -> EpisodeRow | None:
        with self.database.read() as session:
            return fetch_episode(session, EPISODE)

    def count_rows(self) -> int:
        with self.database.read() as session:
            return count_steps(session, fetch_keys(session, [EPISODE])[EPISODE])

    def count_files(self) -> int:
        return len(list((self.root / "archive").rglob("*.parquet")))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    database = make_database(tmp_path)
    yield Bench(tmp_path, database)
    database.dispose()


def test_an_ended_episode_is_sealed_verified_indexed_and_its_journal_goes_rec_37(bench: Bench) -> None:
    CountingJournal.begin(bench.folder).play(20).end()
    assert bench.sealer.run_once() == 1
    assert not bench.folder.exists()
    assert bench.count_files() == len(Table)
    row = bench.read_row()
    assert row is not None
    assert (row.sealed, row.verification, row.status, row.n_steps) == (True, "verified", "incomplete", 20)
    assert bench.count_rows() == 20
    episode = open_dataset(bench.root).episode(EPISODE)
    assert episode.is_sealed
    assert episode.info.verification == Verification.VERIFIED
    assert bench.sealer.run_once() == 0


def test_episodes_are_sealed_a_few_at_a_time_where_many_wait_and_all_of_them(bench: Bench) -> None:
    """One is sealed while others are replayed: a machine of two cores would otherwise seal with one."""
    n_episodes = 3 * EPISODES_FOR_ANOTHER
    folders = [record_play(bench.journals, uuid4(), actions=[2]) for _ in range(n_episodes)]
    bench.meet = Barrier(3)  # nobody goes on before three are being replayed
    assert bench.make_sealer(n_at_once=3).run_once() == n_episodes
    assert not any(folder.exists() for folder in folders)
    assert len(list(open_dataset(bench.root).episodes())) == n_episodes


def test_episodes_are_sealed_one_by_one_where_few_wait(bench: Bench) -> None:
    """That is cheaper."""
    for _ in range(EPISODES_FOR_ANOTHER - 1):
        record_play(bench.journals, uuid4(), actions=[2])
    assert bench.make_sealer(n_at_once=3).run_once() == EPISODES_FOR_ANOTHER - 1
    assert len(bench.threads) == 1


def test_a_sealer_that_is_stopped_begins_with_no_further_episode(bench: Bench) -> None:
    folders = [record_play(bench.journals, uuid4()) for _ in range(5)]
    assert bench.make_sealer().run_once(lambda: bench.n_verified == 2) == 2
    assert sum(folder.exists() for folder in folders) == 3
    assert bench.sealer.run_once() == 3


def test_an_episode_that_is_being_played_is_left_alone(bench: Bench) -> None:
    journal = CountingJournal.begin(bench.folder).play(5)
    assert bench.sealer.run_once() == 0
    journal.writer.close()
    assert bench.sealer.run_once() == 0
    assert bench.folder.exists()


@pytest.mark.parametrize("dies_in", ["seal_tables", "seal_row", "index_sealed", "take_away", "rmtree"])
def test_a_sealer_may_be_killed_at_any_stage_and_the_next_one_finishes_rec_37(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    class Killed(BaseException):
        """Nothing catches it, like a kill."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    CountingJournal.begin(bench.folder).play(20).end()
    with monkeypatch.context() as context:
        if dies_in == "take_away":
            context.setattr(Sealer, "_take_away", die)
        elif dies_in == "rmtree":
            bench.sealer._sweep()
            context.setattr(Sealer, "_sweep", lambda _: None)
            context.setattr(shutil, "rmtree", lambda path, **options: None if options else die())
        else:
            context.setattr(sealer_module, dies_in, die)
        with pytest.raises(Killed):
            bench.sealer.run_once()
    bench.make_sealer().run_once()
    assert not bench.folder.exists()
    assert list((bench.root / "removed").glob("*")) == []
    assert bench.count_files() == len(Table)
    assert bench.count_rows() == 20


def test_an_episode_that_is_sealed_already_is_not_verified_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    CountingJournal.begin(bench.folder).play(3).end()
    with monkeypatch.context() as context:
        context.setattr(Sealer, "_take_away", lambda *_: None)
        bench.sealer.run_once()
    bench.make_sealer().run_once()
    assert bench.n_verified == 1


def test_a_record_that_does_not_replay_keeps_its_journal(bench: Bench) -> None:
    bench.verdict = Verification.MISMATCH
    CountingJournal.begin(bench.folder).play(3).end()
    for _ in range(3):
        bench.monotonic_s += 1000
        bench.sealer.run_once()
    assert bench.folder.exists()
    assert bench.n_verified == 1
    row = bench.read_row()
    assert row is not None
    assert (row.sealed, row.verification) == (True, "mismatch")


def test_a_record_that_was_not_compared_keeps_its_journal_until_it_is_verified_rec_37(bench: Bench) -> None:
    """The replay took too long, or ended its process."""
    bench.verdict = Verification.UNVERIFIABLE
    CountingJournal.begin(bench.folder).play(3).end()
    bench.sealer.run_once()
    bench.make_sealer().run_once()
    assert bench.folder.exists()
    EpisodeIndex(bench.database, bench.clock).note_verification(EPISODE, Verification.VERIFIED, None)
    bench.make_sealer().run_once()
    assert not bench.folder.exists()
    assert bench.n_verified == 1


@pytest.mark.parametrize("table", [None, Table.STEPS, Table.FRAMES])
def test_a_game_that_is_not_deterministic_is_compared_with_its_journal_before_that_goes_rec_37(
    bench: Bench, table: Table | None
) -> None:
    bench.verdict = Verification.UNVERIFIABLE
    provenance = {**PROVENANCE, "game": {"id": "Counting.v0", "deterministic": False}}
    CountingJournal.begin(bench.folder, provenance=provenance).play(3).end()
    if table is not None:
        other = bench.root / "other"
        CountingJournal.begin(other, provenance=provenance).play(4).end()
        store = LocalStore(bench.root / "other-store")
        key = seal_tables(read_episode_journal(other), store).key(table)
        LocalStore(bench.root).put_if_absent(key, store.get(key))
    bench.sealer.run_once()
    assert bench.folder.exists() is (table is not None)


def test_one_record_that_fits_no_table_does_not_hold_up_the_others_and_is_tried_ever_more_rarely(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    broken = bench.journals / str(UUID(int=1))
    CountingJournal.begin(broken, provenance={**PROVENANCE, "seed": "seven"}).play(1).end()
    folder = bench.journals / str(UUID(int=2))
    CountingJournal.begin(folder, provenance={**PROVENANCE, "game_id": "Other.v0"}).play(3).end()
    assert bench.sealer.run_once() == 1
    assert broken.exists()
    assert not folder.exists()
    times_s = []
    for _ in range(12):
        caplog.clear()
        bench.monotonic_s += RETRY_AFTER_S
        bench.sealer.run_once()
        if errors := [record for record in caplog.records if record.levelname == "ERROR"]:
            assert len(errors) == 1
            assert broken.name in errors[0].getMessage()
            times_s.append(bench.monotonic_s)
    assert times_s == [60, 180, 420]


def test_what_a_killed_put_left_in_the_store_is_removed(bench: Bench) -> None:
    left = bench.root / ".unfinished" / "left"
    left.parent.mkdir()
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    bench.sealer.run_once()
    assert not left.exists()


def test_an_episode_nobody_came_back_to_is_closed_as_abandoned_and_sealed_rec_40(bench: Bench) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    bench.clock.now += timedelta(seconds=DAY_S - 60)
    assert bench.sealer.run_once() == 0
    bench.clock.now += timedelta(seconds=120)
    assert bench.sealer.run_once() == 1
    row = bench.read_row()
    assert row is not None
    assert (row.status, row.end_reason, row.n_steps) == ("incomplete", "abandoned", 3)


def test_with_recording_off_nothing_is_kept(bench: Bench) -> None:
    provenance = {**PROVENANCE, "recording": False}
    CountingJournal.begin(bench.folder, provenance=provenance).play(3).end()
    bench.sealer.run_once()
    assert not bench.folder.exists()
    assert bench.count_files() == 0
    assert bench.read_row() is None


def test_a_full_store_loses_nothing_and_is_tried_again_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    CountingJournal.begin(bench.folder).play(3).end()
    tries: list[Path] = []

    def fail(journal: EpisodeJournal, _store: LocalStore) -> None:
        tries.append(journal.folder)
        raise StorageFull("There is no room.")

    with monkeypatch.context() as context:
        context.setattr(sealer_module, "seal_tables", fail)
        assert bench.sealer.run_once() == 0
        assert bench.sealer.run_once() == 0
        assert len(tries) == 1
    bench.monotonic_s += RETRY_AFTER_S
    assert bench.sealer.run_once() == 1


def test_one_episode_that_cannot_be_sealed_does_not_hold_up_the_others(bench: Bench) -> None:
    broken = bench.journals / str(UUID(int=1))
    CountingJournal.begin(broken, provenance={**PROVENANCE, "started_utc": None}).end()
    CountingJournal.begin(bench.folder).play(3).end()
    assert bench.sealer.run_once() == 1
    assert broken.exists()


def test_a_journal_that_may_not_be_opened_does_not_hold_up_the_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One of another user, say, after the server was once started as root."""
    foreign = bench.journals / str(UUID(int=1))
    CountingJournal.begin(foreign).play(3).end()
    CountingJournal.begin(bench.folder).play(3).end()

    def look(path: Path) -> bool:
        if path.parent == foreign:
            raise PermissionError(EACCES, "Permission denied", str(path))
        return is_locked(path)

    monkeypatch.setattr(sealer_module, "is_locked", look)
    assert bench.sealer.run_once() == 1
    assert foreign.exists()
    assert f"{foreign.name} is not sealed yet: [Errno 13] Permission denied" in caplog.text


def test_what_cannot_be_cleared_away_does_not_hold_up_sealing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DataFolderError("The database does not answer.")

    monkeypatch.setattr(EpisodeIndex, "forget_unbegun", fail)
    CountingJournal.begin(bench.folder).play(3).end()
    assert bench.sealer.run_once() == 1
    assert "not cleared away yet: The database does not answer." in caplog.text


def test_an_episode_that_never_began_leaves_the_index_after_an_hour(bench: Bench) -> None:
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
    )
    with bench.database.write() as work:
        keep_games(work, {"Pong.v0": {}}, bench.clock.now)
        keep_episode(work, row)

    def is_there() -> bool:
        bench.make_sealer().run_once()
        with bench.database.read() as session:
            return fetch_episode(session, row.id) is not None

    assert is_there()
    bench.clock.now += timedelta(minutes=61)
    folder = bench.journals / str(row.id)
    writer = CountingJournal.begin(folder).writer  # open, so that the sealer leaves it alone
    assert is_there()
    writer.close()
    os.truncate(folder / "000001.journal", 30)  # killed before its first record was whole
    assert not is_there()


def test_an_episode_that_waits_for_its_player_is_not_read_again_and_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    n_read = 0

    def count(folder: Path) -> EpisodeJournal:
        nonlocal n_read
        n_read += 1
        return read_episode_journal(folder)

    monkeypatch.setattr(sealer_module, "read_episode_journal", count)
    for _ in range(3):
        assert bench.sealer.run_once() == 0
    assert n_read == 1
    CountingJournal.begin(bench.folder, epoch=2, adopts=find_adoption(bench.folder), segment=1).end()
    assert bench.sealer.run_once() == 1
