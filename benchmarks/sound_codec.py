"""The table of decision record 0008: how much of a game is silent, and bytes and time of ways to encode the rest."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from random import Random

from benchmarks.frame_codec import SEED, deflate
from benchmarks.report import Figure, Report, add_report_options, tell

from skill_arcade.domain.sound import SILENCE
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.wire.sound import StepSound, encode_sound

GAMES = ("Breakout", "Pong", "Seaquest", "SpaceInvaders", "MsPacman", "Enduro")
HOLD_FRAMES = 9
"""How long the made-up player keeps to an action: about as long as a person does."""

N_REPEATS = 5
_NS_PER_US = 1000

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "message, deflate 6": lambda samples: encode_sound(StepSound(1, samples)),
    "payload, deflate 1": lambda samples: deflate(samples, 1),
    "payload, deflate 6": lambda samples: deflate(samples, 6),
}
"""The first is what the server sends, its header of 8 bytes included."""


def main() -> None:
    """Entry: `python -m benchmarks.sound_codec`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=3600, help="of each game")
    add_report_options(parser)
    arguments = parser.parse_args()
    report = Report("sound_codec", frames=arguments.frames, seed=SEED)
    for game in GAMES:
        sounds = play(game, arguments.frames)
        loud = [samples for samples in sounds if samples.count(SILENCE) < len(samples)]
        report.add(Figure(f"{game}: silent frames", 100 * (1 - len(loud) / len(sounds)), "%"))
        for name, encode in ENCODERS.items():
            n_bytes = sum(len(encode(samples)) for samples in loud) / len(loud) if loud else None
            report.add(Figure(f"{game}: {name}", n_bytes, "bytes/frame with sound"))
            report.add(Figure(f"{game}: {name}, encoding", measure_us(encode, loud), "µs/frame with sound"))
        n_sent = sum(len(encode_sound(StepSound(1, samples))) for samples in sounds)
        report.add(Figure(f"{game}: sent", 60 * n_sent / len(sounds), "bytes/s"))
    tell(report, arguments)


def play(game: str, n_frames: int) -> list[bytes]:
    """The sound of `n_frames` steps."""
    dice = Random(SEED)
    simulation = open_simulation(EnvironmentSpec.of_game(f"ALE/{game}-v5", {}))
    simulation.reset(SEED, 0)
    sounds: list[bytes] = []
    action = simulation.action_space.sample(dice)
    for frame in range(n_frames):
        if frame % HOLD_FRAMES == 0:
            action = simulation.action_space.sample(dice)
        if simulation.step(action).ended:
            simulation.reset(SEED, 0)
        sounds.append(simulation.sound())
    simulation.close()
    return sounds


def measure_us(encode: Callable[[bytes], bytes], sounds: list[bytes]) -> float | None:
    """Mean time of one, in the fastest of several rounds; None where there is none."""
    rounds_ns = []
    for _ in range(N_REPEATS):
        began_ns = time.perf_counter_ns()
        for samples in sounds:
            encode(samples)
        rounds_ns.append(time.perf_counter_ns() - began_ns)
    return min(rounds_ns) / len(sounds) / _NS_PER_US if sounds else None


if __name__ == "__main__":
    main()
