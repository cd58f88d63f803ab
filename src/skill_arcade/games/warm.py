"""Loads what every game needs, in a process from which game processes will be forked."""

from __future__ import annotations


def load() -> None:
    """Import the emulator and Gymnasium; opens no environment and starts no thread."""
    from skill_arcade.games import atari, rendered  # noqa: F401, PLC0415
