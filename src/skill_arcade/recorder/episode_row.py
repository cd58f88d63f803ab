"""The one row of table `episodes`, from an episode's journals (REC-41)."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from typing import Any

from skill_arcade.domain.episode import Status, Verification
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.episode_journal import EpisodeJournal, Members
from skill_arcade.recorder.provenance import parse_palette

_NUMBERS_OF_THE_CLIENT = ("refresh_hz", "device_pixel_ratio")
_OF_THE_CLIENT = ("time_zone", "browser", "refresh_hz", "device_pixel_ratio", "input_device", "played_by")


def build_episode_row(
    journal: EpisodeJournal, verification: Verification, verification_detail: str | None
) -> dict[str, Any]:
    """What table `episodes` says of this episode; JSON columns are JSON values still, not strings.

    A running episode has status `running`, its score so far, and no end.
    """
    row = {**journal.provenance, **_facts_of_client(journal), **_facts_of_end(journal)}
    started = parse_utc(journal.provenance.get("started_utc"))
    if started is None:
        raise RecordingError(f"The provenance of episode {journal.episode_id} does not say when it started.")
    return {
        **row,
        "episode_id": str(journal.episode_id),
        "palette": parse_palette(journal.provenance.get("palette")),
        "started_utc": started,
        "date": started.date(),
        "n_steps": journal.n_steps,
        "verification": verification.value,
        "verification_detail": verification_detail,
        "adopted": [adoption.to_json() for adoption in journal.adopted],
    }


def parse_utc(text: str | None) -> dt.datetime | None:
    """A time as it stands in JSON, such as `2026-01-31T23:59:59.123456Z`, with its zone."""
    if text is None:
        return None
    time = dt.datetime.fromisoformat(text)
    return time.astimezone(dt.UTC) if time.tzinfo else time.replace(tzinfo=dt.UTC)


def encode_utc(time: dt.datetime) -> str:
    """A time with its zone as it stands in JSON."""
    return time.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def encode_compact(value: object) -> str:
    """Any JSON value as the string of a JSON column."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def compute_score(journal: EpisodeJournal) -> float:
    """The sum of all rewards, added one after another as the session did."""
    score = 0.0
    for step in journal.steps:
        score += step.reward
    return score


def _facts_of_client(journal: EpisodeJournal) -> dict[str, Any]:
    """What the provenance leaves open and the first segment with an answer tells."""
    clients: list[Members] = [client for each in journal.segments if isinstance(client := each.get("client"), Mapping)]
    facts = {}
    for name in _OF_THE_CLIENT:
        if journal.provenance.get(name) is None:
            facts[name] = next((client[name] for client in clients if _tells(client, name)), None)
    return facts


def _tells(client: Members, name: str) -> bool:
    """Whether a client says this of itself, as a value that the column can hold."""
    value = client.get(name)
    if name not in _NUMBERS_OF_THE_CLIENT:
        return value is not None
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # an integer beyond every float
        return False


def _facts_of_end(journal: EpisodeJournal) -> dict[str, Any]:
    end = journal.end
    if end is None:
        return {"status": Status.RUNNING.value, "score": compute_score(journal)}
    return {**facts_of_end(end), "final_hash": end.get("final_hash")}


def facts_of_end(end: Mapping[str, Any]) -> dict[str, Any]:
    """What END (REC-40) says of an episode, by the names of the index's columns."""
    metric = end.get("metric")
    return {
        "status": end["status"],
        "end_reason": end["end_reason"],
        "end_detail": end.get("detail"),
        "score": end["score"],
        "metric": metric if metric is None or math.isfinite(metric) else None,
        "active_time_s": end.get("active_time_s"),
        "ended_utc": parse_utc(end.get("ended_utc")),
    }
