"""The JSON records of a session, as RECORDING.md names their members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from skill_arcade.domain.sentences import shorten
from skill_arcade.sessions.play.clocks import Clock, format_utc
from skill_arcade.sessions.play.stage import Ending, Stage
from skill_arcade.wire.from_client import ClockSample, Hello
from skill_arcade.wire.from_server import Ended


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a segment begins (REC-18).

    Attributes:
        segment: its number over all epochs.
        epoch: the epoch.
        server_boot: id of this boot.
        first_step: the next step.
        cause: why it begins.
        gap_ns: time since the newest step, or None.
    """

    segment: int
    epoch: int
    server_boot: str
    first_step: int
    cause: str
    gap_ns: int | None


def segment_entry(stretch: Stretch, hello: Hello | None, clock: Clock) -> dict[str, Any]:
    """SEGMENT (REC-18); without a hello no client is there yet."""
    return {
        "segment": stretch.segment,
        "epoch": stretch.epoch,
        "server_boot": stretch.server_boot,
        "page_load": hello.page_load if hello else None,
        "first_step": stretch.first_step,
        "utc_ns": clock.utc_ns(),
        "monotonic_ns": clock.monotonic_ns(),
        "cause": stretch.cause,
        "gap_ns": stretch.gap_ns,
        "client": {**msgspec.to_builtins(hello.client), "played_by": hello.played_by} if hello else None,
        "client_us": hello.client_us if hello else None,
        "client_utc_ms": hello.utc_ms if hello else None,
        "clock_step_us": hello.clock_step_us if hello else None,
    }


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


def end_entry(ending: Ending, stage: Stage, active_s: float, clock: Clock) -> dict[str, Any]:
    """END (REC-40)."""
    return {
        "status": ending.status.value,
        "end_reason": ending.reason.value,
        "n_steps": stage.n_steps,
        "score": stage.score,
        "metric": stage.metric(ending.status),
        "final_hash": stage.final_hash(),
        "active_time_s": active_s,
        "ended_utc": format_utc(clock.utc_ns()),
        "detail": None if ending.detail is None else shorten(ending.detail),
    }


def ended_of(end: Mapping[str, Any]) -> Ended:
    """What the player of an ended episode is told, from its END (REC-40)."""
    return Ended(
        status=end["status"],
        reason=end["end_reason"],
        n_steps=end["n_steps"],
        score=end["score"],
        metric=end["metric"],
    )
