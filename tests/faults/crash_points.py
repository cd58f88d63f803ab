"""How often the power is to go, and by which dice; both can be set, and every test prints them.

Forty losses of power in every `make test`, 500 with `make test-faults`.
Once more the same: ARCADE_CRASH_SEED=… ARCADE_CRASHES=… make test-faults
"""

from __future__ import annotations

import os
from random import SystemRandom

CRASHES = int(os.environ.get("ARCADE_CRASHES", "40"))
SEED = int(os.environ.get("ARCADE_CRASH_SEED", str(SystemRandom().randrange(2**31))))
CRASHES_OF_A_SERVER = max(4, CRASHES // 15)
"""A server takes seconds to start. The other crash points are those of its parts alone (`test_power_loss_of_parts`)."""


def tell_dice() -> None:
    """Print what makes a run the same again."""
    print(f"ARCADE_CRASH_SEED={SEED} ARCADE_CRASHES={CRASHES}")
