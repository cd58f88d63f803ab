from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from sqlmodel import col
from tests.dataset.damaging import damage_footer, damage_pages
from tests.dataset.playing import record_play
from tests.recorder.indexed import NOW, read_episode, read_steps, ship
from tests.recorder.recordings import EPISODE, PROVENANCE, CountingJournal
from typing_extensions import override

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.database.episodes import delete_episode, fetch_episode, keep_episode
from skill_arcade.database.people import Person, insert_person
from skill_arcade.database.tables import Step
from skill_arcade.database.tickets import count_attempt
from skill_arcade.database.transactions import Database
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.reading import find_adoption
from skill_arcade.recorder.reindex import index_sealed, reindex
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.recorder.shipper import Shipper


def test_the_index_is_the_same_from_tailing_from_journals_and_from_sealed_files_rec_61(
    folder: Path, shipper: Shipper, database: Database, index: EpisodeIndex, journals: Path, tmp_path: Path
) -> None:
    first = CountingJournal.begin(folder).play(10)
    first.writer.close()
    second = CountingJournal.begin(folder, epoch=2, adopts=find_adoption(folder), segment=1).play(5)
    second.writer.write(second.group(15, info={"a": [1, 2]}, executed_action=0, truncated=True))
    second.n_steps += 1
    second.end()
    ship(shipper)
    tailed = read_episode(database), read_steps(database)

    forget(database)
    store = LocalStore(tmp_path / "store")
    assert reindex(index, store, journals).n_in_journals == 1
    assert (read_episode(database), read_steps(database)) == tailed

    seal_episode(folder, store)
    forget(database)
    found = reindex(index, store, journals)
    assert (found.n_sealed, found.n_in_journals, found.unreadable) == (1, 0, ())
    assert (read_episode(database), read_steps(database)) == (replace(tailed[0], sealed=True), tailed[1])


def forget(database: Database) -> None:
    with database.write() as work:
        delete_episode(work, EPISODE)


def test_reconciling_mends_rows_that_are_wrong_and_leaves_right_ones_alone(
    folder: Path, shipper: Shipper, database: Database, index: EpisodeIndex, journals: Path, tmp_path: Path
) -> None:
    CountingJournal.begin(folder).play(10).end()
    ship(shipper)
    right = read_steps(database)
    store = LocalStore(tmp_path / "store")
    with database.write() as work:
        work.run(update(Step).where(col(Step.step) == 3).values(reward=5.0))
    reindex(index, store, journals)
    assert read_steps(database) == right


def test_a_later_verification_outlives_a_reindex(
    folder: Path, shipper: Shipper, database: Database, index: EpisodeIndex, journals: Path, tmp_path: Path
) -> None:
    CountingJournal.begin(folder).play(3).end()
    ship(shipper)
    index.note_verification(EPISODE, "verified", None)
    reindex(index, LocalStore(tmp_path / "store"), journals)
    assert read_episode(database).verification == "verified"


def test_a_later_verification_outlives_a_file_that_says_unverifiable_rec_41(
    folder: Path, index: EpisodeIndex, database: Database, journals: Path, tmp_path: Path
) -> None:
    CountingJournal.begin(folder).play(3).end()
    store = LocalStore(tmp_path / "store")
    seal_episode(folder, store, Verification.UNVERIFIABLE, "It took too long.")
    reindex(index, store, journals)
    assert read_episode(database).verification == "unverifiable"
    index.note_verification(EPISODE, "verified", None)
    reindex(index, store, journals)
    assert read_episode(database).verification == "verified"


def test_a_journal_that_cannot_be_read_is_told_and_stops_nothing(
    folder: Path, index: EpisodeIndex, journals: Path, tmp_path: Path
) -> None:
    CountingJournal.begin(folder).play(3).end()
    broken = journals / str(UUID(int=1))
    provenance = {**PROVENANCE, "started_utc": None}
    CountingJournal.begin(broken, provenance=provenance).play(1)
    found = reindex(index, LocalStore(tmp_path / "store"), journals)
    assert found.n_in_journals == 1
    assert len(found.unreadable) == 1
    assert json.dumps(found.unreadable)


@pytest.mark.parametrize("table", [Table.STEPS, Table.EPISODES])
@pytest.mark.parametrize("damage", [damage_pages, damage_footer])
def test_a_damaged_file_is_told_and_the_other_episodes_are_indexed(
    index: EpisodeIndex,
    database: Database,
    journals: Path,
    tmp_path: Path,
    table: Table,
    damage: Callable[[Path], None],
) -> None:
    """REC-61: so after a restore, too, of which a file was not sound."""
    store = LocalStore(tmp_path / "store")
    damaged = seal_episode(record_play(tmp_path / "before", UUID(int=1)), store)
    CountingJournal.begin(tmp_path / "sound").play(3).end()
    seal_episode(tmp_path / "sound", store)
    damage(store.local_path(damaged.place.key(table)))
    found = reindex(index, store, journals)
    assert (found.n_sealed, len(found.unreadable)) == (1, 1)
    assert str(damaged.episode_id) in found.unreadable[0]
    assert read_episode(database).sealed


