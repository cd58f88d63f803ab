"""Two servers, each with a disk of its own, one database and one store: who may go on with an episode (REC-32)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.accounts.hand_clock import HandClock
from tests.database.migrated import make_database
from tests.recorder.recordings import EPISODE, CountingJournal
from tests.server.fakes import FakeControl
from tests.waiting import await_true

from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tickets import Tickets
from skill_arcade.archive.local import LocalStore
from skill_arcade.database.backlog import fetch_unsealed
from skill_arcade.database.episodes import fetch_episode
from skill_arcade.database.games import keep_games
from skill_arcade.database.orphans import fetch_orphans, note_lost
from skill_arcade.database.ownership import Ownership, fetch_ownership, release_all, want
from skill_arcade.database.servers import ServerRow, beat, delete_server, fetch_server, note_stopped, register_server
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import EpisodeNotFound, StoreAway
from skill_arcade.recorder.chain import find_next_epoch, read_generation
from skill_arcade.recorder.episode_facts import facts_of_journal
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.index_rows import step_rows_of_journal
from skill_arcade.recorder.reading import find_adoption, read_episode_journal
from skill_arcade.recorder.shipper import Shipper
from skill_arcade.recorder.spool.restore import list_machines
from skill_arcade.recorder.spool.spooler import Spooler
from skill_arcade.server.owning.gone_machines import FORGET_AFTER, GoneMachines
from skill_arcade.server.owning.heartbeat import beat_again_and_again
from skill_arcade.server.owning.journal_places import JournalPlaces
from skill_arcade.server.owning.orphans import Orphans
from skill_arcade.server.owning.steward import WATCH_EVERY_S, BeatsWatch, Steward
from skill_arcade.server.owning.takeover import PATIENCE_S, SILENT_AFTER_S, NotLetGo, Takeover
from skill_arcade.server.repeating import Repeated, repeat_all

GONE_AFTER_S = 30.0
ABANDON_AFTER_S = 3600.0


class Killed(BaseException):
    """The process is no more."""


@dataclass
class Time:
    """A monotonic clock that goes on when somebody sleeps; what is in `meanwhile` happens then."""

    now_s: float = 1000.0
    meanwhile: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.meanwhile()


@dataclass
class OneServer:
    """What one server has."""

    folder: Path
    database: Database
    store: LocalStore
    time: Time
    clock: HandClock
    id: UUID = field(default_factory=uuid4)
    control: FakeControl = field(default_factory=FakeControl)
    moved: SimpleQueue[UUID] = field(default_factory=SimpleQueue)
    meanwhile: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.journals.mkdir(parents=True)
        self.index = EpisodeIndex(self.database, self.clock, self.id)
        self.spooler = Spooler(self.journals, self.store, self.id, is_released=lambda _id: False)
        self.shipper = Shipper(self.journals, self.index, spooler=self.spooler, on_moved=self.moved.put)
        places = JournalPlaces(
            self.journals, self.folder / "removed", self.folder / "set-aside", self.folder / "incoming"
        )
        self.takeover = Takeover(
            self.database,
            self.store,
            self.id,
            places,
            utc_clock=self.clock,
            monotonic_s=self.time,
            sleep=self.time.sleep,
        )
        self.steward = Steward(
            self.database,
            self.id,
            self.control,
            places,
            self.moved,
            ship_out=self.ship_out,
            gone_after_s=GONE_AFTER_S,
            utc_clock=self.clock,
            monotonic_s=self.time,
        )
        self.orphans = Orphans(self.database, self.takeover, abandon_after_s=ABANDON_AFTER_S, utc_clock=self.clock)
        with self.database.write() as work:
            register_server(work, ServerRow(self.id, "here", "1", self.clock()), self.clock())

    @property
    def journals(self) -> Path:
        return self.folder / "journal"

    @property
    def episode(self) -> Path:
        return self.journals / str(EPISODE)

    def ship_out(self, episode_id: UUID) -> bool:
        """Ship an episode to its end; what is in `meanwhile` happens just after that."""
        is_shipped = self.shipper.ship_all(self.journals / str(episode_id))
        self.meanwhile()
        return is_shipped

    def begin(self, n_steps: int, provenance: dict[str, Any] | None = None) -> CountingJournal:
        """Play the episode's beginning here, and index it."""
        journal = CountingJournal.begin(self.episode, provenance=provenance).play(n_steps)
        self.shipper.sync()
        self.shipper.write_rows()
        return journal

    def go_on(self, n_steps: int) -> CountingJournal:
        """Play on, as a session does that takes the episode up here."""
        epoch, adoption = find_next_epoch(self.episode), find_adoption(self.episode)
        journal = CountingJournal.begin(self.episode, epoch, adoption, segment=epoch).play(n_steps)
        self.shipper.sync()
        self.shipper.write_rows()
        return journal


