"""What the process that verifies episodes is told of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skill_arcade.dataset.source import LocalEpisode

GAVE_UP = 75
"""Exit status of the process that verifies where SIGTERM has ended it half-way; no other end has it."""

FAILED = 70
"""Exit status of a fork that could not do its work, for want of memory or room, say: no doing of an environment's."""


@dataclass(frozen=True, slots=True)
class Order:
    """One episode to be verified.

    Attributes:
        episode: where it is.
        environment: `EnvironmentSpec` as JSON.
        result: the file that is to be written, as JSON.
        last_words: the file that is to take what an environment writes on standard error.
        limit_s: how long it may take.
    """

    episode: LocalEpisode
    environment: Mapping[str, Any]
    result: Path
    last_words: Path
    limit_s: float
