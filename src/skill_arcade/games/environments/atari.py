"""Runs one Atari 2600 game of ALE, frame by frame, with the palette picture the emulator itself makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import ale_py
import gymnasium
import numpy as np
from ale_py.env import AtariEnv

from skill_arcade.domain.action import Action
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import ObservationKind
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.domain.sound import SILENCE, SoundFormat
from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.action_space import DiscreteActions
from skill_arcade.games.environments.guard import Guard
from skill_arcade.games.environments.making import make_environment
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.games.environments.state_hash import compute_state_hash
from skill_arcade.games.environments.tv_palettes import TV_PALETTES, fitting_palettes

# Before the first ALEInterface is made: it prints a banner otherwise.
ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
gymnasium.register_envs(ale_py)

PALETTE_SEARCH_FRAMES = 60
"""How many frames are looked at when black alone, which is in both palettes, is on the screen at first."""

SOUND_RATE_HZ = 30_720.0
FRAME_SAMPLES = 512
"""What ALE makes of every game, in sixty frames a second."""

REFUSED_KWARGS = ("continuous", "obs_type", "render_mode", "sound_obs")
"""Arguments of AtariEnv that would change what an action or an observation is."""


class AtariSimulation:
    """A Simulation of an ALE environment. The observation is the picture; the hash covers the RAM too."""

    observation_kind = ObservationKind(is_picture=True)
    reset_info: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, environment: EnvironmentSpec) -> None:
        """Load the ROM.

        Raises:
            EnvironmentFailed: there is no such game, or it cannot be played here.
        """
        self._env_id = environment.env_id
        self._guard = Guard(environment.env_id)
        _refuse_kwargs(environment)
        with self._guard:
            self._env = _make_atari(environment)
            self._ale = self._env.ale
            self.action_meanings = tuple(self._env.get_action_meanings())
        self.action_space = DiscreteActions(environment.env_id, len(self.action_meanings))
        self._actions = [ale_py.Action.__members__[meaning] for meaning in self.action_meanings]
        self._frameskip = int(environment.kwargs["frameskip"])
        height, width = self._ale.getScreenDims()
        palette = TV_PALETTES[_find_tv_format(self._ale, environment.env_id)]
        self.picture_format = PictureFormat(width, height, "indexed8", palette)
        self._picture = np.zeros((height, width), dtype=np.uint8)
        with self._guard:
            self.sound_format = SoundFormat(SOUND_RATE_HZ, FRAME_SAMPLES * self._frameskip)
        self._sound = np.full((self._frameskip, FRAME_SAMPLES), SILENCE, dtype=np.uint8)
        self._counts_lives = False
        # ALE has chance of its own only where an action may stick. Everywhere else every seed begins the same game.
        self._seed_matters = self._ale.getFloat("repeat_action_probability") > 0.0
        # As the ROM's loading left it: not a frame has been made since, not even to find the palette.
        self._is_fresh = self._ale.getEpisodeFrameNumber() == 0
        self._first_picture: Picture | None = None  # see `bookmark`

    def reset(self, seed: int, noop_starts: int) -> None:
        """Load the ROM anew (`reset_game` alone is no fresh start in 15 games), then do the no-op steps.

        Loading takes 75 ms. It is left out where it would change nothing: no step has been made since the ROM was
        loaded, and the seed does not matter. So a template loads a game once, and every session forked of it begins
        at once.
        """
        with self._guard:
            if self._seed_matters or not self._is_fresh:
                self._env.reset(seed=seed)
                self._is_fresh = True
            # ALE says 0 for a game that has no lives; none begins with none left.
            self._counts_lives = self._ale.lives() > 0
            for _ in range(noop_starts):
                if self.step(self._noop()).ended:
                    raise EnvironmentFailed(f"{self._env_id} ended within its {noop_starts} no-op steps.")

    def bookmark(self) -> Callable[[], None] | None:
        """The state of the emulator, which takes a tenth of a millisecond to go back to; see Simulation.

        Raises:
            EnvironmentFailed: the emulator cannot tell its state.
        """
        if self._seed_matters or not self._is_fresh:
            return None
        with self._guard:
            state, picture = self._ale.cloneSystemState(), self.picture().copy()

        def go_back() -> None:
            self._ale.restoreSystemState(state)
            self._is_fresh = True
            # The emulator's own screen stays that of the frame it made last, until it makes another.
            self._first_picture = picture

        return go_back

    def step(self, action: Action) -> Outcome:
        """One step of `frameskip` frames; what AtariEnv does, without its RGB picture."""
        ale, chosen = self._ale, self._actions[self.action_space.settle(action)]
        self._is_fresh = False
        try:
            reward = float(ale.act(chosen))
            for frame in range(1, self._frameskip):
                ale.getAudio(self._sound[frame - 1])
                reward += ale.act(chosen)
            return Outcome(reward, ale.game_over(with_truncation=False), ale.game_truncated(), lives=self.lives())
        except BaseException as error:
            raise self._guard.blame(error) from error

    def lives(self) -> int | None:
        """Lives left now; None where the game has no such count."""
        return self._ale.lives() if self._counts_lives else None

    def picture(self) -> Picture:
        """The emulator's picture; one buffer, filled anew at every call."""
        self.draw(self._picture)
        return self._picture

    def draw(self, into: Picture) -> None:
        """The emulator's picture, written by the emulator itself."""
        if self._first_picture is not None and self._is_fresh:
            into[...] = self._first_picture
        else:
            self._ale.getScreen(into)

    def sound(self) -> bytes:
        """The samples of the newest step's frames, one after another; that of the last one the emulator still has."""
        self._ale.getAudio(self._sound[-1])
        return self._sound.tobytes()

    def observation(self) -> None:
        """None: the observation is the picture."""

    def state_hash(self) -> str:
        """The hash over RAM and picture."""
        return compute_state_hash(self._ale.getRAM(), self.picture())

    def close(self) -> None:
        """Let go of the emulator."""
        self._env.close()

    def _noop(self) -> int:
        if "NOOP" not in self.action_meanings:
            raise EnvironmentFailed(f"{self._env_id} has no NOOP action for its no-op steps.")
        return self.action_meanings.index("NOOP")


