"""The Tower of Hanoi as a Gymnasium environment."""

from __future__ import annotations

from typing import Any, Literal, get_args

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

from skill_arcade.domain.picture import Picture, look_up
from skill_arcade.games.hanoi.drawing import Drawing, compute_palette
from skill_arcade.games.hanoi.rules import State, all_moves, check_size, goal_state, make_move, start_state
from skill_arcade.games.hanoi.search import can_search, distance_to_goal

Observation = npt.NDArray[np.int16]
Start = Literal["tower", "random"]


class Hanoi(gymnasium.Env[Observation, np.int64]):
    """Bring all discs from the first pole to the last, one at a time, never a larger one onto a smaller.

    Actions: Discrete(poles * (poles - 1)), the ordered pairs of poles; their names are MOVE_0_1 and so on.

    Observations: the pole of each disc, smallest first, int16 (discs,), of a MultiDiscrete space. It is the
    whole state and nothing else: order on a pole follows from size, so no vector of the space is impossible,
    and each is met.

    Reward: -1 for every step, allowed or not. So the return is minus the number of moves tried, the best
    return is minus the optimum, and neither dawdling nor banging against the rules is ever free.

    A move that is not allowed changes nothing and says so in `info["invalid"]`. The episode terminates when
    all discs are on the last pole; it never truncates. The seed decides a random start, and nothing else.

    The `info` of `reset` has `optimum`, the fewest moves that solve it from there, where the game is small enough to
    be searched (`search.MAX_STATES`).
    """

    metadata = {  # noqa: RUF012  # Gymnasium declares it as one of the instance
        "render_modes": ["rgb_array"],
        "render_fps": 30,
    }
    palette = compute_palette()

    def __init__(
        self,
        discs: int = 3,
        poles: int = 3,
        start: Start = "tower",
        render_mode: Literal["rgb_array"] | None = None,
    ) -> None:
        """Set up the poles.

        Args:
            discs: 1 or more.
            poles: 3 to 255.
            start: "tower": all discs on the first pole; "random": each disc on any pole, but not all on the last.
            render_mode: None or "rgb_array".

        Raises:
            ValueError: there can be no such game.
        """
        check_size(discs, poles)
        if start not in get_args(Start):
            raise ValueError(f"Hanoi starts with a tower or at random, not with {start!r}.")
        self.discs, self.poles, self.start, self.render_mode = discs, poles, start, render_mode
        self.moves = all_moves(poles)
        self.action_space = spaces.Discrete(len(self.moves))
        self.observation_space = spaces.MultiDiscrete([poles] * discs, dtype=np.int16)
        self.state = start_state(discs)
        self._drawing = Drawing(discs, poles)

    def get_action_meanings(self) -> list[str]:
        """The name of each action by index: MOVE_0_1 takes the top disc of the first pole to the second."""
        return [f"MOVE_{source}_{target}" for source, target in self.moves]

    @override
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Set the discs up."""
        super().reset(seed=seed)
        self.state = start_state(self.discs) if self.start == "tower" else self._draw_state()
        info: dict[str, Any] = {"invalid": False}
        if can_search(self.discs, self.poles):
            info["optimum"] = distance_to_goal(self.state, self.poles)
        return self._observation(), info

    @override
    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Try one move."""
        after = make_move(self.state, self.moves[action])
        if after is not None:
            self.state = after
        is_solved = self.state == goal_state(self.discs, self.poles)
        return self._observation(), -1.0, is_solved, False, {"invalid": after is None}

    def render_indices(self) -> Picture:
        """What the player sees, as palette indices, uint8 (height, width)."""
        return self._drawing.draw(self.state)

    @override
    def render(self) -> Picture | None:
        """What the player sees, in RGB, uint8 (height, width, 3); None without a render mode."""
        if self.render_mode is None:
            return None
        return look_up(self.palette, self.render_indices())

    def _draw_state(self) -> State:
        """Each state but the goal is as likely as any other."""
        goal = goal_state(self.discs, self.poles)
        state = goal
        while state == goal:
            state = tuple(int(pole) for pole in self.np_random.integers(self.poles, size=self.discs))
        return state

    def _observation(self) -> Observation:
        return np.array(self.state, dtype=np.int16)
