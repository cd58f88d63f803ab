"""The shipper with a store that is elsewhere."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from tests.recorder.listening import Clock, make_safe_file, read_safe
from tests.recorder.recordings import EPISODE, PROVENANCE, CountingJournal
from tests.recorder.spooling import (
    MACHINE,
    ONE,
    TWO,
    Fault,
    FaultyStore,
    check_chunks_follow_each_other,
    list_segments,
    read_journals,
    read_segment,
    restore,
)
from tests.waiting import await_true

from skill_arcade.archive.layout import spool_key
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import JournalWriter
from skill_arcade.recorder.reading import find_adoption, read_episode_journal
from skill_arcade.recorder.retry_wait import LONGEST_WAIT_S
from skill_arcade.recorder.shipper import Shipper
from skill_arcade.recorder.spool.spooler import Spooler

Make = Callable[..., Shipper]


@pytest.fixture
def store(tmp_path: Path) -> FaultyStore:
    return FaultyStore(LocalStore(tmp_path / "store"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def released() -> set[UUID]:
    return set()


@pytest.fixture
def make(journals: Path, store: FaultyStore, clock: Clock, released: set[UUID]) -> Make:
    """Makes a shipper as a start of its process does."""

    def make(
        index: EpisodeIndex | None = None,
        *,
        store: BlobStore = store,
        max_bytes: int = 10**9,
        journals: Path = journals,
    ) -> Shipper:
        spooler = Spooler(journals, store, MACHINE, is_released=released.__contains__, max_bytes=max_bytes)
        return Shipper(journals, index, spooler=spooler, monotonic_s=clock, jitter=lambda: 1.0)

    return make


def test_durable_store_follows_when_the_bytes_are_in_the_store_live_60(folder: Path, make: Make) -> None:
    shipper = make()
    journal = CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    shipper.sync()
    assert read_safe(folder) == (3, 0)
    assert shipper.ship() is None
    assert read_safe(folder) == (3, 3)
    journal.play(4)
    shipper.ship()
    assert read_safe(folder) == (3, 3)
    shipper.sync()
    assert read_safe(folder) == (7, 3)
    shipper.ship()
    assert read_safe(folder) == (7, 7)


def test_only_what_was_synced_is_shipped_rec_33(
    folder: Path, make: Make, store: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-5: what a power loss may take from here is nowhere else, and no number goes beyond."""
    shipper = make()
    journal = CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    shipper.sync()
    n_synced = journal.writer.n_bytes

    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    journal.play(5)
    shipper.sync()
    shipper.ship()
    assert [chunk.end for chunk in read_segment(store.inner, 1).chunks] == [n_synced]
    assert read_safe(folder) == (3, 3)
    assert not shipper.ship_all()
    assert shipper.status().n_given_up == 1


def test_steps_are_called_stored_only_when_all_they_stand_on_is_stored_live_60(
    folder: Path, make: Make, store: FaultyStore, tmp_path: Path
) -> None:
    """REC-30: the older epochs as far as they were adopted."""
    shipper = make(max_bytes=1500)
    first = CountingJournal.begin(folder).play(20)
    adoption = find_adoption(folder)
    first.play(9).writer.close()
    CountingJournal.begin(folder, 2, adoption, segment=1).play(5)
    make_safe_file(folder)
    shipper.sync()
    told = []
    while shipper.ship() == 0.0:
        told.append(read_safe(folder))
    assert len(told) > 2
    assert set(told) == {(25, 0)}
    assert read_safe(folder) == (25, 25)
    back = restore(store.inner, EPISODE, tmp_path / "back" / "journal" / "x")
    assert len(back["000001.journal"]) == adoption.n_bytes
    assert read_episode_journal(tmp_path / "back" / "journal" / "x").n_steps == 25