def _refuse_kwargs(environment: EnvironmentSpec) -> None:
    for name in REFUSED_KWARGS:
        if name in environment.kwargs:
            raise EnvironmentFailed(f"{environment.env_id} cannot be played with {name!r} among its kwargs.")
    if environment.max_episode_steps is not None:
        raise EnvironmentFailed(
            f"{environment.env_id} takes max_num_frames_per_episode in its kwargs, not max_episode_steps."
        )
    if type(environment.kwargs.get("frameskip")) is not int:
        raise EnvironmentFailed(f"{environment.env_id} needs a whole number as its frameskip.")


def _make_atari(environment: EnvironmentSpec) -> AtariEnv:
    # ALE looks at `sound_obs` when a ROM is loaded, so it is said before. It changes neither RAM nor picture, but what
    # AtariEnv's own `step` and `reset` call the observation, which nobody looks at here.
    env: Any = make_environment(environment, sound_obs=True).unwrapped
    if not isinstance(env, AtariEnv):
        raise EnvironmentFailed(f"{environment.env_id} is not an environment of ALE.")
    # Making it loads the ROM; with this it is what its `reset(seed=…)` would make of it, loading once more.
    env.ale.reset_game()
    return env


def _find_tv_format(ale: ale_py.ALEInterface, env_id: str) -> str:
    """NTSC or PAL, by the pictures of a game that is reset afterwards.

    Raises:
        EnvironmentFailed: ALE paints with a palette we do not know.
    """
    fitting = set(TV_PALETTES)
    for _ in range(PALETTE_SEARCH_FRAMES):
        fitting &= fitting_palettes(ale.getScreen(), ale.getScreenRGB())
        if not fitting:
            raise EnvironmentFailed(f"{env_id} has colours that are in no palette known here.")
        if len(fitting) == 1:
            return fitting.pop()
        ale.act(ale_py.Action.NOOP)
    return "NTSC"  # both fit all that was seen; every game that begins so is NTSC
