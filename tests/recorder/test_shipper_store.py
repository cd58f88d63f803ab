"""The shipper with a store that is elsewhere."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from tests.recorder.failing_files import FailingFiles
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
from skill_arcade.recorder import shipper as shipper_module
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import FILE_HEADER, RECORD_HEADER, JournalWriter, compute_crc
from skill_arcade.recorder.reading import Cursor, find_adoption, read_episode_journal, scan_journal
from skill_arcade.recorder.retry_wait import LONGEST_WAIT_S
from skill_arcade.recorder.shipper import Shipper
from skill_arcade.recorder.spool.spooler import DELETIONS_AT_ONCE, Spooler

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
def failing(monkeypatch: pytest.MonkeyPatch) -> FailingFiles:
    return FailingFiles(monkeypatch)


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


def test_what_the_index_refused_is_not_called_stored_and_holds_up_no_stop(
    folder: Path, make: Make, index: EpisodeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-32: it is followed no more, so that nothing of it may have been shipped. The rest of the stop is not its."""
    shipper = make(index)
    CountingJournal.begin(folder).play(3)
    monkeypatch.setattr(EpisodeIndex, "append", lambda _index, _updates: frozenset({EPISODE}))
    shipper.sync()
    shipper.write_rows()
    assert shipper.status().n_followed == 0
    assert not shipper.ship_all(folder)
    assert shipper.ship_all()


def damage_opening(journal: Path) -> None:
    """Flip a bit in OPEN."""
    data = bytearray(journal.read_bytes())
    data[FILE_HEADER.size + 40] ^= 1
    journal.write_bytes(data)


def begin_two_epochs(folder: Path) -> list[Path]:
    first = CountingJournal.begin(folder).play(3)
    first.writer.close()
    second = CountingJournal.begin(folder, 2, find_adoption(folder), segment=1).play(2)
    second.writer.close()
    return [first.writer.path, second.writer.path]


def lose_older(folder: Path) -> None:
    begin_two_epochs(folder)[0].unlink()


def damage_older(folder: Path) -> None:
    damage_opening(begin_two_epochs(folder)[0])


def damage_newest(folder: Path) -> None:
    damage_opening(begin_two_epochs(folder)[1])


def damage_the_only_one_that_is_whole(folder: Path) -> None:
    first, second = begin_two_epochs(folder)
    damage_opening(first)
    second.write_bytes(second.read_bytes()[:50])


def damage_record(folder: Path) -> None:
    path = begin_two_epochs(folder)[1]
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)


DAMAGES = [lose_older, damage_older, damage_newest, damage_the_only_one_that_is_whole, damage_record]


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_episode_that_is_not_all_in_the_store_is_not_called_so(
    folder: Path, make: Make, damage: Callable[[Path], None]
) -> None:
    """REC-32, REC-37: whoever asks for it alone removes its folder then."""
    damage(folder)
    shipper = make()
    assert not shipper.ship_all(folder)
    assert not shipper.ship_all(folder)


@pytest.mark.parametrize("damage", [lose_older, damage_older, damage_newest, damage_record])
def test_a_damaged_journal_holds_up_a_stop_until_its_episode_is_sealed_and_is_an_alarm_as_long(
    folder: Path, journals: Path, make: Make, released: set[UUID], damage: Callable[[Path], None]
) -> None:
    """REC-37: it is kept as evidence for ever, and players of others go on at other servers."""
    damage(folder)
    CountingJournal.begin(journals / str(ONE)).play(1)
    shipper = make()
    assert not shipper.ship_all()
    shipper.write_rows()
    assert shipper.status().n_given_up == 1
    released.add(EPISODE)
    assert shipper.ship_all()
    shipper.write_rows()
    assert shipper.status().n_given_up == 0


def test_a_stop_that_cannot_ask_what_is_sealed_calls_nothing_stored(folder: Path, journals: Path, make: Make) -> None:
    damage_record(folder)
    shipper = make()

    def fail(_episode_id: UUID) -> bool:
        raise DataFolderError("The database is away.")

    shipper._spooler._is_released = fail  # type: ignore[union-attr]
    assert not shipper.ship_all()


