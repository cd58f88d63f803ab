"""Ending an episode whose session cannot go on: an epoch that adopts everything and says why it ended."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skill_arcade.domain.episode import EndReason, Status
from skill_arcade.domain.errors import RecordingError
from skill_arcade.domain.sentences import shorten
from skill_arcade.recorder.chain import FORMAT, find_next_epoch
from skill_arcade.recorder.episode_journal import EpisodeJournal
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
    if is_locked(journal_path(folder, journal.adopted[-1].epoch)):
        raise RecordingError(f"A journal of episode {journal.episode_id} is still being written.")
    epoch = find_next_epoch(folder)
    at = moment or Moment.now()
    records = [
        (RecordKind.OPEN, encode_json(_opening(journal, epoch, at))),
        (RecordKind.SEGMENT, encode_json(_segment(journal, epoch, at))),
        *_newest_picture(journal),
        (RecordKind.END, encode_json(_end(journal, reason, detail, status, at))),
    ]
    writer = JournalWriter.create(folder, journal.episode_id, epoch)
    try:
        writer.write(records)
    finally:
        writer.close()
    return read_episode_journal(folder)


def _opening(journal: EpisodeJournal, epoch: int, at: Moment) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "episode_id": str(journal.episode_id),
        "epoch": epoch,
        "adopts": journal.adopted[-1].to_json(),
        "created_utc": at.utc_text,
        "provenance": journal.provenance,
    }


def _segment(journal: EpisodeJournal, epoch: int, at: Moment) -> dict[str, Any]:
    last = journal.segments[-1] if journal.segments else None
    return {
        "segment": 0 if last is None else last["segment"] + 1,
        "epoch": epoch,
        "server_boot": at.server_boot,
        "page_load": None,
        "first_step": journal.n_steps,
        "utc_ns": at.utc_ns,
        "monotonic_ns": at.monotonic_ns,
        "cause": "closed",
        "gap_ns": compute_gap_ns(
            journal.last_step_segment,
            journal.last_step.t_tick_ns if journal.last_step else None,
            at.server_boot,
            at.utc_ns,
            at.monotonic_ns,
        ),
        "client": None,
        "client_us": None,
        "client_utc_ms": None,
        "clock_step_us": None,
    }


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
    return {
        "status": status.value,
        "end_reason": reason.value,
        "n_steps": journal.n_steps,
        "score": compute_score(journal),
        "metric": None,
        "final_hash": journal.last_step.state_hash if journal.last_step else None,
        "active_time_s": None,
        "ended_utc": at.utc_text,
        "detail": None if detail is None else shorten(detail),
    }
