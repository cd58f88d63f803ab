"""The bodies of a journal's records, as bytes and back (RECORDING.md, section 2); pure, it never does I/O."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgspec

from skill_arcade.domain.action import Action
from skill_arcade.domain.errors import JournalCorrupt

_STEP = struct.Struct("<IIdqiIIqi")
_PICTURE = struct.Struct("<IB")
_OBSERVATION = struct.Struct("<I")
_HASH_BYTES = 8

TERMINATED, TRUNCATED, INVALID, INPUT, REPLAYED, HASH, EXTRA = (1 << bit for bit in range(7))
"""Flags of a STEP (REC-20)."""

STEP_FLAGS = (1 << 7) - 1
"""All of them."""

_KEY = 1

# One encoder for all records: building one for each call costs as much as the encoding. A value that JSON
# does not have (NaN) is refused here, where the culprit is on the stack, and not later by a reader.
_encode_text = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode
_decode_json = msgspec.json.Decoder().decode
"""Several times as quick as Python's own, and stricter."""


class RecordKind(IntEnum):
    """What a record is (REC-14)."""

    OPEN = 1
    SEGMENT = 2
    STEP = 3
    PICTURE = 4
    OBSERVATION = 5
    EVENT = 6
    DRAWN = 7
    CLOCK = 8
    END = 9


class StepRecord(msgspec.Struct, frozen=True):
    """One step of the environment (REC-20).

    Attributes:
        step: its number, from 0.
        action: what the player did.
        reward: the environment's own, unscaled.
        terminated: the environment reached an end of its own.
        truncated: something outside the task ended it.
        invalid: the action was not allowed and changed nothing.
        lives: lives left after the step; None where the game has no such count.
        t_tick_ns: server time, monotonic, right after the environment's step.
        input_seq: the newest input applied by then; 0 if none.
        shown_step: number of the picture on the screen when the input happened that acts here for the first
            time; None if no input does.
        t_input_us: client time of that input; None exactly where `shown_step` is.
        replayed_input: that input was sent once more after a reconnect.
        state_hash: 16 hex digits (REC-23), or None.
        executed_action: what the environment was given, where that differs from `action`.
        info: small JSON-able facts of the environment; None if there are none.
    """

    step: int
    action: Action
    reward: float
    terminated: bool
    truncated: bool
    invalid: bool
    lives: int | None
    t_tick_ns: int
    input_seq: int
    shown_step: int | None
    t_input_us: int | None
    replayed_input: bool
    state_hash: str | None
    executed_action: Action | None = None
    info: Mapping[str, Any] | None = None


def encode_step(record: StepRecord) -> bytes:
    """The body of a STEP.

    Raises:
        ValueError: `info` has a NaN, or only one of `shown_step` and `t_input_us` is None.
        struct.error: a number does not fit its field.
    """
    if (record.shown_step is None) != (record.t_input_us is None):
        raise ValueError("shown_step and t_input_us belong to one input: both are there or neither")
    extra = _extra_of(record)
    flags = (
        (TERMINATED if record.terminated else 0)
        | (TRUNCATED if record.truncated else 0)
        | (INVALID if record.invalid else 0)
        | (INPUT if record.shown_step is not None else 0)
        | (REPLAYED if record.replayed_input else 0)
        | (HASH if record.state_hash is not None else 0)
        | (EXTRA if extra else 0)
    )
    body = _STEP.pack(
        record.step,
        flags,
        record.reward,
        record.t_tick_ns,
        -1 if record.lives is None else record.lives,
        record.input_seq,
        record.shown_step or 0,
        record.t_input_us or 0,
        record.action if isinstance(record.action, int) else -1,
    )
    if record.state_hash is not None:
        body += bytes.fromhex(record.state_hash)
    return body + encode_json(extra) if extra else body


def _extra_of(record: StepRecord) -> dict[str, Any] | None:
    if isinstance(record.action, int) and record.executed_action is None and not record.info:
        return None
    extra: dict[str, Any] = {}
    if not isinstance(record.action, int):
        extra["action"] = record.action
    if record.executed_action is not None:
        extra["executed_action"] = record.executed_action
    if record.info:
        extra["info"] = record.info
    return extra


