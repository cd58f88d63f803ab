"""Says in one sentence which package an environment lacks, and how to get it."""

from __future__ import annotations

from skill_arcade.domain.errors import EnvironmentFailed

HOW_TO_GET = {"Box2D": "pip install 'skill-arcade[box2d]', with Python 3.13 or older"}
"""By the name under which it is imported."""


def find_missing_package(env_id: str, error: BaseException) -> EnvironmentFailed | None:
    """The error to raise where `error`, or what it was raised from, is that a package is not there; else None."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ModuleNotFoundError):
        cause = cause.__cause__
    if cause is None or cause.name is None:
        return None
    package = cause.name.partition(".")[0]
    how = f": {HOW_TO_GET[package]}" if package in HOW_TO_GET else ", which is not installed"
    return EnvironmentFailed(f"{env_id} needs the package {package}{how}.")
