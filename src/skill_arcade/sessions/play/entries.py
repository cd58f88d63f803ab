"""What a session has for the JSON records of its journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from skill_arcade.recorder.entries import SegmentStart, end_entry, segment_entry
from skill_arcade.sessions.play.clocks import Clock, format_utc
from skill_arcade.sessions.play.stage import Ending, Stage
from skill_arcade.wire.from_client import ClockSample, Hello
from skill_arcade.wire.from_server import Ended


def segment_of_client(start: SegmentStart, hello: Hello, clock: Clock) -> dict[str, Any]:
    """SEGMENT (REC-18) where a client has come."""
    client = {
        "page_load": hello.page_load,
        "client": {**msgspec.to_builtins(hello.client), "played_by": hello.played_by},
        "client_us": hello.client_us,
        "client_utc_ms": hello.utc_ms,
        "clock_step_us": hello.clock_step_us,
    }
    return segment_entry(start, clock.utc_ns(), clock.monotonic_ns(), client)


def clock_entry(sample: ClockSample, segment: int, clock_step_us: float) -> dict[str, Any]:
    """CLOCK (REC-27)."""
    return {
        "segment": segment,
        "t0_client_us": sample.t0_client_us,
        "t1_server_us": sample.t1_server_us,
        "t2_server_us": sample.t2_server_us,
        "t3_client_us": sample.t3_client_us,
        "clock_step_us": clock_step_us,
    }


def end_of_stage(ending: Ending, stage: Stage, active_s: float, clock: Clock) -> dict[str, Any]:
    """END (REC-40) of what was played."""
    return end_entry(
        status=ending.status,
        reason=ending.reason,
        n_steps=stage.n_steps,
        score=stage.score,
        metric=stage.metric(ending.status),
        final_hash=stage.final_hash(),
        active_time_s=active_s,
        ended_utc=format_utc(clock.utc_ns()),
        detail=ending.detail,
    )


def ended_of(end: Mapping[str, Any]) -> Ended:
    """What the player of an ended episode is told, from its END (REC-40)."""
    return Ended(
        status=end["status"],
        reason=end["end_reason"],
        n_steps=end["n_steps"],
        score=end["score"],
        metric=end["metric"],
    )