def parse_step(body: bytes) -> StepRecord:
    """Read the body of a STEP.

    Raises:
        JournalCorrupt: these bytes were not written by `encode_step`.
    """
    try:
        step, flags, reward, t_tick_ns, lives, input_seq, shown_step, t_input_us, number = _STEP.unpack_from(body)
    except struct.error as error:
        raise JournalCorrupt(f"A STEP record has {len(body)} bytes: {error}.") from None
    if flags & ~STEP_FLAGS:
        raise JournalCorrupt(f"Step {step} has the unknown flags {flags & ~STEP_FLAGS:#x}.")
    end = _STEP.size + (_HASH_BYTES if flags & HASH else 0)
    if len(body) < end or (len(body) > end and not flags & EXTRA):
        raise JournalCorrupt(f"Step {step} has {len(body)} bytes, which its flags do not explain.")
    extra = parse_json(body[end:]) if flags & EXTRA else {}
    return StepRecord(
        step=step,
        action=_parse_action(extra["action"]) if "action" in extra else number,
        reward=reward,
        terminated=bool(flags & TERMINATED),
        truncated=bool(flags & TRUNCATED),
        invalid=bool(flags & INVALID),
        lives=None if lives == -1 else lives,
        t_tick_ns=t_tick_ns,
        input_seq=input_seq,
        shown_step=shown_step if flags & INPUT else None,
        t_input_us=t_input_us if flags & INPUT else None,
        replayed_input=bool(flags & REPLAYED),
        state_hash=body[_STEP.size : end].hex() if flags & HASH else None,
        executed_action=_parse_action(extra["executed_action"]) if "executed_action" in extra else None,
        info=extra.get("info"),
    )


def _parse_action(value: object) -> Action:
    if isinstance(value, int):
        return value
    if isinstance(value, list) and all(isinstance(each, int | float) for each in value):
        return tuple(value)
    raise JournalCorrupt(f"{value!r} is no action.")


class PictureRecord(msgspec.Struct, frozen=True):
    """A picture as a change (REC-21).

    Attributes:
        step: the picture's number, from 0.
        key: the change is to an all-zero picture, not to picture step - 1.
        payload: of LIVE-17.
    """

    step: int
    key: bool
    payload: bytes


def encode_picture(step: int, key: bool, payload: bytes) -> bytes:
    """The body of a PICTURE."""
    return _PICTURE.pack(step, _KEY if key else 0) + payload


def parse_picture(body: bytes) -> PictureRecord:
    """Read the body of a PICTURE.

    Raises:
        JournalCorrupt: it is too short, or has unknown flags.
    """
    try:
        step, flags = _PICTURE.unpack_from(body)
    except struct.error as error:
        raise JournalCorrupt(f"A PICTURE record has {len(body)} bytes: {error}.") from None
    if flags & ~_KEY:
        raise JournalCorrupt(f"Picture {step} has the unknown flags {flags & ~_KEY:#x}.")
    return PictureRecord(step, bool(flags & _KEY), body[_PICTURE.size :])


@dataclass(frozen=True, slots=True)
class ObservationRecord:
    """An observation that is not the picture: its bytes (REC-22)."""

    step: int
    data: bytes


def encode_observation(step: int, data: bytes) -> bytes:
    """The body of an OBSERVATION."""
    return _OBSERVATION.pack(step) + data


def parse_observation(body: bytes) -> ObservationRecord:
    """Read the body of an OBSERVATION.

    Raises:
        JournalCorrupt: it is too short.
    """
    try:
        (step,) = _OBSERVATION.unpack_from(body)
    except struct.error as error:
        raise JournalCorrupt(f"An OBSERVATION record has {len(body)} bytes: {error}.") from None
    return ObservationRecord(step, body[_OBSERVATION.size :])


def parse_number(body: bytes) -> int:
    """The number of a STEP, PICTURE or OBSERVATION, without reading the rest of it.

    Raises:
        JournalCorrupt: the body is too short to have one.
    """
    if len(body) < _OBSERVATION.size:
        raise JournalCorrupt(f"A record of {len(body)} bytes has no number.")
    return int.from_bytes(body[: _OBSERVATION.size], "little")


def encode_json(members: Mapping[str, Any]) -> bytes:
    """The body of an OPEN, SEGMENT, EVENT, DRAWN, CLOCK or END: one compact JSON object, ASCII only.

    Raises:
        ValueError: a value is NaN or infinite, which JSON does not have.
        TypeError: a value is of a type that JSON does not have.
    """
    return _encode_text(members).encode("ascii")


def parse_json(body: bytes) -> dict[str, Any]:
    """Read the body of a record that is JSON.

    Raises:
        JournalCorrupt: it is not one JSON object.
    """
    members: object
    try:
        members = _decode_json(body)
    except (ValueError, RecursionError):
        members = _parse_lenient_json(body)
    if not isinstance(members, dict):
        raise JournalCorrupt("A record that should be a JSON object is none.")
    return members


def _parse_lenient_json(body: bytes) -> object:
    """As Python's own reader takes it: with NaN and lone surrogates, which older writers let through."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise JournalCorrupt(f"A record that should be JSON is not: {error}.") from None
