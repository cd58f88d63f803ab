"""`skill-arcade reindex`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.archive.local import LocalStore
from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.reindex import reindex
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Index everything; exit status 3 when a record could not be read."""
    settings = read_settings(data=arguments.data)
    folder = DataFolder(settings.data)
    folder.prepare()
    database = open_database(settings)
    try:
        found = reindex(EpisodeIndex(database, read_utc_clock), LocalStore(folder.root), folder.journals)
    finally:
        database.dispose()
    if arguments.json:
        print_json(asdict(found))
    else:
        print(f"{found.n_sealed} sealed episodes and {found.n_in_journals} in journals are indexed")
        for sentence in found.unreadable:
            print(f"not readable: {sentence}", file=sys.stderr)
    return 3 if found.unreadable else 0
