"""The options and the ends that the benchmarks of this folder share; figures are those of `skill_arcade.bench`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from skill_arcade.bench.figures import Figure, Report, percentile

__all__ = ["Figure", "Report", "add_report_options", "make_figures", "tell"]

RESULTS = Path(__file__).parent / "results"


def make_figures(name: str, values: Sequence[float], unit: str, percentiles: dict[str, float]) -> list[Figure]:
    """Percentiles of a sample, each a figure.

    Args:
        name: what was measured.
        values: the sample; may be empty.
        unit: of the values.
        percentiles: the word that follows the name, to the percentile, 0 to 100.
    """
    return [Figure(f"{name}, {word}", percentile(values, percent), unit) for word, percent in percentiles.items()]


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add `--json` and `--save`."""
    parser.add_argument("--json", action="store_true", help="emit one JSON object instead of a table")
    parser.add_argument("--save", action="store_true", help="also store it in benchmarks/results")


def tell(report: Report, arguments: argparse.Namespace) -> None:
    """Print the figures, and store them, as the options say."""
    if arguments.save:
        report.save(RESULTS)
    print(json.dumps(report.to_json(), indent=2, ensure_ascii=False) if arguments.json else report.to_text())
