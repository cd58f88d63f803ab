"""A real server for tests: `skill-arcade serve` with all its processes, in a data folder and on a port of its own."""

from __future__ import annotations

from skill_arcade.bench.served import Server, free_port, serving

__all__ = ["Server", "free_port", "serving"]
