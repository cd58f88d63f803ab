"""What the shipper of a server says of itself, followed over time: what waits for the store, and for the database."""

from __future__ import annotations

from skill_arcade.bench.backlog import compute_growth
from skill_arcade.bench.figures import Figure
from skill_arcade.bench.served import Server
from skill_arcade.server.status_board import Fact, StatusBoard

SAMPLE_INTERVAL_S = 1.0

MAX_GROWTH_S = 1.0
"""By so much the age of what waits longest may differ by chance: it goes up and down by as much as two puts, or two
transactions, are apart."""

_WAITING = {"oldest_not_in_store_s": "the store", "oldest_not_in_sql_s": "SQL"}
_FAILURES = ("n_ship_failures", "n_index_failures")


class ShippingStatus:
    """Of one server.

    Attributes:
        history: what the shipper said, of every sample.
    """

    def __init__(self, server: Server) -> None:
        self._board = StatusBoard(server.find_sockets())
        self.history: list[dict[str, Fact]] = []

    def sample(self) -> None:
        """Read what it says now."""
        if said := self._board.read().get("shipper"):
            self.history.append(said)


def shipping_figures(history: list[dict[str, Fact]], *, quick: bool) -> list[Figure]:
    """Whether more and more waits; without a bound where that was looked at for seconds only."""
    figures = []
    for name, where in _WAITING.items():
        ages_s = [float(said[name]) for said in history]
        title = f"oldest step that waits for {where}"
        figures += [
            Figure(f"{title}, growth", compute_growth(ages_s), "s", None if quick else MAX_GROWTH_S),
            Figure(f"{title}, at most", max(ages_s, default=None), "s"),
        ]
    most = max((int(said["n_rows_waiting"]) for said in history), default=None)
    failures = sum(int(history[-1][name]) for name in _FAILURES) if history else None
    return [
        *figures,
        Figure("rows that wait in memory, at most", most, "rows"),
        Figure("puts and transactions that failed", failures, "", 0),
    ]
