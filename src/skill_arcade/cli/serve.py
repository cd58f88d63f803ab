"""`skill-arcade serve`."""

from __future__ import annotations

import argparse

from skill_arcade.cli.options import add_data_option
from skill_arcade.server.serve import serve
from skill_arcade.server.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    parser.add_argument("--host", help="address to listen on (else SKILL_ARCADE_HOST, else 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (else SKILL_ARCADE_PORT or PORT, else 8080)")
    parser.add_argument("--gateways", help="processes that answer HTTP and let players in (else by the processors)")
    parser.epilog = "Every other setting is an environment variable: see docs/reference/settings.md."


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    settings = read_settings(data=arguments.data, host=arguments.host, port=arguments.port, gateways=arguments.gateways)
    serve(settings)
    return 0
