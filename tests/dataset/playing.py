"""Plays an environment and writes the journal that a session would write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.recorder.recordings import PROVENANCE, end_of, segment_of

from skill_arcade.domain.action import Action
from skill_arcade.domain.observation import encode_held
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.journal import JournalWriter
from skill_arcade.recorder.provenance import encode_observation_kind, encode_palette
from skill_arcade.recorder.records import (
    RecordKind,
    StepRecord,
    encode_json,
    encode_observation,
    encode_picture,
    encode_step,
)
from skill_arcade.wire.picture import encode_change, picture_words

WALK = EnvironmentSpec.of_game("tests.dataset.environments:SkillArcadeTestWalk-v0", {})
ERRAND = EnvironmentSpec.of_game("tests.dataset.environments:SkillArcadeTestErrand-v0", {})
BALANCE = EnvironmentSpec.of_game("tests.dataset.environments:SkillArcadeTestBalance-v0", {})
HASH_EVERY = 60


def provenance_of(spec: EnvironmentSpec, simulation: Simulation, **changes: object) -> dict[str, Any]:
    """The provenance of a game of this environment."""
    form = simulation.picture_format
    return {
        **PROVENANCE,
        "game_id": "Walk.v0",
        "env_id": spec.env_id,
        "environment": spec.to_json(),
        "picture_width": form.width,
        "picture_height": form.height,
        "pixels": form.pixels,
        "palette": encode_palette(form.palette),
        "observation": encode_observation_kind(simulation.observation_kind),
        "action_meanings": list(simulation.action_meanings),
        "max_steps": None,
        **changes,
    }


def record_play(
    folder: Path,
    episode_id: UUID,
    spec: EnvironmentSpec = WALK,
    actions: Iterable[Action] = (2, 2, 1, 0, 2, 2) * 4,
    provenance: dict[str, Any] | None = None,
    step_changes: dict[int, dict[str, Any]] | None = None,
    end_changes: dict[str, Any] | None = None,
    *,
    ends: bool = True,
) -> Path:
    """Play the actions and keep a journal of it; the folder of the journal.

    Args:
        folder: of all journals.
        episode_id: of the new episode.
        spec: what is played.
        actions: one for each step, until the environment ends.
        provenance: members of the provenance that are to be other than they are.
        step_changes: members of STEP records that are to be other than they were, by step.
        end_changes: likewise of END.
        ends: whether there is an END.
    """
    simulation = open_simulation(spec)
    simulation.reset(7, (provenance or {}).get("noop_starts", 0))
    writer = JournalWriter.create(folder / str(episode_id), episode_id, 1)
    facts = {**provenance_of(spec, simulation), **(provenance or {})}
    opening = {"format": 1, "episode_id": str(episode_id), "epoch": 1, "adopts": None, "provenance": facts}
    words = picture_words(simulation.picture())
    writer.write(
        [
            (RecordKind.OPEN, encode_json(opening)),
            (RecordKind.SEGMENT, encode_json(segment_of(0, 1, 0))),
            (RecordKind.PICTURE, encode_picture(0, key=True, payload=encode_change(words, None))),
            *_observation(simulation, 0),
        ]
    )
    score, n_steps, ended, final_hash = 0.0, 0, False, None
    for step, action in enumerate(actions):
        outcome = simulation.step(action)
        ended, n_steps, final_hash = outcome.ended, step + 1, simulation.state_hash()
        score += outcome.reward
        record = {
            "step": step,
            "action": action,
            "reward": outcome.reward,
            "terminated": outcome.terminated,
            "truncated": outcome.truncated,
            "invalid": outcome.invalid,
            "lives": outcome.lives,
            "t_tick_ns": step,
            "input_seq": 0,
            "shown_step": None,
            "t_input_us": None,
            "replayed_input": False,
            "state_hash": final_hash if n_steps % HASH_EVERY == 0 or ended else None,
            **(step_changes or {}).get(step, {}),
        }
        now = picture_words(simulation.picture())
        picture = encode_picture(step + 1, key=False, payload=encode_change(now, words))
        words = now
        group = [(RecordKind.STEP, encode_step(StepRecord(**record))), (RecordKind.PICTURE, picture)]
        writer.write([*group, *_observation(simulation, step + 1)])
        if ended:
            break
    if ends:
        reason = {"status": "won", "end_reason": "terminated"} if ended else {}
        end = {**end_of(0), **reason, "n_steps": n_steps, "score": score, "final_hash": final_hash}
        writer.write([(RecordKind.END, encode_json({**end, **(end_changes or {})}))])
    writer.close()
    simulation.close()
    return writer.path.parent


def _observation(simulation: Simulation, number: int) -> list[tuple[RecordKind, bytes]]:
    observation = simulation.observation()
    if observation is None:
        return []
    return [(RecordKind.OBSERVATION, encode_observation(number, encode_held(observation)))]
