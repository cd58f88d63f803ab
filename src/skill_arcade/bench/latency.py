"""How late ticks are, and how soon a key is answered, while games begin and end all the time."""

from __future__ import annotations

from skill_arcade.bench.crowd import CrowdSpec
from skill_arcade.bench.figures import Figure, Report, percentile
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import play, server_in_a_folder, warm_up
from skill_arcade.bench.stretches import read_running
from skill_arcade.dataset import open_dataset

_NS_PER_MS = 1_000_000
_TAIL = {"p50": 50.0, "p99": 99.0, "p99.9": 99.9, "max": 100.0}
_LATENESS = {"p50": (None, None), "p99": (3.0, 1.5), "p99.9": (12.0, 5.0), "max": (60.0, 20.0)}


def measure(*, quick: bool) -> Report:
    """The figures of `skill-arcade bench latency`."""
    n_players, play_s, episode_s = (20, 8.0, (3.0, 6.0)) if quick else (50, 60.0, (10.0, 40.0))
    report = Report("latency", n_players=n_players, play_s=play_s, episode_s=episode_s, games=EIGHT_GAMES)
    with server_in_a_folder() as server:
        warm_up(server)
        crowd = play(server, CrowdSpec(server.url, EIGHT_GAMES, n_players, play_s, apart_s=0.2, episode_s=episode_s))
        server.kill_everything()  # the journals say all that is wanted; sealing them would take long
        dataset = open_dataset(server.data)
        running = [read_running(dataset.episode(each.episode_id)) for each in crowd.episodes if each.episode_id]
    lateness_ms = [ns / _NS_PER_MS for each in running for ns in each.lateness_ns]
    answer_ms = [us / 1000 for each in crowd.episodes for us in each.answer_us]
    transit_ms = [us / 1000 for each in crowd.episodes for us in each.transit_us]
    for word, percent in _TAIL.items():
        must, goal = _LATENESS[word]
        name = f"tick lateness, the step itself included, {word}"
        report.add(Figure(name, percentile(lateness_ms, percent), "ms", must, goal))
    report.add(
        Figure("stalls", sum(each.n_stalls for each in running), "stalls"),
        *(
            Figure(f"from the step to the player's socket, {w}", percentile(transit_ms, p), "ms")
            for w, p in _TAIL.items()
        ),
        *(
            Figure(f"from a key to the picture that knows of it, {w}", percentile(answer_ms, p), "ms")
            for w, p in _TAIL.items()
        ),
        Figure("episodes", len(running), "episodes"),
    )
    return report
