"""`skill-arcade migrate`."""

from __future__ import annotations

import argparse

from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json
from skill_arcade.database.revision import newest_revision, read_revision
from skill_arcade.database.schema import upgrade_schema, write_migration
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import find_database_url
from skill_arcade.server.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 3 if there is work")
    parser.add_argument(
        "--new",
        metavar="MESSAGE",
        help="for developers: write a new migration from what tables.py says and the database does not have",
    )
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Bring the tables to this version."""
    settings = read_settings(data=arguments.data)
    DataFolder(settings.data).prepare()
    url = find_database_url(settings)
    if arguments.check:
        found = read_revision(url)
        _tell(found, newest_revision(), as_json=arguments.json)
        return 0 if found == newest_revision() else 3
    _tell(upgrade_schema(url), newest_revision(), as_json=arguments.json)
    if arguments.new:
        write_migration(url, arguments.new)
    return 0


def _tell(before: str | None, newest: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"before": before, "newest": newest})
    elif before == newest:
        print(f"the database has schema {newest}, the newest")
    else:
        print(f"schema {before or 'none'} → {newest}")
