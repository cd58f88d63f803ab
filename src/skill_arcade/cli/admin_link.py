"""`skill-arcade admin-link`."""

from __future__ import annotations

import argparse

from skill_arcade.cli.options import add_data_option
from skill_arcade.server.admin_link import make_admin_link
from skill_arcade.server.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the link, which works once and for ten minutes."""
    print(make_admin_link(read_settings(data=arguments.data)))
    return 0