def test_what_has_come_is_told_though_more_comes_all_the_time(folder: Path, make: Make) -> None:
    """LIVE-60: after an hour without a store there is more than fits in a segment."""
    shipper = make(max_bytes=3000)
    journal = CountingJournal.begin(folder).play(60)
    make_safe_file(folder)
    told = []
    for _ in range(8):
        shipper.sync()
        shipper.ship()
        told.append(read_safe(folder)[1])
        journal.play(60)
    assert shipper.status().n_bytes_not_in_store > 10_000
    assert told == sorted(told)
    assert told[-1] >= 60


def test_the_rest_of_an_epoch_is_shipped_though_the_next_has_no_whole_open(
    folder: Path, make: Make, store: FaultyStore, tmp_path: Path
) -> None:
    """REC-31: its session was killed in its first moment, and perhaps nobody comes back."""
    shipper = make()
    journal = CountingJournal.begin(folder).play(3)
    shipper.sync()
    shipper.ship()
    journal.play(4).writer.close()
    JournalWriter.create(folder, EPISODE, 2).close()
    shipper.sync()
    shipper.ship()
    back = restore(store.inner, EPISODE, tmp_path / "back" / "journal" / "x")
    assert back == {"000001.journal": journal.writer.path.read_bytes()}
    CountingJournal.begin(folder, 3, find_adoption(folder), segment=1).play(1)
    make_safe_file(folder)
    shipper.sync()
    shipper.ship()
    assert read_safe(folder) == (8, 8)


def test_an_episode_of_which_an_older_epoch_is_missing_is_never_called_stored(folder: Path, make: Make) -> None:
    """REC-31."""
    CountingJournal.begin(folder).play(3).writer.close()
    CountingJournal.begin(folder, 2, find_adoption(folder), segment=1).play(1)
    (folder / "000001.journal").unlink()
    make_safe_file(folder)
    shipper = make()
    shipper.sync()
    shipper.ship()
    assert read_safe(folder) == (4, 0)
    assert shipper.status().n_given_up == 1


@pytest.mark.parametrize("epochs", [1, 2])
def test_an_episode_that_is_not_recorded_never_leaves_this_machine_live_60(
    folder: Path, make: Make, store: FaultyStore, epochs: int
) -> None:
    provenance = {**PROVENANCE, "recording": False}
    CountingJournal.begin(folder, provenance=provenance).play(2).writer.close()
    if epochs == 2:
        CountingJournal.begin(folder, 2, find_adoption(folder), provenance=provenance, segment=1)
    JournalWriter.create(folder, EPISODE, 3).close()
    make_safe_file(folder)
    shipper = make()
    shipper.sync()
    shipper.ship()
    CountingJournal.begin(folder, 4, find_adoption(folder), provenance=provenance, segment=2).play(1)
    shipper.sync()
    assert shipper.ship_all()
    assert read_safe(folder) == (3, 3)
    assert list_segments(store.inner) == []
    assert shipper.status().oldest_not_in_store_s == 0


def test_a_store_that_is_away_is_asked_again_without_end_and_nothing_else_waits(
    folder: Path, make: Make, store: FaultyStore, clock: Clock, tmp_path: Path
) -> None:
    shipper = make()
    journal = CountingJournal.begin(folder).play(1)
    make_safe_file(folder)
    shipper.sync()
    shipper.ship()
    store.faults = dict.fromkeys(range(store.n_calls + 1, 10_000), Fault.REFUSED)
    asked_before, told = store.n_calls, []
    for _ in range(600):  # ten minutes
        journal.play(1)
        shipper.sync()
        told.append(shipper.ship())
        clock.now_s += 1
    assert read_safe(folder) == (601, 1)
    n_asked = store.n_calls - asked_before
    assert 600 / LONGEST_WAIT_S / 1.3 < n_asked < 600 / 2
    assert told[0] == 0.5
    assert all(wait_s is not None and 0 < wait_s <= LONGEST_WAIT_S for wait_s in told)
    status = shipper.status()
    assert status.n_ship_failures == n_asked
    assert 599 < status.oldest_not_in_store_s <= 601
    assert status.n_bytes_not_in_store > 600 * 50
    store.faults.clear()
    clock.now_s += LONGEST_WAIT_S
    assert shipper.ship() == 0.0  # the segment of ten minutes ago; more is there
    assert shipper.ship() is None
    assert read_safe(folder) == (601, 601)
    status = shipper.status()
    assert (status.oldest_not_in_store_s, status.n_bytes_not_in_store) == (0, 0)
    check_chunks_follow_each_other(store.puts)
    assert restore(store.inner, EPISODE, tmp_path / "back" / "journal" / "x") == read_journals(folder)


