"""The environment that verifying meets in the tests: it keeps its word, or goes wrong as it is told."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

Array = npt.NDArray[Any]


class WalkEnv(gymnasium.Env[Array, np.int64]):
    """A dot that is pushed along a line; the seed chooses where it starts.

    Args:
        dies_at: the step at which the process ends, without an exception.
        raises_at: the step that raises.
        hangs_at: the step that never returns.
        length: where the line ends.
        again: what goes wrong from the second episode in this process on: "differs", "dies", "hangs" or "kills" (all
            of the process group).
        changed: "reward", "picture" or "size" of the picture, which then is another one from step 2 on.
        stops: who is sent a signal at step 3: "verifier" (the process that forks the templates; needs /proc), "group"
            (the template and this process) or "replayer" (this process). "files": this process can write none any more.
        by: the number of that signal.
        once: a file; where it is, nothing is stopped, and it is made before something is.
        never_closes: whether it hangs where it is closed after a step.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 60}  # noqa: RUF012 - as Gymnasium has it
    n_played = 0
    """Episodes of this process in which a step was made."""

    def __init__(
        self,
        render_mode: str | None = None,
        again: str | None = None,
        dies_at: int | None = None,
        raises_at: int | None = None,
        hangs_at: int | None = None,
        changed: str | None = None,
        length: int = 30,
        stops: str | None = None,
        by: int = signal.SIGKILL,
        once: str | None = None,
        *,
        never_closes: bool = False,
    ) -> None:
        self.render_mode = render_mode
        self.observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)
        self.action_space = spaces.Discrete(3)
        self._dies_at, self._raises_at, self._hangs_at = dies_at, raises_at, hangs_at
        self._changed, self._length, self._again = changed, length, again
        self._stops, self._by, self._once, self._never_closes = stops, by, once, never_closes
        self._place = self._step = 0

    @override
    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        super().reset(seed=seed)
        self._place, self._step = int(self.np_random.integers(5, 15)), 0
        return self._observe(), {}

    @override
    def step(self, action: np.int64) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        if self._step == 0:
            WalkEnv.n_played += 1
        goes_wrong = self._again if WalkEnv.n_played > 1 else None
        if goes_wrong == "kills":
            os.killpg(0, signal.SIGKILL)
        if self._step == self._dies_at or goes_wrong == "dies":
            os.write(2, b"goodbye\n")
            os._exit(7)
        if self._step == self._raises_at:
            raise ValueError("this environment has had enough")  # as reading a damaged file does
        if self._step == 3 and self._stops is not None:
            self._stop(self._stops)
        while self._step == self._hangs_at or goes_wrong == "hangs":
            pass
        self._place = min(max(self._place + int(action) - 1, 0), self._length)
        self._step += 1
        differs = (self._changed == "reward" and self._step > 2) or goes_wrong == "differs"
        return self._observe(), self._place / 10 + differs, self._place == self._length, False, {}

    @override
    def render(self) -> Array:
        picture = np.zeros((3 + (self._changed == "size" and self._step > 2), 31, 3), dtype=np.uint8)
        picture[1, self._place] = 255
        if self._changed == "picture" and self._step > 2:
            picture[0, 0, 0] = 1
        return picture

    @override
    def close(self) -> None:
        while self._never_closes and self._step:
            pass

    def get_action_meanings(self) -> list[str]:
        return ["LEFT", "NOOP", "RIGHT"]

    def _observe(self) -> Array:
        return np.array([self._place, -0.0], dtype=np.float32)

    def _stop(self, whom: str) -> None:
        if self._once is not None:
            if Path(self._once).exists():
                return
            Path(self._once).touch()
        if whom == "group":
            os.killpg(0, self._by)
        elif whom == "replayer":
            os.kill(os.getpid(), self._by)
        elif whom == "files":
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        else:
            of_template = Path(f"/proc/{os.getppid()}/stat").read_text()
            verifier = int(of_template.rpartition(")")[2].split()[1])
            assert "verify_child" in Path(f"/proc/{verifier}/cmdline").read_text(), "it has ended already"
            os.kill(verifier, self._by)


class MissionSpace(gymnasium.Space[str]):
    """A space of somebody's own, which is none of Gymnasium's, as Minigrid has one."""

    def __init__(self) -> None:
        super().__init__(dtype=str)


class ErrandEnv(gymnasium.Env[dict[str, Any], np.int64]):
    """A walk whose observation has parts of many kinds; its mission names the number of steps.

    Args:
        changed: the part that is another one from step 2 on.
        misfits_at: the step whose observation lacks a member.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 60}  # noqa: RUF012 - as Gymnasium has it

    def __init__(
        self, render_mode: str | None = None, changed: str | None = None, misfits_at: int | None = None
    ) -> None:
        self.render_mode = render_mode
        self.action_space = spaces.Discrete(3)
        self.observation_space = spaces.Dict(
            {
                "body": spaces.Dict(
                    {
                        "facing": spaces.Discrete(4, start=-1),
                        "place": spaces.Box(-np.inf, np.inf, (2,), np.float32),
                        "sight": spaces.Box(0, 255, (2, 3), np.uint8),
                        "near.by": spaces.Box(-np.inf, np.inf, (), np.float16),
                    }
                ),
                "mission": MissionSpace(),
                "seen": spaces.Sequence(spaces.Box(-np.inf, np.inf, (2,), np.float32)),
            }
        )
        self._changed, self._misfits_at = changed, misfits_at
        self._step = 0

    @override
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        self._step = 0
        return self._observe(), {}

    @override
    def step(self, action: np.int64) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        self._step += 1
        return self._observe(), 1.0, False, False, {}

    @override
    def render(self) -> Array:
        return np.full((2, 4, 3), self._step, dtype=np.uint8)

    def _observe(self) -> dict[str, Any]:
        return errand_of(self._step, self._changed if self._step > 2 else None, misfits=self._step == self._misfits_at)


def errand_of(step: int, changed: str | None = None, *, misfits: bool = False) -> dict[str, Any]:
    """What an agent is told after so many steps."""
    place = np.array([step / 3, np.nan if changed == "place" else -0.0], np.float32)
    body = {
        "facing": np.int64(step % 4 - 1),
        "place": place,
        "sight": np.arange(6, dtype=np.uint8).reshape(2, 3) + np.uint8(step),
        "near.by": np.float16(np.inf if step == 1 else step / 7),
    }
    seen = tuple(np.array([each, np.nan], np.float32) for each in range(step % 3))
    mission = f"take {step} steps to the {'red' if changed == 'mission' else 'grün'} ball"
    return {"body": body, "mission": mission} if misfits else {"body": body, "mission": mission, "seen": seen}


class BalanceEnv(ErrandEnv):
    """An errand whose actions are lists."""

    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        self.action_space = spaces.Box(-1, 1, (2,), np.float32)  # type: ignore[assignment]


gymnasium.register("SkillArcadeTestBalance-v0", entry_point="tests.dataset.environments:BalanceEnv")
gymnasium.register("SkillArcadeTestWalk-v0", entry_point="tests.dataset.environments:WalkEnv")
gymnasium.register("SkillArcadeTestErrand-v0", entry_point="tests.dataset.environments:ErrandEnv")
