"""The yardstick: what the emulator alone costs, `act` after `act`, one emulator after the other in one process.

`python -m skill_arcade.bench.bare_act 50` prints JSON: microseconds of CPU of one `act`, over 50 emulators of eight
games in turn. All of them are in memory at once, as those of fifty players are.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from random import Random

import ale_py
from ale_py import roms

from skill_arcade.bench.games import EIGHT_ROMS

WARM_FRAMES = 240
ROUND_FRAMES = 120
N_ROUNDS = 5
HELD_FRAMES = (4, 25)


def measure_act_us(n_emulators: int) -> float:
    """Microseconds of CPU of one `act`: the median of some rounds."""
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    dice = Random(0)
    emulators = []
    for number in range(n_emulators):
        ale = ale_py.ALEInterface()
        ale.setFloat("repeat_action_probability", 0.0)
        ale.setInt("random_seed", number)
        rom = roms.get_rom_path(EIGHT_ROMS[number % len(EIGHT_ROMS)])
        assert rom is not None
        ale.loadROM(rom)
        emulators.append((ale, ale.getMinimalActionSet()))
    held = [(dice.choice(actions), dice.randint(*HELD_FRAMES)) for _, actions in emulators]
    times_us = []
    for round_number in range(N_ROUNDS + 1):
        n_frames = ROUND_FRAMES if round_number else WARM_FRAMES
        spent_ns = 0
        for _ in range(n_frames):
            for number, (_, actions) in enumerate(emulators):
                action, left = held[number]
                held[number] = (action, left - 1) if left else (dice.choice(actions), dice.randint(*HELD_FRAMES))
            began_ns = time.process_time_ns()
            for number, (ale, _) in enumerate(emulators):
                ale.act(held[number][0])
            spent_ns += time.process_time_ns() - began_ns
            for ale, _ in emulators:
                if ale.game_over():
                    ale.reset_game()
        if round_number:
            times_us.append(spent_ns / n_frames / n_emulators / 1000)
    return statistics.median(times_us)


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"act_us": measure_act_us(int(sys.argv[1]))}))
