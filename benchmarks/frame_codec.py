"""The table of decision record 0003: bytes and time of ways to encode a picture as a change to the one before it.

The rows with zstd need the package `zstandard`, which is no dependency of this project.
"""

from __future__ import annotations

import argparse
import importlib
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from benchmarks.report import Figure, Report, add_report_options, tell

from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.wire.picture import Words, encode_change, picture_words

GAMES = {
    "Breakout": "ALE/Breakout-v5",
    "Ms. Pac-Man": "ALE/MsPacman-v5",
    "Enduro": "ALE/Enduro-v5",
    "Space Invaders": "ALE/SpaceInvaders-v5",
    "Seaquest": "ALE/Seaquest-v5",
    "Q*bert": "ALE/Qbert-v5",
}
OURS = "words, deflate 4, window of 4 KiB"
SEED = 0
N_REPEATS = 3
_NS_PER_US = 1000

Encoder = Callable[[Words, Words], bytes]
"""(the picture, the one before it) to a payload."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one encoder in one game: means over all frames."""

    n_bytes: float
    us: float


def main() -> None:
    """Entry: `python -m benchmarks.frame_codec`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1499, help="of each game")
    add_report_options(parser)
    arguments = parser.parse_args()
    report = Report("frame_codec", frames=arguments.frames, seed=SEED)
    encoders = make_encoders()
    costs: dict[str, dict[str, Cost]] = {name: {} for name in encoders}
    for game, env_id in GAMES.items():
        pictures = play_randomly(env_id, arguments.frames)
        for name, encode in encoders.items():
            costs[name][game] = measure(encode, pictures)
    for name, of_games in costs.items():
        for game, cost in of_games.items():
            report.add(Figure(f"{name}: {game}", cost.n_bytes, "bytes/frame"))
            report.add(Figure(f"{name}: {game}, encoding", cost.us, "µs/frame"))
    tell(report, arguments)
    if not arguments.json:
        print(f"\n{format_table(costs)}")


def make_encoders() -> dict[str, Encoder]:
    """The rows of the table, ours with the very function that the server uses."""
    encoders: dict[str, Encoder] = {
        OURS: encode_change,
        "words, deflate 1": lambda picture, before: deflate(word_list(picture, before), 1),
        "words, deflate 6": lambda picture, before: deflate(word_list(picture, before), 6),
        "XOR, deflate 1": lambda picture, before: deflate(np.bitwise_xor(picture, before).tobytes(), 1),
        "XOR, deflate 6": lambda picture, before: deflate(np.bitwise_xor(picture, before).tobytes(), 6),
    }
    compress = make_zstd()
    if compress is not None:
        encoders["XOR, zstd 1"] = lambda picture, before: compress(np.bitwise_xor(picture, before).tobytes())
        encoders["words, zstd 1"] = lambda picture, before: compress(word_list(picture, before))
    return encoders


def make_zstd() -> Callable[[bytes], bytes] | None:
    """Zstd at level 1, None where `zstandard` is not installed."""
    try:
        zstandard: Any = importlib.import_module("zstandard")
    except ImportError:
        return None
    compress: Callable[[bytes], bytes] = zstandard.ZstdCompressor(level=1).compress
    return compress


def deflate(data: bytes, level: int) -> bytes:
    """A raw DEFLATE stream."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


def word_list(picture: Words, before: Words) -> bytes:
    """The word list of LIVE-17, for pictures that are too small to need bridges."""
    changed = np.bitwise_xor(picture, before)
    index = np.flatnonzero(changed)
    gaps = np.diff(index, prepend=-1).astype("<u2")
    return index.size.to_bytes(4, "little") + gaps.tobytes() + changed[index].tobytes()


def play_randomly(env_id: str, n_frames: int) -> list[Words]:
    """The pictures of `n_frames` steps, each with an action drawn anew, and the one before them."""
    dice = Random(SEED)
    simulation = open_simulation(EnvironmentSpec.of_game(env_id, {}))
    simulation.reset(SEED, 0)
    pictures = [picture_words(simulation.picture())]
    for _ in range(n_frames):
        if simulation.step(simulation.action_space.sample(dice)).ended:
            simulation.reset(SEED, 0)
        pictures.append(picture_words(simulation.picture()))
    simulation.close()
    return pictures


def measure(encode: Encoder, pictures: list[Words]) -> Cost:
    """Encode every picture against the one before it; the time is that of the fastest of several rounds."""
    pairs = list(zip(pictures[1:], pictures, strict=False))
    n_bytes = sum(len(encode(picture, before)) for picture, before in pairs)
    rounds_ns = []
    for _ in range(N_REPEATS):
        began_ns = time.perf_counter_ns()
        for picture, before in pairs:
            encode(picture, before)
        rounds_ns.append(time.perf_counter_ns() - began_ns)
    return Cost(n_bytes / len(pairs), min(rounds_ns) / len(pairs) / _NS_PER_US)


def format_table(costs: dict[str, dict[str, Cost]]) -> str:
    """The table as Markdown: bytes by game, their mean over games, and the range of the times over games."""
    head = ["", *GAMES, "mean", "µs"]
    lines = [head, ["---"] * len(head)]
    for name, of_games in costs.items():
        bytes_of = [cost.n_bytes for cost in of_games.values()]
        times_us = [cost.us for cost in of_games.values()]
        shown = f"**{name}**" if name == OURS else name
        mean = sum(bytes_of) / len(bytes_of)
        lines.append(
            [shown, *(f"{n:.0f}" for n in bytes_of), f"{mean:.0f}", f"{min(times_us):.0f}-{max(times_us):.0f}"]
        )
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if any("zstd" in name for name in costs):
        return table
    return f"{table}\n\nWithout the rows of zstd: the package `zstandard` is not installed (pip install zstandard)."


if __name__ == "__main__":
    main()
