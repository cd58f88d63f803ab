"""What a client may send (LIVE.md section 2): a closed union, and its parser."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from skill_arcade.wire.closes import Close, ProtocolViolation
from skill_arcade.wire.limits import MAX_COUNTDOWN_MS, MAX_MESSAGE_BYTES

_U32 = 2**32 - 1
_MAX_US = 2**53

Micros = Annotated[int, Meta(ge=-_MAX_US, le=_MAX_US)]
Count = Annotated[int, Meta(ge=0, le=_U32)]
Code = Annotated[str, Meta(min_length=1, max_length=32)]
Held = Annotated[tuple[Code, ...], Meta(max_length=16)]
Fraction = Annotated[float, Meta(ge=0.0, le=1.0)]
InputKind = Literal["down", "up", "pointer", "move", "sync", "blur", "focus", "action"]
PlayedByName = Literal["human", "agent", "scripted"]
Fact = Annotated[str, Meta(max_length=256)]
Measure = Annotated[float, Meta(ge=0, le=1e9)]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """One message of a client."""


class ClientFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a client says of itself; each may be absent (LIVE.md section 2)."""

    name: Fact | None = None
    version: Fact | None = None
    browser: Fact | None = None
    refresh_hz: Measure | None = None
    device_pixel_ratio: Measure | None = None
    input_device: Fact | None = None
    time_zone: Fact | None = None


class Hello(_Message, frozen=True, kw_only=True, tag="hello"):
    """Who is there (LIVE-6)."""

    page_load: Annotated[str, Meta(min_length=1, max_length=64)]
    played_by: PlayedByName
    client: ClientFacts
    client_us: Micros
    utc_ms: Micros
    clock_step_us: Annotated[float, Meta(ge=0, le=1e6)]


class Start(_Message, frozen=True, kw_only=True, tag="start"):
    """Begin (LIVE-20)."""


class _InputFields(_Message, frozen=True, kw_only=True):
    seq: Annotated[int, Meta(ge=1, le=_U32)]
    kind: InputKind
    client_us: Micros
    shown_step: Count
    held: Held
    code: Code | None = None
    key: Code | None = None
    x: Fraction | None = None
    y: Fraction | None = None
    action: int | tuple[float, ...] | None = None


class Input(_InputFields, frozen=True, kw_only=True, tag="input"):
    """One raw input event (LIVE-30 to LIVE-33)."""


class ResentInput(_InputFields, frozen=True, kw_only=True, tag="input"):
    """An input offered once more (LIVE-36)."""

    applied_step: Count | None


class Resend(_Message, frozen=True, kw_only=True, tag="resend"):
    """Inputs that may have been lost (LIVE-36)."""

    inputs: Annotated[tuple[ResentInput, ...], Meta(max_length=60)]
    last_step: Count


class Pause(_Message, frozen=True, kw_only=True, tag="pause"):
    """Stop the game."""

    reason: Literal["player", "blur"]


class Resume(_Message, frozen=True, kw_only=True, tag="resume"):
    """Go on after a countdown (LIVE-22)."""

    countdown_ms: Annotated[int, Meta(ge=0, le=MAX_COUNTDOWN_MS)]


class Sound(_Message, frozen=True, kw_only=True, tag="sound"):
    """Ask for sound, or for no more of it (LIVE-41)."""

    on: bool


class Quit(_Message, frozen=True, kw_only=True, tag="quit"):
    """End the episode."""


class Ping(_Message, frozen=True, kw_only=True, tag="ping"):
    """Asks for `pong` (LIVE-50)."""

    id: Count
    client_us: Micros


class ClockSample(_Message, frozen=True, kw_only=True, tag="clock"):
    """The four times of one ping and pong (LIVE-51)."""

    t0_client_us: Micros
    t1_server_us: Micros
    t2_server_us: Micros
    t3_client_us: Micros


class Drawn(_Message, frozen=True, kw_only=True, tag="drawn"):
    """Which pictures were drawn, and when (LIVE-52)."""

    steps: Annotated[tuple[Count, ...], Meta(max_length=240)]
    at_us: Annotated[tuple[Micros, ...], Meta(max_length=240)]


FromClient = Hello | Start | Input | Resend | Pause | Resume | Sound | Quit | Ping | ClockSample | Drawn

_decoder: msgspec.json.Decoder[FromClient] = msgspec.json.Decoder(FromClient)
_encoder = msgspec.json.Encoder()

# Which members an input of each kind has besides the common ones (LIVE-31).
_MEMBERS_OF_KIND: dict[str, frozenset[str]] = {
    "down": frozenset({"code", "key"}),
    "up": frozenset({"code", "key"}),
    "pointer": frozenset({"x", "y"}),
    "move": frozenset({"x", "y"}),
    "sync": frozenset(),
    "blur": frozenset(),
    "focus": frozenset(),
    "action": frozenset({"action"}),
}
_OPTIONAL_MEMBERS = ("code", "key", "x", "y", "action")


def parse_client_message(text: bytes) -> FromClient:
    """Read one text message of a client.

    Raises:
        ProtocolViolation: with MALFORMED (LIVE-11) or TOO_LARGE (LIVE-12).
    """
    if len(text) > MAX_MESSAGE_BYTES:
        raise ProtocolViolation(Close.TOO_LARGE, f"a message has at most {MAX_MESSAGE_BYTES} bytes")
    try:
        message = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolViolation(Close.MALFORMED, str(error)) from None
    _check_members(message)
    return message


def encode_client_message(message: FromClient) -> str:
    """The text of one message; members that do not apply are left out."""
    fields = msgspec.to_builtins(message)
    if isinstance(message, Input | Resend):
        fields = _without_absent(fields)
    return _encoder.encode(fields).decode()


def _without_absent(fields: dict[str, object]) -> dict[str, object]:
    inputs = fields.get("inputs")
    if isinstance(inputs, list | tuple):
        return {**fields, "inputs": [_without_absent(each) for each in inputs]}
    return {k: v for k, v in fields.items() if v is not None or k not in _OPTIONAL_MEMBERS}


def _check_members(message: FromClient) -> None:
    if isinstance(message, Input):
        _check_input(message)
    elif isinstance(message, Resend):
        for each in message.inputs:
            _check_input(each)
    elif isinstance(message, Drawn) and len(message.steps) != len(message.at_us):
        raise ProtocolViolation(Close.MALFORMED, "steps and at_us are equally long")


def _check_input(message: _InputFields) -> None:
    given = frozenset(name for name in _OPTIONAL_MEMBERS if getattr(message, name) is not None)
    wanted = _MEMBERS_OF_KIND[message.kind]
    if given != wanted:
        names = ", ".join(sorted(wanted)) or "nothing further"
        raise ProtocolViolation(Close.MALFORMED, f"an input of kind {message.kind} has {names}")
