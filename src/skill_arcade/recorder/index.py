"""The index in SQL: rows of running episodes as they come, and of sealed ones as their files say (REC-61)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, starmap, zip_longest
from operator import eq
from pathlib import Path
from uuid import UUID

from skill_arcade.database.episodes import (
    EpisodeRow,
    add_episode_if_missing,
    delete_episode,
    delete_unbegun,
    fetch_episode,
    fetch_keys,
    keep_episode,
    lock_episodes,
    set_progress,
    set_verification,
)
from skill_arcade.database.games import add_games_if_missing
from skill_arcade.database.ownership import fetch_ownership, fetch_ownerships, is_fenced, is_of_another
from skill_arcade.database.people import fetch_user_ids
from skill_arcade.database.steps import StepRow, count_steps, delete_steps, fetch_steps, insert_steps
from skill_arcade.database.transactions import Database, ReadSession, UnitOfWork
from skill_arcade.domain.episode import Status, Verification
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.chain import has_begun, read_generation
from skill_arcade.recorder.episode_facts import EpisodeFacts
from skill_arcade.recorder.lost_epochs import find_lost_epochs

ROWS_OF_A_STATEMENT = 20_000


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """What has become of a running episode since the last update.

    Attributes:
        episode_id: which.
        epoch: the epoch in which it is written.
        first_step: number of the first of `rows`, or of the next step if there are none.
        rows: steps that are not indexed yet.
        facts: the row of the episode itself, if more than its length has changed.
    """

    episode_id: UUID
    epoch: int
    first_step: int
    rows: Sequence[StepRow]
    facts: EpisodeFacts | None


class EpisodeIndex:
    """Writes the index. Every method is one transaction and may be repeated.

    Args:
        database: where the index is.
        clock: UTC.
        server_id: who writes. What this server no longer owns is refused, in the transaction that would write it
            (REC-32). None for a person at the command line: then only epochs are refused that another server has gone
            beyond, and a sealed episode is always taken, since there is but one.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], server_id: UUID | None = None) -> None:
        self._database = database
        self._clock = clock
        self._server_id = server_id

    def count_indexed_steps(self, episode_id: UUID, epoch: int) -> int:
        """Indexed steps of this episode that belong to this epoch or to what it adopted; 0 if unknown."""
        with self._database.read() as session:
            row = fetch_episode(session, episode_id)
            if row is None or row.epoch != epoch:
                return 0
            return count_steps(session, fetch_keys(session, [episode_id])[episode_id])

    def append(self, updates: Sequence[LiveUpdate]) -> frozenset[UUID]:
        """Index what running episodes did, all of them in one transaction.

        Returns:
            The episodes that are another server's by now: nothing of these was written.
        """
        now = self._clock()
        epochs = {update.episode_id: update.epoch for update in updates}
        facts = [update.facts for update in updates if update.facts is not None]

        def write(work: UnitOfWork) -> frozenset[UUID]:
            refused = self._find_refused(work, epochs, facts, now)
            taken = [update for update in updates if update.episode_id not in refused]
            for update in taken:
                if update.facts is not None:
                    _keep_facts(work, update.facts, sealed=None, now=now)
            keys = fetch_keys(work, [update.episode_id for update in taken])
            _append_steps(work, {keys[each.episode_id]: each for each in taken if each.episode_id in keys}, now)
            return refused

        return self._database.change(write)

    def reconcile(self, facts: EpisodeFacts, rows: Callable[[], Iterator[StepRow]], *, sealed: bool) -> bool:
        """Make the index say of an episode what its record says, whatever it said before.

        Args:
            facts: of the episode.
            rows: gives the steps, from the first, each time that it is called.
            sealed: its Parquet files are complete, and this is what they say. Else it is what journals said when they
                were read: where the index has more by now, as its writer went on, it keeps that.

        Returns:
            Whether it does now; False if the episode is another server's.
        """
        now = self._clock()
        is_final = sealed and self._server_id is None
        with self._database.read() as session:
            steps_agree = _steps_agree(session, facts.episode_id, rows())

        def write(work: UnitOfWork) -> bool:
            if self._find_refused(work, {facts.episode_id: facts.epoch}, [facts], now) and not is_final:
                return False
            if not sealed and _says_more(fetch_episode(work, facts.episode_id), facts):
                return True
            key = _keep_facts(work, facts, sealed=sealed, now=now)
            if not steps_agree:
                delete_steps(work, {key: 0})
                for some in _in_batches(rows()):
                    insert_steps(work, {key: some})
            return True

        return self._database.change(write)

    def note_files_lost(self, episode_id: UUID, is_sealed: Callable[[], bool]) -> bool:
        """Note that an episode is sealed no more, if its files are gone; False if it is another server's.

        Args:
            episode_id: which.
            is_sealed: whether its files are there. It is asked only where the index says so, which it does after they
                were put: so those of an episode that is sealed at this moment are not missed.
        """

        def write(work: UnitOfWork) -> bool:
            if self._is_of_another(work, episode_id):
                return False
            known = fetch_episode(work, episode_id)
            if known is not None and known.sealed and not is_sealed():
                keep_episode(work, replace(known, sealed=False, time_updated=self._clock()))
            return True

        return self._database.change(write)

    def may_seal(self, episode_id: UUID, epoch: int, facts: EpisodeFacts) -> bool:
        """Whether this server may seal an episode: it owns it, and from now on nobody can take it over any more.

        Args:
            episode_id: which.
            epoch: its newest one here.
            facts: of the episode, which has ended.
        """
        assert facts.status != Status.RUNNING
        now = self._clock()

        def write(work: UnitOfWork) -> bool:
            if self._find_refused(work, {episode_id: epoch}, [facts], now):
                return False
            _keep_facts(work, facts, sealed=None, now=now)
            return True

        return self._database.change(write)

    def note_verification(self, episode_id: UUID, verification: str, detail: str | None) -> bool:
        """Note what replaying the recording showed, unless the index knows better; False if it is another server's."""

        def write(work: UnitOfWork) -> bool:
            if self._is_of_another(work, episode_id):
                return False
            known = fetch_episode(work, episode_id)
            if known is None or not _knows_better(known.verification, verification):
                set_verification(work, episode_id, verification, detail, self._clock())
            return True

        return self._database.change(write)

    def forget_unbegun(
        self, journals: Path, *, after: timedelta = timedelta(0), sealed: Collection[str] = (), only: UUID | None = None
    ) -> list[UUID]:
        """Take those out that were to begin on this server and of which there is no record; their ids.

        Without a server: those that were to begin on none. One that was taken over has a record as long as not all
        there is of it has been fetched: the folder's generation is written then.

        Args:
            journals: the folder of all journals.
            after: how long an episode may take to begin.
            sealed: ids, as text, of episodes that need no journal.
            only: this episode and no other.
        """

        def may_have_record(episode_id: UUID, generation: int) -> bool:
            folder = journals / str(episode_id)
            if str(episode_id) in sealed or not _has_fetched(folder, generation):
                return True
            return has_begun(folder) or bool(find_lost_epochs(folder))

        before = self._clock() - after
        return self._database.change(
            lambda work: delete_unbegun(work, before, may_have_record, server_id=self._server_id, only=only)
        )

    def forget(self, episode_id: UUID) -> bool:
        """Take an episode out of the index, its record is not touched; False if it is another server's."""

        def write(work: UnitOfWork) -> bool:
            if self._is_of_another(work, episode_id):
                return False
            delete_episode(work, episode_id)
            return True

        return self._database.change(write)

    def _find_refused(
        self, work: UnitOfWork, epochs: Mapping[UUID, int], facts: Sequence[EpisodeFacts], now: datetime
    ) -> frozenset[UUID]:
        """Which of these episodes this server must not write; the others are its own until the transaction ends.

        Those that are new are there afterwards: of two servers that bring the same one, the first is its owner.
        """
        add_games_if_missing(work, {each.game_id: each.game for each in facts}, now)
        known = fetch_keys(work, [each.episode_id for each in facts]) if facts else {}
        for each in sorted((each for each in facts if each.episode_id not in known), key=lambda each: each.episode_id):
            add_episode_if_missing(work, _row_of(each, None, sealed=False, now=now, server_id=self._server_id))
        lock_episodes(work, epochs)
        owners = fetch_ownerships(work, epochs)
        return frozenset(each for each in owners if is_fenced(owners[each], self._server_id, epochs[each]))

    def _is_of_another(self, work: UnitOfWork, episode_id: UUID) -> bool:
        lock_episodes(work, [episode_id])
        ownership = fetch_ownership(work, episode_id)
        return ownership is not None and is_of_another(ownership, self._server_id)


