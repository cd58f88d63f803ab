"""Reading journals: the records of a file, what a next epoch adopts, an episode over all its epochs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path

from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.adoption import Adoption
from skill_arcade.recorder.chain import Opening, find_next_epoch, read_chain
from skill_arcade.recorder.episode_journal import Damage, EpisodeJournal, Members
from skill_arcade.recorder.epoch_walk import EpochRange, EpochWalk, JournalRecord
from skill_arcade.recorder.lost_epochs import find_lost_epochs
from skill_arcade.recorder.provenance import parse_observation_kind
from skill_arcade.recorder.records import RecordKind, parse_json, parse_step
from skill_arcade.recorder.scanning import Cursor, Ending, JournalScan, ScannedRecord, scan_journal

__all__ = [
    "Adoption",
    "Cursor",
    "Damage",
    "Ending",
    "EpisodeJournal",
    "JournalRecord",
    "JournalScan",
    "Members",
    "ScannedRecord",
    "find_adoption",
    "find_next_epoch",
    "read_episode_journal",
    "scan_journal",
]

_PICTURE = RecordKind.PICTURE


def find_adoption(folder: Path) -> Adoption:
    """What the next epoch of the episode in this folder adopts (REC-30).

    Raises:
        EpisodeNotFound: no journal here has a complete OPEN.
        RecordingError: an epoch that is needed is missing, or a newer version of this program wrote it.
    """
    return read_episode_journal(folder).adopted[-1]


def read_episode_journal(folder: Path) -> EpisodeJournal:
    """The episode whose journals are in this folder, as it stands now (REC-31).

    Raises:
        EpisodeNotFound: no journal here has a complete OPEN.
        RecordingError: an epoch that is needed is missing, or a newer version of this program wrote it.
    """
    chain = read_chain(folder)
    summary = _Summary()
    for i, opening in enumerate(chain):
        successor = chain[i + 1].adopts if i + 1 < len(chain) else None
        if not _read_epoch(opening, successor, summary):
            break
    summary.damage.extend(find_lost_epochs(folder, [opening.epoch for opening in chain]))
    return EpisodeJournal(
        folder=folder,
        episode_id=chain[-1].episode_id,
        provenance=chain[-1].provenance,
        ranges=tuple(summary.ranges),
        adopted=tuple(summary.adopted),
        segments=tuple(summary.segments),
        end=summary.end,
        n_steps=summary.n_steps,
        last_step=parse_step(summary.last_step) if summary.last_step is not None else None,
        last_step_segment=summary.last_step_segment,
        last_input_seq=summary.last_input_seq,
        damage=tuple(summary.damage),
    )


@dataclass(slots=True)
class _Summary:
    """What is gathered while the epochs are read one after another."""

    ranges: list[EpochRange] = field(default_factory=list)
    adopted: list[Adoption] = field(default_factory=list)
    segments: list[Members] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    end: Members | None = None
    n_steps: int = 0
    last_step: bytes | None = None
    last_step_segment: Members | None = None
    last_input_seq: int = 0

    def add(self, record: JournalRecord) -> None:
        if record.kind is RecordKind.STEP:
            self.last_step = record.body
            self.last_step_segment = self.segments[-1] if self.segments else None
        elif record.kind is RecordKind.SEGMENT:
            self.segments.append(parse_json(record.body))
        elif record.kind is RecordKind.EVENT:
            self.last_input_seq = max(self.last_input_seq, parse_json(record.body).get("seq") or 0)
        elif record.kind is RecordKind.END:
            self.end = parse_json(record.body)


def _read_epoch(opening: Opening, successor: Adoption | None, summary: _Summary) -> bool:
    """Read one epoch as far as it belongs to the episode; whether the next epoch goes on from there."""
    stretch = EpochRange(
        path=opening.path,
        epoch=opening.epoch,
        first_step=summary.n_steps,
        limit=successor.n_bytes if successor else None,
        has_observation=not parse_observation_kind(opening.provenance).is_picture,
    )
    walk = EpochWalk(stretch)
    for record in walk:
        if record.kind is not _PICTURE:
            summary.add(record)
    summary.n_steps = walk.n_steps
    reached = Adoption(opening.epoch, walk.cursor.n_bytes, walk.cursor.crc, walk.n_steps)
    summary.ranges.append(replace(stretch, limit=walk.cursor.n_bytes))
    summary.adopted.append(reached)
    if walk.problem is not None:
        summary.damage.append(Damage(opening.epoch, walk.cursor.n_bytes, walk.problem))
        return False
    if successor is not None and reached != successor:
        what = f"Epoch {successor.epoch} was adopted up to byte {successor.n_bytes}, which are not all there."
        summary.damage.append(Damage(opening.epoch, walk.cursor.n_bytes, what))
        return False
    if successor is not None and (cut := _find_cut(stretch, reached)) is not None:
        summary.damage.append(cut)
    return True


def _find_cut(stretch: EpochRange, reached: Adoption) -> Damage | None:
    """The damage for which no more of an epoch was adopted, if it was that and not that its writer had stopped.

    Whatever else lies behind the adopted bytes is set aside rightly (REC-30): a torn tail, or what came late.
    """
    if stretch.path.stat().st_size == reached.n_bytes:
        return None
    walk = EpochWalk(replace(stretch, limit=None))
    try:
        deque(walk, maxlen=0)
    except RecordingError:  # a later version of this program wrote there, which is no damage
        return None
    if walk.problem is None or walk.cursor.n_bytes != reached.n_bytes:
        return None
    return Damage(stretch.epoch, reached.n_bytes, f"{walk.problem} The next epoch goes on from there.")
