"""Writes the golden recordings of RECORDING.md: journals, and what a reader makes of each.

It knows nothing of the implementation: every byte is put together here, from the text of RECORDING.md. Run it
when RECORDING.md gains something; what is there already must not change. Payloads of pictures are stored
DEFLATE blocks (no compression): implementations compress in ways of their own, and all read the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

HERE = Path(__file__).parent / "recording"
EPISODE = UUID("11111111-2222-4333-8444-555555555555")
OPEN, SEGMENT, STEP, PICTURE, OBSERVATION, EVENT, DRAWN, CLOCK, END = range(1, 10)
NAMES = ["", "OPEN", "SEGMENT", "STEP", "PICTURE", "OBSERVATION", "EVENT", "DRAWN", "CLOCK", "END"]
PALETTE = bytes(range(256)) * 3
WIDTH, HEIGHT = 4, 3
PARTS = [
    {"name": "body.facing", "dtype": "int64", "shape": []},
    {"name": "body.place", "dtype": "float32", "shape": [2]},
    {"name": "mission", "dtype": "json", "shape": None},
]


class Journal:
    """A journal file that grows by records, and the list of them that a reader must find."""

    def __init__(self, epoch: int) -> None:
        self.data = struct.pack("<8sII16s", b"SKARCJ01", epoch, 0, EPISODE.bytes)
        self.crc = zlib.crc32(self.data)
        self.records: list[dict[str, Any]] = []

    def add(self, kind: int, body: bytes, fields: dict[str, Any] | None = None) -> None:
        """REC-12."""
        self.crc = zlib.crc32(struct.pack("<I", self.crc) + bytes([kind]) + body)
        self.data += struct.pack("<IIB", len(body), self.crc, kind) + body
        if kind < len(NAMES):
            self.records.append({"kind": NAMES[kind], "body": fields or {}})

    def add_json(self, kind: int, members: dict[str, Any]) -> None:
        """A record whose body is JSON."""
        text = json.dumps(members, separators=(",", ":"))
        self.add(kind, text.encode(), {"text": text})

    def add_step(self, step: int, action: int, reward: float, **more: Any) -> None:
        """REC-20."""
        shown_step, t_input_us = more.get("shown_step"), more.get("t_input_us")
        state_hash, extra = more.get("state_hash"), more.get("extra")
        flags = sum(bit for name, bit in [("terminated", 1), ("truncated", 2), ("invalid", 4)] if more.get(name))
        flags |= (8 if shown_step is not None else 0) | (16 if more.get("replayed_input") else 0)
        flags |= (32 if state_hash else 0) | (64 if extra else 0)
        lives, input_seq, t_tick_ns = more.get("lives"), more.get("input_seq", 0), 10**9 + step * 16_666_667
        body = struct.pack("<II", step, flags) + struct.pack("<dq", reward, t_tick_ns)
        body += struct.pack("<iII", -1 if lives is None else lives, input_seq, shown_step or 0)
        body += struct.pack("<qi", t_input_us or 0, action)
        body += bytes.fromhex(state_hash or "")
        body += json.dumps(extra, separators=(",", ":")).encode() if extra else b""
        fields = {
            "step": step,
            "action": (extra or {}).get("action", action),
            "reward": reward,
            "terminated": bool(flags & 1),
            "truncated": bool(flags & 2),
            "invalid": bool(flags & 4),
            "lives": lives,
            "t_tick_ns": t_tick_ns,
            "input_seq": input_seq,
            "shown_step": shown_step,
            "t_input_us": t_input_us,
            "replayed_input": bool(flags & 16),
            "state_hash": state_hash,
            "executed_action": (extra or {}).get("executed_action"),
            "info": (extra or {}).get("info"),
        }
        self.add(STEP, body, fields)

    def add_picture(self, step: int, *, key: bool = False, words: dict[int, int] | None = None) -> None:
        """REC-21, LIVE-17: `words` are the words that change, by index."""
        payload = encode_words(words or {})
        self.add(
            PICTURE,
            struct.pack("<IB", step, key) + payload,
            {"step": step, "key": key, "payload": payload.hex()},
        )

    def add_observation(self, step: int, values: list[float]) -> None:
        """REC-22: float32."""
        self.add_observation_bytes(step, struct.pack(f"<{len(values)}f", *values))

    def add_observation_bytes(self, step: int, data: bytes) -> None:
        """REC-22: of any kind."""
        self.add(OBSERVATION, struct.pack("<I", step) + data, {"step": step, "data": data.hex()})


def encode_words(words: dict[int, int]) -> bytes:
    """LIVE-17, in one stored DEFLATE block."""
    if not words:
        return b""
    indices = sorted(words)
    gaps = [index - before for index, before in zip(indices, [-1, *indices], strict=False)]
    data = struct.pack(f"<I{len(gaps)}H", len(gaps), *gaps) + struct.pack(
        f"<{len(gaps)}Q", *(words[i] for i in indices)
    )
    return b"\x01" + struct.pack("<HH", len(data), 0xFFFF ^ len(data)) + data


def provenance(*, has_observation: bool) -> dict[str, Any]:
    """REC-16: what reading needs, and a little of the rest."""
    observation = {"is_picture": False, "dtype": "float32", "shape": [2]}
    return {
        "game_id": "Vector.v0",
        "env_id": "Vector-v0",
        "seed": -5,
        "noop_starts": 2,
        "picture_width": WIDTH,
        "picture_height": HEIGHT,
        "pixels": "indexed8",
        "palette": base64.b64encode(PALETTE).decode(),
        "observation": observation if has_observation else {"is_picture": True, "dtype": None, "shape": None},
        "started_utc": "2026-01-31T23:59:59.500000Z",
        "game": {"id": "Vector.v0", "title": "Vector \u2013 \U0001f579"},
    }


def opening(epoch: int, adopts: dict[str, int] | None, *, has_observation: bool = False) -> dict[str, Any]:
    """REC-16."""
    return {
        "format": 1,
        "episode_id": str(EPISODE),
        "epoch": epoch,
        "adopts": adopts,
        "created_utc": "2026-01-31T23:59:59.500000Z",
        "provenance": provenance(has_observation=has_observation),
        "a_member_of_later": {"versions": True},
    }


def segment(number: int, epoch: int, first_step: int, cause: str) -> dict[str, Any]:
    """REC-18."""
    return {
        "segment": number,
        "epoch": epoch,
        "server_boot": f"boot-{epoch}",
        "page_load": None if cause == "start" else "page",
        "first_step": first_step,
        "utc_ns": 1_769_903_999_500_000_000 + number,
        "monotonic_ns": 10**9,
        "cause": cause,
        "gap_ns": None if cause == "start" else 123,
        "client": None if cause == "start" else {"browser": "Firefox"},
        "client_us": None if cause == "start" else -7,
        "client_utc_ms": None,
        "clock_step_us": None,
    }


def event(seq: int, applied_step: int | None) -> dict[str, Any]:
    """REC-24."""
    return {
        "seq": seq,
        "kind": "down",
        "code": "Space",
        "key": "é",
        "held": ["Space"],
        "t_client_us": seq,
        "shown_step": 0,
        "t_received_ns": seq,
        "applied_step": applied_step,
        "replayed": False,
        "segment": 0,
    }


def end(n_steps: int, score: float) -> dict[str, Any]:
    """REC-40."""
    return {
        "status": "lost",
        "end_reason": "terminated",
        "n_steps": n_steps,
        "score": score,
        "metric": 2.5,
        "final_hash": "00ff00ff00ff00ff",
        "active_time_s": 0.05,
        "ended_utc": "2026-02-01T00:00:00.000000Z",
        "detail": None,
    }


def make_plain() -> Journal:
    """An episode of three steps in one epoch, with every kind of record and every flag."""
    journal = Journal(1)
    journal.add_json(OPEN, opening(1, None))
    journal.add_json(SEGMENT, segment(0, 1, 0, "start"))
    journal.add_picture(0, key=True, words={0: 0x0807060504030201})
    journal.add_json(SEGMENT, segment(1, 1, 0, "connected"))
    journal.add_json(EVENT, {"kind": "start", "t_received_ns": 5, "step": 0, "segment": 1, "detail": {}})
    journal.add_json(EVENT, event(1, 0))
    journal.add_step(0, 1, 0.1, lives=3, input_seq=1, shown_step=0, t_input_us=-1)
    journal.add_picture(1, words={0: 0xFF, 1: 0x01000000})
    journal.add_step(
        1, 17, -0.0, invalid=True, lives=0, input_seq=1, replayed_input=True, shown_step=1, t_input_us=2**40
    )
    journal.add_picture(2)
    journal.add(200, b"a record of later versions that may be skipped")
    journal.add_json(DRAWN, {"segment": 1, "steps": [0, 1, 9], "at_us": [100, 200, 900]})
    journal.add_json(
        CLOCK,
        {
            "segment": 1,
            "t0_client_us": 1,
            "t1_server_us": 2,
            "t2_server_us": 3,
            "t3_client_us": 4,
            "clock_step_us": 5,
        },
    )
    journal.add_step(
        2,
        0,
        1e300,
        terminated=True,
        truncated=True,
        lives=None,
        input_seq=1,
        state_hash="00ff00ff00ff00ff",
        extra={"executed_action": 3, "info": {"a": [1, None, "x"]}},
    )
    journal.add_picture(3, key=True, words={1: 0x0C0B0A09})
    journal.add_json(END, end(3, 1e300))
    journal.add_json(DRAWN, {"segment": 1, "steps": [1, 3], "at_us": [201, 300]})
    return journal


def make_epochs() -> tuple[Journal, Journal, Journal]:
    """The second epoch adopts a part of the first, the rest of which is set aside; the third has no OPEN."""
    first = Journal(1)
    first.add_json(OPEN, opening(1, None, has_observation=True))
    first.add_json(SEGMENT, segment(0, 1, 0, "start"))
    first.add_picture(0, key=True, words={0: 1})
    first.add_observation(0, [0.0, -0.0])
    first.add_step(0, -1, 1.0, extra={"action": [0.5, -2.0]})
    first.add_picture(1, words={0: 3})
    first.add_observation(1, [1.0, 2.0])
    adopted = {"epoch": 1, "n_bytes": len(first.data), "crc": first.crc, "n_steps": 1}
    first.add_step(1, -1, 50.0, extra={"action": [9.0, 9.0]})
    first.add_picture(2, words={0: 0xFFFF})
    first.add_observation(2, [9.0, 9.0])
    second = Journal(2)
    second.add_json(OPEN, opening(2, adopted, has_observation=True))
    second.add_json(SEGMENT, segment(1, 2, 1, "session_rebuilt"))
    second.add_picture(1, key=True, words={0: 2})
    second.add_observation(1, [1.0, 2.0])
    second.add_step(1, -1, 2.0, extra={"action": [1, 2]})
    second.add_picture(2, words={1: 7})
    second.add_observation(2, [3.0, 4.0])
    third = Journal(3)
    third.add_json(
        OPEN,
        opening(
            3,
            {"epoch": 2, "n_bytes": len(second.data), "crc": second.crc, "n_steps": 2},
            has_observation=True,
        ),
    )
    third.data = third.data[:-1]
    third.records.clear()
    return first, second, third


def parts_of(facing: int, place: tuple[float, float], mission: str) -> bytes:
    """REC-22: an observation of the kind PARTS."""
    text = json.dumps(mission, ensure_ascii=False).encode()
    return struct.pack("<q2fI", facing, *place, len(text)) + text


def state_hash(observation: bytes, picture: str) -> str:
    """REC-23."""
    return hashlib.blake2b(observation + bytes.fromhex(picture), digest_size=8).hexdigest()


def make_parts() -> Journal:
    """Observations of three parts: an array and a number in a Dict inside a Dict, and a text beside it."""
    journal = Journal(1)
    opened = opening(1, None)
    opened["provenance"]["observation"] = {"is_picture": False, "dtype": None, "shape": None, "parts": PARTS}
    journal.add_json(OPEN, opened)
    journal.add_json(SEGMENT, segment(0, 1, 0, "start"))
    journal.add_picture(0, key=True)
    journal.add_observation_bytes(0, parts_of(0, (0.0, -0.0), ""))
    journal.add_step(0, 1, 1.0)
    journal.add_picture(1, words={0: 1})
    journal.add_observation_bytes(1, parts_of(3, (0.1, 1e30), 'find the "grün" ball'))
    journal.add_step(1, 0, 2.0, terminated=True, state_hash=state_hash(LAST_PARTS, picture((0, 3))))
    journal.add_picture(2, words={0: 2})
    journal.add_observation_bytes(2, LAST_PARTS)
    journal.add_json(END, end(2, 3.0))
    return journal


def make_torn() -> Journal:
    """The last group is not whole: neither it nor the event that it applied counts."""
    journal = Journal(1)
    journal.add_json(OPEN, opening(1, None))
    journal.add_json(SEGMENT, segment(0, 1, 0, "start"))
    journal.add_picture(0, key=True)
    journal.add_json(EVENT, event(1, None))
    journal.add_step(0, 0, 1.0)
    journal.add_picture(1, words={0: 1})
    journal.add_json(EVENT, event(2, 1))
    journal.add_step(1, 1, 2.0, input_seq=2)
    whole = len(journal.data)
    journal.add_picture(2, words={0: 1})
    journal.data = journal.data[: whole + 12] + bytes(40)
    del journal.records[-1]
    return journal


def make_corrupt() -> Journal:
    """One bit of the second step has flipped."""
    journal = Journal(1)
    journal.add_json(OPEN, opening(1, None))
    journal.add_json(SEGMENT, segment(0, 1, 0, "start"))
    journal.add_picture(0, key=True)
    journal.add_step(0, 0, 1.0)
    journal.add_picture(1, words={0: 1})
    good, n_records = len(journal.data), len(journal.records)
    journal.add_step(1, 1, 2.0)
    journal.add_picture(2, words={0: 1})
    damaged = bytearray(journal.data)
    damaged[good + 20] ^= 0x40
    journal.data = bytes(damaged)
    del journal.records[n_records:]
    return journal


def make_refused() -> Journal:
    """A record of unknown kind that must not be skipped."""
    journal = Journal(1)
    journal.add_json(OPEN, opening(1, None))
    journal.add(100, b"who does not know this may not read on")
    return journal


def picture(*changed: tuple[int, int]) -> str:
    """Raw bytes of a picture in hex, from the bytes that are not zero."""
    data = bytearray(WIDTH * HEIGHT)
    for index, value in changed:
        data[index] = value
    return data.hex()


def write(name: str, rules: list[str], journals: list[Journal], expected: dict[str, Any]) -> None:
    """The journals as files, what each holds, and what the episode is."""
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    for epoch, journal in enumerate(journals, 1):
        (folder / f"{epoch:06d}.journal").write_bytes(journal.data)
    described = {
        "name": name,
        "rules": rules,
        "episode_id": str(EPISODE),
        "journals": [{"epoch": i, "n_bytes": len(j.data), "records": j.records} for i, j in enumerate(journals, 1)],
        "episode": expected,
    }
    (HERE / f"{name}.json").write_text(json.dumps(described, indent=1) + "\n")


LAST_PARTS = parts_of(-1, (float("inf"), 2.0), "\U0001f579\n")


def main() -> None:
    """Write all of them."""
    first_eight = [(i, i + 1) for i in range(8)]
    write(
        "plain",
        ["REC-11", "REC-12", "REC-14", "REC-16", "REC-18", "REC-20", "REC-21", "REC-26"],
        [make_plain()],
        {
            "n_steps": 3,
            "last_input_seq": 1,
            "ended": True,
            "n_damages": 0,
            "segments": [0, 1],
            "pictures": [
                picture(*first_eight),
                picture((0, 0xFE), *first_eight[1:], (11, 1)),
                picture((0, 0xFE), *first_eight[1:], (11, 1)),
                picture((8, 9), (9, 10), (10, 11), (11, 12)),
            ],
            "drawn": [[100, 1], [200, 1], [None, None], [300, 1]],
        },
    )
    write(
        "epochs",
        ["REC-17", "REC-22", "REC-30", "REC-31"],
        list(make_epochs()),
        {
            "n_steps": 2,
            "last_input_seq": 0,
            "ended": False,
            "n_damages": 0,
            "segments": [0, 1],
            "rewards": [1.0, 2.0],
            "actions": [[0.5, -2.0], [1, 2]],
            "pictures": [picture((0, 1)), picture((0, 2)), picture((0, 2), (8, 7))],
            "observations": [[0.0, -0.0], [1.0, 2.0], [3.0, 4.0]],
        },
    )
    write(
        "parts",
        ["REC-22", "REC-23"],
        [make_parts()],
        {
            "n_steps": 2,
            "last_input_seq": 0,
            "ended": True,
            "n_damages": 0,
            "segments": [0],
            "rewards": [1.0, 2.0],
            "actions": [1, 0],
            "pictures": [picture(), picture((0, 1)), picture((0, 3))],
            "state_hashes": [None, state_hash(LAST_PARTS, picture((0, 3)))],
            "observations": [
                {"body.facing": 0, "body.place": [0.0, -0.0], "mission": ""},
                {
                    "body.facing": 3,
                    "body.place": [0.10000000149011612, 1.0000000150474662e30],
                    "mission": 'find the "grün" ball',
                },
                {"body.facing": -1, "body.place": ["Infinity", 2.0], "mission": "\U0001f579\n"},
            ],
        },
    )
    write(
        "torn",
        ["REC-13", "REC-15"],
        [make_torn()],
        {
            "n_steps": 1,
            "last_input_seq": 1,
            "ended": False,
            "n_damages": 0,
            "segments": [0],
            "pictures": [picture(), picture((0, 1))],
        },
    )
    write(
        "corrupt",
        ["REC-13"],
        [make_corrupt()],
        {
            "n_steps": 1,
            "last_input_seq": 0,
            "ended": False,
            "n_damages": 1,
            "segments": [0],
            "pictures": [picture(), picture((0, 1))],
        },
    )
    write("refused", ["REC-14"], [make_refused()], {"is_refused": True})


if __name__ == "__main__":
    main()
