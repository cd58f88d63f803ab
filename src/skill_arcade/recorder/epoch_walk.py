"""The records of one epoch that count: groups of which the end is missing are left away (REC-15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.records import RecordKind, parse_json, parse_number, parse_picture
from skill_arcade.recorder.scanning import Cursor, Ending, JournalScan, ScannedRecord, scan_journal

# Looked up a few times for every record: as attributes of the class they would cost more than what is done with them.
_STEP, _PICTURE = RecordKind.STEP, RecordKind.PICTURE


@dataclass(frozen=True, slots=True)
class EpochRange:
    """A stretch of one epoch's journal that belongs to the episode.

    Attributes:
        path: the epoch's journal.
        epoch: its number.
        first_step: complete steps before this epoch.
        limit: bytes of the file that belong to the episode; None if that is not settled.
        has_observation: whether every picture is followed by an OBSERVATION.
    """

    path: Path
    epoch: int
    first_step: int
    limit: int | None
    has_observation: bool


class JournalRecord(NamedTuple):
    """A record that counts, with its epoch."""

    kind: RecordKind
    body: bytes
    epoch: int


class EpochWalk:
    """Iterates once over the records of one epoch that count.

    Attributes:
        n_steps: complete steps of the episode at `cursor`.
        ending: why it stopped; None before it has.
        problem: what is wrong at `cursor`, if `ending` is CORRUPT.
    """

    __slots__ = ("_end", "_group", "_has_picture", "_range", "_wanted", "ending", "n_steps", "problem")

    def __init__(self, stretch: EpochRange) -> None:
        self._range = stretch
        self._group: list[ScannedRecord] = []
        self._wanted: RecordKind | None = None
        self._has_picture = False
        self._end: ScannedRecord | JournalScan | None = None
        self.n_steps = stretch.first_step
        self.ending: Ending | None = None
        self.problem: str | None = None

    @property
    def cursor(self) -> Cursor:
        """The place up to which everything counts."""
        return Cursor(0, 0) if self._end is None else self._end.cursor

    def __iter__(self) -> Iterator[JournalRecord]:
        scan = scan_journal(self._range.path, limit=self._range.limit)
        epoch, group, new = self._range.epoch, self._group, tuple.__new__
        try:
            for record in scan:
                group.append(record)
                if self._completes_group(record):
                    self._end = record
                    for kind, body, _offset, _crc in group:
                        yield new(JournalRecord, (kind, body, epoch))
                    group.clear()
        except JournalCorrupt as error:
            self.ending, self.problem = Ending.CORRUPT, str(error)
            return
        self.ending = scan.ending
        if self.ending is Ending.CORRUPT:
            self.problem = "A record is wrong: its checksum, or its length."
        elif self.ending is Ending.CLEAN and not self._group:
            self._end = scan

    def _completes_group(self, record: ScannedRecord) -> bool:
        """Whether the group that this record belongs to, its own if it stands alone, is complete with it."""
        if self._wanted is not None:
            return self._take_wanted(record, self._wanted)
        if record.kind is _STEP:
            return self._take_step(record)
        if record.kind is _PICTURE:
            return self._take_first_picture(record)
        if record.kind is RecordKind.OBSERVATION:
            raise JournalCorrupt("An OBSERVATION stands there without its PICTURE.")
        return not self._acts_in_next_step(record)

    def _take_step(self, record: ScannedRecord) -> bool:
        step = parse_number(record.body)
        if step != self.n_steps or not self._has_picture:
            raise JournalCorrupt(f"STEP {step} stands where {self.n_steps} should, or before any picture.")
        self._wanted = _PICTURE
        return False

    def _take_first_picture(self, record: ScannedRecord) -> bool:
        picture = parse_picture(record.body)
        if self._has_picture or picture.step != self.n_steps or not picture.key:
            raise JournalCorrupt(f"PICTURE {picture.step} stands there without its STEP, or is no key picture.")
        if self._range.has_observation:
            self._wanted = RecordKind.OBSERVATION
            return False
        self._has_picture = True
        return True

    def _take_wanted(self, record: ScannedRecord, wanted: RecordKind) -> bool:
        """Take the PICTURE after a STEP, or the OBSERVATION after a PICTURE."""
        number = self.n_steps + (1 if self._has_picture else 0)
        if record.kind is not wanted or parse_number(record.body) != number:
            raise JournalCorrupt(f"A {record.kind.name} stands where {wanted.name} {number} should.")
        if self._range.has_observation and wanted is _PICTURE:
            self._wanted = RecordKind.OBSERVATION
            return False
        self._wanted = None
        self.n_steps, self._has_picture = number, True
        return True

    def _acts_in_next_step(self, record: ScannedRecord) -> bool:
        """Whether this is an input that the next step applies: it counts only together with that step."""
        return record.kind is RecordKind.EVENT and parse_json(record.body).get("applied_step") == self.n_steps
