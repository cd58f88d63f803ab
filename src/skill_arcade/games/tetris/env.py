"""Tetris as a Gymnasium environment."""

from __future__ import annotations

from typing import Any, Literal

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

from skill_arcade.domain.picture import Picture, look_up
from skill_arcade.games.tetris.bag import N_SHOWN
from skill_arcade.games.tetris.drawing import Drawing
from skill_arcade.games.tetris.field import COLUMNS, ROWS
from skill_arcade.games.tetris.game import Frame, Game
from skill_arcade.games.tetris.gravity import FRAMES_PER_SECOND
from skill_arcade.games.tetris.keys import ACTIONS
from skill_arcade.games.tetris.palette import compute_palette
from skill_arcade.games.tetris.pieces import KINDS

Observation = dict[str, npt.NDArray[np.generic]]

MAX_START_LEVEL = 15
_N_KINDS = 1 + len(KINDS)
_MOST = 2**31 - 1
_NO_PIECE = (0, 0, 0, 0)
# Up to two columns and rows of a piece's box are empty, and may be outside the field.
_FIRST_PIECE = np.array((0, 0, -2, -2), dtype=np.int8)
_LAST_PIECE = np.array((len(KINDS), 3, COLUMNS - 2, ROWS - 2), dtype=np.int8)


