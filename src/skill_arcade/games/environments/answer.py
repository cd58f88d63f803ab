"""What an environment's step answered: checked, and made fit to be recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, SupportsFloat

import numpy as np

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.step import Outcome

MAX_INFO_ELEMENTS = 64
"""A longer array in `info` is bulk data (an observation in disguise); it is named, not kept."""

MOST_LIVES = 2**31 - 1

NOT_RECORDED = "not_recorded"
"""The key under which `info` lists the keys that were left out, so that nothing is missing in silence."""


def parse_answer(
    env_id: str, reward: SupportsFloat, terminated: object, truncated: object, info: Mapping[str, Any]
) -> Outcome:
    """Make an Outcome of what `step` returned, the observation apart.

    Raises:
        EnvironmentFailed: the reward is not a finite number.
    """
    value = parse_reward(env_id, reward)
    if not info:
        return Outcome(value, bool(terminated), bool(truncated))
    return Outcome(
        reward=value,
        terminated=bool(terminated),
        truncated=bool(truncated),
        invalid=bool(info.get("invalid", False)),
        lives=parse_lives(info),
        info=parse_info(info),
    )


def parse_reward(env_id: str, reward: SupportsFloat) -> float:
    """The reward as a float.

    Raises:
        EnvironmentFailed: it is not a finite number.
    """
    try:
        value = float(reward)
    except (TypeError, ValueError) as error:
        raise EnvironmentFailed(f"{env_id} gave {reward!r} as its reward.") from error
    if not math.isfinite(value):
        raise EnvironmentFailed(f"{env_id} gave {value} as its reward.")
    return value


def parse_lives(info: Mapping[str, Any]) -> int | None:
    """The lives that `info` tells of, or None; what is no count, or has no room in a recording, are none."""
    lives = info.get("lives")
    return int(lives) if isinstance(lives, (int, np.integer)) and 0 <= lives <= MOST_LIVES else None


def read_optimum(reset_info: Mapping[str, Any]) -> int | None:
    """The fewest steps in which the game can be won from its start, where the environment tells it as `optimum`."""
    optimum = reset_info.get("optimum")
    return optimum if isinstance(optimum, int) and not isinstance(optimum, bool) and optimum > 0 else None


def parse_info(info: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `info` that JSON can hold, with plain Python values; `invalid` and `lives` have their own places."""
    kept: dict[str, Any] = {}
    left_out: list[str] = []
    for key, value in info.items():
        if _has_own_place(key, value, info):
            continue
        try:
            kept[str(key)] = _plain(value)
        except TypeError:
            left_out.append(str(key))
    return {**kept, NOT_RECORDED: left_out} if left_out else kept


def _has_own_place(key: object, value: object, info: Mapping[str, Any]) -> bool:
    """Whether it is a fact of every step and therefore a column of its own."""
    return key == "invalid" or (key == "lives" and (value is None or parse_lives(info) is not None))


def _plain(value: object) -> object:
    """`value` in JSON's types.

    Raises:
        TypeError: it has none.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        # JSON has no word for these; as text they are at least still there.
        return value if math.isfinite(value) else str(value)
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.size <= MAX_INFO_ELEMENTS else None
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)) and len(value) <= MAX_INFO_ELEMENTS:
        return [_plain(each) for each in value]
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")
