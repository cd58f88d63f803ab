"""The fence around code that is not ours: whatever an environment throws comes out as EnvironmentFailed."""

from __future__ import annotations

from types import TracebackType

from skill_arcade.domain.errors import EnvironmentFailed


class Guard:
    """A context manager for calls into one environment; may be entered again and again.

    `exit()` inside an environment and the KeyboardInterrupt of one that reads the keyboard end the episode,
    not the process. A process that wants to be stopped by Ctrl-C must not rely on KeyboardInterrupt while it
    steps.
    """

    __slots__ = ("_env_id",)

    def __init__(self, env_id: str) -> None:
        self._env_id = env_id

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, EnvironmentFailed):
            return
        raise self.blame(error) from error

    def blame(self, error: BaseException) -> EnvironmentFailed:
        """What to raise for an error, whatever it is, also what some environment derived from BaseException."""
        if isinstance(error, EnvironmentFailed):
            return error
        return EnvironmentFailed(f"{self._env_id} failed: {type(error).__name__}: {error}")
