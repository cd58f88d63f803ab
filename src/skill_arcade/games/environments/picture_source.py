"""Where the picture of an environment comes from: painted with a palette, rendered, or the observation."""

from __future__ import annotations

from typing import Any, Protocol, cast, runtime_checkable

import gymnasium
import numpy as np

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import HeldObservation
from skill_arcade.domain.picture import Picture, PictureFormat


@runtime_checkable
class PalettePainter(Protocol):
    """An environment that paints palette pictures itself: a third of the bytes of rgb24, and quicker to pack.

    Attributes:
        palette: 768 bytes, RGB of index 0, 1, … 255; never changes.
    """

    palette: bytes

    def render_indices(self) -> Picture:
        """What the player sees now, uint8 (height, width)."""


class PictureSource(Protocol):
    """Gives the pictures of one environment."""

    @property
    def picture_format(self) -> PictureFormat:
        """Of every picture."""

    def turn_to(self, env: gymnasium.Env[Any, Any]) -> None:
        """From now on give the pictures of another copy of the environment."""

    def read(self, observation: HeldObservation) -> Picture:
        """What the player sees now. May reuse its array.

        Raises:
            EnvironmentFailed: it is not a picture of `picture_format`.
        """


class PaintedPicture:
    """Pictures of an environment that is a PalettePainter."""

    def __init__(self, painter: PalettePainter, env_id: str) -> None:
        self._painter = painter
        self._env_id = env_id
        height, width = painter.render_indices().shape
        self.picture_format = PictureFormat(width, height, "indexed8", painter.palette)

    def turn_to(self, env: gymnasium.Env[Any, Any]) -> None:
        """Ask that one's painter."""
        self._painter = cast("PalettePainter", env.unwrapped)

    def read(self, observation: HeldObservation) -> Picture:
        """Ask the painter."""
        return checked_picture(self._painter.render_indices(), self.picture_format, self._env_id)


class RenderedPicture:
    """Pictures of `render()` with render_mode="rgb_array"."""

    def __init__(self, env: gymnasium.Env[Any, Any], env_id: str) -> None:
        self._env = env
        self._env_id = env_id
        first = env.render()
        if not isinstance(first, np.ndarray) or first.ndim != 3:
            raise EnvironmentFailed(f'{env_id} gives no picture with render_mode="rgb_array".')
        self.picture_format = PictureFormat(first.shape[1], first.shape[0], "rgb24", None)

    def turn_to(self, env: gymnasium.Env[Any, Any]) -> None:
        """Render that one."""
        self._env = env

    def read(self, observation: HeldObservation) -> Picture:
        """Render."""
        return checked_picture(self._env.render(), self.picture_format, self._env_id)


class ObservedPicture:
    """Pictures of an environment whose observation is what `render()` draws: nothing is rendered."""

    def __init__(self, picture_format: PictureFormat, env_id: str) -> None:
        self.picture_format = picture_format
        self._env_id = env_id

    def turn_to(self, env: gymnasium.Env[Any, Any]) -> None:
        """Nothing: the observation comes with every call."""

    def read(self, observation: HeldObservation) -> Picture:
        """The observation."""
        return checked_picture(observation, self.picture_format, self._env_id)


def checked_picture(picture: object, picture_format: PictureFormat, env_id: str) -> Picture:
    """The picture, C-contiguous.

    Raises:
        EnvironmentFailed: it has changed its size or type.
    """
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
        raise EnvironmentFailed(f"{env_id} gave a picture that is no array of uint8.")
    if picture.shape != picture_format.shape:
        raise EnvironmentFailed(f"{env_id} gave a picture of shape {picture.shape}, not {picture_format.shape}.")
    return np.ascontiguousarray(picture)
