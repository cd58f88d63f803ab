"""Every metric there is, in one table: what it is called, what it says, and which fact of which process it tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

PREFIX: Final = "skill_arcade_"

Kind = Literal["counter", "gauge", "histogram", "info"]
Process = Literal["supervisor", "gateway", "shipper", "sealer", "here"]
"""Who posts the fact; "here" is the gateway that is asked, at that moment."""

SEVERAL: Final = frozenset({"gateway", "sealer"})
"""Of these there may be more than one: their metrics name the process, "gateway-1"."""

PROCESS_LABEL: Final = "process"
AGE_METRIC: Final = f"{PREFIX}process_last_word_age_seconds"
AGE_HELP: Final = "For how long a process has not said how it does; all do once a second."
"""Of the one metric that is not in the table, since it is not a fact that is told but that nothing is."""


@dataclass(frozen=True)
class MetricRow:
    """One metric.

    Attributes:
        name: as Prometheus has it, without the prefix.
        kind: of metric.
        process: which one knows.
        fact: its name on the status board. A star stands for any value, which becomes the label's: of several facts.
        help: one sentence: what it counts, and the unit where the name does not end with it.
        own_labels: the label's name; of an info metric, of whose facts each is a label, all names. Their values are
            few, and never a person's or an episode's.
    """

    name: str
    kind: Kind
    process: Process
    fact: str
    help: str
    own_labels: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """With the prefix."""
        return PREFIX + self.name

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of all its labels."""
        return ((PROCESS_LABEL,) if self.process in SEVERAL else ()) + self.own_labels

    @cached_property
    def fact_pattern(self) -> re.Pattern[str]:
        """Matches the names of its facts; the group is the label's value."""
        return re.compile(re.escape(self.fact).replace(r"\*", "(.+)"))