class Tetris(gymnasium.Env[Observation, np.int64]):
    """Fill rows so that they vanish; the rules are those of the modern guideline. A step is a frame, 1/60 s.

    Actions: Discrete(36), the keys that are down: none, LEFT or RIGHT; none, DOWN (soft drop) or DROP (hard drop);
    none, CW, CCW or HOLD. Their names are these words joined in this order, LEFTDOWNCW say, and NOOP for none. DROP,
    CW, CCW and HOLD act once, in the step in which they go down; LEFT and RIGHT too, and again after `das_frames`,
    then every `arr_frames`. A key that comes back when another of its group is released acts as if it had gone down
    then: actions tell no more.

    Observations: a Dict. Kinds of pieces are 1 to 7 for I, J, L, O, S, T, Z and 0 for none.

    - field: the kinds of the locked cells, uint8 (24, 10); the upper 4 rows are hidden;
    - piece: kind, quarter turns clockwise, column and row of its box's upper left corner, int8 (4,); 0 after the end;
    - hold: the kind laid aside, and 1 if the falling piece may be laid aside, else 0; int8 (2,);
    - next: the kinds of the next five pieces, int8 (5,);
    - level, lines: int32 (1,) each.

    It is what the player sees. Not in it are the parts of a row fallen, of the delay before locking and of the
    repetition of an arrow, the combo, whether the last rows were four, and the pieces after the next five.

    Reward: the points made in the step. One to four rows are 100, 300, 500 and 800, and four 1200 if those cleared
    before them were four too; in an unbroken row of pieces that clear (a combo) each is 50 more than the one before;
    all of this times the level. Each row of a soft drop is 1, of a hard drop 2. T-spins count as turns like any other.

    Pieces come by sevens, in random order. They turn by SRS with its wall kicks; an O does not turn. They appear in the
    two rows above the picture and fall a row at once. A row takes (0.8 - (level - 1) * 0.007) ** (level - 1) seconds,
    exactly, from level 20 on as in level 20; a soft drop is 20 times as fast, and locks nothing. A piece is locked 30
    frames after its landing; 15 shifts and turns begin that time anew, and a fall lower than ever gives all 15 back.
    Full rows vanish, and the next piece appears, in the step that locks. The level rises every ten rows.

    The episode terminates when a piece has no room to appear, or is locked wholly above the picture; it never
    truncates. `info` is empty except where a piece is locked: `cleared` (rows, 0 to 4), `lines` (in all), `level`.
    """

    metadata = {  # noqa: RUF012  # Gymnasium declares it as one of the instance
        "render_modes": ["rgb_array"],
        "render_fps": FRAMES_PER_SECOND,
    }
    palette = compute_palette()

    def __init__(
        self,
        level: int = 1,
        das_frames: int = 10,
        arr_frames: int = 2,
        render_mode: Literal["rgb_array"] | None = None,
    ) -> None:
        """Set the game up.

        Args:
            level: to begin with, 1 to 15.
            das_frames: steps from an arrow's first shift to its second (delayed auto-shift), 1 or more.
            arr_frames: steps between the shifts after that (auto-repeat rate), 1 or more.
            render_mode: None or "rgb_array".

        Raises:
            ValueError: there can be no such game.
        """
        if not 1 <= level <= MAX_START_LEVEL:
            raise ValueError(f"Tetris begins in a level from 1 to {MAX_START_LEVEL}, not {level}.")
        if das_frames < 1 or arr_frames < 1:
            raise ValueError(f"Tetris repeats a shift after 1 frame or more, not {das_frames} and {arr_frames}.")
        self.start_level, self.das_frames, self.arr_frames = level, das_frames, arr_frames
        self.render_mode = render_mode
        self.action_space = spaces.Discrete(len(ACTIONS))
        parts = {
            "field": spaces.Box(0, len(KINDS), (ROWS, COLUMNS), np.uint8),
            "piece": spaces.Box(_FIRST_PIECE, _LAST_PIECE, dtype=np.int8),
            "hold": spaces.MultiDiscrete([_N_KINDS, 2], dtype=np.int8),
            "next": spaces.MultiDiscrete([_N_KINDS] * N_SHOWN, dtype=np.int8),
            "level": spaces.Box(1, _MOST, (1,), np.int32),
            "lines": spaces.Box(0, _MOST, (1,), np.int32),
        }
        self.observation_space = spaces.Dict(parts)  # type: ignore[assignment]  # Gymnasium calls it a space of spaces
        self._game = self._new_game()
        self._drawing = Drawing()

    def get_action_meanings(self) -> list[str]:
        """The name of each action by index: LEFTDOWNCW holds LEFT, DOWN and CW down."""
        return [keys.name for keys in ACTIONS]

    @override
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """An empty field; the seed decides which pieces come."""
        super().reset(seed=seed)
        self._game = self._new_game()
        return self._observation(), {"lines": 0, "level": self.start_level}

    @override
    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """One frame."""
        frame = self._game.advance(ACTIONS[action])
        return self._observation(), float(frame.points), self._game.falling is None, False, self._info(frame)

    def render_indices(self) -> Picture:
        """What the player sees, as palette indices, uint8 (height, width)."""
        return self._drawing.draw(self._game)

    @override
    def render(self) -> Picture | None:
        """What the player sees, in RGB, uint8 (height, width, 3); None without a render mode."""
        if self.render_mode is None:
            return None
        return look_up(self.palette, self.render_indices())

    def _new_game(self) -> Game:
        # The raw output of the generator: NumPy promises that it never changes, of its other methods it does not.
        draw = self.np_random.bit_generator.random_raw
        return Game(self.start_level, self.das_frames, self.arr_frames, lambda: int(draw()))

    def _observation(self) -> Observation:
        game = self._game
        field = np.frombuffer(game.field.cells, dtype=np.uint8).reshape(ROWS, COLUMNS).copy()
        return {
            "field": field,
            "piece": np.array(game.piece or _NO_PIECE, dtype=np.int8),
            "hold": np.array((game.held, game.may_hold), dtype=np.int8),
            "next": np.array(game.bag.shown(), dtype=np.int8),
            "level": np.array((game.level,), dtype=np.int32),
            "lines": np.array((game.lines,), dtype=np.int32),
        }

    def _info(self, frame: Frame) -> dict[str, Any]:
        if frame.cleared is None:
            return {}
        return {"cleared": frame.cleared, "lines": self._game.lines, "level": self._game.level}
