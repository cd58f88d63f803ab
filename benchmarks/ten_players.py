"""Ten people at Breakout: do the ticks keep their time, what does a frame cost, is all of it kept?

Exit status 1 if not every episode that was played was sealed and verified.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from benchmarks.cpu_times import ROLES, CpuTimes
from benchmarks.person import Count
from benchmarks.report import Figure, Report, add_report_options, make_figures
from tests.serving import Server, serving

from skill_arcade.bench.stretches import NS_PER_S, Running, read_running
from skill_arcade.dataset import open_dataset

SEALING_PATIENCE_S = 300.0
_NS_PER_MS = 1_000_000
_US_PER_S = 1_000_000
_SPREAD = {"min": 0.0, "median": 50.0, "max": 100.0}
_TAIL = {"p50": 50.0, "p99": 99.0, "max": 100.0}


class Played(msgspec.Struct, frozen=True):
    """What `benchmarks.people` tells: counts by player and episode, and the CPU time of all players together."""

    players: list[list[Count]]
    cpu_s: float

    @property
    def episodes(self) -> list[Count]:
        """All episodes of all players."""
        return [count for counts in self.players for count in counts]


def main() -> int:
    """Entry: `python -m benchmarks.ten_players`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0, help="of the players' dice")
    add_report_options(parser, "ten_players")
    arguments = parser.parse_args()
    report = Report("ten_players", players=arguments.players, seconds=arguments.seconds, seed=arguments.seed)
    with tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder:
        with serving(Path(folder) / "data") as server:
            played, cpu = play_and_seal(server, arguments.players, arguments.seconds, arguments.seed)
            faults = find_unverified(server, [count.episode_id for count in played.episodes])
        running = read_record(server.data, played)
    report.add(*rate_figures(played, running), *time_figures(played, running), *cost_figures(played, running, cpu))
    report.add(Figure("episodes that were not verified", len(faults), "episodes"))
    report.tell(arguments)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def play_and_seal(server: Server, n_players: int, play_s: float, seed: int) -> tuple[Played, CpuTimes]:
    """Let people play; then wait until the sealer has done its work."""
    # The first start of a game loads it, which belongs to `start_time` and not here.
    first = run_people(server, n_players=1, play_s=0.5, seed=seed)
    server.await_sealed([count.episode_id for count in first.episodes], SEALING_PATIENCE_S)
    cpu = CpuTimes(server)
    with cpu.following():
        played = run_people(server, n_players, play_s, seed)
        server.await_sealed([count.episode_id for count in played.episodes], SEALING_PATIENCE_S)
    return played, cpu


def run_people(server: Server, n_players: int, play_s: float, seed: int) -> Played:
    """Run the process of the players to its end."""
    options = {"--url": server.url, "--players": n_players, "--seconds": play_s, "--seed": seed}
    words = [str(word) for option in options.items() for word in option]
    command = [sys.executable, "-m", "benchmarks.people", *words]
    people = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=Path(__file__).parents[1])
    return msgspec.json.decode(people.stdout, type=Played)


def read_record(data: Path, played: Played) -> list[list[Running]]:
    """What the record says of every episode, by player."""
    dataset = open_dataset(data)
    return [[read_running(dataset.episode(count.episode_id)) for count in counts] for counts in played.players]


def find_unverified(server: Server, episode_ids: list[str]) -> list[str]:
    """Run `skill-arcade verify --all`; a line for each episode that it does not call verified, or does not have."""
    answer = server.run_cli("verify", "--all", "--json")
    try:
        results = {result["episode_id"]: result for result in json.loads(answer.stdout)}
    except ValueError:
        return [f"verify failed with status {answer.returncode}: {answer.stderr[-1000:]}"]
    missing = [f"{each}: it is not in the dataset" for each in episode_ids if each not in results]
    return missing + [str(result) for result in results.values() if result["verification"] != "verified"]


def rate_figures(played: Played, running: list[list[Running]]) -> list[Figure]:
    """Steps a second of each player, by the record and by what came to the client."""
    recorded = [
        sum(each.n_intervals for each in episodes) / (sum(each.running_ns for each in episodes) / NS_PER_S)
        for episodes in running
    ]
    seen = [
        sum(count.running_pictures for count in counts) / (sum(count.running_us for count in counts) / _US_PER_S)
        for counts in played.players
    ]
    return [
        *make_figures("steps a second of a player, by the record", recorded, "1/s", _SPREAD),
        *make_figures("pictures a second of a player, by the client", seen, "1/s", _SPREAD),
    ]


def time_figures(played: Played, running: list[list[Running]]) -> list[Figure]:
    """Lateness, stalls, and pictures on their way."""
    episodes = [each for of_player in running for each in of_player]
    lateness_ms = [ns / _NS_PER_MS for each in episodes for ns in each.lateness_ns]
    transit_ms = [us / 1000 for count in played.episodes for us in count.transit_us]
    return [
        *make_figures("tick lateness, environment's step included", lateness_ms, "ms", {"min": 0.0, **_TAIL}),
        Figure("stalls", sum(each.n_stalls for each in episodes), "stalls"),
        Figure("ticks skipped by stalls", sum(each.n_skipped for each in episodes), "ticks"),
        *make_figures("from the step to the client's socket", transit_ms, "ms", _TAIL),
        Figure("pictures that were made and not sent", sum(c.n_skipped for c in played.episodes), "pictures"),
    ]


def cost_figures(played: Played, running: list[list[Running]], cpu: CpuTimes) -> list[Figure]:
    """CPU and bytes of a frame."""
    t_tick_ns = [t for episodes in running for each in episodes for t in each.t_tick_ns]
    n_pictures = sum(count.n_pictures for count in played.episodes)
    sealer_s = cpu.history[-1][1]["sealer"] - cpu.history[0][1]["sealer"]
    return [
        Figure("steps", len(t_tick_ns), "steps"),
        Figure("episodes", len(played.episodes), "episodes"),
        *_cpu_figures(cpu, running, t_tick_ns),
        _per_frame("sealer, of the whole run until all is sealed", sealer_s, len(t_tick_ns)),
        _per_frame("players of the whole run (no part of the server)", played.cpu_s, len(t_tick_ns)),
        Figure("picture message", sum(c.picture_bytes for c in played.episodes) / n_pictures, "bytes/frame"),
        Figure("text messages to the client", sum(c.text_bytes for c in played.episodes) / n_pictures, "bytes/frame"),
    ]


def _cpu_figures(cpu: CpuTimes, running: list[list[Running]], t_tick_ns: list[int]) -> list[Figure]:
    """Each role, from the first step of the player who came last to the last step of the one who left first."""
    # Who begins a new game in the last moment quits it before its first step.
    of_players = [[t for each in episodes for t in each.t_tick_ns] for episodes in running]
    begin_ns, end_ns = max(min(times) for times in of_players), min(max(times) for times in of_players)
    span = cpu.between(begin_ns, end_ns)
    if span is None:
        return [Figure(f"CPU of a frame: {role}", None, "µs") for role in ROLES]
    n_steps = sum(span.first_ns <= t < span.last_ns for t in t_tick_ns)
    return [_per_frame(role, cpu_s, n_steps) for role, cpu_s in span.cpu_s.items()]


def _per_frame(name: str, cpu_s: float, n_steps: int) -> Figure:
    return Figure(f"CPU of a frame: {name}", cpu_s / n_steps * _US_PER_S, "µs")


if __name__ == "__main__":
    sys.exit(main())
