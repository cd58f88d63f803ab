"""`skill-arcade reindex`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json
from skill_arcade.server.checkup import require_same_installation
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.reindexing import Rebuilt, rebuild_index
from skill_arcade.server.settings import read_settings
from skill_arcade.server.store import open_settings_store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Index everything; exit status 3 when a record could not be read."""
    settings = read_settings(data=arguments.data)
    folder = DataFolder(settings.data)
    folder.prepare()
    store = open_settings_store(settings)
    database = open_database(settings)
    is_shared = settings.database_url is not None
    try:
        require_same_installation(settings, database)
        rebuilt = rebuild_index(database, store, folder.journals, folder.read_machine_id(), is_shared=is_shared)
    finally:
        database.dispose()
    if arguments.json:
        elsewhere = {str(machine): n_episodes for machine, n_episodes in rebuilt.elsewhere.items()}
        print_json({**asdict(rebuilt.found), "elsewhere": elsewhere})
    else:
        _tell(rebuilt)
    return 3 if rebuilt.found.unreadable else 0


def _tell(rebuilt: Rebuilt) -> None:
    found = rebuilt.found
    print(f"{found.n_sealed} sealed episodes and {found.n_in_journals} in journals are indexed")
    for machine, n_episodes in rebuilt.elsewhere.items():
        print(
            f"{n_episodes} more are in journals of machine {machine} alone: its server indexes them when it runs; "
            f"if it never will, run `skill-arcade recover --machine {machine}`"
        )
    for sentence in found.unreadable:
        print(f"not readable: {sentence}", file=sys.stderr)
