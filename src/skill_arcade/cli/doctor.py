"""`skill-arcade doctor`."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json
from skill_arcade.server.checkup import check_all
from skill_arcade.server.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check everything; exit status 3 when something is wrong."""
    findings = check_all(read_settings(data=arguments.data))
    if arguments.json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            told = finding.sentence.replace("\n", "\n        ")
            print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}: {told}")
    return 0 if all(finding.ok for finding in findings) else 3
