"""`skill-arcade openapi`."""

from __future__ import annotations

import argparse
import json

from skill_arcade.server.app import create_api


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command takes nothing."""
    parser.epilog = "Needs no data folder, and prints the same for the same version."


def run(_arguments: argparse.Namespace) -> int:
    """Print the document."""
    print(json.dumps(create_api().openapi(), indent=2, ensure_ascii=False))
    return 0
