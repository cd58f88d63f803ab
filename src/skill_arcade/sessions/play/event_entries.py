"""The EVENT records of a session, as RECORDING.md names their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skill_arcade.sessions.play.inputs import Received


def input_entry(received: Received, applied_step: int | None) -> dict[str, Any]:
    """EVENT of the client (REC-24)."""
    message = received.message
    return {
        "seq": message.seq,
        "kind": message.kind,
        "code": message.code,
        "key": message.key,
        "x": message.x,
        "y": message.y,
        "action": message.action,
        "held": message.held,
        "t_client_us": message.client_us,
        "shown_step": message.shown_step,
        "t_received_ns": received.received_ns,
        "applied_step": applied_step,
        "replayed": received.replayed,
        "segment": received.segment,
    }


def server_event_entry(
    kind: str, step: int, now_ns: int, segment: int, detail: Mapping[str, Any] | None
) -> dict[str, Any]:
    """EVENT of the server (REC-25)."""
    return {"kind": kind, "t_received_ns": now_ns, "step": step, "segment": segment, "detail": dict(detail or {})}