@dataclass
class Pair:
    """Two servers and what they share."""

    one: OneServer
    other: OneServer
    database: Database
    time: Time
    clock: HandClock

    @property
    def owned(self) -> Ownership:
        with self.database.read() as session:
            owned = fetch_ownership(session, EPISODE)
        assert owned is not None
        return owned

    def read_beats(self, server: OneServer) -> int:
        with self.database.read() as session:
            row = fetch_server(session, server.id)
        assert row is not None
        return row.beats

    def beat(self, server: OneServer) -> None:
        with self.database.write() as work:
            assert beat(work, server.id, self.clock())


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    database, time, clock = make_database(tmp_path), Time(), HandClock()
    store = LocalStore(tmp_path / "store")
    one, other = (OneServer(tmp_path / name, database, store, time, clock) for name in ("one", "other"))
    yield Pair(one, other, database, time, clock)
    database.dispose()


def test_a_living_server_lets_go_and_not_one_step_is_lost(pair: Pair) -> None:
    """REC-32."""
    journal = pair.one.begin(50)
    journal.play(7)  # neither synced nor shipped when its player comes elsewhere

    def steward_looks() -> None:
        journal.writer.close()  # its session puts the episode aside
        pair.one.steward.look()

    pair.time.meanwhile = steward_looks
    assert pair.other.takeover.bring_here(EPISODE) is None
    assert pair.one.control.put_asides == [EPISODE] * 2, "also whoever came while it was let go"
    assert not pair.one.episode.exists()
    assert (pair.owned.server_id, pair.owned.generation) == (pair.other.id, 1)
    assert read_episode_journal(pair.other.episode).n_steps == 57
    pair.other.go_on(10)
    journal_now = read_episode_journal(pair.other.episode)
    assert [step.step for step in journal_now.steps] == list(range(67))
    assert [each.epoch for each in journal_now.adopted] == [1, 1001]


def test_what_is_here_is_not_fetched(pair: Pair) -> None:
    pair.one.begin(5)
    assert pair.one.takeover.bring_here(EPISODE) is None
    assert (pair.owned.server_id, pair.owned.generation) == (pair.one.id, 0)


def test_an_episode_that_nobody_knows_is_told(pair: Pair) -> None:
    with pytest.raises(EpisodeNotFound):
        pair.one.takeover.bring_here(EPISODE)


def test_a_server_that_lives_and_does_not_let_go_is_not_robbed(pair: Pair) -> None:
    """The store may be away: then nothing could be fetched from it either."""
    pair.one.begin(5)
    pair.one.control.does_not_let_go = True

    def steward_looks() -> None:
        pair.one.steward.beat()
        pair.one.steward.look()

    pair.time.meanwhile = steward_looks
    began_s = pair.time.now_s
    with pytest.raises(NotLetGo):
        pair.other.takeover.bring_here(EPISODE)
    assert pair.time.now_s - began_s > PATIENCE_S
    assert (pair.owned.server_id, pair.owned.generation) == (pair.one.id, 0)


