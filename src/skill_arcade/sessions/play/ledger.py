"""What a session writes into its journal, and in what order (RECORDING.md section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from skill_arcade.recorder.records import (
    RecordKind,
    StepRecord,
    encode_json,
    encode_observation,
    encode_picture,
    encode_step,
)
from skill_arcade.sessions.play.event_entries import input_entry, server_event_entry
from skill_arcade.sessions.play.inputs import Received

MAX_UNWRITTEN_BYTES = 8 * 1024 * 1024
"""What may wait in memory while the disk is full; the connection is given up beyond it."""


class Journal(Protocol):
    """Where the records go."""

    def write(self, records: Sequence[tuple[RecordKind, bytes]]) -> None:
        """Append all or none; raises StorageFull for none."""
        ...


class Ledger:
    """Collects records and writes them together; what could not be written stays and is tried again first."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._unwritten: list[tuple[RecordKind, bytes]] = []
        self._unwritten_bytes = 0

    @property
    def has_unwritten(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._unwritten)

    @property
    def is_overfull(self) -> bool:
        """Whether more waits than may."""
        return self._unwritten_bytes > MAX_UNWRITTEN_BYTES

    def flush(self) -> None:
        """Write all that waits, with one write.

        Raises:
            StorageFull: nothing was written and everything waits on.
        """
        if self._unwritten:
            self._journal.write(self._unwritten)
            self._unwritten.clear()
            self._unwritten_bytes = 0

    def add_input(self, received: Received, applied_step: int | None) -> None:
        """An EVENT of the client (REC-24)."""
        self.add_json(RecordKind.EVENT, input_entry(received, applied_step))

    def add_server_event(
        self, kind: str, step: int, now_ns: int, segment: int, detail: Mapping[str, Any] | None = None
    ) -> None:
        """An EVENT of the server (REC-25)."""
        self.add_json(RecordKind.EVENT, server_event_entry(kind, step, now_ns, segment, detail))

    def add_group(self, step: StepRecord, change: bytes, observation: bytes | None) -> None:
        """STEP, PICTURE and, where there is one, OBSERVATION (REC-15)."""
        body, picture = encode_step(step), encode_picture(step.step + 1, key=False, payload=change)
        self._unwritten += ((RecordKind.STEP, body), (RecordKind.PICTURE, picture))
        self._unwritten_bytes += len(body) + len(picture)
        if observation is not None:
            self._add(RecordKind.OBSERVATION, encode_observation(step.step + 1, observation))

    def add_picture(self, number: int, change: bytes, observation: bytes | None, *, key: bool) -> None:
        """PICTURE and OBSERVATION alone: the first of an epoch (REC-17)."""
        self._add(RecordKind.PICTURE, encode_picture(number, key=key, payload=change))
        if observation is not None:
            self._add(RecordKind.OBSERVATION, encode_observation(number, observation))

    def add_json(self, kind: RecordKind, body: Mapping[str, Any]) -> None:
        """Any of the records whose body is JSON."""
        self._add(kind, encode_json(body))

    def _add(self, kind: RecordKind, body: bytes) -> None:
        self._unwritten.append((kind, body))
        self._unwritten_bytes += len(body)
