"""How late ticks are, and how soon a key is answered, while games begin and end all the time."""

from __future__ import annotations

from skill_arcade.bench.browser import add_browser, require_browser
from skill_arcade.bench.crowd.crowd import CrowdSpec
from skill_arcade.bench.figures import Figure, Report, percentile
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.lateness import TAIL, lateness_figures, read_all_running
from skill_arcade.bench.neighbours import add_neighbours
from skill_arcade.bench.playing import play, server_in_a_folder, warm_up
from skill_arcade.bench.verifying import count_mismatches, mismatch_figure


def measure(*, quick: bool) -> Report:
    """The figures of `skill-arcade bench latency`."""
    require_browser()
    n_players, play_s, episode_s = (16, 6.0, (3.0, 5.0)) if quick else (50, 45.0, (10.0, 30.0))
    report = Report("latency", n_players=n_players, play_s=play_s, episode_s=episode_s, games=EIGHT_GAMES)
    with server_in_a_folder() as server:
        warm_up(server)
        crowd = play(server, CrowdSpec(server.url, EIGHT_GAMES, n_players, play_s, apart_s=0.2, episode_s=episode_s))
        server.kill_everything()  # the journals say all that is wanted; sealing them would take long
        running = read_all_running(server, crowd.episodes)
        n_mismatches = 0 if quick else count_mismatches(server)
    answer_ms = [us / 1000 for each in crowd.episodes for us in each.answer_us]
    transit_ms = [us / 1000 for each in crowd.episodes for us in each.transit_us]
    report.add(
        *lateness_figures("tick lateness, the step itself included", running),
        Figure("stalls", sum(each.n_stalls for each in running), "stalls"),
        *(
            Figure(f"from the step to the player's socket, {w}", percentile(transit_ms, p), "ms")
            for w, p in TAIL.items()
        ),
        *(
            Figure(f"from a key to the picture that knows of it, {w}", percentile(answer_ms, p), "ms")
            for w, p in TAIL.items()
        ),
        Figure("episodes", len(running), "episodes"),
    )
    n_mismatches += add_neighbours(report, quick=quick)
    add_browser(report, quick=quick)
    if not quick:
        report.add(mismatch_figure(n_mismatches))
    return report