def test_a_server_gives_signs_of_life_while_it_waits_for_its_store(pair: Pair) -> None:
    """REC-32: or what is on its disk alone would be thrown away, whenever a store is slow."""
    pair.one.begin(5)
    with pair.database.write() as work:
        want(work, EPISODE, pair.other.id)
    stop, waits = threading.Event(), threading.Event()

    def wait_for_store() -> None:
        waits.set()
        stop.wait()

    pair.one.meanwhile = wait_for_store
    works = [beat_again_and_again(pair.one.steward.beat), Repeated("looking", pair.one.steward.look, 0.01)]
    thread = threading.Thread(target=repeat_all, args=(works, stop))
    thread.start()
    try:
        assert waits.wait(20)
        before = pair.read_beats(pair.one)
        await_true(lambda: pair.read_beats(pair.one) >= before + 2)
    finally:
        stop.set()
        thread.join()


def test_of_a_silent_server_goes_on_what_it_had_shipped_and_it_is_fenced_when_it_wakes_up(pair: Pair) -> None:
    """REC-30, REC-32: two servers claim one episode; there is one history."""
    journal = pair.one.begin(50)
    pair.one.shipper.ship()
    journal.play(9)  # on its disk alone
    began_s = pair.time.now_s
    assert pair.other.takeover.bring_here(EPISODE) is None
    assert SILENT_AFTER_S < pair.time.now_s - began_s < PATIENCE_S
    assert read_episode_journal(pair.other.episode).n_steps == 50
    pair.other.go_on(20)
    for _ in range(1000):
        journal.play(1)
        pair.one.shipper.sync()
        pair.one.shipper.write_rows()
    pair.one.shipper.ship()
    pair.time.now_s += WATCH_EVERY_S
    pair.one.steward.look()
    assert not pair.one.episode.exists()
    (aside,) = (pair.one.folder / "set-aside").iterdir()
    assert aside.name.startswith(str(EPISODE))
    assert read_episode_journal(aside).n_steps == 1059
    assert pair.other.index.count_indexed_steps(EPISODE, 1001) == 70
    assert pair.other.shipper.ship_all()
    third = OneServer(pair.one.folder / "third", pair.database, pair.one.store, pair.time, pair.clock)
    assert third.takeover.bring_here(EPISODE) is None
    assert [step.step for step in read_episode_journal(third.episode).steps] == list(range(70))


def test_what_is_on_the_disk_of_a_silent_server_alone_is_left_to_it(pair: Pair) -> None:
    """Its store was away for long, say: it may be back in a moment, and has everything."""
    pair.one.begin(50)
    with pytest.raises(EpisodeNotFound):
        pair.other.takeover.bring_here(EPISODE)
    assert (pair.owned.server_id, pair.owned.generation) == (pair.one.id, 0)
    assert pair.one.takeover.bring_here(EPISODE) is None
    assert read_episode_journal(pair.one.episode).n_steps == 50


def test_of_two_who_come_at_once_one_fetches_and_both_find_it(pair: Pair) -> None:
    journal = pair.one.begin(30)
    journal.writer.close()
    pair.one.shipper.ship_all()
    with pair.database.write() as work:
        note_stopped(work, pair.one.id, pair.clock())
    found: list[int] = []

    def come() -> None:
        pair.other.takeover.bring_here(EPISODE)
        found.append(read_episode_journal(pair.other.episode).n_steps)

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [30] * 4
    assert pair.owned.generation == 1


def test_an_episode_that_comes_back_to_where_its_journals_are_keeps_what_only_this_disk_has(pair: Pair) -> None:
    journal = pair.one.begin(30)
    pair.one.shipper.ship()
    journal.play(5)
    journal.writer.close()
    with pair.database.write() as work:
        assert release_all(work, pair.one.id) == 1
    assert pair.one.takeover.bring_here(EPISODE) is None
    assert read_episode_journal(pair.one.episode).n_steps == 35
    assert read_generation(pair.one.episode) == 1
    assert not (pair.one.folder / "set-aside").exists()


