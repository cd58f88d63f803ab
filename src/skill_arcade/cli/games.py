"""`skill-arcade games`."""

from __future__ import annotations

import argparse
import sys

from skill_arcade.cli.options import add_json_option
from skill_arcade.cli.table import print_json, print_table
from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.checking import check_definition
from skill_arcade.server.services import load_catalogue
from skill_arcade.server.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    parser.add_argument("game", nargs="*", metavar="GAME", help="only these, by id")
    parser.add_argument(
        "--check", action="store_true", help="open each environment and hold the game's file against it"
    )
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """List or check."""
    catalogue = load_catalogue(read_settings())
    ids = arguments.game or [game.id for game in catalogue]
    if arguments.check:
        return max((_check(catalogue, game_id) for game_id in ids), default=0)
    games = [catalogue.get(game_id) for game_id in ids]
    if arguments.json:
        print_json([game.to_json() for game in games])
        return 0
    rows = [
        {
            "id": game.id,
            "title": game.title,
            "pacing": f"{game.tick_hz:g} Hz" if game.tick_hz else "in turns",
            "environment": game.environment.id,
        }
        for game in games
    ]
    print_table(rows, ("id", "title", "pacing", "environment"))
    return 0


def _check(catalogue: Catalogue, game_id: str) -> int:
    game = catalogue.get(game_id)
    try:
        check_definition(game, catalogue.source_of(game_id))
    except GameFileError as error:
        print(error, file=sys.stderr)
        return 3
    print(f"{game_id}: fits its environment")
    return 0
