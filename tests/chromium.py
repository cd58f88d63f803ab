"""The browser for tests and benchmarks: the system's Chromium, told to do nothing of its own."""

from __future__ import annotations

from skill_arcade.bench.chromium import ARGUMENTS, CHROMIUM

__all__ = ["ARGUMENTS", "CHROMIUM"]
