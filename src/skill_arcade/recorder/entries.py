"""The JSON records of a journal with the members that RECORDING.md names, for all who write one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from skill_arcade.domain.episode import EndReason, Status
from skill_arcade.domain.sentences import shorten
from skill_arcade.recorder.adoption import Adoption
from skill_arcade.recorder.chain import FORMAT

NO_CLIENT: Mapping[str, Any] = {
    "page_load": None,
    "client": None,
    "client_us": None,
    "client_utc_ms": None,
    "clock_step_us": None,
}
"""What SEGMENT says of the client where none is there."""


@dataclass(frozen=True, slots=True)
class SegmentStart:
    """Where a segment begins (REC-18).

    Attributes:
        segment: its number over all epochs.
        epoch: the epoch.
        server_boot: id of this boot, where it is known.
        first_step: the next step.
        cause: why it begins.
        gap_ns: time since the newest step, or None.
    """

    segment: int
    epoch: int
    server_boot: str | None
    first_step: int
    cause: str
    gap_ns: int | None


def open_entry(
    episode_id: UUID, epoch: int, adoption: Adoption | None, created_utc: str, provenance: Mapping[str, Any]
) -> dict[str, Any]:
    """OPEN (REC-16)."""
    return {
        "format": FORMAT,
        "episode_id": str(episode_id),
        "epoch": epoch,
        "adopts": None if adoption is None else adoption.to_json(),
        "created_utc": created_utc,
        "provenance": dict(provenance),
    }


def segment_entry(
    start: SegmentStart, utc_ns: int, monotonic_ns: int, client: Mapping[str, Any] = NO_CLIENT
) -> dict[str, Any]:
    """SEGMENT (REC-18).

    Args:
        start: where it begins.
        utc_ns: now, by the wall clock.
        monotonic_ns: now, by the monotonic one.
        client: the members of `NO_CLIENT`.
    """
    return {
        "segment": start.segment,
        "epoch": start.epoch,
        "server_boot": start.server_boot,
        "first_step": start.first_step,
        "utc_ns": utc_ns,
        "monotonic_ns": monotonic_ns,
        "cause": start.cause,
        "gap_ns": start.gap_ns,
        **client,
    }


def end_entry(
    *,
    status: Status,
    reason: EndReason,
    n_steps: int,
    score: float,
    metric: float | None,
    final_hash: str | None,
    active_time_s: float | None,
    ended_utc: str,
    detail: str | None,
) -> dict[str, Any]:
    """END (REC-40)."""
    return {
        "status": status.value,
        "end_reason": reason.value,
        "n_steps": n_steps,
        "score": score,
        "metric": metric,
        "final_hash": final_hash,
        "active_time_s": active_time_s,
        "ended_utc": ended_utc,
        "detail": None if detail is None else shorten(detail),
    }
