"""What the server sends as text (LIVE.md section 2): a closed union, and its codec."""

from __future__ import annotations

from typing import Literal

import msgspec

from skill_arcade.wire.limits import PROTOCOL_VERSION

StateName = Literal["ready", "running", "paused", "ended"]
PauseReason = Literal["player", "blur", "disconnected", "storage_full", "rebuilt"]


class _Message(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """One message of the server. Unknown members are ignored by a reader (LIVE-11)."""


class PictureInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How pictures are to be read (LIVE-18)."""

    width: int
    height: int
    pixels: Literal["indexed8", "rgb24"]
    palette: str | None


class PacingInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How time passes."""

    mode: Literal["realtime", "turn"]
    tick_hz: float | None


class SoundInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How sound is to be played (LIVE-40)."""

    rate_hz: float
    samples_per_step: int


class Welcome(_Message, frozen=True, kw_only=True, tag="welcome"):
    """All a client needs to go on from here (LIVE-6)."""

    episode_id: str
    game_id: str
    epoch: int
    segment: int
    resume_token: str
    step: int
    last_input_seq: int
    picture: PictureInfo
    pacing: PacingInfo
    max_steps: int
    recording: bool
    server_us: int
    server_boot: str
    optimum: int | None = None
    sound: SoundInfo | None = None
    protocol: int = PROTOCOL_VERSION


class State(_Message, frozen=True, kw_only=True, tag="state"):
    """Where the episode stands (LIVE-21)."""

    state: StateName
    reason: PauseReason | None
    step: int
    resumes_in_ms: int | None
    countdown_ms: int
    ends_in_ms: int | None
    active_ms: int
    server_us: int


class Pending(_Message, frozen=True, kw_only=True, tag="pending"):
    """Keys pressed so far of a move of several keys (LIVE-35)."""

    codes: tuple[str, ...]


class Safe(_Message, frozen=True, kw_only=True, tag="safe"):
    """How far the record is safe, in steps (LIVE-60)."""

    acked: int
    durable_here: int
    durable_store: int


class Pong(_Message, frozen=True, kw_only=True, tag="pong"):
    """The answer to `ping` (LIVE-50)."""

    id: int
    client_us: int
    t1_server_us: int
    t2_server_us: int


class Notice(_Message, frozen=True, kw_only=True, tag="notice"):
    """Something the player should know."""

    code: Literal["storage_full", "storage_ok", "rebuilding"]
    text: str


class Ended(_Message, frozen=True, kw_only=True, tag="ended"):
    """The episode is over."""

    status: Literal["won", "lost", "incomplete"]
    reason: str
    n_steps: int
    score: float
    metric: float | None


FromServer = Welcome | State | Pending | Safe | Pong | Notice | Ended

_decoder: msgspec.json.Decoder[FromServer] = msgspec.json.Decoder(FromServer)
_encoder = msgspec.json.Encoder()


def encode_server_message(message: FromServer) -> bytes:
    """The UTF-8 text of one message."""
    return _encoder.encode(message)


def parse_server_message(text: str | bytes) -> FromServer | None:
    """Read one text message; None for a type that this version does not know (LIVE-11).

    Raises:
        ValueError: it is not a message at all, or lacks what its type must have.
    """
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError as error:
        if "Invalid value" in str(error) and "$.type" in str(error):
            return None
        raise ValueError(str(error)) from None
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
