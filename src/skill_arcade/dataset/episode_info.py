"""What an episode is, in one value: game, player, start, end, and how to read its pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from skill_arcade.domain.episode import EndReason, PlayedBy, Status, Verification
from skill_arcade.domain.observation import ObservationKind
from skill_arcade.domain.picture import PictureFormat
from skill_arcade.recorder.provenance import parse_observation_kind


@dataclass(frozen=True, slots=True)
class EpisodeInfo:
    """The row of table `episodes` (REC-41), the members that programs need most with their types.

    Attributes:
        episode_id: the episode.
        game_id: the game.
        user: pseudonym of the player; None where it is not known.
        played_by: who pressed the keys; None if nobody ever connected.
        attempt_index: from 1: which of this player's attempts at this game.
        seed: what the environment was reset with.
        noop_starts: no-op steps after the reset.
        n_steps: steps so far.
        score: sum of the rewards so far.
        status: RUNNING as long as there is no end.
        end_reason: None as long as there is no end.
        started_utc: when it began, with its zone.
        picture_format: how pictures are to be read.
        observation_kind: what observations are.
        options: the value of every option of the game, by name; empty in recordings older than options.
        environment: everything needed to open the environment again.
        action_meanings: the environment's name of each action, by index.
        verification: what replaying showed when the file was written.
        verification_detail: one sentence more, or None.
        row: every column of the row by its name; JSON columns as JSON values.
    """

    episode_id: UUID
    game_id: str
    user: str | None
    played_by: PlayedBy | None
    attempt_index: int | None
    seed: int
    noop_starts: int
    n_steps: int
    score: float
    status: Status
    end_reason: EndReason | None
    started_utc: dt.datetime
    picture_format: PictureFormat
    observation_kind: ObservationKind
    options: Mapping[str, Any]
    environment: Mapping[str, Any]
    action_meanings: tuple[str, ...]
    verification: Verification
    verification_detail: str | None
    row: Mapping[str, Any]

    @property
    def is_deterministic(self) -> bool:
        """Whether seed and actions make the episode again, as the game's definition says."""
        game = self.row.get("game") or {}
        return bool(game.get("deterministic", True))


def make_episode_info(row: Mapping[str, Any]) -> EpisodeInfo:
    """An EpisodeInfo from a row whose JSON columns are JSON values."""
    return EpisodeInfo(
        episode_id=UUID(row["episode_id"]),
        game_id=row["game_id"],
        user=row.get("user"),
        played_by=PlayedBy(row["played_by"]) if row.get("played_by") else None,
        attempt_index=row.get("attempt_index"),
        seed=row["seed"],
        noop_starts=row.get("noop_starts") or 0,
        n_steps=row["n_steps"],
        score=row["score"],
        status=Status(row["status"]),
        end_reason=EndReason(row["end_reason"]) if row.get("end_reason") else None,
        started_utc=row["started_utc"],
        picture_format=PictureFormat(row["picture_width"], row["picture_height"], row["pixels"], row.get("palette")),
        observation_kind=parse_observation_kind(row),
        options=row.get("options") or {},
        environment=row.get("environment") or {},
        action_meanings=tuple(row.get("action_meanings") or ()),
        verification=Verification(row["verification"]),
        verification_detail=row.get("verification_detail"),
        row=row,
    )
