"""The index in SQL: rows of running episodes as they come, and of sealed ones as their files say (REC-61)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import starmap, zip_longest
from operator import eq
from pathlib import Path
from uuid import UUID

from skill_arcade.database.episodes import (
    EpisodeRow,
    delete_episode,
    delete_unbegun,
    fetch_episode,
    fetch_keys,
    keep_episode,
    set_progress,
    set_verification,
)
from skill_arcade.database.games import add_games_if_missing
from skill_arcade.database.people import fetch_user_ids
from skill_arcade.database.steps import StepRow, count_steps, delete_steps, fetch_steps, insert_steps
from skill_arcade.database.transactions import Database, ReadSession, UnitOfWork
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.chain import has_begun
from skill_arcade.recorder.episode_facts import EpisodeFacts


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
    """Writes the index. Every method is one transaction and may be repeated."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def count_indexed_steps(self, episode_id: UUID, epoch: int) -> int:
        """Indexed steps of this episode that belong to this epoch or to what it adopted; 0 if unknown."""
        with self._database.read() as session:
            row = fetch_episode(session, episode_id)
            if row is None or row.epoch != epoch:
                return 0
            return count_steps(session, fetch_keys(session, [episode_id])[episode_id])

    def append(self, updates: Sequence[LiveUpdate]) -> None:
        """Index what running episodes did, all of them in one transaction."""
        now = self._clock()
        with self._database.write() as work:
            for update in updates:
                if update.facts is not None:
                    _keep_facts(work, update.facts, sealed=None, now=now)
            keys = fetch_keys(work, [update.episode_id for update in updates])
            _append_steps(work, {keys[each.episode_id]: each for each in updates if each.episode_id in keys}, now)

    def reconcile(self, facts: EpisodeFacts, rows: Callable[[], Iterator[StepRow]], *, sealed: bool) -> None:
        """Make the index say of an episode what its record says, whatever it said before.

        Args:
            facts: of the episode.
            rows: gives the steps, from the first; called up to twice.
            sealed: its Parquet files are complete.
        """
        with self._database.read() as session:
            steps_agree = _steps_agree(session, facts.episode_id, rows())
        with self._database.write() as work:
            key = _keep_facts(work, facts, sealed=sealed, now=self._clock())
            if not steps_agree:
                delete_steps(work, {key: 0})
                insert_steps(work, {key: list(rows())})

    def note_verification(self, episode_id: UUID, verification: str, detail: str | None) -> None:
        """Note what replaying the recording showed, unless the index knows better."""
        with self._database.write() as work:
            known = fetch_episode(work, episode_id)
            if known is None or not _knows_better(known.verification, verification):
                set_verification(work, episode_id, verification, detail, self._clock())

    def forget_unbegun(
        self, journals: Path, *, after: timedelta = timedelta(0), sealed: Collection[str] = (), only: UUID | None = None
    ) -> list[UUID]:
        """Take those out that were to begin and of which there is no record; their ids.

        Args:
            journals: the folder of all journals.
            after: how long an episode may take to begin.
            sealed: ids, as text, of episodes that need no journal.
            only: this episode and no other.
        """

        def has_record(episode_id: UUID) -> bool:
            return str(episode_id) in sealed or has_begun(journals / str(episode_id))

        with self._database.write() as work:
            return delete_unbegun(work, self._clock() - after, has_record, only=only)

    def forget(self, episode_id: UUID) -> None:
        """Take an episode out of the index; its record is not touched."""
        with self._database.write() as work:
            delete_episode(work, episode_id)


def _keep_facts(work: UnitOfWork, facts: EpisodeFacts, *, sealed: bool | None, now: datetime) -> int:
    """Keep an episode's row, and give its key; with `sealed` None that stays as it is."""
    add_games_if_missing(work, {facts.game_id: facts.game}, now)
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


def _row_of(facts: EpisodeFacts, user_id: UUID | None, *, sealed: bool, now: datetime) -> EpisodeRow:
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
        score=facts.score,
        metric=facts.metric,
        active_time_s=facts.active_time_s,
        end_reason=facts.end_reason,
        end_detail=facts.end_detail,
        played_by=facts.played_by,
        sealed=sealed,
        options=facts.options,
    )


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
