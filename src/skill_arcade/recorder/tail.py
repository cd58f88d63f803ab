"""Following a journal while it is written: the steps that have become complete since the last look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.database.steps import StepRow
from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.adoption import Adoption, parse_adoption
from skill_arcade.recorder.index_rows import Anchor, anchor_of, step_row_of_record
from skill_arcade.recorder.provenance import parse_observation_kind
from skill_arcade.recorder.reading import Cursor, Ending, scan_journal
from skill_arcade.recorder.records import RecordKind, parse_json, parse_number, parse_step


@dataclass(frozen=True, slots=True)
class Opened:
    """What OPEN says of an epoch.

    Attributes:
        episode_id: whose journal it is.
        epoch: of this file.
        adopts: what belongs to the episode of the epoch before; None if there is none.
        provenance: see REC-16.
    """

    episode_id: UUID
    epoch: int
    adopts: Adoption | None
    provenance: Mapping[str, Any]

    @property
    def is_recorded(self) -> bool:
        """Whether the episode is kept after its end; if not, its journal never leaves this machine."""
        return self.provenance.get("recording") is not False


class JournalTail:
    """The growing end of one epoch's journal.

    Attributes:
        path: the file.
        n_bytes: how far it has been read; everything before is complete records.
        n_steps: complete steps of the episode so far (REC-15); those that were adopted count.
        opened: None until OPEN has come.
        segments: every SEGMENT of this epoch so far; replaced when one comes, never changed.
        end: the END record; None until it has come.
    """

    __slots__ = (
        "_anchor",
        "_cursor",
        "_episode_id",
        "_last_kind_of_group",
        "_pending",
        "_pending_step",
        "_wants_rows",
        "end",
        "n_steps",
        "opened",
        "path",
        "segments",
    )

    def __init__(self, path: Path, *, wants_rows: bool = True) -> None:
        """Nothing is read yet.

        Args:
            path: the file.
            wants_rows: whether `read_new` is to make rows; without, steps are only counted.
        """
        self.path = path
        self.n_steps = 0
        self.opened: Opened | None = None
        self.segments: tuple[Mapping[str, Any], ...] = ()
        self.end: Mapping[str, Any] | None = None
        self._cursor: Cursor | None = None
        self._episode_id: UUID | None = None
        self._anchor: Anchor | None = None
        self._pending: StepRow | None = None
        self._pending_step: int | None = None
        self._wants_rows = wants_rows
        self._last_kind_of_group = RecordKind.PICTURE

    @property
    def n_bytes(self) -> int:
        """How far the file has been read."""
        return self._cursor.n_bytes if self._cursor is not None else 0

    def read_new(self) -> list[StepRow]:
        """Read on to the end of the file; the rows of the steps that are complete now.

        Raises:
            JournalCorrupt: what comes next is wrong; nothing more will ever come of this file.
            FileNotFoundError: the file is gone.
        """
        scan = scan_journal(self.path, self._cursor)
        rows: list[StepRow] = []
        step = RecordKind.STEP
        for kind, body, _offset, _crc in scan:
            if kind is step and self._anchor is not None:
                if self._wants_rows:
                    self._pending = step_row_of_record(parse_step(body), self._anchor)
                    self._pending_step = self._pending.step
                else:
                    self._pending_step = parse_number(body)
            elif kind is self._last_kind_of_group:
                self._complete_step(rows)
            else:
                self._take(kind, body, scan.episode_id or self._episode_id)
        if scan.ending is Ending.CORRUPT:
            raise JournalCorrupt(f"{self.path} is wrong at byte {scan.cursor.n_bytes}.")
        if scan.cursor.n_bytes > 0:  # else not even the header is whole yet
            self._cursor = scan.cursor
            # Only a scan from the beginning sees the header, and OPEN may not be whole at the first look.
            self._episode_id = scan.episode_id or self._episode_id
        return rows

    def _complete_step(self, rows: list[StepRow]) -> None:
        if self._pending_step is None:
            return  # the first picture of an epoch is of no step
        self.n_steps, self._pending_step = self._pending_step + 1, None
        if self._pending is not None:
            rows.append(self._pending)
            self._pending = None

    def _take(self, kind: RecordKind, body: bytes, episode_id: UUID | None) -> None:
        if kind is RecordKind.SEGMENT:
            self.segments = (*self.segments, parse_json(body))
            self._anchor = anchor_of(self.segments[-1])
        elif kind is RecordKind.OPEN and episode_id is not None:
            self._open(parse_json(body), episode_id)
        elif kind is RecordKind.END:
            self.end = parse_json(body)

    def _open(self, members: Mapping[str, Any], episode_id: UUID) -> None:
        try:
            epoch, provenance = int(members["epoch"]), members["provenance"]
        except (KeyError, TypeError, ValueError) as error:
            raise JournalCorrupt(f"{self.path} begins with no readable OPEN: {error!r}.") from None
        adopts = parse_adoption(members.get("adopts"))
        self.n_steps = adopts.n_steps if adopts is not None else 0
        self.opened = Opened(episode_id, epoch, adopts, provenance)
        if not parse_observation_kind(provenance).is_picture:
            self._last_kind_of_group = RecordKind.OBSERVATION