def _has_fetched(folder: Path, generation: int) -> bool:
    """Whether all there is of an episode of this generation is here; what began here always is."""
    try:
        return read_generation(folder) >= generation
    except RecordingError:
        return False


def _says_more(known: EpisodeRow | None, facts: EpisodeFacts) -> bool:
    """Whether the index has more than a journal that was read a while ago: its writer went on meanwhile."""
    return known is not None and (known.sealed or _extent_of(known) > _extent_of(facts))


def _extent_of(episode: EpisodeRow | EpisodeFacts) -> tuple[int, int, bool, bool]:
    """How much is known of an episode: with each record it stays the same, or is greater."""
    has_ended, is_player_known = episode.status != Status.RUNNING, episode.played_by is not None
    return episode.epoch, episode.n_steps, has_ended, is_player_known


def _keep_facts(work: UnitOfWork, facts: EpisodeFacts, *, sealed: bool | None, now: datetime) -> int:
    """Keep the row of an episode that is there, and give its key; with `sealed` None that stays as it is."""
    user_id = fetch_user_ids(work, [facts.user]).get(facts.user) if facts.user else None
    known = fetch_episode(work, facts.episode_id)
    if sealed is None:
        sealed = known is not None and known.sealed
    row = _row_of(facts, user_id, sealed=sealed, now=now)
    if known is not None and _knows_better(known.verification, facts.verification):
        # A file says what was known when it was written; a later replay is only in the index (REC-41).
        row = replace(row, verification=known.verification, verification_detail=known.verification_detail)
    return keep_episode(work, row)


