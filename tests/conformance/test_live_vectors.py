"""The golden vectors of LIVE.md, judged by the Python codec; the web app judges the same files."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from skill_arcade.wire.closes import ProtocolViolation
from skill_arcade.wire.frame import Frame, FrameFlag, encode_frame, parse_frame
from skill_arcade.wire.from_client import encode_client_message, parse_client_message
from skill_arcade.wire.from_server import encode_server_message, parse_server_message
from skill_arcade.wire.picture import apply_change, encode_change, n_words
from skill_arcade.wire.sound import StepSound, encode_sound, parse_sound

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"
MESSAGES: list[dict[str, Any]] = json.loads((VECTORS / "live-messages.json").read_text())
PICTURES: list[dict[str, Any]] = json.loads((VECTORS / "live-pictures.json").read_text())
SOUNDS: list[dict[str, Any]] = json.loads((VECTORS / "live-sounds.json").read_text())


def named(vectors: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(v, id=f"{v['rule']} {v['name']}") for v in vectors]


FROM_CLIENT = [v for v in MESSAGES if v["from"] == "client"]


@pytest.mark.parametrize("vector", named([v for v in FROM_CLIENT if v["close"] is None]))
def test_a_well_formed_message_of_a_client_is_read_and_written_alike(vector: dict[str, Any]) -> None:
    message = parse_client_message(vector["text"].encode())
    assert json.loads(encode_client_message(message)) == json.loads(vector["text"])


@pytest.mark.parametrize("vector", named([v for v in FROM_CLIENT if v["close"] is not None]))
def test_a_malformed_message_of_a_client_has_its_close_code(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        parse_client_message(vector["text"].encode())
    assert caught.value.close == vector["close"]
    assert str(caught.value)


@pytest.mark.parametrize("vector", named([v for v in MESSAGES if v["from"] == "server"]))
def test_a_message_of_the_server_is_read_and_what_is_new_in_it_is_ignored(vector: dict[str, Any]) -> None:
    message = parse_server_message(vector["text"])
    if "yesterday" in vector["name"]:
        assert json.loads(vector["text"]).items() <= msgspec.to_builtins(message).items()
    elif "tomorrow" not in vector["name"]:
        assert message is not None
        assert json.loads(encode_server_message(message)) == json.loads(vector["text"])
    elif message is not None:
        known = msgspec.to_builtins(message)
        assert known.items() <= json.loads(vector["text"]).items()
    else:
        assert json.loads(vector["text"])["type"] == "weather"


@pytest.mark.parametrize("vector", named(PICTURES))
def test_a_picture_message_is_read_to_the_last_bit(vector: dict[str, Any]) -> None:
    data = base64.b64decode(vector["message"])
    frame = parse_frame(data)
    expected = vector["header"]
    assert (frame.step, frame.base_distance) == (expected["step"], expected["base_distance"])
    assert (frame.input_seq, frame.server_us) == (expected["input_seq"], expected["server_us"])
    assert (frame.flags, frame.score) == (expected["flags"], expected["score"])
    if frame.score is not None:
        assert frame.lives == expected["lives"]
    assert encode_frame(frame) == data

    shape = vector["format"]
    n_bytes = shape["width"] * shape["height"] * (1 if shape["pixels"] == "indexed8" else 3)
    base = zlib.decompress(base64.b64decode(vector["base"])) if vector["base"] else bytes(n_bytes)
    words = np.frombuffer(base.ljust(8 * n_words(n_bytes), b"\0"), dtype="<u8").copy()
    before = words.copy()
    apply_change(frame.payload, words)
    assert hashlib.sha256(words.tobytes()[:n_bytes]).hexdigest() == vector["sha256"]

    again = before.copy()
    apply_change(encode_change(words, None if frame.is_key else before), again)
    assert np.array_equal(again, words)


def test_a_key_flag_that_contradicts_the_distance_is_refused() -> None:
    """LIVE-15."""
    data = bytearray(encode_frame(Frame(step=3, base_distance=1, input_seq=0, server_us=0, payload=b"")))
    data[1] |= FrameFlag.KEY
    with pytest.raises(ValueError, match="KEY"):
        parse_frame(bytes(data))


@pytest.mark.parametrize(
    "payload",
    [b"\x01", b"\xff\xff\xff", zlib.compress(b"\0" * 4)[2:-4], b"\x63\x64\x64\x64\x05\x00"],
    ids=["cut off", "no stream", "fewer bytes than it says", "more entries than it has"],
)
def test_a_payload_that_is_no_word_list_is_refused_or_changes_nothing(payload: bytes) -> None:
    """LIVE-17."""
    words = np.zeros(4, dtype="<u8")
    with contextlib.suppress(ValueError):
        apply_change(payload, words)
    assert not words.any()


def test_a_payload_that_inflates_without_end_is_stopped_early() -> None:
    """LIVE-17: a picture of 32 bytes cannot need a gigabyte."""
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    payload = bomb.compress(bytes(50_000_000)) + bomb.flush()
    with pytest.raises(ValueError, match="too long"):
        apply_change(payload, np.zeros(4, dtype="<u8"))


@pytest.mark.parametrize("vector", named(SOUNDS))
def test_a_sound_message_is_read_to_the_last_sample(vector: dict[str, Any]) -> None:
    data, expected = base64.b64decode(vector["message"]), vector["header"]
    sound = parse_sound(data)
    assert (sound.step, len(sound.samples)) == (expected["step"], expected["n_samples"])
    assert hashlib.sha256(sound.samples).hexdigest() == vector["sha256"]
    assert parse_sound(encode_sound(sound)) == sound


def test_silence_is_sent_without_a_payload() -> None:
    """LIVE-42."""
    assert encode_sound(StepSound(7, bytes([128]) * 512)) == b"\x02\x01\x00\x02\x07\x00\x00\x00"


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (b"\x02\x00\x00\x02", "not a sound"),
        (b"\x01\x00\x02\x00\x07\x00\x00\x00", "not a sound"),
        (b"\x02\x01\x02\x00\x07\x00\x00\x00\x80\x80", "no payload"),
        (b"\x02\x00\x02\x00\x07\x00\x00\x00\xff\xff", "not a DEFLATE"),
        (b"\x02\x00\x02\x00\x07\x00\x00\x00" + zlib.compress(b"abc")[2:-4], "2 samples"),
        (b"\x02\x00\x04\x00\x07\x00\x00\x00" + zlib.compress(b"abc")[2:-4], "4 samples"),
    ],
    ids=["cut off", "a picture", "silence with samples", "no stream", "too many samples", "too few samples"],
)
def test_a_sound_message_that_is_not_what_it_says_is_refused(message: bytes, fault: str) -> None:
    """LIVE-42, LIVE-43."""
    with pytest.raises(ValueError, match=fault):
        parse_sound(message)
