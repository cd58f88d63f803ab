"""What a record says of its episode, as the index needs it; alike from journals and sealed files; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from skill_arcade.domain.episode import Status, Verification
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.episode_row import facts_of_end, parse_utc


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """The columns of REC-41 that the index has; what the record does not say is None."""

    episode_id: UUID
    user: str | None
    game_id: str
    game: Mapping[str, Any]
    seed: int
    attempt_index: int
    epoch: int
    n_steps: int
    started_utc: datetime
    played_by: str | None
    status: str = Status.RUNNING
    score: float | None = None
    metric: float | None = None
    active_time_s: float | None = None
    end_reason: str | None = None
    end_detail: str | None = None
    ended_utc: datetime | None = None
    verification: str = Verification.PENDING
    verification_detail: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def facts_of_records(
    *,
    episode_id: UUID,
    provenance: Mapping[str, Any],
    segments: Sequence[Mapping[str, Any]],
    epoch: int,
    n_steps: int,
    end: Mapping[str, Any] | None,
) -> EpisodeFacts:
    """What the records of a journal say so far.

    Args:
        episode_id: whose they are.
        provenance: of OPEN.
        segments: all SEGMENT records so far, in order.
        epoch: the newest.
        n_steps: complete steps so far.
        end: the END record, if there is one.

    Raises:
        RecordingError: the provenance lacks something.
    """
    try:
        facts = {name: provenance[name] for name in ("game_id", "game", "seed", "attempt_index")}
        started_utc = parse_utc(provenance["started_utc"])
    except KeyError as error:
        raise RecordingError(f"The provenance of episode {episode_id} has no {error}.") from None
    if started_utc is None:
        raise RecordingError(f"The provenance of episode {episode_id} does not say when it started.")
    return EpisodeFacts(
        episode_id=episode_id,
        user=provenance.get("user"),
        epoch=epoch,
        n_steps=n_steps,
        started_utc=started_utc,
        played_by=provenance.get("played_by") or _find_played_by(segments),
        options=provenance.get("options") or {},
        **facts,
        **(facts_of_end(end) if end is not None else {}),
    )


def facts_of_journal(journal: EpisodeJournal) -> EpisodeFacts:
    """What an episode's journals say of it now.

    Raises:
        RecordingError: the provenance lacks something.
    """
    return facts_of_records(
        episode_id=journal.episode_id,
        provenance=journal.provenance,
        segments=journal.segments,
        epoch=journal.adopted[-1].epoch,
        n_steps=journal.n_steps,
        end=journal.end,
    )


def facts_of_sealed(row: Mapping[str, Any], game_id: str) -> EpisodeFacts:
    """What a sealed episode says.

    Args:
        row: of table `episodes`; its JSON columns are JSON values or strings.
        game_id: it is in the path of the file and need not be in the row.
    """
    facts = {name: row[name] for name in EpisodeFacts.__slots__ if name in row}
    facts["episode_id"] = UUID(row["episode_id"])
    facts["game_id"] = game_id
    facts["game"] = _json_of(row["game"])
    facts["options"] = _json_of(row.get("options")) or {}  # older recordings have no such column
    facts["epoch"] = _json_of(row["adopted"])[-1]["epoch"]
    return EpisodeFacts(**facts)


def _json_of(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(value) if isinstance(value, str) else value


def _find_played_by(segments: Sequence[Mapping[str, Any]]) -> str | None:
    told = (segment["client"].get("played_by") for segment in segments if segment.get("client"))
    return next((played_by for played_by in told if played_by is not None), None)
