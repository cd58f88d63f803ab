"""Following a journal while it is written: the steps that have become complete since the last look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.database.steps import StepRow
from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.adoption import parse_adoption
from skill_arcade.recorder.index_rows import Anchor, anchor_of, step_row_of_record
from skill_arcade.recorder.provenance import parse_observation_kind
from skill_arcade.recorder.reading import Cursor, Ending, scan_journal
from skill_arcade.recorder.records import RecordKind, parse_json, parse_step


@dataclass(frozen=True, slots=True)
class Opened:
    """What OPEN and the first SEGMENT of an epoch say.

    Attributes:
        episode_id: whose journal it is.
        epoch: of this file.
        first_step: steps that the epoch adopted.
        provenance: see REC-16.
    """

    episode_id: UUID
    epoch: int
    first_step: int
    provenance: Mapping[str, Any]


class JournalTail:
    """The growing end of one epoch's journal.

    Attributes:
        path: the file.
        n_bytes: how far it has been read; everything before is complete records.
        n_steps: complete steps of the episode so far (REC-15); those that were adopted count.
        opened: None until OPEN has come.
        segment: the newest SEGMENT; None until one has come.
        end: the END record; None until it has come.
    """

    __slots__ = (
        "_anchor",
        "_cursor",
        "_episode_id",
        "_last_kind_of_group",
        "_pending",
        "end",
        "n_steps",
        "opened",
        "path",
        "segment",
    )

    def __init__(self, path: Path) -> None:
        self.path = path
        self.n_steps = 0
        self.opened: Opened | None = None
        self.segment: Mapping[str, Any] | None = None
        self.end: Mapping[str, Any] | None = None
        self._cursor: Cursor | None = None
        self._episode_id: UUID | None = None
        self._anchor: Anchor | None = None
        self._pending: StepRow | None = None
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
                self._pending = step_row_of_record(parse_step(body), self._anchor)
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
        if self._pending is not None:  # the first picture of an epoch is of no step
            rows.append(self._pending)
            self.n_steps, self._pending = self._pending.step + 1, None

    def _take(self, kind: RecordKind, body: bytes, episode_id: UUID | None) -> None:
        if kind is RecordKind.SEGMENT:
            self.segment = parse_json(body)
            self._anchor = anchor_of(self.segment)
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
        self.opened = Opened(episode_id, epoch, self.n_steps, provenance)
        if not parse_observation_kind(provenance).is_picture:
            self._last_kind_of_group = RecordKind.OBSERVATION