def test_a_store_that_hangs_holds_up_neither_the_disk_nor_the_index_nor_who_asks(
    folder: Path, make: Make, store: FaultyStore, index: EpisodeIndex
) -> None:
    may_go_on, is_there = threading.Event(), threading.Event()

    def hang(_key: str, _data: bytes) -> None:
        is_there.set()
        may_go_on.wait()

    store.before_put = hang
    shipper = make(index)
    journal = CountingJournal.begin(folder).play(2)
    make_safe_file(folder)
    shipper.sync()
    thread = threading.Thread(target=shipper.ship)
    thread.start()
    try:
        assert is_there.wait(60)
        journal.play(3)
        shipper.sync()
        assert shipper.write_rows()
        assert read_safe(folder) == (5, 0)
        assert shipper.ship() is None
        assert not shipper.ship_all(timeout_s=0.01)
        assert shipper.status().oldest_not_in_sql_s == 0
    finally:
        may_go_on.set()
        thread.join()
    assert read_safe(folder) == (5, 2)
    assert shipper.ship_all()
    assert read_safe(folder) == (5, 5)


def test_whoever_waits_waits_no_longer_than_told_though_the_store_hangs(
    folder: Path, make: Make, store: FaultyStore
) -> None:
    """A server that is asked to stop has seconds; the put that hangs is its last."""
    may_go_on, is_there = threading.Event(), threading.Event()

    def hang(_key: str, _data: bytes) -> None:
        is_there.set()
        may_go_on.wait()

    store.before_put = hang
    shipper = make()
    CountingJournal.begin(folder).play(2)
    make_safe_file(folder)
    try:
        assert not shipper.ship_all(timeout_s=0.01)
        assert is_there.wait(60)
        assert read_safe(folder) == (2, 0)
        assert shipper.ship() is None
    finally:
        may_go_on.set()
    await_true(lambda: read_safe(folder) == (2, 2))


def test_everything_is_shipped_at_once_when_somebody_waits_for_it(
    journals: Path, make: Make, store: FaultyStore, tmp_path: Path
) -> None:
    shipper = make(max_bytes=2000)
    for episode_id in (ONE, TWO):
        CountingJournal.begin(journals / str(episode_id)).play(50)
    store.faults = {1: Fault.REFUSED, 2: Fault.ANSWER_LOST, 5: Fault.REFUSED}
    shipper._shipping._sleep = lambda _s: None  # type: ignore[union-attr]
    assert shipper.ship_all()
    for episode_id in (ONE, TWO):
        back = restore(store.inner, episode_id, tmp_path / "back" / "journal" / str(episode_id))
        assert back == read_journals(journals / str(episode_id))
    n_segments = len(list_segments(store.inner))
    assert shipper.ship_all()
    assert len(list_segments(store.inner)) == n_segments


def test_an_episode_that_is_let_go_is_shipped_alone(
    journals: Path, make: Make, store: FaultyStore, tmp_path: Path
) -> None:
    """REC-32: its player waits; the others are shipped when it is time."""
    shipper = make()
    for episode_id in (ONE, TWO):
        CountingJournal.begin(journals / str(episode_id)).play(5)
    assert shipper.ship_all(journals / str(ONE))
    assert [chunk.name.episode_id for chunk in read_segment(store.inner, 1).chunks] == [ONE]
    back = restore(store.inner, ONE, tmp_path / "back" / "journal" / str(ONE))
    assert back == read_journals(journals / str(ONE))
    assert shipper.ship() is None
    assert [chunk.name.episode_id for chunk in read_segment(store.inner, 2).chunks] == [TWO]
    assert shipper.ship_all(journals / "of nobody")


