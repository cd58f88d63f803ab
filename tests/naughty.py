"""Environments that misbehave as real ones do: raise, hang, end the process; and one that is merely small."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.reading import read_game_file

RAISE, HANG, EXIT, DIE = 2, 3, 4, 5


class Naughty(gymnasium.Env[npt.NDArray[np.uint8], int]):
    """Actions 0 and 1 are harmless; 2 raises, 3 hangs, 4 calls exit(), 5 ends the process without a word."""

    metadata: dict[str, Any] = {  # noqa: RUF012  # as Gymnasium declares it
        "render_modes": ["rgb_array"],
        "render_fps": 30,
    }

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.action_space = spaces.Discrete(6)  # type: ignore[assignment]  # its elements are numpy integers
        self.observation_space = spaces.Box(0, 255, (3,), np.uint8)
        self._n = 0

    @override
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        super().reset(seed=seed)
        self._n = 0
        return self._observe(), {}

    @override
    def step(self, action: int) -> tuple[npt.NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        if action == RAISE:
            raise ArithmeticError("the ball left the universe")
        if action == HANG:
            time.sleep(3600)
        if action == EXIT:
            raise SystemExit(3)
        if action == DIE:
            os._exit(7)
        self._n += 1
        return self._observe(), float(action), False, False, {}

    @override
    def render(self) -> Any:
        picture = np.zeros((8, 12, 3), dtype=np.uint8)
        picture[self._n % 8, :, 0] = self._n % 256
        return picture

    def _observe(self) -> npt.NDArray[np.uint8]:
        return np.array([self._n % 256, 1, 2], dtype=np.uint8)


class Misbehaving(Naughty):
    """Two harmless actions, and one fault of its own: whatever is played, it does what `how` says.

    Attributes:
        how: what goes wrong; "fine" for nothing.
    """

    def __init__(self, how: str = "fine", render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        self.how = how
        self.action_space = spaces.Discrete(2) if how != "text actions" else spaces.Text(3)  # type: ignore[assignment]
        if how == "raise when made":
            raise RuntimeError("no such\ncartridge")

    @override
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        if self.how == "raise in reset":
            raise RuntimeError("nothing to start with")
        if self.how == "hang":
            time.sleep(3600)
        if self.how == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "exit":
            os._exit(7)
        if self.how == "exit as if done":
            os._exit(0)
        return super().reset(seed=seed, options=options)

    @override
    def step(self, action: int) -> tuple[npt.NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = super().step(int(action))
        if self.how == "end at once":
            terminated = True
        if self.how in {"nan", "inf"} and self._n == 150:
            reward = float(self.how)
        if self.how == "chance":
            observation[0] = time.monotonic_ns() % 256
        if self.how == "hang late" and self._n > 250:
            time.sleep(3600)
        return observation, reward, terminated, truncated, info

    @override
    def render(self) -> Any:
        if self.how == "no picture":
            return None
        if self.how == "other size" and self._n == 100:
            return np.zeros((8, 13, 3), dtype=np.uint8)
        if self.how == "other type" and self._n == 100:
            return np.zeros((8, 12, 3), dtype=np.float32)
        return super().render()


def make_misbehaving_game(how: str, **sections: object) -> GameDefinition:
    """A real-time game that misbehaves so."""
    naughty, _ = read_game_file(Path(__file__).with_name("naughty_games") / "Naughty.v0.yaml")
    definition = {
        **naughty.to_json(),
        "id": f"{how.title().replace(' ', '')}.v0",
        "environment": {**naughty.to_json()["environment"], "id": ENV_ID, "kwargs": {"how": how}},
        "actions": ["NOOP", "GO"],
        "controls": [{"does": "GO", "keys": ["KeyG"], "say": "Harmless"}],
    }
    return GameDefinition.from_json({**definition, **sections})


ENV_ID = f"{__name__}:Misbehaving-v0"
gymnasium.register("Misbehaving-v0", f"{__name__}:Misbehaving")
gymnasium.register("Naughty-v0", f"{__name__}:Naughty")
