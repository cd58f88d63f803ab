"""What a picture weighs: on the wire, and in the sealed record."""

from __future__ import annotations

import statistics

from skill_arcade.bench.crowd.crowd import CrowdSpec
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import play, server_in_a_folder
from skill_arcade.bench.verifying import count_mismatches, mismatch_figure
from skill_arcade.dataset import open_dataset

TCP_IP_BYTES = 52
"""Heads of IPv4 and of TCP with timestamps; each picture travels in a packet of its own."""

_SEALING_PATIENCE_S = 300.0


def measure(*, quick: bool) -> Report:
    """The figures of `skill-arcade bench frames`."""
    play_s = 10.0 if quick else 60.0
    report = Report("frames", play_s=play_s, games=EIGHT_GAMES)
    with server_in_a_folder() as server:
        crowd = play(server, CrowdSpec(server.url, EIGHT_GAMES, len(EIGHT_GAMES), play_s))
        server.await_sealed([each.episode_id for each in crowd.episodes], _SEALING_PATIENCE_S)
        dataset = open_dataset(server.data)
        n_steps = {
            each.episode_id: int(dataset.episode(each.episode_id).info.row["n_steps"]) for each in crowd.episodes
        }
        n_bytes = dict.fromkeys(n_steps, 0)
        for path in (server.data / "archive").rglob("*.parquet"):
            n_bytes[path.stem] += path.stat().st_size
        n_mismatches = None if quick else count_mismatches(server)
    wire, sealed = [], []
    for game in EIGHT_GAMES:
        mine = [each for each in crowd.episodes if each.game_id == game]
        n_pictures = sum(each.n_pictures for each in mine)
        wire.append(sum(each.picture_bytes + each.text_bytes for each in mine) / n_pictures + TCP_IP_BYTES)
        sealed.append(sum(n_bytes[each.episode_id] for each in mine) / sum(n_steps[each.episode_id] for each in mine))
        report.add(Figure(f"on the wire, {game}", wire[-1], "bytes/picture"))
        report.add(Figure(f"sealed, {game}", sealed[-1], "bytes/step"))
    report.add(
        Figure("on the wire, mean of the games", statistics.mean(wire), "bytes/picture", 160, 100),
        Figure("sealed, mean of the games", statistics.mean(sealed), "bytes/step", 220, 120),
    )
    if n_mismatches is not None:
        report.add(mismatch_figure(n_mismatches))
    return report