def test_a_reindex_while_the_game_goes_on_doubles_nothing(
    folder: Path, shipper: Shipper, database: Database, index: EpisodeIndex, journals: Path, tmp_path: Path
) -> None:
    """REC-61: what SQL says can be made again from journals and sealed episodes."""
    journal = CountingJournal.begin(folder).play(5)
    ship(shipper)
    journal.play(5)
    reindex(index, LocalStore(tmp_path / "store"), journals)
    journal.play(5)
    ship(shipper)
    assert [row.step for row in read_steps(database)] == list(range(15))


class Busy(EpisodeIndex):
    """An index beside a server that goes on just after a journal was read."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    @override
    def note_files_lost(self, episode_id: UUID, is_sealed: Callable[[], bool]) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return super().note_files_lost(episode_id, is_sealed)


@pytest.fixture
def busy(database: Database) -> Busy:
    return Busy(database, lambda: NOW)


def test_what_is_indexed_while_a_reindex_reads_a_journal_stays(
    folder: Path, shipper: Shipper, database: Database, busy: Busy, journals: Path, tmp_path: Path
) -> None:
    """REC-61: the shipper knows what it has written, and does not write it again."""
    journal = CountingJournal.begin(folder).play(5)
    ship(shipper)

    def go_on() -> None:
        journal.play(5)
        ship(shipper)

    busy.meanwhile = go_on
    reindex(busy, LocalStore(tmp_path / "store"), journals)
    assert (len(read_steps(database)), read_episode(database).n_steps) == (10, 10)
    journal.play(5).end()
    ship(shipper)
    assert [row.step for row in read_steps(database)] == list(range(15))
    assert read_episode(database).status != "running"


def test_what_is_sealed_while_a_reindex_reads_its_journal_stays_sealed(
    folder: Path, shipper: Shipper, database: Database, busy: Busy, journals: Path, tmp_path: Path
) -> None:
    """REC-61."""
    CountingJournal.begin(folder).play(5).end()
    ship(shipper)
    store = LocalStore(tmp_path / "store")

    def seal() -> None:
        index_sealed(busy, store, seal_episode(folder, store).place)

    busy.meanwhile = seal
    assert reindex(busy, store, journals).n_sealed == 0
    assert read_episode(database).sealed


def test_what_was_sealed_and_whose_files_are_lost_is_sealed_no_more(
    folder: Path, database: Database, index: EpisodeIndex, journals: Path, tmp_path: Path
) -> None:
    """REC-61."""
    CountingJournal.begin(folder).play(5).end()
    store = LocalStore(tmp_path / "store")
    place = seal_episode(folder, store).place
    assert reindex(index, store, journals).n_sealed == 1
    store.delete(place.key(Table.EPISODES))
    assert reindex(index, store, journals).n_in_journals == 1
    assert not read_episode(database).sealed


def test_an_episode_that_never_began_is_forgotten_and_its_attempt_is_given_back(
    journals: Path, folder: Path, index: EpisodeIndex, shipper: Shipper, database: Database
) -> None:
    CountingJournal.begin(folder).play(1)
    shipper.sync()
    shipper.write_rows()
    half = journals / str(uuid4())
    half.mkdir()
    (half / "000001.journal").write_bytes(b"SK")
    row = replace(read_episode(database), epoch=0, n_steps=0)
    ghosts = [uuid4(), UUID(half.name)]
    with database.write() as work:
        user = uuid4()
        insert_person(work, Person(user, None, guest=True, role="player", pseudonym=PROVENANCE["user"]), NOW)
        for ghost in ghosts:
            attempt = count_attempt(work, user, row.game_id)
            keep_episode(work, replace(row, id=ghost, user_id=user, attempt_index=attempt, time_created=NOW))
    assert index.forget_unbegun(journals, after=timedelta(minutes=1)) == []
    assert set(index.forget_unbegun(journals)) == set(ghosts)
    assert read_episode(database).n_steps == 1
    with database.write() as work:
        assert count_attempt(work, user, row.game_id) == 1


def test_reindex_forgets_what_has_neither_a_journal_nor_a_sealed_episode(
    journals: Path, folder: Path, index: EpisodeIndex, shipper: Shipper, database: Database, tmp_path: Path
) -> None:
    """REC-61."""
    CountingJournal.begin(folder).play(1)
    shipper.sync()
    shipper.write_rows()
    ghost = replace(read_episode(database), id=uuid4(), epoch=0, n_steps=0, time_created=NOW - timedelta(hours=1))
    with database.write() as work:
        keep_episode(work, ghost)
    assert reindex(index, LocalStore(tmp_path / "store"), journals).n_in_journals == 1
    with database.read() as session:
        assert fetch_episode(session, ghost.id) is None
