"""Steps of running episodes on their way into SQL; a database that is away is asked again without end (REC-61)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from skill_arcade.database.steps import StepRow
from skill_arcade.domain.errors import RecordingError, SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.episode_facts import EpisodeFacts, facts_of_records
from skill_arcade.recorder.episode_journal import EpisodeJournal, Members
from skill_arcade.recorder.followed import Followed, LiveJournals, Synced
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate
from skill_arcade.recorder.index_rows import step_rows_of_journal
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.retry_wait import Retry
from skill_arcade.recorder.tail import Opened
from skill_arcade.recorder.troubles import Troubles

MAX_ROWS_AT_ONCE = 25_000
"""Rows of one transaction, but for those of a single episode that are read again: as many once more."""

_READ = "read for the index"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What the database is to be told of one journal, and what was on the disk then."""

    followed: Followed
    update: LiveUpdate
    synced: Synced


class LiveRows:
    """Writes the rows of all live journals; its methods are called one after another.

    Args:
        journals: whose rows.
        index: where they go.
        retry: when to try again.
        on_moved: is told of an episode that the index refused: another server owns it.
    """

    def __init__(
        self, journals: LiveJournals, index: EpisodeIndex, retry: Retry, on_moved: Callable[[UUID], None]
    ) -> None:
        self._journals = journals
        self._index = index
        self._retry = retry
        self._on_moved = on_moved
        self._troubles = Troubles()

    def write(self) -> bool:
        """Index what came, in one transaction; whether that is all that can be done now."""
        if self._retry.wait_s > 0:
            return True
        prepared: list[_Prepared] = []
        try:
            is_all = self._prepare(prepared)
            refused = self._index.append([each.update for each in prepared]) if prepared else frozenset()
        except SkillArcadeError as error:
            self._retry.note_failure()
            # A long absence is one line every few seconds; what waits is never lost: it is in the journals.
            logger.warning("steps wait for the database: %s", error)
            for each in prepared:
                # It may have lost, or kept, what it was told last: it is asked again.
                each.followed.indexing.n_steps = each.followed.indexing.told = None
            return True
        self._retry.note_success()
        for each in prepared:
            if each.update.episode_id in refused:
                self._leave(each.followed, each.update.episode_id)
            else:
                self._note_indexed(each)
        return is_all

    def _prepare(self, prepared: list[_Prepared]) -> bool:
        """Gather what the database is to be told; whether that is everything there is."""
        n_left = MAX_ROWS_AT_ONCE
        is_all = True
        followed_now = self._journals.all()
        self._troubles.keep_only({each.folder.name for each in followed_now})
        for followed in sorted(followed_now, key=_waits_since):
            if n_left <= 0:
                return False
            one = self._try_to_prepare(followed, n_left)
            if one is not None:
                prepared.append(one)
                n_left -= len(one.update.rows)
                is_all = is_all and one.update.first_step + len(one.update.rows) >= one.synced.n_steps
        return is_all

    def _try_to_prepare(self, followed: Followed, n_at_most: int) -> _Prepared | None:
        if followed.indexing.is_unreadable:
            return None
        try:
            one = self._prepare_one(followed, n_at_most)
        except FileNotFoundError:
            self._journals.drop(followed)  # sealed, and taken away just now; if not, it is found again
        except OSError as error:
            self._troubles.note(followed.folder, _READ, error)  # the others go on, and this one when it can be read
        except RecordingError:
            if not followed.folder.is_dir():
                return None  # likewise: the next sync sees it
            # This one is told again when it is to be sealed; the others go on.
            logger.exception("%s: its steps cannot be indexed", followed.folder.name, extra=about(followed.folder.name))
            followed.indexing.is_unreadable = True
        else:
            self._troubles.clear(followed.folder, _READ)
            return one
        return None

    def _prepare_one(self, followed: Followed, n_at_most: int) -> _Prepared | None:
        synced, indexing = followed.synced, followed.indexing
        opened = synced.opened
        if opened is None or not synced.segments:
            return None
        if indexing.n_steps is None:
            indexing.n_steps = self._index.count_indexed_steps(opened.episode_id, opened.epoch)
        first_step = min(indexing.n_steps, synced.n_steps)
        rows, synced = self._journals.take_rows(followed, first_step, n_at_most)
        journal = (
            read_episode_journal(followed.folder) if rows is None or _must_read_segments(followed, opened) else None
        )
        if journal is not None:
            indexing.older_segments = _segments_before(journal, opened.epoch)
        if rows is None:
            assert journal is not None
            rows = _read_rows(journal, first_step, synced.n_steps)
        known = (len(synced.segments), synced.end is not None)
        facts = _make_facts(followed, synced, opened) if indexing.told != known else None
        if not rows and facts is None:
            return None
        update = LiveUpdate(opened.episode_id, opened.epoch, first_step, tuple(rows), facts)
        return _Prepared(followed, update, synced)

    def _note_indexed(self, prepared: _Prepared) -> None:
        followed, update, synced = prepared.followed, prepared.update, prepared.synced
        followed.indexing.n_steps = update.first_step + len(update.rows)
        followed.indexing.told = (len(synced.segments), synced.end is not None)
        self._journals.note_indexed(followed, followed.indexing.n_steps, synced)

    def _leave(self, followed: Followed, episode_id: UUID) -> None:
        logger.warning(
            "%s: another server owns it now; what is written here is set aside (REC-32)",
            episode_id,
            extra=about(episode_id),
        )
        self._journals.leave(followed)
        self._on_moved(episode_id)


def _waits_since(followed: Followed) -> float:
    """Who waited longest comes first, should there be too many for one transaction."""
    since_s = followed.sql_wait.since_s
    return float("inf") if since_s is None else since_s


def _must_read_segments(followed: Followed, opened: Opened) -> bool:
    return followed.indexing.older_segments is None and opened.adopts is not None


def _segments_before(journal: EpisodeJournal, epoch: int) -> tuple[Members, ...]:
    return tuple(each for each in journal.segments if each["epoch"] < epoch)


def _read_rows(journal: EpisodeJournal, first_step: int, n_steps: int) -> list[StepRow]:
    """Rows from a step on, of whatever epoch, as many as fit into a transaction."""
    rows = (row for row in step_rows_of_journal(journal) if first_step <= row.step < n_steps)
    return list(islice(rows, MAX_ROWS_AT_ONCE))


def _make_facts(followed: Followed, synced: Synced, opened: Opened) -> EpisodeFacts:
    return facts_of_records(
        episode_id=opened.episode_id,
        provenance=opened.provenance,
        segments=[*(followed.indexing.older_segments or ()), *synced.segments],
        epoch=opened.epoch,
        n_steps=synced.n_steps,
        end=synced.end,
    )
