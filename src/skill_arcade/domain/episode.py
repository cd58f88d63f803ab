"""The closed lists of an episode: who played, how it stands, why it ended, whether it was verified."""

from __future__ import annotations

from enum import StrEnum


class PlayedBy(StrEnum):
    """Who pressed the keys."""

    HUMAN = "human"
    AGENT = "agent"
    SCRIPTED = "scripted"


class Status(StrEnum):
    """How the episode stands. RUNNING is only ever seen in the index, never in a sealed episode."""

    RUNNING = "running"
    INCOMPLETE = "incomplete"
    WON = "won"
    LOST = "lost"


class EndReason(StrEnum):
    """Why an episode ended (RECORDING.md, REC-40)."""

    TERMINATED = "terminated"
    TRUNCATED = "truncated"
    MAX_STEPS = "max_steps"
    PLAYER_QUIT = "player_quit"
    PAUSED_TOO_LONG = "paused_too_long"
    ABANDONED = "abandoned"
    ENVIRONMENT_ERROR = "environment_error"
    ENVIRONMENT_CRASHED = "environment_crashed"
    ENVIRONMENT_HUNG = "environment_hung"
    NOT_RESUMABLE = "not_resumable"


class Verification(StrEnum):
    """What replaying the recording showed."""

    PENDING = "pending"
    VERIFIED = "verified"
    MISMATCH = "mismatch"
    UNVERIFIABLE = "unverifiable"
