"""`skill-arcade recover`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from uuid import UUID

from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.recovery import Recovery, recover
from skill_arcade.server.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    parser.add_argument(
        "--machine", type=UUID, metavar="ID", help="this machine will never come back: take all of its episodes"
    )
    parser.add_argument(
        "--end", action="store_true", help="end episodes that have no end, instead of leaving them to their players"
    )
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Recover what can be; exit status 3 when something is lost, or has to be done again."""
    settings = read_settings(data=arguments.data)
    set_up_logging("recover", settings.log_level, settings.log_format)
    recovery = recover(settings, arguments.machine, ends=arguments.end)
    if arguments.json:
        print_json(asdict(recovery))
    else:
        _tell(recovery, arguments.machine)
    return 3 if recovery.lost or recovery.problems else 0


def _tell(recovery: Recovery, machine: UUID | None) -> None:
    print(f"{len(recovery.taken)} episodes were taken over, {len(recovery.ended)} ended, {recovery.n_sealed} sealed")
    if recovery.is_served and recovery.unsealed:
        print(f"{len(recovery.unsealed)} are sealed by the server that runs on this data folder, when they have ended")
    elif recovery.unsealed:
        print(f"{len(recovery.unsealed)} are here and not sealed: `skill-arcade pipeline` says why")
    for episode_id in recovery.lost:
        print(f"lost: {episode_id}: nothing of it had reached the store", file=sys.stderr)
    for sentence in recovery.problems:
        print(f"not yet: {sentence}", file=sys.stderr)
    if machine is not None:
        _tell_of_machine(recovery, machine)


def _tell_of_machine(recovery: Recovery, machine: UUID) -> None:
    if recovery.is_cleared:
        print(f"nothing is left of machine {machine} in the store and in the database")
    else:
        print(
            f"{len(recovery.needed)} episodes need what machine {machine} has in the store until they are sealed: run "
            "this again then"
        )