@pytest.mark.parametrize("what", ["", "000001.journal", "000002.journal"])
def test_what_could_not_be_read_to_its_end_is_not_called_stored(
    folder: Path, make: Make, failing: FailingFiles, store: FaultyStore, tmp_path: Path, what: str
) -> None:
    """A process without a descriptor left knows of no more than it has read before."""
    shipper = make()
    first = CountingJournal.begin(folder).play(2)
    shipper.sync()
    first.play(1).writer.close()
    CountingJournal.begin(folder, 2, find_adoption(folder), segment=1).play(2).writer.close()
    failing.errors = {folder / what: errno.EMFILE}
    assert not shipper.ship_all(folder, timeout_s=0.1)
    assert not shipper.ship_all(timeout_s=0.1)
    failing.errors = {}
    assert shipper.ship_all(folder)
    assert shipper.ship_all()
    assert restore(store.inner, EPISODE, tmp_path / "back" / "journal" / "x") == read_journals(folder)


def test_an_epoch_that_could_not_be_followed_yet_is_not_called_stored_with_the_one_before(
    folder: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipper = make()
    CountingJournal.begin(folder).play(2).writer.close()
    assert shipper.ship_all(folder)
    CountingJournal.begin(folder, 2, find_adoption(folder), segment=1).play(2).writer.close()

    def fail(_folder: Path, _newest: Path) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as context:
        context.setattr(shipper_module, "_sync_older_epochs", fail)
        assert not shipper.ship_all(folder)
        assert not shipper.ship_all()
    assert shipper.ship_all(folder)


def test_bytes_that_are_written_after_the_last_look_are_not_called_stored(
    folder: Path, make: Make, store: FaultyStore
) -> None:
    shipper = make()
    journal = CountingJournal.begin(folder).play(2)
    store.before_put = lambda _key, _data: journal.play(1)
    assert not shipper.ship_all(folder)


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_an_episode_that_is_not_recorded_cannot_be_let_go(folder: Path, make: Make, epochs: int) -> None:
    """REC-33, LIVE-60: what is here is all there is of it."""
    provenance = {**PROVENANCE, "recording": False}
    CountingJournal.begin(folder, provenance=provenance).play(2).writer.close()
    if epochs > 1:
        CountingJournal.begin(folder, 2, find_adoption(folder), provenance=provenance, segment=1).writer.close()
    if epochs > 2:
        JournalWriter.create(folder, EPISODE, 3).close()
    shipper = make()
    assert not shipper.ship_all(folder)
    assert shipper.ship_all()


def test_a_mere_beginning_of_a_journal_holds_up_nothing(folder: Path, make: Make) -> None:
    """REC-15: there is no episode yet."""
    JournalWriter.create(folder, EPISODE, 1).close()
    shipper = make()
    assert shipper.ship_all(folder)
    assert shipper.ship_all()


def test_an_older_epoch_of_a_newer_program_stops_the_shipping_of_no_other(
    folder: Path, journals: Path, make: Make, store: FaultyStore
) -> None:
    """REC-14: nobody can say where it ends."""
    first = CountingJournal.begin(folder).play(1).writer
    body, crc = b"{}", scan_to_end(first.path).crc
    header = RECORD_HEADER.pack(len(body), compute_crc(crc, 99, body), 99)
    first.close()
    with first.path.open("ab") as file:
        file.write(header + body)
    JournalWriter.create(folder, EPISODE, 2).close()
    CountingJournal.begin(journals / str(ONE)).play(1)
    shipper = make()
    shipper.sync()
    shipper.ship()
    assert shipper.status().fault == ""
    assert [chunk.name.episode_id for chunk in read_segment(store.inner, 1).chunks] == [ONE]


def scan_to_end(journal: Path) -> Cursor:
    scan = scan_journal(journal)
    assert list(scan)
    return scan.cursor


@pytest.mark.parametrize("reads", [[], ["000001.journal"], ["000002.journal"]])
def test_a_journal_that_cannot_be_read_when_it_is_shipped_holds_up_no_other(
    folder: Path,
    journals: Path,
    make: Make,
    store: FaultyStore,
    failing: FailingFiles,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    reads: list[str],
) -> None:
    begin_two_epochs(folder)
    other = CountingJournal.begin(journals / str(ONE)).play(1)
    for each in (folder, journals / str(ONE)):
        make_safe_file(each)
    shipper = make()
    shipper.sync()
    failing.errors = {folder / each: errno.EIO for each in reads or [""]}
    for _ in range(3):
        shipper.ship()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert [chunk.name.episode_id for chunk in read_segment(store.inner, 1).chunks] == [ONE]
    assert list_segments(store.inner) == [1]
    assert shipper.status().n_ship_failures == 0
    assert not shipper.ship_all(folder, timeout_s=0.1)
    failing.errors = {}
    assert read_safe(journals / str(ONE)) == (1, 1)
    assert other.n_steps == 1
    shipper.ship()
    assert read_safe(folder) == (5, 5)
    assert restore(store.inner, EPISODE, tmp_path / "back" / "journal" / "x") == read_journals(folder)


def test_a_session_that_cannot_be_told_holds_up_no_other_and_is_told_later_live_60(
    folder: Path, journals: Path, make: Make, failing: FailingFiles
) -> None:
    """What is in the store is durable here as well, whatever could be told when."""
    other = journals / str(ONE)
    shipper = make()
    for each in (folder, other):
        CountingJournal.begin(each).play(1)
        make_safe_file(each)
    failing.errors = {folder / "safe": errno.EACCES}
    shipper.sync()
    shipper.ship()
    failing.errors = {}
    shipper.ship()
    assert [read_safe(each) for each in (folder, other)] == [(0, 0), (1, 1)]
    shipper.sync()
    failing.errors = {folder / "safe": errno.EACCES}
    shipper.ship()
    failing.errors = {}
    assert [read_safe(each) for each in (folder, other)] == [(1, 0), (1, 1)]
    shipper.ship()
    assert [read_safe(each) for each in (folder, other)] == [(1, 1), (1, 1)]


def test_what_cannot_be_told_of_a_found_segment_is_asked_again(
    folder: Path, journals: Path, make: Make, store: FaultyStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-33: whether a chunk of a journal that is gone is this machine's, the database tells."""
    CountingJournal.begin(journals / str(ONE)).play(1)
    other, shipper = make(), make()
    shipper._spooler.load()  # type: ignore[union-attr]
    other.sync()
    other.ship()
    (journals / str(ONE)).rename(journals.parent / "removed")
    CountingJournal.begin(folder).play(1)
    n_asked = 0

    def fail(_episode_id: UUID) -> bool:
        nonlocal n_asked
        n_asked += 1
        raise DataFolderError("The database is away.")

    shipper._spooler._is_released = fail  # type: ignore[union-attr]
    shipper.sync()
    assert shipper.ship() == 0.5
    assert shipper.status().n_ship_failures == n_asked == 1
    assert not shipper.ship_all(timeout_s=0)
    shipper._spooler._is_released = lambda episode_id: episode_id == ONE  # type: ignore[union-attr]
    clock.now_s += LONGEST_WAIT_S
    assert shipper.ship() is None
    assert shipper.ship_all()
    assert shipper.status().fault == ""
    assert [chunk.name.episode_id for chunk in read_segment(store.inner, 2).chunks] == [EPISODE]


def test_a_stop_has_shipped_everything_though_old_segments_cannot_be_cleared_away(
    folder: Path, make: Make, store: FaultyStore, released: set[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked is whether it is in the store; the rest is deleted after the next start."""
    shipper = make()
    journal = CountingJournal.begin(folder)
    for _ in range(DELETIONS_AT_ONCE + 1):
        journal.play(1)
        assert shipper.ship_all()
    released.add(EPISODE)
    shipper._spooler.is_released(EPISODE)  # type: ignore[union-attr]
    delete, n_deleted, is_there, may_go_on = store.delete, 0, threading.Event(), threading.Event()

    def hang(key: str) -> None:
        nonlocal n_deleted
        n_deleted += 1
        if n_deleted > DELETIONS_AT_ONCE:
            is_there.set()
            may_go_on.wait()
        delete(key)

    monkeypatch.setattr(store, "delete", hang)
    try:
        assert shipper.ship_all(timeout_s=1)
        assert is_there.is_set()
    finally:
        may_go_on.set()


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
