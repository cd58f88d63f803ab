"""Ending an episode whose session cannot go on: an epoch that adopts everything and says why it ended."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skill_arcade.domain.episode import EndReason, Status
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.chain import find_next_epoch
from skill_arcade.recorder.entries import SegmentStart, end_entry, open_entry, segment_entry
from skill_arcade.recorder.episode_journal import EpisodeJournal, Members
from skill_arcade.recorder.episode_row import compute_score, encode_utc
from skill_arcade.recorder.gap import compute_gap_ns
from skill_arcade.recorder.journal import JournalWriter, is_locked, journal_path
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.records import RecordKind, encode_json, encode_observation, encode_picture
from skill_arcade.wire.picture import encode_change, picture_words

Record = tuple[RecordKind, bytes]


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment by both clocks of a machine, and which boot of it the monotonic one belongs to."""

    utc_ns: int
    monotonic_ns: int
    server_boot: str | None = None

    @classmethod
    def now(cls, server_boot: str | None = None) -> Moment:
        """This moment."""
        return cls(time.time_ns(), time.monotonic_ns(), server_boot)

    @property
    def utc_text(self) -> str:
        """The wall clock as it stands in JSON."""
        return encode_utc(dt.datetime.fromtimestamp(self.utc_ns / 1e9, dt.UTC))


def close_orphan(
    folder: Path,
    reason: EndReason,
    detail: str | None,
    *,
    status: Status = Status.INCOMPLETE,
    moment: Moment | None = None,
) -> EpisodeJournal:
    """Write a next epoch that adopts all steps there are and ends the episode; the episode as it is then.

    Nothing happens to an episode that has ended already. What only the session could have measured (active
    time, the game's metric, mostly the hash of the last state) is null.

    Args:
        folder: the episode's journals.
        reason: why it ended.
        detail: one sentence more, or None.
        status: of the reason (REC-40).
        moment: now, unless told otherwise.

    Raises:
        RecordingError: somebody still writes the journal, or another began the next epoch at the same time.
        StorageFull: there is no room; close it later.
    """
    journal = read_episode_journal(folder)
    if journal.end is not None:
        return journal
    at = moment or Moment.now()
    return _write_last_epoch(folder, journal, _end(journal, reason, detail, status, at), at)


def repeat_end(folder: Path, moment: Moment | None = None) -> EpisodeJournal:
    """Write a next epoch for an episode that had ended before this server took it over; the episode as it is then.

    It adopts everything, END included, and says END once more: so this server has an epoch of its own, by which the
    database knows what it writes of the episode from what the server before may still write (REC-32).

    Args:
        folder: the episode's journals, with an END.
        moment: now, unless told otherwise.

    Raises:
        RecordingError, StorageFull: see `close_orphan`.
    """
    journal = read_episode_journal(folder)
    if journal.end is None:
        raise RecordingError(f"Episode {journal.episode_id} has not ended.")
    return _write_last_epoch(folder, journal, journal.end, moment or Moment.now())


def _write_last_epoch(folder: Path, journal: EpisodeJournal, end: Members, at: Moment) -> EpisodeJournal:
    """An epoch that adopts everything there is and ends the episode."""
    if is_locked(journal_path(folder, journal.adopted[-1].epoch)):
        raise RecordingError(f"A journal of episode {journal.episode_id} is still being written.")
    epoch = find_next_epoch(folder)
    opening = open_entry(journal.episode_id, epoch, journal.adopted[-1], at.utc_text, journal.provenance)
    records = [
        (RecordKind.OPEN, encode_json(opening)),
        (RecordKind.SEGMENT, encode_json(_segment(journal, epoch, at))),
        *_newest_picture(journal),
        (RecordKind.END, encode_json(end)),
    ]
    writer = JournalWriter.create(folder, journal.episode_id, epoch)
    try:
        writer.write(records)
    finally:
        writer.close()
    return read_episode_journal(folder)


def _segment(journal: EpisodeJournal, epoch: int, at: Moment) -> dict[str, Any]:
    last = journal.segments[-1] if journal.segments else None
    start = SegmentStart(
        segment=0 if last is None else last["segment"] + 1,
        epoch=epoch,
        server_boot=at.server_boot,
        first_step=journal.n_steps,
        cause="closed",
        gap_ns=compute_gap_ns(
            journal.last_step_segment,
            journal.last_step.t_tick_ns if journal.last_step else None,
            at.server_boot,
            at.utc_ns,
            at.monotonic_ns,
        ),
    )
    return segment_entry(start, at.utc_ns, at.monotonic_ns)


def _newest_picture(journal: EpisodeJournal) -> list[Record]:
    """The key picture with which every epoch begins (REC-17); none where not even picture 0 was made."""
    words = None
    for _number, picture in journal.pictures:
        words = picture
    if words is None:
        return []
    change = encode_change(picture_words(words), None)
    records = [(RecordKind.PICTURE, encode_picture(journal.n_steps, key=True, payload=change))]
    newest = None
    for _number, newest in journal.observation_bytes:  # noqa: B007 - the last one is what is wanted
        pass
    if newest is not None:
        records.append((RecordKind.OBSERVATION, encode_observation(journal.n_steps, newest)))
    return records


def _end(journal: EpisodeJournal, reason: EndReason, detail: str | None, status: Status, at: Moment) -> dict[str, Any]:
    return end_entry(
        status=status,
        reason=reason,
        n_steps=journal.n_steps,
        score=compute_score(journal),
        metric=None,
        final_hash=journal.last_step.state_hash if journal.last_step else None,
        active_time_s=None,
        ended_utc=at.utc_text,
        detail=detail,
    )