def test_whoever_waits_for_a_store_that_is_away_is_told_so(folder: Path, make: Make, store: FaultyStore) -> None:
    CountingJournal.begin(folder).play(1)
    shipper = make()
    store.faults = dict.fromkeys(range(1, 100), Fault.REFUSED)
    assert not shipper.ship_all(timeout_s=0)
    assert not shipper.ship_all(folder, timeout_s=0)


def test_after_the_last_episode_was_sealed_a_stop_leaves_one_small_segment(
    folder: Path, make: Make, store: FaultyStore, index: EpisodeIndex, released: set[UUID], tmp_path: Path
) -> None:
    """REC-33."""
    shipper = make(index)
    journal = CountingJournal.begin(folder)
    for _ in range(30):
        journal.play(1)
        shipper.sync()
        shipper.ship()
    assert shipper.status().n_segments == shipper.status().n_segments_kept == 30
    journal.end()
    folder.rename(tmp_path / "sealed")
    released.add(EPISODE)
    shipper.write_rows()
    assert shipper.ship_all()
    assert list_segments(store.inner) == [31]
    assert shipper.status().n_segments_kept == 1


def test_a_database_that_is_away_is_not_asked_what_is_sealed(
    folder: Path, make: Make, index: EpisodeIndex, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipper = make(index)
    CountingJournal.begin(folder).play(1)
    shipper.sync()
    shipper.ship()
    folder.rename(tmp_path / "gone")
    CountingJournal.begin(folder.parent / str(ONE)).play(1)
    shipper.sync()

    def fail(*_: object) -> None:
        raise DataFolderError("The database is away.")

    monkeypatch.setattr(EpisodeIndex, "append", fail)
    monkeypatch.setattr(Spooler, "forget_released", lambda _spooler: pytest.fail("it was asked"))
    shipper.write_rows()


def test_what_another_server_owns_is_shipped_no_more(
    folder: Path, make: Make, store: FaultyStore, index: EpisodeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-32."""
    shipper = make(index)
    journal = CountingJournal.begin(folder).play(1)
    monkeypatch.setattr(EpisodeIndex, "append", lambda _index, _updates: frozenset({EPISODE}))
    shipper.sync()
    shipper.write_rows()
    journal.play(1)
    shipper.sync()
    assert shipper.ship() is None
    assert list_segments(store.inner) == []


def test_a_second_server_with_the_same_name_stops_shipping_and_says_why(
    journals: Path, make: Make, store: FaultyStore, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """REC-33: a copied data folder; journals stay where they are, and are synced as ever."""
    first, second = make(), make(journals=tmp_path / "copy" / "journal")
    here, there = journals / str(ONE), tmp_path / "copy" / "journal" / str(TWO)
    for shipper, folder in ((first, here), (second, there)):
        CountingJournal.begin(folder).play(2)
        make_safe_file(folder)
        shipper.sync()
    second._shipping._spooler.load()  # type: ignore[union-attr]
    first.ship()
    with caplog.at_level(logging.CRITICAL):
        assert [second.ship() for _ in range(3)] == [None] * 3
    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]
    assert "Another server has put segment 1" in second.status().fault
    assert (read_safe(here), read_safe(there)) == ((2, 2), (2, 0))
    assert not second.ship_all(timeout_s=0)
    assert first.status().fault == ""


def test_a_new_process_tells_its_sessions_again_what_is_stored(folder: Path, make: Make, store: FaultyStore) -> None:
    """LIVE-60: it is not shipped a second time."""
    CountingJournal.begin(folder).play(3)
    shipper = make()
    shipper.sync()
    shipper.ship()
    make_safe_file(folder)
    again = make()
    again.sync()
    again.ship()
    assert read_safe(folder) == (3, 3)
    assert list_segments(store.inner) == [1]


def test_a_session_that_makes_its_file_late_is_told_what_is_stored_live_60(folder: Path, make: Make) -> None:
    shipper = make()
    CountingJournal.begin(folder).play(3)
    shipper.sync()
    shipper.ship()
    make_safe_file(folder)
    shipper.sync()
    shipper.ship()
    assert read_safe(folder) == (3, 3)


def test_ages_are_those_of_the_oldest_byte_by_the_monotonic_clock(
    folder: Path, make: Make, index: EpisodeIndex, clock: Clock
) -> None:
    shipper = make(index)
    journal = CountingJournal.begin(folder)
    shipper.sync()
    shipper.write_rows()
    shipper.ship()
    clock.now_s += 3600  # nobody plays for an hour
    shipper.sync()
    clock.now_s += 0.5
    journal.play(1)
    assert shipper.status().oldest_not_here_s == 0.5
    clock.now_s += 0.5
    shipper.sync()
    clock.now_s += 2
    journal.play(1)
    shipper.sync()
    status = shipper.status()
    assert status.oldest_not_here_s == 0
    assert (status.oldest_not_in_store_s, status.oldest_not_in_sql_s) == (3, 3)
    assert status.n_rows_waiting == 2
    assert status.n_bytes_not_in_store > 0
    clock.now_s += 1
    shipper.ship()
    shipper.write_rows()
    status = shipper.status()
    assert (status.oldest_not_in_store_s, status.oldest_not_in_sql_s) == (0, 0)
    assert (status.n_rows_waiting, status.n_bytes_not_in_store, status.n_followed) == (0, 0, 1)


def test_what_comes_while_a_segment_is_on_its_way_is_no_older_than_the_sync_before(
    folder: Path, make: Make, store: FaultyStore, clock: Clock
) -> None:
    shipper = make()
    journal = CountingJournal.begin(folder).play(1)
    shipper.sync()

    def take_long(_key: str, _data: bytes) -> None:
        clock.now_s += 10
        journal.play(1)
        shipper.sync()
        clock.now_s += 1

    store.before_put = take_long
    shipper.ship()
    assert shipper.status().oldest_not_in_store_s == 11
    assert store.inner.exists(spool_key(str(MACHINE), 1))


def test_three_threads_play_no_step_twice_and_lose_none(
    journals: Path, make: Make, store: FaultyStore, index: EpisodeIndex, tmp_path: Path
) -> None:
    """LIVE-60: the numbers only grow, and the second never passes the first."""
    shipper = make(index, max_bytes=20_000)
    episodes = [UUID(int=number) for number in range(1, 6)]
    stop = threading.Event()
    faults: list[BaseException] = []

    def repeat(work: Callable[[], object]) -> None:
        try:
            while not stop.is_set():
                work()
        except BaseException as error:  # noqa: BLE001 - told below
            faults.append(error)

    threads = [
        threading.Thread(target=repeat, args=(work,)) for work in (shipper.sync, shipper.ship, shipper.write_rows)
    ]
    told: dict[UUID, list[tuple[int, int]]] = {episode_id: [] for episode_id in episodes}
    playing = {}
    for episode_id in episodes:
        playing[episode_id] = CountingJournal.begin(journals / str(episode_id))
        make_safe_file(journals / str(episode_id))
    for thread in threads:
        thread.start()
    try:
        for _ in range(60):
            for episode_id, journal in playing.items():
                journal.play(5)
                told[episode_id].append(read_safe(journals / str(episode_id)))
        await_true(lambda: all(read_safe(journals / str(each)) == (300, 300) for each in episodes))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert faults == []
    for some in told.values():
        assert all(here >= stored for here, stored in some)
        assert [here for here, _ in some] == sorted(here for here, _ in some)
        assert [stored for _, stored in some] == sorted(stored for _, stored in some)
    check_chunks_follow_each_other(store.puts)
    for episode_id in episodes:
        back = restore(store.inner, episode_id, tmp_path / "back" / "journal" / str(episode_id))
        assert back == read_journals(journals / str(episode_id))
