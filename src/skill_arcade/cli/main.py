"""`skill-arcade`: finds the command, runs it, and turns an error into one line and an exit status.

Exit statuses: 0 done, 1 it could not be done (one line on standard error says why), 2 the command line is
wrong, 3 something was found to be wrong (a recording that does not replay, a check that failed), 130 stopped
by Ctrl-C (`bench`: by SIGTERM too).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, Protocol, cast

from skill_arcade import __version__
from skill_arcade.domain.errors import SkillArcadeError

COMMANDS: Final = {
    "serve": "run the server",
    "games": "list the games, or check them against their environments",
    "episodes": "list recorded episodes",
    "verify": "play recordings again and compare everything",
    "replay": "write an episode's pictures to a folder",
    "pipeline": "show what is not sealed and stored yet, and why",
    "recover": "take over and seal the episodes of a server that is no more",
    "reindex": "make the database say what the recordings say",
    "migrate": "bring the database's tables to this version",
    "admin-link": "print a link that logs in as the administrator, once",
    "doctor": "say what is wrong with this machine, its database and its store, and what to do",
    "openapi": "print the description of the HTTP API",
    "bench": "measure a server of this machine: density, latency, starts, bytes, the pipeline",
}

_SERVER_LIBRARIES = frozenset(
    {"alembic", "ale_py", "fastapi", "gymnasium", "pydantic_settings", "sqlalchemy", "sqlmodel", "uvicorn"}
)


class Command(Protocol):
    """A module of this room. It is imported only when it is wanted, so that help is there at once."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Tell the parser what the command takes."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the exit status."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    chosen, rest = _parse_command(sys.argv[1:] if argv is None else argv)
    try:
        command = cast("Command", import_module(f"skill_arcade.cli.{chosen.replace('-', '_')}"))
        parser = argparse.ArgumentParser(
            prog=f"skill-arcade {chosen}", description=_sentence(COMMANDS[chosen]), allow_abbrev=False
        )
        command.add_arguments(parser)
        return command.run(parser.parse_args(rest))
    except SkillArcadeError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        if error.name not in _SERVER_LIBRARIES:
            raise
        return _fail(f"`skill-arcade {chosen}` needs {error.name}: run `pip install 'skill-arcade[server]'`.")
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us (`head`) has had enough; without this Python complains when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parse_command(argv: Sequence[str]) -> tuple[str, list[str]]:
    width = max(len(name) for name in COMMANDS)
    listed = "\n".join(f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="skill-arcade",
        description="Play reinforcement-learning environments in the browser, with every step recorded.",
        epilog=f"commands:\n{listed}\n\n`skill-arcade COMMAND --help` says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"skill-arcade {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="what to do; see below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the command")
    parsed = parser.parse_args(list(argv))
    return parsed.command, parsed.arguments


def _sentence(what: str) -> str:
    return f"{what[:1].upper()}{what[1:]}."


def _fail(sentence: str) -> int:
    print(f"skill-arcade: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
