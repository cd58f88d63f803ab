"""The binary message: one picture with its header (LIVE-15, LIVE-16)."""

from __future__ import annotations

import struct
from enum import IntFlag

import msgspec

KIND_PICTURE = 1
_HEADER = struct.Struct("<BBHIIQ")
_STATUS = struct.Struct("<di")
NO_LIVES = -1


class FrameFlag(IntFlag):
    """Flags of a picture's header."""

    KEY = 1
    STATUS = 2
    TERMINATED = 4
    TRUNCATED = 8
    INVALID = 16


NO_FLAGS = 0
# Combining enumerated flags takes as long as the rest of a header.
_KEY, _STATUS_FLAG = int(FrameFlag.KEY), int(FrameFlag.STATUS)


class Frame(msgspec.Struct, frozen=True):
    """One picture message.

    Attributes:
        step: the number of this picture.
        base_distance: `step` less the number of the picture that `payload` changes; 0 for a key picture.
        input_seq: the newest input applied when this picture was made.
        server_us: server time at which the step that led here was done.
        payload: the change (LIVE-17).
        score: the sum of all rewards, if the status block is there.
        lives: lives left, -1 where there is no such count, if the status block is there.
        flags: of FrameFlag. KEY and STATUS are implied by `base_distance` and `score`; the others are given.
    """

    step: int
    base_distance: int
    input_seq: int
    server_us: int
    payload: bytes
    score: float | None = None
    lives: int = NO_LIVES
    flags: int = NO_FLAGS

    @property
    def is_key(self) -> bool:
        """Whether the payload changes an all-zero picture."""
        return self.base_distance == 0


def encode_frame(frame: Frame) -> bytes:
    """The bytes of one binary message."""
    return pack_frame(
        frame.flags,
        frame.base_distance,
        frame.step,
        frame.input_seq,
        frame.server_us,
        frame.score,
        frame.lives,
        frame.payload,
    )


def pack_frame(
    flags: int,
    base_distance: int,
    step: int,
    input_seq: int,
    server_us: int,
    score: float | None,
    lives: int,
    payload: bytes,
) -> bytes:
    """The same of the members of a `Frame`, for whoever makes sixty a second."""
    if base_distance == 0:
        flags |= _KEY
    if score is None:
        return _HEADER.pack(KIND_PICTURE, flags, base_distance, step, input_seq, server_us) + payload
    header = _HEADER.pack(KIND_PICTURE, flags | _STATUS_FLAG, base_distance, step, input_seq, server_us)
    return header + _STATUS.pack(score, lives) + payload


def parse_frame(data: bytes) -> Frame:
    """Read one binary message.

    Raises:
        ValueError: it is not a picture message.
    """
    if len(data) < _HEADER.size or data[0] != KIND_PICTURE:
        raise ValueError("not a picture message")
    _, flag_bits, base_distance, step, input_seq, server_us = _HEADER.unpack_from(data)
    flags = FrameFlag(flag_bits)
    if (FrameFlag.KEY in flags) != (base_distance == 0):
        raise ValueError("KEY is set exactly when base_distance is 0")
    start, score, lives = _HEADER.size, None, NO_LIVES
    if FrameFlag.STATUS in flags:
        if len(data) < start + _STATUS.size:
            raise ValueError("the status block is cut off")
        score, lives = _STATUS.unpack_from(data, start)
        start += _STATUS.size
    return Frame(step, base_distance, input_seq, server_us, data[start:], score, lives, flags)