TABLE: Final = (
    # Players.
    MetricRow(
        "sessions",
        "gauge",
        "supervisor",
        "n_sessions.*",
        "Games that are held: in real time (realtime), in turns (turn), or being opened (starting).",
        ("pacing",),
    ),
    MetricRow("sessions_attached", "gauge", "supervisor", "n_attached", "Games whose player is connected."),
    MetricRow("places", "gauge", "supervisor", "admission.max_sessions", "Games that may be held at once."),
    MetricRow(
        "places_promised", "gauge", "supervisor", "admission.n_promised", "Places kept for somebody who has a ticket."
    ),
    MetricRow(
        "sessions_started_total",
        "counter",
        "supervisor",
        "n_started.*",
        "Games that were opened: new ones, and ones resumed from their journals, after a pause or a death.",
        ("kind",),
    ),
    MetricRow(
        "session_deaths_total",
        "counter",
        "supervisor",
        "n_deaths.*",
        "Games whose process did not end in order: while starting, while playing, or hung and killed.",
        ("when",),
    ),
    MetricRow(
        "admission_refusals_total",
        "counter",
        "supervisor",
        "admission.n_refused.*",
        "Games that could not begin: all places were taken (full), or the processors had no time for one more (busy).",
        ("reason",),
    ),
    MetricRow(
        "refusals_total",
        "counter",
        "gateway",
        "n_refused.*",
        "What was refused: requests by their error's `code`, sockets by the first word of their close's reason.",
        ("reason",),
    ),
    MetricRow(
        "sockets_closed_total",
        "counter",
        "supervisor",
        "n_closed.*",
        "Sockets of players that ended, by the code with which the server closed them (LIVE-70); client where "
        "the client did, none where the connection was lost.",
        ("code",),
    ),
    # Punctuality.
    MetricRow(
        "tick_lateness_seconds",
        "histogram",
        "supervisor",
        "punctuality",
        "By how much ticks of games in real time came too late.",
    ),
    MetricRow(
        "stalls_total",
        "counter",
        "supervisor",
        "punctuality.n_stalls",
        "Ticks that came too late to be caught up; the record of their game says so.",
    ),
    # Durability.
    MetricRow(
        "oldest_unsafe_step_seconds",
        "gauge",
        "shipper",
        "oldest_not_*_s",
        "Age of the oldest step that is not yet on the disk (here), in the store (in_store), in SQL (in_sql); "
        "0 where there is none.",
        ("where",),
    ),
    MetricRow("journals_followed", "gauge", "shipper", "n_followed", "Journals of games that are not sealed."),
    MetricRow(
        "journals_given_up",
        "gauge",
        "shipper",
        "n_given_up",
        "Journals, not sealed yet, that cannot be read or synced: nothing of them is called safe any more.",
    ),
    MetricRow("rows_waiting", "gauge", "shipper", "n_rows_waiting", "Steps that wait to be written to SQL."),
    MetricRow(
        "store_waiting_bytes",
        "gauge",
        "shipper",
        "n_bytes_not_in_store",
        "Bytes of journals that are on the disk and not in the store.",
    ),
    MetricRow(
        "segments_total", "counter", "shipper", "n_segments", "Combined segments of journals put into the store."
    ),
    MetricRow(
        "segments_kept",
        "gauge",
        "shipper",
        "n_segments_kept",
        "Combined segments of this server that are in the store: until what is in them is sealed.",
    ),
    MetricRow(
        "ship_failures_total",
        "counter",
        "shipper",
        "n_ship_failures",
        "Segments that could not be put into the store; each is tried again without end.",
    ),
    MetricRow(
        "index_failures_total",
        "counter",
        "shipper",
        "n_index_failures",
        "Batches of rows that could not be written to SQL; each is tried again without end.",
    ),
    # Pipeline.
    MetricRow(
        "episodes_waiting",
        "gauge",
        "sealer",
        "n_waiting",
        "Ended episodes that wait to be sealed, as each sealer sees them: all of them see the same.",
    ),
    MetricRow(
        "oldest_episode_waiting_seconds",
        "gauge",
        "sealer",
        "oldest_waiting_s",
        "For how long a sealer has known of the first of them; 0 where there is none.",
    ),
    MetricRow("episodes_sealed_total", "counter", "sealer", "n_sealed", "Episodes sealed, verified and indexed."),
    MetricRow(
        "episodes_failing",
        "gauge",
        "sealer",
        "n_failed_now",
        "Episodes whose sealing failed the last time; each is tried again.",
    ),
    MetricRow(
        "episodes_kept",
        "gauge",
        "sealer",
        "n_kept",
        "Episodes that are sealed but not proved, so that their journals are kept for somebody to look at (REC-37).",
    ),
    MetricRow(
        "episodes_set_aside_total",
        "counter",
        "sealer",
        "n_set_aside",
        "Episodes that another server has taken over, so that what was here is set aside.",
    ),
    # Machine.
    MetricRow(
        "build_info", "info", "here", "build.*", "Always 1: the version, and the server's id.", ("version", "machine")
    ),
    MetricRow(
        "cpu_used_ratio",
        "gauge",
        "supervisor",
        "admission.cpu_share",
        "Share of the processors' time in use, 0 to 1, without what makes way for players; on Linux only.",
    ),
    MetricRow(
        "admission_has_room",
        "gauge",
        "supervisor",
        "admission.has_room",
        "1 where one more new game may begin, else 0.",
    ),
    MetricRow(
        "database_up", "gauge", "here", "is_database_up", "1 where the database answers within a second, else 0."
    ),
    MetricRow("store_up", "gauge", "here", "is_store_up", "1 where the store answers within a second, else 0."),
    MetricRow("disk_free_bytes", "gauge", "here", "disk_free_bytes", "Free space of the data folder's disk."),
    MetricRow("disk_size_bytes", "gauge", "here", "disk_size_bytes", "Size of the data folder's disk."),
    MetricRow(
        "disk_reserve_bytes",
        "gauge",
        "here",
        "disk_reserve_bytes",
        "Free space below which no new game begins (`SKILL_ARCADE_MIN_FREE_MB`).",
    ),
    MetricRow(
        "folder_bytes",
        "gauge",
        "here",
        "folder_bytes.*",
        "Size of what lies in a folder of the data folder: journals not sealed yet (journal), episodes on their way to "
        "the store (staging), what another server has taken over (set-aside).",
        ("folder",),
    ),
)
