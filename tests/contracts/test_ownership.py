"""One owner for each episode: what several servers on one database may do, and what is refused them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.contracts.made_up import NOW, make_episode, make_facts, make_rows, read_rows, read_sql
from tests.waiting import await_true

from skill_arcade.database.episodes import fetch_episode, keep_episode
from skill_arcade.database.installation import check_installation
from skill_arcade.database.ownership import (
    Ownership,
    claim,
    fetch_ownership,
    fetch_wanted,
    is_fenced,
    release,
    release_all,
    take_back,
    want,
)
from skill_arcade.database.servers import (
    ServerRow,
    beat,
    delete_server,
    fetch_servers,
    note_stopped,
    register_server,
)
from skill_arcade.database.transactions import Database
from skill_arcade.recorder.chain import write_generation
from skill_arcade.recorder.episode_facts import EpisodeFacts
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate

ADA, BOB, EVE = (UUID(int=number) for number in (1, 2, 3))
"""Three servers."""


def begin(database: Database, server_id: UUID | None, **facts: Any) -> UUID:
    """A running episode of this server, with ten steps."""
    begun = make_facts(**facts)
    update = LiveUpdate(begun.episode_id, begun.epoch, 0, make_rows(10), begun)
    assert not EpisodeIndex(database, lambda: NOW, server_id).append([update])
    return begun.episode_id


def read_ownership(database: Database, episode_id: UUID) -> Ownership:
    with database.read() as session:
        found = fetch_ownership(session, episode_id)
    assert found is not None
    return found


def take_over(database: Database, episode_id: UUID, server_id: UUID) -> int | None:
    with database.write() as work:
        found = fetch_ownership(work, episode_id)
        assert found is not None
        return claim(work, episode_id, server_id, found.generation)


def test_an_episode_is_its_first_servers(database: Database) -> None:
    episode_id = begin(database, ADA)
    assert read_ownership(database, episode_id) == Ownership(ADA, 0, None, "running", 1)
    with database.read() as session:
        row = fetch_episode(session, episode_id)
        assert fetch_ownership(session, uuid4()) is None
    assert row is not None
    assert row.server_id == ADA


def test_what_is_kept_of_an_episode_never_moves_it_to_another_server(database: Database) -> None:
    _, row = make_episode(database)
    with database.write() as work:
        keep_episode(work, replace(row, server_id=ADA, status="won"))
    assert read_ownership(database, row.id).server_id is None
    episode_id = begin(database, ADA)
    with database.write() as work:
        keep_episode(work, replace(row, id=episode_id, server_id=None))
    assert read_ownership(database, episode_id).server_id == ADA


def test_an_owner_that_is_asked_releases_and_the_other_claims(database: Database) -> None:
    """REC-32."""
    episode_id, other = begin(database, ADA), begin(database, ADA)
    with database.write() as work:
        want(work, episode_id, BOB)
        want(work, other, ADA)  # its own already
    with database.read() as session:
        assert fetch_wanted(session, ADA) == [episode_id]
        assert fetch_wanted(session, BOB) == []
    assert read_ownership(database, episode_id).wanted_by == BOB
    with database.write() as work:
        assert not release(work, episode_id, EVE)
        assert release(work, episode_id, ADA)
        assert not release(work, episode_id, ADA)
    assert read_ownership(database, episode_id) == Ownership(None, 0, None, "running", 1)
    assert take_over(database, episode_id, BOB) == 1
    assert read_ownership(database, episode_id) == Ownership(BOB, 1, None, "running", 1)
    assert read_ownership(database, other).server_id == ADA


def test_an_owner_whose_player_has_come_back_is_asked_no_more_and_releases_nothing(database: Database) -> None:
    """REC-32."""
    episode_id, ended = begin(database, ADA), begin(database, ADA, status="won")
    with database.write() as work:
        want(work, episode_id, BOB)
        assert not take_back(work, episode_id, BOB)
        assert not take_back(work, ended, ADA)
        assert take_back(work, episode_id, ADA)
        assert fetch_wanted(work, ADA) == []
        assert not release(work, episode_id, ADA)
    assert read_ownership(database, episode_id) == Ownership(ADA, 0, None, "running", 1)


def test_a_server_that_stops_releases_all_that_runs_on_it(database: Database) -> None:
    running, mine = [begin(database, ADA) for _ in range(3)], begin(database, BOB)
    ended = begin(database, ADA, status="won")
    with database.write() as work:
        assert release_all(work, ADA) == 3
        assert release_all(work, ADA) == 0
    assert [read_ownership(database, each).server_id for each in running] == [None] * 3
    assert read_ownership(database, mine).server_id == BOB
    assert read_ownership(database, ended).server_id == ADA


def test_an_episode_that_has_ended_is_neither_wanted_nor_released_nor_claimed(database: Database) -> None:
    episode_id = begin(database, ADA, status="won")
    with database.write() as work:
        want(work, episode_id, BOB)
        assert not release(work, episode_id, ADA)
        assert claim(work, episode_id, BOB, 0) is None
    assert read_ownership(database, episode_id) == Ownership(ADA, 0, None, "won", 1)


def test_of_servers_that_claim_an_episode_at_the_same_instant_one_gets_it(database: Database) -> None:
    servers = [UUID(int=number) for number in range(10, 18)]
    for _ in range(10):
        episode_id, ready = begin(database, ADA), Barrier(len(servers))

        def claim_at_once(server_id: UUID, episode_id: UUID = episode_id, ready: Barrier = ready) -> int | None:
            ready.wait()
            return database.change(lambda work: claim(work, episode_id, server_id, 0))

        with ThreadPoolExecutor(len(servers)) as pool:
            generations = list(pool.map(claim_at_once, servers))
        (winner,) = (server for server, generation in zip(servers, generations, strict=True) if generation == 1)
        assert sorted(map(str, generations)) == ["1", *["None"] * 7]
        assert read_ownership(database, episode_id) == Ownership(winner, 1, None, "running", 1)


@pytest.mark.parametrize(
    ("owner", "generation", "server_id", "epoch", "refused"),
    [
        (ADA, 0, ADA, 1, False),
        (ADA, 0, ADA, 999, False),
        (ADA, 2, ADA, 2001, False),
        (ADA, 2, ADA, 1999, True),
        (ADA, 0, BOB, 1, True),
        (ADA, 0, BOB, 5001, True),
        (None, 0, BOB, 1, False),
        (None, 1, BOB, 1, True),
        (ADA, 1, None, 1, True),
        (ADA, 1, None, 1001, False),
    ],
)
def test_who_does_not_own_the_newest_generation_is_fenced(
    owner: UUID | None, generation: int, server_id: UUID | None, epoch: int, refused: bool
) -> None:
    """REC-31, REC-32."""
    assert is_fenced(Ownership(owner, generation, None, "running", 0), server_id, epoch) is refused


@dataclass(frozen=True, slots=True)
class Stale:
    """A server that has lost an episode and does not know it."""

    index: EpisodeIndex
    facts: EpisodeFacts
    journals: Path

    def append_rows(self, n: int) -> bool:
        update = LiveUpdate(self.facts.episode_id, self.facts.epoch, n % 30, make_rows(5, n % 30, action=9), None)
        return self.facts.episode_id not in self.index.append([update])

    def append_facts(self, n: int) -> bool:
        facts = replace(self.facts, n_steps=n, score=float(n))
        update = LiveUpdate(facts.episode_id, facts.epoch, 0, make_rows(3, action=9), facts)
        return facts.episode_id not in self.index.append([update])

    def reconcile(self, n: int) -> bool:
        return self.index.reconcile(self.facts, lambda: iter(make_rows(n % 7, action=9)), sealed=False)

    def reconcile_sealed(self, n: int) -> bool:
        facts = replace(self.facts, status="won", n_steps=n % 7)
        return self.index.reconcile(facts, lambda: iter(make_rows(n % 7, action=9)), sealed=True)

    def seal(self, n: int) -> bool:
        facts = replace(self.facts, status="incomplete", score=float(n))
        return self.index.may_seal(facts.episode_id, facts.epoch, facts)

    def note_verification(self, _n: int) -> bool:
        return self.index.note_verification(self.facts.episode_id, "verified", None)

    def note_files_lost(self, _n: int) -> bool:
        return self.index.note_files_lost(self.facts.episode_id, lambda: False)

    def forget(self, _n: int) -> bool:
        return self.index.forget(self.facts.episode_id)

    def forget_unbegun(self, _n: int) -> bool:
        return bool(self.index.forget_unbegun(self.journals, only=self.facts.episode_id))


def test_a_server_that_wakes_up_and_writes_a_thousand_times_changes_nothing(database: Database, tmp_path: Path) -> None:
    """REC-32: one history, nothing accepted, by whatever door the old owner comes."""
    facts = make_facts()
    stale = Stale(EpisodeIndex(database, lambda: NOW + timedelta(hours=1), ADA), facts, tmp_path)
    assert stale.append_facts(3)
    assert take_over(database, facts.episode_id, BOB) == 1
    new = EpisodeIndex(database, lambda: NOW, BOB)
    taken = replace(facts, epoch=1001, n_steps=40)
    assert new.append([LiveUpdate(facts.episode_id, 1001, 0, make_rows(40), taken)]) == frozenset()
    with database.read() as session:
        row = fetch_episode(session, facts.episode_id)
    doors: tuple[Callable[[int], bool], ...] = (
        *(stale.append_rows, stale.append_facts, stale.reconcile, stale.reconcile_sealed, stale.seal),
        *(stale.note_verification, stale.note_files_lost, stale.forget, stale.forget_unbegun),
    )
    accepted = [n for n in range(1000) if doors[n % len(doors)](n)]
    assert accepted == []
    with database.read() as session:
        assert fetch_episode(session, facts.episode_id) == row
    assert read_rows(database, facts.episode_id) == make_rows(40)
    assert read_ownership(database, facts.episode_id) == Ownership(BOB, 1, None, "running", 1001)


def test_every_door_of_the_index_was_tried() -> None:
    public = {name for name, each in vars(EpisodeIndex).items() if callable(each) and not name.startswith("_")}
    assert public == {
        *("append", "reconcile", "may_seal", "note_verification", "note_files_lost", "forget", "forget_unbegun"),
        "count_indexed_steps",  # reads
    }


def test_two_servers_that_write_one_episode_at_once_leave_one_history(database: Database) -> None:
    """The claim falls anywhere among writes of the old owner and of the new one; both go on."""
    facts = make_facts()
    old, new = EpisodeIndex(database, lambda: NOW, ADA), EpisodeIndex(database, lambda: NOW, BOB)
    assert not old.append([LiveUpdate(facts.episode_id, 1, 0, [], facts)])
    taken = replace(facts, epoch=1001)

    def write_old() -> int:
        """As many steps as are taken; afterwards it goes on for a while."""
        for step in count():
            if old.append([LiveUpdate(facts.episode_id, 1, step, make_rows(1, step, action=1), facts)]):
                more = [LiveUpdate(facts.episode_id, 1, at, make_rows(1, at, action=1), facts) for at in range(50)]
                assert all(old.append([update]) for update in more)
                return step
        raise AssertionError

    def write_new() -> None:
        await_true(lambda: len(read_rows(database, facts.episode_id)) >= 20)
        take_over(database, facts.episode_id, BOB)
        adopted = len(read_rows(database, facts.episode_id))
        for step in range(adopted, adopted + 50):
            update = LiveUpdate(facts.episode_id, 1001, step, make_rows(1, step, action=2), taken)
            assert not new.append([update])

    with ThreadPoolExecutor(2) as pool:
        writing_old, writing_new = pool.submit(write_old), pool.submit(write_new)
        writing_new.result()
        n_accepted = writing_old.result()
    assert read_rows(database, facts.episode_id) == [
        *make_rows(n_accepted, action=1),
        *make_rows(50, n_accepted, action=2),
    ]


def test_of_two_servers_that_bring_the_same_new_episode_the_first_is_its_owner(database: Database) -> None:
    facts, ready = make_facts(), Barrier(2)

    def bring(server_id: UUID) -> frozenset[UUID]:
        ready.wait()
        index = EpisodeIndex(database, lambda: NOW, server_id)
        return index.append([LiveUpdate(facts.episode_id, 1, 0, make_rows(5, action=server_id.int), facts)])

    with ThreadPoolExecutor(2) as pool:
        refused = dict(zip((ADA, BOB), pool.map(bring, (ADA, BOB)), strict=True))
    (owner,) = (server for server, ids in refused.items() if not ids)
    assert read_ownership(database, facts.episode_id).server_id == owner
    assert read_rows(database, facts.episode_id) == make_rows(5, action=owner.int)


def test_what_is_refused_takes_nothing_else_with_it(database: Database) -> None:
    lost, mine = make_facts(), make_facts()
    index = EpisodeIndex(database, lambda: NOW, ADA)
    updates = [LiveUpdate(each.episode_id, 1, 0, make_rows(5), each) for each in (lost, mine)]
    assert index.append(updates) == frozenset()
    take_over(database, lost.episode_id, BOB)
    more = [LiveUpdate(each.episode_id, 1, 5, make_rows(5, 5), None) for each in (lost, mine)]
    assert index.append(more) == {lost.episode_id}
    assert read_rows(database, lost.episode_id) == make_rows(5)
    assert read_rows(database, mine.episode_id) == make_rows(10)


def test_an_owner_that_released_an_episode_may_write_its_rest_until_somebody_claims_it(database: Database) -> None:
    episode_id = begin(database, ADA)
    with database.write() as work:
        want(work, episode_id, BOB)
        assert release(work, episode_id, ADA)
    index = EpisodeIndex(database, lambda: NOW, ADA)
    assert not index.append([LiveUpdate(episode_id, 1, 10, make_rows(5, 10), None)])
    assert read_ownership(database, episode_id).server_id is None
    take_over(database, episode_id, BOB)
    assert index.append([LiveUpdate(episode_id, 1, 15, make_rows(5, 15), None)]) == {episode_id}
    assert len(read_rows(database, episode_id)) == 15


def test_an_episode_that_may_be_sealed_cannot_be_taken_over_any_more(database: Database) -> None:
    facts = make_facts()
    index = EpisodeIndex(database, lambda: NOW, ADA)
    index.append([LiveUpdate(facts.episode_id, 1, 0, make_rows(5), facts)])
    ended = replace(facts, status="won", n_steps=5)
    assert index.may_seal(facts.episode_id, 1, ended)
    assert index.may_seal(facts.episode_id, 1, ended)  # it was killed, and asks again
    assert take_over(database, facts.episode_id, BOB) is None
    assert not EpisodeIndex(database, lambda: NOW, BOB).may_seal(facts.episode_id, 1, ended)
    assert index.reconcile(ended, lambda: iter(make_rows(5)), sealed=True)
    assert index.note_verification(facts.episode_id, "verified", None)


def test_an_episode_that_the_index_has_lost_may_be_sealed(database: Database) -> None:
    ended = make_facts(status="won", epoch=2003)
    assert EpisodeIndex(database, lambda: NOW, ADA).may_seal(ended.episode_id, 2003, ended)
    assert read_ownership(database, ended.episode_id) == Ownership(ADA, 2, None, "won", 2003)


def test_of_a_claim_and_a_sealing_at_the_same_instant_one_succeeds(database: Database) -> None:
    for _ in range(20):
        facts, ready = make_facts(), Barrier(2)
        index = EpisodeIndex(database, lambda: NOW, ADA)
        index.append([LiveUpdate(facts.episode_id, 1, 0, [], facts)])

        def seal(index: EpisodeIndex = index, facts: EpisodeFacts = facts, ready: Barrier = ready) -> bool:
            ready.wait()
            return index.may_seal(facts.episode_id, 1, replace(facts, status="won"))

        def take(facts: EpisodeFacts = facts, ready: Barrier = ready) -> bool:
            ready.wait()
            return take_over(database, facts.episode_id, BOB) is not None

        with ThreadPoolExecutor(2) as pool:
            sealing, taking = pool.submit(seal), pool.submit(take)
            assert sealing.result() is not taking.result()


def test_an_index_that_is_made_anew_knows_the_generations_of_its_records(database: Database) -> None:
    episode_id = begin(database, None, epoch=3002)
    assert read_ownership(database, episode_id) == Ownership(None, 3, None, "running", 3002)
    assert take_over(database, episode_id, BOB) == 4


def test_a_person_at_the_command_line_is_refused_what_another_server_went_beyond(database: Database) -> None:
    facts = make_facts()
    index = EpisodeIndex(database, lambda: NOW)
    EpisodeIndex(database, lambda: NOW, ADA).append([LiveUpdate(facts.episode_id, 1, 0, make_rows(5), facts)])
    assert index.reconcile(facts, lambda: iter(make_rows(6)), sealed=False)
    take_over(database, facts.episode_id, BOB)
    assert not index.reconcile(facts, lambda: iter(make_rows(7)), sealed=False)
    assert len(read_rows(database, facts.episode_id)) == 6
    # What is sealed is the one history there is.
    assert index.reconcile(replace(facts, status="won"), lambda: iter(make_rows(8)), sealed=True)
    assert len(read_rows(database, facts.episode_id)) == 8


def test_a_server_forgets_only_those_that_did_not_begin_on_it(database: Database, tmp_path: Path) -> None:
    _, row = make_episode(database)
    ghosts = {server: replace(row, id=uuid4(), epoch=0, server_id=server) for server in (ADA, BOB, None)}
    with database.write() as work:
        for ghost in ghosts.values():
            keep_episode(work, ghost)
    for server, ghost in ghosts.items():
        assert EpisodeIndex(database, lambda: NOW, server).forget_unbegun(tmp_path) == [ghost.id]


def test_a_server_forgets_what_it_took_over_only_after_it_has_fetched_what_there_is_of_it(
    database: Database, tmp_path: Path
) -> None:
    """REC-33: where running episodes get no rows, an episode of which there are hours in the store has epoch 0."""
    _, row = make_episode(database)
    taken = replace(row, id=uuid4(), epoch=0, n_steps=0, server_id=ADA)
    with database.write() as work:
        keep_episode(work, taken)
        release_all(work, ADA)
    assert take_over(database, taken.id, BOB) == 1
    index = EpisodeIndex(database, lambda: NOW + timedelta(days=1), BOB)
    assert index.forget_unbegun(tmp_path) == []
    folder = tmp_path / str(taken.id)
    write_generation(folder, 1)
    (folder / "generation").write_text("torn")
    assert index.forget_unbegun(tmp_path) == []
    write_generation(folder, 1)  # all there is has been fetched, which is nothing
    assert index.forget_unbegun(tmp_path) == [taken.id]


@pytest.mark.parametrize(
    "more",
    [
        {"n_steps": 30},
        {"epoch": 2, "n_steps": 7},
        {"n_steps": 10, "status": "won", "ended_utc": NOW},
        {"n_steps": 10, "played_by": "human"},
    ],
)
def test_what_journals_said_a_while_ago_takes_nothing_back_that_was_written_since(
    database: Database, more: dict[str, Any]
) -> None:
    """REC-61: rebuilding the index beside a server that plays on."""
    facts = make_facts(n_steps=10, played_by=None)
    now = replace(facts, **more)
    index = EpisodeIndex(database, lambda: NOW, ADA)
    index.append([LiveUpdate(facts.episode_id, now.epoch, 0, make_rows(now.n_steps), now)])
    with database.read() as session:
        row = fetch_episode(session, facts.episode_id)
    assert index.reconcile(facts, lambda: iter(make_rows(10, action=9)), sealed=False)
    with database.read() as session:
        assert fetch_episode(session, facts.episode_id) == row
    assert read_rows(database, facts.episode_id) == make_rows(now.n_steps)


def test_what_is_sealed_stays_so_until_its_files_are_gone(database: Database) -> None:
    """REC-61."""
    facts = make_facts(n_steps=10, status="won", ended_utc=NOW)
    index = EpisodeIndex(database, lambda: NOW)

    def is_sealed() -> bool:
        with database.read() as session:
            row = fetch_episode(session, facts.episode_id)
        return row is not None and row.sealed

    assert index.note_files_lost(facts.episode_id, lambda: False)  # nobody knows it
    assert index.reconcile(facts, lambda: iter(make_rows(10)), sealed=True)
    assert index.note_files_lost(facts.episode_id, lambda: True)
    assert index.reconcile(facts, lambda: iter(make_rows(10)), sealed=False)
    assert is_sealed()
    assert index.note_files_lost(facts.episode_id, lambda: False)
    assert not is_sealed()
    assert read_rows(database, facts.episode_id) == make_rows(10)


def test_servers_are_known_by_their_signs_of_life(database: Database) -> None:
    ada, bob = (
        ServerRow(server_id, f"{server_id.int}.example", "1.2.3", NOW + timedelta(seconds=server_id.int))
        for server_id in (ADA, BOB)
    )
    with database.write() as work:
        register_server(work, bob, NOW)
        register_server(work, ada, NOW)
        assert beat(work, ADA, NOW + timedelta(seconds=5))
        assert not beat(work, EVE, NOW)
        note_stopped(work, BOB, NOW + timedelta(seconds=6))
    with database.read() as session:
        assert fetch_servers(session) == [
            replace(ada, heartbeat_at=NOW + timedelta(seconds=5), beats=2),
            replace(bob, heartbeat_at=NOW, beats=1, stopped_at=NOW + timedelta(seconds=6)),
        ]
    again = replace(bob, version="1.2.4", started_at=NOW + timedelta(hours=1))
    with database.write() as work:
        register_server(work, again, NOW)
        delete_server(work, ADA)
    with database.read() as session:
        assert fetch_servers(session) == [replace(again, heartbeat_at=NOW, beats=2)]


def test_a_server_that_is_forgotten_sets_no_episode_free(database: Database) -> None:
    episode_id = begin(database, ADA)
    with database.write() as work:
        delete_server(work, ADA)
    assert read_ownership(database, episode_id).server_id == ADA


def test_the_first_server_says_which_store_and_secret_all_others_have(database: Database) -> None:
    ready = Barrier(8)

    def check(number: int) -> tuple[UUID, str]:
        ready.wait()
        found = database.change(lambda work: check_installation(work, UUID(int=number), f"{number}", NOW))
        return found.store_id, found.secret_fingerprint

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(check, range(8)))
    assert len(found) == 1
    assert read_sql(database, "SELECT count(*) FROM installation") == [(1,)]
