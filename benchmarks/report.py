"""What a benchmark found: figures with names and units, and where; printed, or emitted as one object."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from skill_arcade.bench.machine import describe_machine, describe_versions
from skill_arcade.server.provenance import read_server_commit

RESULTS = Path(__file__).parent / "results"
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        name: what was measured; benchmarks/README.md says what each means.
        value: how much; None where nothing was there to be measured.
        unit: of the value.
    """

    name: str
    value: float | None
    unit: str


def make_figures(name: str, values: Sequence[float], unit: str, percentiles: dict[str, float]) -> list[Figure]:
    """Percentiles of a sample, each a figure; a percentile is a value that was measured, never one between two.

    Args:
        name: what was measured.
        values: the sample; may be empty.
        unit: of the values.
        percentiles: the word that follows the name, to the percentile, 0 to 100.
    """
    return [
        Figure(f"{name}, {word}", _percentile(values, percent) if len(values) else None, unit)
        for word, percent in percentiles.items()
    ]


def _percentile(values: Sequence[float], percent: float) -> float:
    return float(np.percentile(values, percent, method="inverted_cdf"))


class Report:
    """Collects figures. Make it before anything is measured: it notes how busy the machine is without us."""

    def __init__(self, name: str, **conditions: object) -> None:
        """Begin.

        Args:
            name: of the benchmark.
            conditions: its settings, kept with the figures.
        """
        self._name = name
        self._began_utc = datetime.now(UTC)
        self._conditions = conditions
        self._machine = describe_machine()
        self._figures: list[Figure] = []

    def add(self, *figures: Figure) -> None:
        """Keep figures, in this order."""
        self._figures.extend(figures)

    def to_json(self) -> dict[str, Any]:
        """The one object that is emitted."""
        return {
            "benchmark": self._name,
            "began_utc": self._began_utc.isoformat(timespec="seconds"),
            "conditions": self._conditions,
            "figures": [{**asdict(figure), "value": _round(figure.value)} for figure in self._figures],
            "machine": self._machine,
            "versions": describe_versions(),
            "commit": read_server_commit(),
        }

    def tell(self, arguments: argparse.Namespace) -> None:
        """Print the figures, and store them, as the options of `add_report_options` say."""
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False)
        if arguments.save is not None:
            RESULTS.mkdir(exist_ok=True)
            path = RESULTS / f"{self._began_utc:%Y-%m-%d}-{arguments.save}.json"
            path.write_text(text + "\n")
        if arguments.json:
            print(text)
            return
        width = max(len(figure.name) for figure in self._figures)
        for figure in self._figures:
            value = "-" if figure.value is None else f"{_round(figure.value):,}"
            print(f"{figure.name:<{width}}  {value:>12} {figure.unit}")


def _round(value: float | None) -> float | None:
    """Five significant digits, but every digit of a whole number: more would claim more than was measured."""
    if value is None or value == int(value):
        return value if value is None else int(value)
    return float(f"{value:.{_DIGITS}g}") if abs(value) < 10**_DIGITS else round(value)


def add_report_options(parser: argparse.ArgumentParser, name: str) -> None:
    """Add `--json` and `--save` to a benchmark's parser.

    Args:
        parser: of the benchmark.
        name: in the file's name when `--save` is given none.
    """
    parser.add_argument("--json", action="store_true", help="emit one JSON object instead of a table")
    parser.add_argument(
        "--save",
        nargs="?",
        const=name,
        metavar="NAME",
        help="store that object as benchmarks/results/<date>-<NAME>.json",
    )
