"""A real server for tests: `skill-arcade serve` with all its processes, in a data folder and on a port of its own."""

from __future__ import annotations

from skill_arcade.bench.served import Server, free_port, serving

__all__ = ["Server", "find_player_pids", "free_port", "serving"]


def find_player_pids(server: Server, episode_id: str) -> list[int]:
    """The process that plays an episode, as the supervisor knows it: one, or none. Others may be played there."""
    return [each.pid for each in server.sessions() if each.episode_id == episode_id and each.pid]
