"""What a server says, for tests of the client."""

from __future__ import annotations

import base64

import msgspec

from skill_arcade.wire.frame import Frame
from skill_arcade.wire.from_server import State, Welcome

WELCOME = msgspec.convert(
    {
        "type": "welcome",
        "protocol": 1,
        "episode_id": "e",
        "game_id": "Some.v0",
        "epoch": 1,
        "segment": 1,
        "resume_token": "r",
        "step": 0,
        "last_input_seq": 0,
        "picture": {
            "width": 4,
            "height": 2,
            "pixels": "indexed8",
            "palette": base64.b64encode(bytes(768)).decode(),
        },
        "sound": None,
        "pacing": {"mode": "realtime", "tick_hz": 60.0},
        "max_steps": 1000,
        "optimum": None,
        "recording": True,
        "server_us": 0,
        "server_boot": "b1",
    },
    Welcome,
)


def welcome(step: int, last_input_seq: int) -> Welcome:
    """Of a server that has this much."""
    return msgspec.structs.replace(WELCOME, step=step, last_input_seq=last_input_seq)


def picture(step: int, input_seq: int = 0) -> Frame:
    """A key picture, black."""
    return Frame(
        base_distance=0,
        step=step,
        input_seq=input_seq,
        server_us=0,
        score=0.0,
        lives=-1,
        payload=b"",
    )


def state(name: str, step: int) -> State:
    """The game stands there."""
    return msgspec.convert(
        {
            "type": "state",
            "state": name,
            "reason": "rebuilt" if name == "paused" else None,
            "step": step,
            "resumes_in_ms": None,
            "countdown_ms": 0,
            "ends_in_ms": None,
            "active_ms": 0,
            "server_us": 0,
        },
        State,
    )