def test_a_server_killed_between_the_claim_and_the_fetching_fetches_when_it_is_asked_again(pair: Pair) -> None:
    journal = pair.one.begin(12)
    journal.writer.close()
    pair.one.shipper.ship_all()

    def die(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skill_arcade.server.owning.takeover.restore_episode", die)
        with pytest.raises(Killed):
            pair.other.takeover.bring_here(EPISODE)
    assert pair.owned.server_id == pair.other.id
    assert not pair.other.episode.exists()
    assert pair.other.takeover.bring_here(EPISODE) is None
    assert read_episode_journal(pair.other.episode).n_steps == 12


def test_an_episode_whose_server_was_lost_before_it_shipped_anything_begins_again_as_it_began(pair: Pair) -> None:
    """LIVE-36: its client has all inputs still, and the same beginning leads to the same steps."""
    logins = Logins(pair.database, Secret(bytes(32)), lifetime=timedelta(days=1), clock=pair.clock)
    person = logins.log_in_guest().person
    with pair.database.write() as work:
        keep_games(work, {"Counting.v0": {}}, pair.clock())

    def begin(_known: object, _attempt: int, _now: object) -> dict[str, Any]:
        return {"seed": 7, "options": {}}

    tickets = Tickets(pair.database, begin, server_id=pair.one.id, clock=pair.clock)
    spec = {"episode_id": str(EPISODE), "resume": False, "provenance": {}}
    tickets.redeem(tickets.issue(person.id, "Counting.v0", spec), "Counting.v0")
    assert pair.other.takeover.bring_here(EPISODE) == {"seed": 7, "options": {}}
    assert pair.owned.server_id == pair.other.id
    assert find_next_epoch(pair.other.episode) == 1001


# --- who is gone ---


def test_only_silence_while_the_witness_was_awake_counts() -> None:
    watch, server = BeatsWatch(30.0), uuid4()
    for second in range(0, 30, 5):
        assert watch.look({server: 1}, float(second)) == frozenset()
    assert watch.look({server: 1}, 30.0) == {server}
    assert watch.look({server: 2}, 35.0) == frozenset(), "it lives after all"
    # This one slept for an hour, and so may have the other's word.
    assert watch.look({server: 2}, 3635.0) == frozenset()
    for second in range(3640, 3665, 5):
        assert watch.look({server: 2}, float(second)) == frozenset()
    watch.forget()  # the database was away
    for second in range(3665, 3695, 5):
        assert watch.look({server: 2}, float(second)) == frozenset()
    assert watch.look({server: 2}, 3695.0) == {server}


def test_a_silent_server_is_called_gone_and_is_back_with_its_next_beat(pair: Pair) -> None:
    def stopped_at() -> object:
        with pair.database.read() as session:
            row = fetch_server(session, pair.one.id)
        assert row is not None
        return row.stopped_at

    for _ in range(8):
        pair.time.now_s += WATCH_EVERY_S
        pair.other.steward.look()
    assert stopped_at() is not None
    pair.one.steward.beat()
    assert stopped_at() is None


def test_a_clock_that_jumps_by_a_day_makes_nobody_gone(pair: Pair) -> None:
    for days in (1, -2):
        pair.clock.now += timedelta(days=days)
        pair.time.now_s += WATCH_EVERY_S
        pair.one.steward.look()
        pair.other.steward.look()
    with pair.database.read() as session:
        row = fetch_server(session, pair.one.id)
    assert row is not None
    assert row.stopped_at is None


def test_a_server_that_nobody_knows_any_more_registers_again(pair: Pair) -> None:
    with pair.database.write() as work:
        delete_server(work, pair.one.id)
    pair.one.steward.beat()
    with pair.database.read() as session:
        assert fetch_server(session, pair.one.id) is not None


# --- orphans ---


def test_what_a_stopped_server_left_behind_is_taken_over(pair: Pair) -> None:
    pair.one.begin(20).end()
    pair.one.shipper.sync()
    pair.one.shipper.write_rows()
    assert pair.one.shipper.ship_all()
    assert pair.other.orphans.adopt().taken == ()
    with pair.database.write() as work:
        note_stopped(work, pair.one.id, pair.clock())
    assert pair.other.orphans.adopt().taken == (EPISODE,)
    assert read_episode_journal(pair.other.episode).end is not None
    assert pair.other.orphans.adopt().taken == ()


def test_what_was_claimed_and_could_not_be_fetched_is_fetched_later(pair: Pair) -> None:
    """The store was away just then, or this server was killed."""
    pair.one.begin(20).end()
    pair.one.shipper.sync()
    pair.one.shipper.write_rows()
    assert pair.one.shipper.ship_all()
    with pair.database.write() as work:
        note_stopped(work, pair.one.id, pair.clock())

    def be_away(*_: object, **__: object) -> None:
        raise StoreAway("The store does not answer.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skill_arcade.server.owning.takeover.restore_episode", be_away)
        assert len(pair.other.orphans.adopt().waiting) == 1
    assert pair.owned.server_id == pair.other.id
    assert pair.other.orphans.adopt().taken == (EPISODE,)
    assert read_episode_journal(pair.other.episode).n_steps == 20
    assert pair.other.orphans.adopt().taken == ()
    assert pair.owned.generation == 1


def test_what_cannot_be_had_now_does_not_keep_others_waiting(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.one.begin(20).end()
    pair.one.shipper.sync()
    pair.one.shipper.write_rows()
    with pair.database.write() as work:
        note_stopped(work, pair.one.id, pair.clock())
    asked: list[UUID] = []

    def be_away(_takeover: Takeover, episode_id: UUID) -> bool:
        asked.append(episode_id)
        raise StoreAway("The store does not answer.")

    monkeypatch.setattr(Takeover, "_is_anywhere", be_away)
    assert [len(pair.other.orphans.adopt().waiting) for _ in range(4)] == [1, 0, 1, 0]
    assert asked == [EPISODE] * 2


def test_a_running_episode_of_a_stopped_server_is_left_to_its_player_for_long(pair: Pair) -> None:
    journal = pair.one.begin(20)
    journal.writer.close()
    assert pair.one.shipper.ship_all()
    with pair.database.write() as work:
        note_stopped(work, pair.one.id, pair.clock())
    pair.clock.now += timedelta(seconds=ABANDON_AFTER_S - 1)
    assert pair.other.orphans.adopt().taken == ()
    pair.clock.now += timedelta(seconds=2)
    assert pair.other.orphans.adopt().taken == (EPISODE,)


def test_an_episode_that_is_on_the_disk_of_a_stopped_server_alone_is_left_to_it(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    """Its disk may come back: the store was away when it stopped, say."""
    pair.one.begin(20).end()
    pair.one.shipper.sync()
    pair.one.shipper.write_rows()
    with pair.database.write() as work:
        note_stopped(work, pair.one.id, pair.clock())
    assert pair.other.orphans.adopt().left == (EPISODE,)
    assert pair.other.orphans.adopt().left == (), "it is told once"
    assert "start that server again" in caplog.text
    assert pair.owned.server_id == pair.one.id
    assert pair.owned.generation == 0


def test_an_episode_that_is_lost_for_good_is_not_waited_for(pair: Pair) -> None:
    """A person has said that its server never comes back."""
    pair.one.begin(20).end()
    pair.one.shipper.sync()
    pair.one.shipper.write_rows()
    with pair.database.write() as work:
        note_stopped(work, pair.one.id, pair.clock())
    assert not pair.other.takeover.adopt(EPISODE)
    with pair.database.write() as work:
        assert note_lost(work, EPISODE, pair.other.id, pair.clock())
        note_stopped(work, pair.other.id, pair.clock())
    with pair.database.read() as session:
        assert fetch_orphans(session, pair.clock(), 10) == []
        assert fetch_unsealed(session) == []
        row = fetch_episode(session, EPISODE)
    assert row is not None
    assert (row.status, row.verification) == ("incomplete", "unverifiable")
    assert row.verification_detail == row.end_detail
    assert "lost with its disk" in str(row.end_detail)


# --- what a server leaves behind ---


def _stop_for(pair: Pair, stopped: timedelta) -> None:
    with pair.database.write() as work:
        note_stopped(work, pair.one.id, pair.clock())
    pair.clock.now += stopped


def test_what_a_server_left_that_stopped_long_ago_is_cleared_away_once_nobody_needs_it(pair: Pair) -> None:
    pair.one.begin(20).end()
    pair.one.shipper.sync()
    pair.one.shipper.write_rows()
    assert pair.one.shipper.ship_all()
    machines = GoneMachines(pair.database, pair.other.store, pair.other.id, utc_clock=pair.clock)
    _stop_for(pair, FORGET_AFTER + timedelta(hours=1))
    machines.look()
    assert list_machines(pair.other.store) == [pair.one.id], "its episode is not sealed"
    journal = read_episode_journal(pair.one.episode)
    pair.one.index.reconcile(facts_of_journal(journal), lambda: step_rows_of_journal(journal), sealed=True)
    machines.look()
    assert list_machines(pair.other.store) == []
    with pair.database.read() as session:
        assert fetch_server(session, pair.one.id) is None
        assert fetch_server(session, pair.other.id) is not None


def test_what_a_server_left_that_stopped_just_now_is_kept(pair: Pair) -> None:
    """It may be starting again, with its journals."""
    pair.one.begin(20)
    pair.one.shipper.sync()
    assert pair.one.shipper.ship_all()
    _stop_for(pair, FORGET_AFTER - timedelta(hours=1))
    GoneMachines(pair.database, pair.other.store, pair.other.id, utc_clock=pair.clock).look()
    assert list_machines(pair.other.store) == [pair.one.id]


# --- who has come back ---


def test_who_asks_for_an_episode_and_goes_away_does_not_get_it_when_its_player_has_come_back(pair: Pair) -> None:
    """The player is at its old server again: that one takes the question back, and stops the game for nobody."""
    pair.one.begin(5)

    def player_comes_back() -> None:
        assert pair.one.takeover.bring_here(EPISODE) is None
        pair.one.steward.look()

    pair.time.meanwhile = player_comes_back
    with pytest.raises(NotLetGo):
        pair.other.takeover.bring_here(EPISODE)
    assert (pair.owned.server_id, pair.owned.wanted_by) == (pair.one.id, None)
    assert pair.one.control.put_asides == []
    assert read_episode_journal(pair.one.episode).n_steps == 5


def test_a_player_who_comes_back_while_it_is_let_go_waits_and_fetches_it_again(pair: Pair) -> None:
    pair.one.begin(30).writer.close()
    with pair.database.write() as work:
        want(work, EPISODE, pair.other.id)
    coming = threading.Thread(target=lambda: pair.one.takeover.bring_here(EPISODE))
    pair.one.meanwhile = coming.start
    pair.one.steward.look()
    coming.join()
    assert (pair.owned.server_id, pair.owned.generation) == (pair.one.id, 1)
    assert read_episode_journal(pair.one.episode).n_steps == 30


def test_what_is_written_while_an_episode_is_let_go_is_not_removed(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    """A player was let on here a moment before another server asked."""
    journal = pair.one.begin(30)
    with pair.database.write() as work:
        want(work, EPISODE, pair.other.id)

    def play_on() -> None:
        journal.play(7)

    pair.one.meanwhile = play_on
    pair.one.steward.look()
    assert pair.owned.server_id is None
    assert not pair.one.episode.exists()
    (aside,) = (pair.one.folder / "set-aside").iterdir()
    assert read_episode_journal(aside).n_steps == 37
    assert str(aside) in caplog.text
    assert pair.one.control.put_asides == [EPISODE] * 2, "who was let on is stopped"
