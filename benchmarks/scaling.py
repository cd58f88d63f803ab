"""What an installation needs and costs, by arithmetic from measured figures: the table of docs/explanation/scaling.md.

    python -m benchmarks.scaling

Nothing is measured here. Each figure below says where it was measured, each price which list it is from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

STEPS_PER_S = 60
STEPS_PER_HOUR = 3600 * STEPS_PER_S

WIRE_BYTES_A_STEP = 154  # bench frames, eight Atari games
SEALED_BYTES_A_STEP = 200  # bench frames, eight Atari games
SQL_BYTES_A_STEP = 84.4  # benchmarks.bulk_rows, PostgreSQL, index included
PLAYERS_A_CORE = 25  # bench density, ten minutes with sealing and verifying beside them
SEGMENT_INTERVAL_S = 3.5  # SKILL_ARCADE_SHIP_INTERVAL_S
OBJECTS_AN_EPISODE = 6  # REC-35
EPISODE_MINUTES = 20  # assumed: the longer, the fewer objects

CORES_A_SERVER = 2
GIB_A_SERVER = 2

# List prices in US dollars, without free tiers. Cloud Run tier 1, billed by request; Cloud Storage standard, in one
# region; egress to the internet, premium, first TiB; Cloud SQL storage (SSD). Look them up before you decide anything.
VCPU_SECOND = 0.000024
GIB_SECOND = 0.0000025
CLASS_A_OPERATION = 0.005 / 1000
EGRESS_GIB = 0.12
STORE_GB_MONTH = 0.020
SQL_GB_MONTH = 0.17


@dataclass(frozen=True, slots=True)
class Size:
    """So many players at once, all of them playing at 60 Hz.

    Attributes:
        players: at once.
    """

    players: int

    @property
    def servers(self) -> int:
        """Of two cores each, full ones."""
        return math.ceil(self.players / (PLAYERS_A_CORE * CORES_A_SERVER))

    @property
    def rows_per_s(self) -> int:
        """Steps into SQL."""
        return self.players * STEPS_PER_S

    @property
    def puts_a_player_hour(self) -> float:
        """Segments of a server, shared by its players, and the objects of sealed episodes."""
        segments = 3600 / SEGMENT_INTERVAL_S * self.servers / self.players
        return segments + OBJECTS_AN_EPISODE * 60 / EPISODE_MINUTES

    @property
    def egress_mbit_per_s(self) -> float:
        """Pictures to players."""
        return self.players * STEPS_PER_S * WIRE_BYTES_A_STEP * 8 / 1e6

    @property
    def cost_of_1000_player_hours(self) -> dict[str, float]:
        """In dollars, by what it is for; a month of keeping included."""
        server_hours = 1000 * self.servers / self.players
        second = CORES_A_SERVER * VCPU_SECOND + GIB_A_SERVER * GIB_SECOND
        steps = 1000 * STEPS_PER_HOUR
        return {
            "servers": server_hours * 3600 * second,
            "egress": steps * WIRE_BYTES_A_STEP / 2**30 * EGRESS_GIB,
            "operations": 1000 * self.puts_a_player_hour * CLASS_A_OPERATION,
            "store, a month": steps * SEALED_BYTES_A_STEP / 1e9 * STORE_GB_MONTH,
            "rows in SQL, a month": steps * SQL_BYTES_A_STEP / 1e9 * SQL_GB_MONTH,
        }


def describe_sizes(sizes: tuple[int, ...] = (1, 100, 10_000)) -> Iterator[str]:
    """The table of what so many players at once need, in Markdown."""
    chosen = [Size(players) for players in sizes]
    yield "| players at once | " + " | ".join(f"{size.players:,}" for size in chosen) + " |"
    yield "|---|" + "---|" * len(chosen)
    yield "| servers of two cores | " + " | ".join(f"{size.servers:,}" for size in chosen) + " |"
    yield "| rows into SQL, a second | " + " | ".join(f"{size.rows_per_s:,}" for size in chosen) + " |"
    yield (
        "| puts into the store, a player-hour | "
        + " | ".join(f"{each.puts_a_player_hour:,.0f}" for each in chosen)
        + " |"
    )
    yield "| pictures to players, Mbit/s | " + " | ".join(f"{each.egress_mbit_per_s:,.1f}" for each in chosen) + " |"
    for name in chosen[0].cost_of_1000_player_hours:
        costs = [size.cost_of_1000_player_hours[name] for size in chosen]
        yield f"| $ for 1,000 player-hours: {name} | " + " | ".join(f"{cost:,.2f}" for cost in costs) + " |"
    totals = [sum(size.cost_of_1000_player_hours.values()) for size in chosen]
    yield "| $ for 1,000 player-hours: all | " + " | ".join(f"{total:,.2f}" for total in totals) + " |"


def describe_kept(hours: int = 10_000) -> Iterator[str]:
    """The table of what so many hours of play take when they are kept, in Markdown."""
    steps = hours * STEPS_PER_HOUR
    yield f"| {hours:,} hours kept | |"
    yield "|---|---|"
    yield f"| steps | {steps / 1e9:.2f} billion |"
    yield f"| episodes of {EPISODE_MINUTES} minutes | {hours * 60 // EPISODE_MINUTES:,} |"
    yield f"| objects | {hours * 60 // EPISODE_MINUTES * OBJECTS_AN_EPISODE:,} |"
    store_gb, sql_gb = (steps * n_bytes / 1e9 for n_bytes in (SEALED_BYTES_A_STEP, SQL_BYTES_A_STEP))
    yield f"| in the store | {store_gb:,.0f} GB, ${store_gb * STORE_GB_MONTH:,.0f} a month |"
    yield f"| rows in SQL | {sql_gb:,.0f} GB, ${sql_gb * SQL_GB_MONTH:,.0f} a month |"


if __name__ == "__main__":
    print("\n".join((*describe_sizes(), "", *describe_kept())))
