"""How many episodes are sealed at the same time, by all of a machine's sealers together; pure."""

from __future__ import annotations

from dataclasses import dataclass

EPISODES_FOR_ANOTHER = 16
"""So many have to wait before one more is sealed at the same time: side by side, sealing takes a fifth more CPU, and
another verifier opens the games once more: a second of CPU for eight."""

SLOW_AFTER_S = 20.0
"""Who is at one episode for longer does not count as one who seals: a replay may hang until its time is over."""

HELP_AFTER_S = 60.0
"""An episode that has waited for so long is taken by whoever is free: those whose turn it was may all be stuck."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one process does of a machine's sealing.

    Attributes:
        number: of this process, from 0; the first one seals also where little waits.
        n_processes: how many there are.
        n_at_once: how many episodes this process may have in work at most.
    """

    number: int
    n_processes: int
    n_at_once: int

    def may_begin(self, *, n_busy: int, n_slow: int, n_waiting: int, oldest_s: float) -> bool:
        """Whether this process may take one more episode.

        The workers of all processes stand in one row: the first ones of each process, then the second ones, and so on.

        Args:
            n_busy: episodes that it has in work, without slow ones.
            n_slow: those in work that take long.
            n_waiting: episodes that could be sealed now, in work or not, by whichever process.
            oldest_s: how long the one that would be taken has waited.
        """
        if n_busy + n_slow >= self.n_at_once:
            return False
        place_in_row = n_busy * self.n_processes + self.number
        is_needed = n_waiting >= place_in_row * EPISODES_FOR_ANOTHER
        return is_needed or (n_busy == 0 and oldest_s > HELP_AFTER_S)
