"""Options that several commands have."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """`--data`; None where it is not given, so that the environment decides."""
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="the data folder (else SKILL_ARCADE_DATA, else ./data)"
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def positive(text: str) -> int:
    """A whole number above zero."""
    number = int(text)
    if number <= 0:
        raise ValueError
    return number
