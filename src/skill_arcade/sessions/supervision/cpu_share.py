"""How much of the processors' time was in use between two measurements. Pure."""

from __future__ import annotations

from skill_arcade.sessions.supervision.headroom import Measurement


def compute_cpu_share(before: Measurement, now: Measurement) -> float | None:
    """The share in use of those processors, or of that quota, of which least was left.

    Returns:
        0 for idle, 1 for all; None where nothing can be told.
    """
    passed_s = now.at_s - before.at_s
    if passed_s <= 0:
        return None
    shares = (
        (cpu.used_s - before.cpus[name].used_s) / (passed_s * cpu.n_cores)
        for name, cpu in now.cpus.items()
        if name in before.cpus
    )
    return max(shares, default=None)
