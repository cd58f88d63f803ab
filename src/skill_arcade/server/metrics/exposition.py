"""From the status board to the text that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from typing_extensions import override

from skill_arcade.server.metrics.facts import facts_of
from skill_arcade.server.metrics.table import AGE_HELP, AGE_METRIC, PROCESS_LABEL, SEVERAL, TABLE, MetricRow
from skill_arcade.server.status_board import AGE, Fact, StatusBoard
from skill_arcade.sessions.play.punctuality import BOUNDS_MS

SILENT_AFTER_S = 10.0
"""What a process that has said nothing for longer said of the present is told no more; what it has counted stays."""

HERE = "here"
_NS_PER_S = 1_000_000_000
_MS_PER_S = 1_000

Board = Mapping[str, Mapping[str, Fact]]


class Exposition(Collector):
    """Tells all metrics of one server, as of the moment when somebody asks."""

    def __init__(self, board: StatusBoard, describe_here: Callable[[], object]) -> None:
        """Read nothing yet.

        Args:
            board: of the server.
            describe_here: what only this process knows, or finds out at this moment; see `facts_of`.
        """
        self._board = board
        self._describe_here = describe_here

    def render(self, accept: str) -> tuple[bytes, str]:
        """The text, and its media type.

        Args:
            accept: the request's header of this name, which names the formats that whoever asks can read.
        """
        encode, media_type = choose_encoder(accept)
        return encode(self), media_type

    @override
    def collect(self) -> Iterator[Metric]:
        """All metrics of the table, also those of which nothing is known now, and the age of every last word."""
        board: Board = {**self._board.read(), HERE: {**facts_of(self._describe_here()), AGE: 0.0}}
        for row in TABLE:
            yield _make_metric(row, board)
        ages = GaugeMetricFamily(AGE_METRIC, AGE_HELP, labels=[PROCESS_LABEL])
        for process, facts in board.items():
            if process != HERE:
                ages.add_metric([process], float(facts[AGE]))
        yield ages


def _make_metric(row: MetricRow, board: Board) -> Metric:
    posted = {process: facts for process, facts in board.items() if process.partition("-")[0] == row.process}
    match row.kind:
        case "counter":
            counter = CounterMetricFamily(row.full_name, row.help, labels=row.labels)
            for labels, value in _samples(row, posted):
                counter.add_metric(labels, value)
            return counter
        case "gauge":
            gauge = GaugeMetricFamily(row.full_name, row.help, labels=row.labels)
            for labels, value in _samples(row, {p: each for p, each in posted.items() if not _is_silent(each)}):
                gauge.add_metric(labels, value)
            return gauge
        case "histogram":
            return _make_histogram(row, posted)
        case "info":
            return _make_info(row, posted)


def _is_silent(facts: Mapping[str, Fact]) -> bool:
    return float(facts[AGE]) > SILENT_AFTER_S


def _samples(row: MetricRow, posted: Board) -> Iterator[tuple[list[str], float]]:
    """The values of all labels, in the row's order, and the number."""
    for process, facts in posted.items():
        prefix = [process] if row.process in SEVERAL else []
        for name, fact in facts.items():
            found = row.fact_pattern.fullmatch(name)
            if found is not None:
                yield [*prefix, *found.groups()], float(fact)


def _make_histogram(row: MetricRow, posted: Board) -> HistogramMetricFamily:
    """Of a `Punctuality`."""
    histogram = HistogramMetricFamily(row.full_name, row.help, labels=row.labels)
    for facts in posted.values():
        n_so_far = 0
        buckets: list[tuple[str, float]] = []
        for i, bound in enumerate([*(str(bound / _MS_PER_S) for bound in BOUNDS_MS), "+Inf"]):
            n_so_far += int(facts[f"{row.fact}.n_ticks.{i}"])
            buckets.append((bound, n_so_far))
        histogram.add_metric([], buckets, float(facts[f"{row.fact}.late_ns"]) / _NS_PER_S)
    return histogram


def _make_info(row: MetricRow, posted: Board) -> InfoMetricFamily:
    info = InfoMetricFamily(row.full_name.removesuffix("_info"), row.help)
    for facts in posted.values():
        found = ((row.fact_pattern.fullmatch(name), fact) for name, fact in facts.items())
        info.add_metric([], {match[1]: str(fact) for match, fact in found if match is not None})
    return info
