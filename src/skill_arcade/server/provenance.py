"""The start of an episode's record (REC-41): what is known without opening the environment.

What only the opened environment knows (picture, palette, observation, meanings, ROM, packages) the session
adds.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from secrets import SystemRandom
from typing import Any

from skill_arcade import __version__
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.options import Scalar

_SOURCE_ROOT = Path(__file__).parents[3]


def build_provenance(
    game: GameDefinition, options: Mapping[str, Scalar], *, user: str, recording: bool
) -> dict[str, Any]:
    """What is known when a ticket is made.

    Args:
        game: what will be played, as it is with `options` and with the player's own keys.
        options: the value of every option of the game, by name.
        user: the player's pseudonym.
        recording: whether the episode is kept after its end.
    """
    environment = game.environment_spec().to_json()
    kwargs = environment["kwargs"]
    return {
        "user": user,
        "game_id": game.id,
        "env_id": environment["env_id"],
        "env_kwargs": kwargs,
        "options": dict(options),
        "environment": environment,
        "server_commit": read_server_commit(),
        "seed_policy": game.seed.policy,
        "repeat_action_probability": kwargs.get("repeat_action_probability"),
        "frameskip": kwargs.get("frameskip"),
        "pacing": game.pacing.mode,
        "tick_hz": game.tick_hz,
        "max_steps": game.max_steps,
        "metric_name": game.metric.name,
        "recorder_version": __version__,
        "recording": recording,
        "game": game.to_json(),
    }


def begin_provenance(
    known: Mapping[str, Any], attempt_index: int, now: datetime, *, random: Random | None = None
) -> dict[str, Any]:
    """Settle what is known only when the episode begins: the attempt, the time, and by it the start itself.

    Args:
        known: what `build_provenance` gave.
        attempt_index: of this person at this game, from 1; decides the seed where a list gives it.
        now: the start.
        random: draws the seed and the no-op steps; by default a source that nobody can foresee.
    """
    game = GameDefinition.from_json(known["game"])
    draw = random or SystemRandom()
    return {
        **known,
        "attempt_index": attempt_index,
        "started_utc": now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        "seed": game.seed.choose(attempt_index, draw),
        "noop_starts": game.noop_starts.choose(draw),
    }


@lru_cache(maxsize=1)
def read_server_commit() -> str:
    """The commit this program was started from, `-dirty` if it was changed; a version outside git."""
    if not (_SOURCE_ROOT / ".git").exists():
        return f"v{__version__}"
    command = [
        "git",
        "-C",
        str(_SOURCE_ROOT),
        "describe",
        "--always",
        "--dirty",
        "--abbrev=40",
        "--exclude=*",
    ]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return f"v{__version__}"  # no git here, or no commit yet
    return run.stdout.strip()
