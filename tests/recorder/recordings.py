"""Makes small journals: of a game whose pictures and rewards are arithmetic on the step's number."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import numpy.typing as npt

from skill_arcade.domain.picture import Picture
from skill_arcade.recorder.adoption import Adoption
from skill_arcade.recorder.journal import JournalWriter
from skill_arcade.recorder.provenance import encode_palette
from skill_arcade.recorder.records import (
    RecordKind,
    StepRecord,
    encode_json,
    encode_observation,
    encode_picture,
    encode_step,
)
from skill_arcade.wire.picture import Words, encode_change, picture_words

EPISODE = UUID("6f1f0a5e-2f0c-4c3e-9f55-0d1b3c7a9e10")
PALETTE = bytes(i % 256 for i in range(768))
HEIGHT, WIDTH = 4, 5

Record = tuple[RecordKind, bytes]

PROVENANCE: dict[str, Any] = {
    "user": "f00d",
    "played_by": None,
    "session_id": "s-1",
    "game_id": "Counting.v0",
    "attempt_index": 3,
    "env_id": "Counting-v0",
    "env_kwargs": {"size": 5},
    "environment": {"env_id": "Counting-v0", "kwargs": {"size": 5}, "adapter": "auto"},
    "packages": {"numpy": "2.0.0"},
    "server_commit": "abc",
    "rom_md5": None,
    "picture_width": WIDTH,
    "picture_height": HEIGHT,
    "pixels": "indexed8",
    "palette": encode_palette(PALETTE),
    "observation": {"is_picture": True, "dtype": None, "shape": None},
    "seed": 7,
    "seed_policy": "fixed",
    "noop_starts": 0,
    "repeat_action_probability": None,
    "frameskip": None,
    "pacing": "realtime",
    "tick_hz": 60.0,
    "action_meanings": ["NOOP", "FIRE"],
    "max_steps": 100,
    "metric_name": "Score",
    "started_utc": "2026-01-31T23:59:59.5Z",
    "consent_version": None,
    "recorder_version": "0.1.0",
    "game": {"id": "Counting.v0", "deterministic": True},
}


def picture_of(step: int) -> Picture:
    """Picture `step` of the counting game: uint8 (4, 5)."""
    picture = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    picture.reshape(-1)[step % picture.size] = 1 + step % 250
    return picture


def observation_of(step: int) -> npt.NDArray[np.float32]:
    """Observation `step` of the counting game where it has one: float32 (2,)."""
    return np.array([step / 2, -step], dtype=np.float32)


PARTS: dict[str, Any] = {
    "is_picture": False,
    "dtype": None,
    "shape": None,
    "parts": [
        {"name": "count", "dtype": "int64", "shape": []},
        {"name": "grid.0", "dtype": "float32", "shape": [2, 2]},
        {"name": "wörd", "dtype": "json", "shape": None},
    ],
}
"""What observations of the counting game are where they have parts."""


def parts_of(step: int) -> dict[str, Any]:
    """Observation `step` of the counting game where it has parts."""
    grid = np.array([[step / 2, -step], [np.nan, np.inf]], dtype=np.float32)
    return {"count": np.array(step), "grid.0": grid, "wörd": {"step": [step], "é": None}}


def parts_bytes(step: int) -> bytes:
    """The bytes of `parts_of`."""
    grid: bytes = parts_of(step)["grid.0"].tobytes()
    text = f'{{"step":[{step}],"é":null}}'.encode()
    return struct.pack("<q", step) + grid + struct.pack("<I", len(text)) + text


def step_of(step: int) -> StepRecord:
    """Step `step` of the counting game: action and reward alternate, every third has an input."""
    has_input = step % 3 == 0
    return StepRecord(
        step=step,
        action=step % 2,
        reward=0.1 * step,
        terminated=False,
        truncated=False,
        invalid=step % 5 == 4,
        lives=3,
        t_tick_ns=1_000_000 + step * 16_666_667,
        input_seq=1 + step // 3,
        shown_step=step if has_input else None,
        t_input_us=5_000 + step if has_input else None,
        replayed_input=False,
        state_hash=f"{step:016x}" if step % 2 else None,
    )


def event_of(seq: int, applied_step: int | None) -> dict[str, Any]:
    """A key that went down."""
    return {
        "seq": seq,
        "kind": "down",
        "code": "Space",
        "key": " ",
        "x": None,
        "y": None,
        "action": None,
        "held": ["Space"],
        "t_client_us": 5_000 + seq,
        "shown_step": applied_step,
        "t_received_ns": 1_000_000 + seq,
        "applied_step": applied_step,
        "replayed": False,
        "segment": 0,
    }


def segment_of(segment: int, epoch: int, first_step: int, **members: object) -> dict[str, Any]:
    """A SEGMENT."""
    return {
        "segment": segment,
        "epoch": epoch,
        "server_boot": "boot-1",
        "page_load": "page-1",
        "first_step": first_step,
        "utc_ns": 1_769_903_999_500_000_000,
        "monotonic_ns": 1_000_000,
        "cause": "start",
        "gap_ns": None,
        "client": {"browser": "Firefox", "refresh_hz": 60, "played_by": "human"},
        "client_us": 1_000,
        "client_utc_ms": 1_769_903_999_500,
        "clock_step_us": 5,
        **members,
    }


def end_of(n_steps: int, **members: object) -> dict[str, Any]:
    """An END of a player who quit."""
    score = 0.0
    for step in range(n_steps):
        score += step_of(step).reward
    return {
        "status": "incomplete",
        "end_reason": "player_quit",
        "n_steps": n_steps,
        "score": score,
        "metric": None,
        "final_hash": None,
        "active_time_s": 1.5,
        "ended_utc": "2026-02-01T00:00:09.25Z",
        "detail": None,
        **members,
    }


@dataclass(slots=True)
class CountingJournal:
    """Writes the journal of one epoch of the counting game, record by record or step by step."""

    writer: JournalWriter
    n_steps: int
    has_observation: bool = False
    _words: Words | None = None
    _has_parts: bool = False

    @classmethod
    def begin(
        cls,
        folder: Path,
        epoch: int = 1,
        adopts: Adoption | None = None,
        *,
        has_observation: bool = False,
        has_parts: bool = False,
        provenance: dict[str, Any] | None = None,
        segment: int = 0,
    ) -> CountingJournal:
        """Write OPEN, SEGMENT and the first picture; `has_parts` is of the observation, if it has one."""
        observation = PARTS if has_parts else {"is_picture": False, "dtype": "float32", "shape": [2]}
        facts = {**(provenance or PROVENANCE), **({"observation": observation} if has_observation else {})}
        n_steps = adopts.n_steps if adopts else 0
        writer = JournalWriter.create(folder, EPISODE, epoch)
        journal = cls(writer, n_steps, has_observation, _has_parts=has_parts)
        opening = {
            "format": 1,
            "episode_id": str(EPISODE),
            "epoch": epoch,
            "adopts": adopts.to_json() if adopts else None,
            "created_utc": "2026-01-31T23:59:59.500000Z",
            "provenance": facts,
        }
        journal.writer.write(
            [
                (RecordKind.OPEN, encode_json(opening)),
                (RecordKind.SEGMENT, encode_json(segment_of(segment, epoch, n_steps))),
                *journal.picture(n_steps, key=True),
            ]
        )
        return journal

    def picture(self, step: int, *, key: bool = False) -> list[Record]:
        """PICTURE, and OBSERVATION where the game has one."""
        words = picture_words(picture_of(step))
        change = encode_change(words, None if key else self._words)
        self._words = words
        records = [(RecordKind.PICTURE, encode_picture(step, key, change))]
        if self.has_observation:
            data = parts_bytes(step) if self._has_parts else observation_of(step).tobytes()
            records.append((RecordKind.OBSERVATION, encode_observation(step, data)))
        return records

    def group(self, step: int, **changes: Any) -> list[Record]:
        """The records of one step; every third has an event."""
        record = msgspec.structs.replace(step_of(step), **changes)
        events = [(RecordKind.EVENT, encode_json(event_of(1 + step // 3, step)))] if step % 3 == 0 else []
        return [*events, (RecordKind.STEP, encode_step(record)), *self.picture(step + 1)]

    def play(self, n_steps: int) -> CountingJournal:
        """Make so many more steps."""
        for step in range(self.n_steps, self.n_steps + n_steps):
            self.writer.write(self.group(step))
        self.n_steps += n_steps
        return self

    def add(self, kind: RecordKind, *bodies: dict[str, Any]) -> CountingJournal:
        """Append JSON records."""
        self.writer.write([(kind, encode_json(body)) for body in bodies])
        return self

    def end(self, **members: object) -> None:
        """Write END and close."""
        self.add(RecordKind.END, end_of(self.n_steps, **members))
        self.writer.close()


def check_is_counting_game(steps: Sequence[StepRecord], pictures: Sequence[tuple[int, Picture]], n_steps: int) -> None:
    """Assert that these are the first `n_steps` steps of the counting game, and their pictures."""
    assert list(steps) == [step_of(step) for step in range(n_steps)]
    assert [number for number, _ in pictures] == list(range(n_steps + 1))
    for number, picture in pictures:
        assert np.array_equal(picture, picture_of(number))
