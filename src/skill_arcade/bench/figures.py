"""What a benchmark found: figures with names and units, what they must be and what they should be, and where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from skill_arcade.bench.machine import describe_machine, describe_versions
from skill_arcade.server.provenance import read_server_commit

_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        name: what was measured; docs/reference/bench.md says what each means.
        value: how much; None where nothing was there to be measured.
        unit: of the value.
        must: the bound that it has to keep, or None.
        goal: the bound that is aimed at, or None.
        better: on which side of its bounds it is to be.
    """

    name: str
    value: float | None
    unit: str
    must: float | None = None
    goal: float | None = None
    better: Literal["lower", "higher"] = "lower"

    @property
    def met(self) -> Literal["goal", "must", "no"] | None:
        """Which bound is kept; None where there is none."""
        if self.must is None:
            return None
        if self._keeps(self.goal):
            return "goal"
        return "must" if self._keeps(self.must) else "no"

    def _keeps(self, bound: float | None) -> bool:
        if bound is None or self.value is None:
            return False
        return self.value <= bound if self.better == "lower" else self.value >= bound

    def to_json(self) -> dict[str, Any]:
        """As it is emitted."""
        return {**asdict(self), "value": _round(self.value), "met": self.met}


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The smallest value that so many percent of the sample do not exceed: one that was measured, never between two.

    None of an empty sample.
    """
    return float(np.percentile(values, percent, method="inverted_cdf")) if len(values) else None


class Report:
    """Collects figures. Make it before anything is measured: it notes how busy the machine is without us."""

    def __init__(self, name: str, **conditions: object) -> None:
        """Begin.

        Args:
            name: of the benchmark.
            conditions: its settings, kept with the figures.
        """
        self.name = name
        self._began_utc = datetime.now(UTC)
        self._conditions = conditions
        self._machine = describe_machine()
        self._figures: list[Figure] = []

    def add(self, *figures: Figure) -> None:
        """Keep figures, in this order."""
        self._figures.extend(figures)

    @property
    def misses(self) -> list[Figure]:
        """Those that do not keep what they must."""
        return [figure for figure in self._figures if figure.met == "no"]

    def to_json(self) -> dict[str, Any]:
        """The one object that is emitted."""
        return {
            "benchmark": self.name,
            "began_utc": self._began_utc.isoformat(timespec="seconds"),
            "conditions": self._conditions,
            "figures": [figure.to_json() for figure in self._figures],
            "machine": self._machine,
            "versions": describe_versions(),
            "commit": read_server_commit(),
        }

    def save(self, folder: Path) -> Path:
        """Store that object under the day and the benchmark's name; where."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._began_utc:%Y-%m-%d}-{self.name}.json"
        path.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    def to_text(self) -> str:
        """A table for people."""
        rows = [
            (figure.name, _show(figure.value), figure.unit, _show(figure.must), _show(figure.goal), figure.met or "")
            for figure in self._figures
        ]
        head = ("", "value", "", "must", "goal", "met")
        widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
        return "\n".join(
            f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}} {row[2]:<{widths[2]}}  {row[3]:>{widths[3]}}  "
            f"{row[4]:>{widths[4]}}  {row[5]}".rstrip()
            for row in (head, *rows)
        )


def _show(value: float | None) -> str:
    return "-" if value is None else f"{_round(value):,}"


def _round(value: float | None) -> float | None:
    """Five significant digits, but every digit of a whole number: more would claim more than was measured."""
    if value is None or value == int(value):
        return value if value is None else int(value)
    return float(f"{value:.{_DIGITS}g}") if abs(value) < 10**_DIGITS else round(value)
