"""`skill-arcade bench`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from skill_arcade.bench.durability.elsewhere import DATABASE, STORE, choose_elsewhere
from skill_arcade.bench.figures import Report
from skill_arcade.cli.table import print_json
from skill_arcade.domain.errors import SkillArcadeError

BENCHMARKS = {
    "density": "players that this machine carries, and what one costs",
    "latency": "how late ticks are, and how soon a key is answered",
    "start": "from the ticket to the first picture, and from `serve` to the first game",
    "frames": "bytes of a picture on the wire, and of a step in the record",
    "pipeline": "what sealing and verifying cost; with --database-url and --store-url all of it under load",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    listed = "; ".join(f"{name}: {what}" for name, what in BENCHMARKS.items())
    parser.add_argument("name", choices=BENCHMARKS, help=listed)
    parser.add_argument("--quick", action="store_true", help="fewer players for a shorter time: a minute at most")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="also store that object there")

    elsewhere = parser.add_argument_group(
        "pipeline under load", "both addresses, or as the settings of these names say"
    )
    elsewhere.add_argument("--database-url", metavar="URL", help="an empty PostgreSQL database; it is emptied again")
    elsewhere.add_argument("--store-url", metavar="URL", help="a bucket; a prefix of its own in there is used")
    elsewhere.add_argument("--players", type=_parse_players, metavar="N", help="60 where nothing is said, 8 if quick")


def run(arguments: argparse.Namespace) -> int:
    """Measure; exit status 1 when a figure is not what it must be."""
    options = _choose_options(arguments)
    if arguments.save is not None:
        _make_folder(arguments.save)
    with _sigterm_as_ctrl_c():
        measure = import_module(f"skill_arcade.bench.{arguments.name}").measure
        report: Report = measure(quick=arguments.quick, **options)
    if arguments.json:
        print_json(report.to_json())
    else:
        print(report.to_text())
    if arguments.save is not None:
        report.save(arguments.save)
    for figure in report.misses:
        value = figure.to_json()["value"]
        found = "was not measured" if value is None else f"is {value:,}"
        print(f"{figure.name} must be {figure.must:,}, and {found}.", file=sys.stderr)
    return 1 if report.misses else 0


def _parse_players(text: str) -> int:
    n_players = int(text)
    if n_players < 1:
        raise ValueError
    return n_players


def _choose_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What only `pipeline` takes. No benchmark uses the installation that the environment names."""
    environment = {name: value for name in (DATABASE, STORE) if (value := os.environ.pop(name, None)) is not None}
    given = (arguments.database_url, arguments.store_url, arguments.players)
    if arguments.name != "pipeline":
        if any(each is not None for each in given):
            raise SkillArcadeError("--database-url, --store-url and --players are for `bench pipeline`.")
        return {}
    places = choose_elsewhere(arguments.database_url, arguments.store_url, environment)
    if places is None and arguments.players is not None:
        raise SkillArcadeError("--players is for the pipeline under load: name --database-url and --store-url, too.")
    return {"places": places, "n_players": arguments.players}


def _make_folder(folder: Path) -> None:
    """Before an hour of measuring, rather than after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SkillArcadeError(f"Results cannot be stored in {folder}: {error.strerror}.") from None


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """So that the server and the crowd are ended on the way out; afterwards SIGTERM does again what it did before."""
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
