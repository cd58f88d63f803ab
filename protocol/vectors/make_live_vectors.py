"""Writes the golden vectors of LIVE.md: `live-messages.json`, `live-pictures.json` and `live-sounds.json`.

Run it with the project's Python when LIVE.md gains something; what is there already must not change, since clients
in the field rely on it. Message texts are written by hand; pictures are small, made by arithmetic, and encoded by zlib at
level 1. DEFLATE allows many encodings of the same bytes, so a vector's payload is for decoding; an encoder is judged by
whether its own output decodes to the same picture.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

INPUT = {"type": "input", "seq": 7, "client_us": 5_123_456, "shown_step": 41}
HELLO = {
    "type": "hello",
    "page_load": "0b1f6c1e",
    "played_by": "human",
    "client": {"name": "skill-arcade-web", "version": "0.1.0", "refresh_hz": 60.0, "time_zone": "Europe/Zürich"},
    "client_us": 1_000,
    "utc_ms": 1_790_000_000_000,
    "clock_step_us": 5,
}
DOWN = {**INPUT, "kind": "down", "code": "ArrowRight", "key": "ArrowRight", "held": ["Space", "ArrowRight"]}
DRAWN_MANY = {"type": "drawn", "steps": list(range(241)), "at_us": list(range(241))}

# (name, rule, message or raw text, close code or None where it is well-formed)
FROM_CLIENT: list[tuple[str, str, Any, int | None]] = [
    ("hello", "LIVE-6", HELLO, None),
    ("hello with the least", "LIVE-6", {**HELLO, "client": {}}, None),
    ("hello of an unknown player", "LIVE-11", {**HELLO, "played_by": "robot"}, 4400),
    ("start", "LIVE-20", {"type": "start"}, None),
    ("key down", "LIVE-31", DOWN, None),
    ("key up", "LIVE-31", {**DOWN, "kind": "up", "held": ["Space"]}, None),
    ("key down without its code", "LIVE-31", {**INPUT, "kind": "down", "key": "a", "held": []}, 4400),
    ("click", "LIVE-31", {**INPUT, "kind": "pointer", "x": 0.25, "y": 1, "held": []}, None),
    ("click outside the picture", "LIVE-31", {**INPUT, "kind": "pointer", "x": 1.5, "y": 0, "held": []}, 4400),
    ("mouse over the picture", "LIVE-31", {**INPUT, "kind": "move", "x": 0.5, "y": 0.125, "held": ["Space"]}, None),
    ("mouse beside the picture", "LIVE-31", {**INPUT, "kind": "move", "x": -0.01, "y": 0, "held": []}, 4400),
    ("mouse nowhere", "LIVE-31", {**INPUT, "kind": "move", "held": []}, 4400),
    ("sync", "LIVE-23", {**INPUT, "kind": "sync", "held": ["ArrowLeft"]}, None),
    ("blur", "LIVE-31", {**INPUT, "kind": "blur", "held": []}, None),
    ("an agent's action", "LIVE-31", {**INPUT, "kind": "action", "action": 3, "held": []}, None),
    ("an agent's list", "LIVE-31", {**INPUT, "kind": "action", "action": [-0.5, 0.0, 1.0], "held": []}, None),
    ("an agent's list of whole numbers", "LIVE-31", {**INPUT, "kind": "action", "action": [2, 0], "held": []}, None),
    ("an agent's half", "LIVE-31", {**INPUT, "kind": "action", "action": 0.5, "held": []}, 4400),
    ("an agent's word", "LIVE-31", {**INPUT, "kind": "action", "action": ["left"], "held": []}, 4400),
    ("seventeen keys", "LIVE-32", {**INPUT, "kind": "sync", "held": [f"Key{i}" for i in range(17)]}, 4400),
    ("seq 0", "LIVE-30", {**DOWN, "seq": 0}, 4400),
    ("resend of nothing", "LIVE-36", {"type": "resend", "inputs": [], "last_step": 0}, None),
    (
        "resend",
        "LIVE-36",
        {
            "type": "resend",
            "inputs": [{**DOWN, "applied_step": 40}, {**DOWN, "seq": 8, "applied_step": None}],
            "last_step": 44,
        },
        None,
    ),
    ("resend without applied_step", "LIVE-36", {"type": "resend", "inputs": [DOWN], "last_step": 44}, 4400),
    ("pause", "LIVE-22", {"type": "pause", "reason": "player"}, None),
    ("pause for no known reason", "LIVE-11", {"type": "pause", "reason": "lunch"}, 4400),
    ("resume", "LIVE-22", {"type": "resume", "countdown_ms": 3000}, None),
    ("resume in a minute", "LIVE-22", {"type": "resume", "countdown_ms": 60000}, 4400),
    ("sound on", "LIVE-41", {"type": "sound", "on": True}, None),
    ("sound off", "LIVE-41", {"type": "sound", "on": False}, None),
    ("sound neither on nor off", "LIVE-41", {"type": "sound", "on": 1}, 4400),
    ("quit", "LIVE-20", {"type": "quit"}, None),
    ("ping", "LIVE-50", {"type": "ping", "id": 3, "client_us": 77}, None),
    (
        "clock",
        "LIVE-51",
        {"type": "clock", "t0_client_us": 77, "t1_server_us": 9000, "t2_server_us": 9010, "t3_client_us": 300},
        None,
    ),
    ("drawn", "LIVE-52", {"type": "drawn", "steps": [40, 41], "at_us": [5_000_000, 5_016_700]}, None),
    ("drawn, lists unequal", "LIVE-52", {"type": "drawn", "steps": [40, 41], "at_us": [5_000_000]}, 4400),
    ("drawn, 241 of them", "LIVE-52", DRAWN_MANY, 4400),
    ("unknown type", "LIVE-11", {"type": "cheat"}, 4400),
    ("no type", "LIVE-11", {"seq": 1}, 4400),
    ("a member that is not named", "LIVE-11", {"type": "start", "now": True}, 4400),
    ("a string for a number", "LIVE-11", {"type": "ping", "id": "3", "client_us": 77}, 4400),
    ("not an object", "LIVE-10", [1, 2], 4400),
    ("not JSON", "LIVE-11", '{"type": "start"', 4400),
    ("16,385 bytes", "LIVE-12", '{"type":"start"}' + " " * (16_385 - 16), 4413),
    ("16,384 bytes", "LIVE-12", '{"type":"start"}' + " " * (16_384 - 16), None),
]

STATE = {
    "type": "state", "state": "paused", "reason": "blur", "step": 44, "resumes_in_ms": None, "countdown_ms": 3000,
    "ends_in_ms": 600_000, "active_ms": 734, "server_us": 9_500_000,
}  # fmt: skip
WELCOME = {
    "type": "welcome", "protocol": 1, "episode_id": "6f1f0a5e-2f0c-4c3e-9f55-0d1b3c7a9e10", "game_id": "Breakout.v0",
    "epoch": 1, "segment": 1, "resume_token": "c2VjcmV0", "step": 0, "last_input_seq": 0,
    "picture": {"width": 160, "height": 210, "pixels": "indexed8", "palette": base64.b64encode(bytes(768)).decode()},
    "pacing": {"mode": "realtime", "tick_hz": 60.0}, "max_steps": 108_000, "optimum": None, "recording": True,
    "server_us": 9_000_000, "server_boot": "b",
}  # fmt: skip
SILENT = {**WELCOME, "picture": {"width": 600, "height": 400, "pixels": "rgb24", "palette": None}}
FROM_SERVER: list[tuple[str, str, Any]] = [
    ("welcome", "LIVE-6", {**WELCOME, "sound": {"rate_hz": 30_720.0, "samples_per_step": 512}}),
    ("welcome to a game without sound", "LIVE-40", {**SILENT, "sound": None}),
    ("a welcome of yesterday", "LIVE-40", SILENT),
    ("state", "LIVE-21", STATE),
    ("pending", "LIVE-35", {"type": "pending", "codes": ["Digit1"]}),
    ("safe", "LIVE-60", {"type": "safe", "acked": 44, "durable_here": 30, "durable_store": 0}),
    ("pong", "LIVE-50", {"type": "pong", "id": 3, "client_us": 77, "t1_server_us": 9000, "t2_server_us": 9010}),
    ("notice", "LIVE-11", {"type": "notice", "code": "storage_full", "text": "The disk is full."}),
    ("ended", "LIVE-27", {"type": "ended", "status": "won", "reason": "terminated", "n_steps": 7, "score": 0.0, "metric": 7.0}),
    ("a state with a member of tomorrow", "LIVE-11", {**STATE, "mood": "calm"}),
    ("a type of tomorrow", "LIVE-11", {"type": "weather", "is": "fine"}),
]  # fmt: skip


def word_list(current: bytes, previous: bytes) -> bytes:
    """The word list of LIVE-17 by plain loops: nothing is shared with the code it judges."""
    pad = -len(current) % 8
    current, previous = current + bytes(pad), previous + bytes(pad)
    gaps, words, last = [], [], -1
    for i in range(len(current) // 8):
        word = bytes(a ^ b for a, b in zip(current[8 * i : 8 * i + 8], previous[8 * i : 8 * i + 8], strict=True))
        if any(word):
            while i - last > 65_535:
                last += 65_535
                gaps.append(65_535)
                words.append(bytes(8))
            gaps.append(i - last)
            words.append(word)
            last = i
    return struct.pack(f"<I{len(gaps)}H", len(gaps), *gaps) + b"".join(words)


def payload(current: bytes, previous: bytes) -> bytes:
    """Raw DEFLATE of the word list; empty if nothing changed."""
    if current == previous:
        return b""
    deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
    return deflate.compress(word_list(current, previous)) + deflate.flush()


def picture_vector(
    name: str, rule: str, shape: tuple[int, int], pixels: str, current: bytes, previous: bytes | None, **header: Any
) -> dict[str, Any]:
    """One vector: the whole message, what its header says, the base picture and the picture it leads to."""
    status = header.get("score") is not None
    flags = header.get("flags", 0) | (1 if previous is None else 0) | (2 if status else 0)
    distance = 0 if previous is None else header["base_distance"]
    data = struct.pack("<BBHIIQ", 1, flags, distance, header["step"], header["input_seq"], header["server_us"])
    if status:
        data += struct.pack("<di", header["score"], header["lives"])
    data += payload(current, previous if previous is not None else bytes(len(current)))
    return {
        "name": name,
        "rule": rule,
        "format": {"width": shape[0], "height": shape[1], "pixels": pixels},
        "message": base64.b64encode(data).decode(),
        "header": {
            "flags": flags, "base_distance": distance, "step": header["step"], "input_seq": header["input_seq"],
            "server_us": header["server_us"], "score": header.get("score"), "lives": header.get("lives"),
        },
        "base": None if previous is None else base64.b64encode(zlib.compress(previous)).decode(),
        "sha256": hashlib.sha256(current).hexdigest(),
    }  # fmt: skip


def pictures() -> list[dict[str, Any]]:
    """All picture vectors. `base` is zlib-compressed and base64; `sha256` is of the raw picture that must come out."""
    first = bytes((x * 2 + y) % 256 if y > 3 else 0 for y in range(21) for x in range(16))
    moved = bytearray(first)
    moved[100:104] = b"\x00\x02\x04\x06"
    odd = bytes(range(15))
    odd_next = bytes([*range(14), 200])
    big = bytes(640 * 420 * 3)
    far = bytearray(big)
    far[-1] = 9
    far[0] = 1
    at = {"step": 601, "input_seq": 12, "server_us": 2**40 + 5}
    return [
        picture_vector("key picture", "LIVE-15", (16, 21), "indexed8", first, None, **at, score=11.0, lives=5),
        picture_vector("no such count as lives", "LIVE-16", (16, 21), "indexed8", first, None, **at, score=-3.5, lives=-1),
        picture_vector("four pixels moved", "LIVE-17", (16, 21), "indexed8", bytes(moved), first, **at, base_distance=1),
        picture_vector("nothing changed", "LIVE-17", (16, 21), "indexed8", first, first, **at, base_distance=1),
        picture_vector("after skipped pictures", "LIVE-19", (16, 21), "indexed8", bytes(moved), first, **at, base_distance=300),
        picture_vector("lost a life", "LIVE-16", (16, 21), "indexed8", bytes(moved), first, **at, base_distance=1, score=11.0, lives=4),
        picture_vector("the last one", "LIVE-15", (16, 21), "indexed8", bytes(moved), first, **at, base_distance=1, flags=4),
        picture_vector("an invalid move", "LIVE-15", (16, 21), "indexed8", first, first, **at, base_distance=1, flags=16),
        picture_vector("15 bytes, RGB", "LIVE-18", (5, 1), "rgb24", odd, None, **at, score=0.0, lives=-1),
        picture_vector("a change in the last, cut-off word", "LIVE-17", (5, 1), "rgb24", odd_next, odd, **at, base_distance=1),
        picture_vector("a gap above 65,535 words", "LIVE-17", (640, 420), "rgb24", bytes(far), big, **at, base_distance=1),
    ]  # fmt: skip


def sound_vector(name: str, rule: str, step: int, samples: bytes, *, is_silent: bool = False) -> dict[str, Any]:
    """One vector: the whole message, what its header says, and the samples that must come out."""
    data = struct.pack("<BBHI", 2, int(is_silent), len(samples), step)
    if not is_silent:
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        data += deflate.compress(samples) + deflate.flush()
    return {
        "name": name,
        "rule": rule,
        "message": base64.b64encode(data).decode(),
        "header": {"flags": int(is_silent), "n_samples": len(samples), "step": step},
        "sha256": hashlib.sha256(samples).hexdigest(),
    }


def sounds() -> list[dict[str, Any]]:
    """All sound vectors. `sha256` is of the samples."""
    tone = bytes(188 if i // 31 % 2 else 128 for i in range(512))
    noise = bytes(i * i * 7919 // 13 % 256 for i in range(512))
    return [
        sound_vector("a tone", "LIVE-42", 601, tone),
        sound_vector("noise, which does not shrink", "LIVE-43", 2**32 - 1, noise),
        sound_vector("silence", "LIVE-42", 7, bytes([128]) * 512, is_silent=True),
        sound_vector("silence that is not said to be", "LIVE-43", 8, bytes([128]) * 512),
        sound_vector("four frames in a step", "LIVE-42", 9, tone * 4),
    ]


def main() -> None:
    """Write the files."""
    client = [
        {"name": n, "rule": r, "from": "client", "text": t if isinstance(t, str) else json.dumps(t), "close": c}
        for n, r, t, c in FROM_CLIENT
    ]
    server = [{"name": n, "rule": r, "from": "server", "text": json.dumps(t)} for n, r, t in FROM_SERVER]
    for name, content in (
        ("live-messages", client + server),
        ("live-pictures", pictures()),
        ("live-sounds", sounds()),
    ):
        (HERE / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