def _knows_better(indexed: str, recorded: str) -> bool:
    was_compared = indexed in {Verification.VERIFIED, Verification.MISMATCH}
    return recorded == Verification.PENDING or (recorded == Verification.UNVERIFIABLE and was_compared)


def _row_of(
    facts: EpisodeFacts, user_id: UUID | None, *, sealed: bool, now: datetime, server_id: UUID | None = None
) -> EpisodeRow:
    return EpisodeRow(
        id=facts.episode_id,
        user_id=user_id,
        game_id=facts.game_id,
        seed=facts.seed,
        n_steps=facts.n_steps,
        status=facts.status,
        time_created=facts.started_utc,
        time_updated=now,
        attempt_index=facts.attempt_index,
        epoch=facts.epoch,
        verification=facts.verification,
        verification_detail=facts.verification_detail,
        ended_at=facts.ended_utc,
        score=_number_of(facts.score),
        metric=_number_of(facts.metric),
        active_time_s=facts.active_time_s,
        end_reason=facts.end_reason,
        end_detail=facts.end_detail,
        played_by=facts.played_by,
        sealed=sealed,
        server_id=server_id,
        options=facts.options,
    )


def _number_of(value: float | None) -> float | None:
    """The value; None where it is no number, since SQL compares NaN as it likes."""
    return None if value is None or math.isnan(value) else value


def _append_steps(work: UnitOfWork, updates: Mapping[int, LiveUpdate], now: datetime) -> None:
    # Whatever is there from here on is of an older epoch and was not adopted, or was written by a reindex
    # meanwhile.
    delete_steps(work, {key: update.first_step for key, update in updates.items()})
    insert_steps(work, {key: update.rows for key, update in updates.items()})
    told = {key: update for key, update in updates.items() if update.facts is None}
    set_progress(work, {key: (each.first_step + len(each.rows), each.epoch) for key, each in told.items()}, now)


def _steps_agree(session: ReadSession, episode_id: UUID, rows: Iterator[StepRow]) -> bool:
    key = fetch_keys(session, [episode_id]).get(episode_id)
    if key is None:
        return False
    return all(starmap(eq, zip_longest(fetch_steps(session, key), rows)))


def _in_batches(rows: Iterator[StepRow]) -> Iterator[list[StepRow]]:
    """As many at once as a statement has time for, however long an episode was."""
    while some := list(islice(rows, ROWS_OF_A_STATEMENT)):
        yield some
