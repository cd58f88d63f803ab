"""`skill-arcade games`: lists the games, or tries them out without a player."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from skill_arcade.cli.options import add_json_option
from skill_arcade.cli.table import print_json, print_table
from skill_arcade.domain.errors import GameFileError, SkillArcadeError, UnknownGame
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.examining.examination import Examination
from skill_arcade.games.examining.trial import try_out
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.located_yaml import LocatedYaml
from skill_arcade.games.file.options import format_value
from skill_arcade.games.file.reading import read_game_file
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.settings import read_settings

FOUND_WRONG = 3


class NoSuchGame(SkillArcadeError):
    """No game has this id; says how to list them on the command line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    parser.set_defaults(verb="list", game=[], json=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    lister = verbs.add_parser("list", help="list the games", allow_abbrev=False)
    lister.add_argument("game", nargs="*", metavar="GAME", help="only these, by id")
    add_json_option(lister)
    checker = verbs.add_parser(
        "check", help="open the environment, hold the file against it, and play some steps", allow_abbrev=False
    )
    checker.add_argument("game", nargs="+", metavar="FILE", help="a game file, or the id of a game")
    add_json_option(checker)


def run(arguments: argparse.Namespace) -> int:
    """List or check."""
    return _check(arguments) if arguments.verb == "check" else _list(arguments)


def _list(arguments: argparse.Namespace) -> int:
    catalogue = load_catalogue(read_settings())
    games = [_get(catalogue, game_id) for game_id in arguments.game] or list(catalogue)
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
    for problem in catalogue.problems:
        print(f"left out: {problem}", file=sys.stderr)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    status = 0
    for name in arguments.game:
        try:
            definition, source = _find(name)
        except (GameFileError, NoSuchGame) as error:
            _tell_fault(name, error, as_json=arguments.json)
            status = FOUND_WRONG
            continue
        found = try_out(definition, source)
        if arguments.json:
            print(json.dumps({"game": definition.id, **_to_json(found)}))
        else:
            print(f"{definition.id} ({source.file})")
            for line in _describe(definition, found):
                print(f"  {line}")
        if found.fault is not None:
            print(found.fault, file=sys.stderr)
            status = FOUND_WRONG
    return status


def _find(name: str) -> tuple[GameDefinition, LocatedYaml]:
    """The game of a file, or of an id where there is no such file."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return read_game_file(path)
    catalogue: Catalogue = load_catalogue(read_settings())
    return _get(catalogue, name), catalogue.source_of(name)


def _get(catalogue: Catalogue, game_id: str) -> GameDefinition:
    try:
        return catalogue.get(game_id)
    except UnknownGame as error:
        raise NoSuchGame(f"There is no game {game_id!r}; `skill-arcade games` lists those there are.") from error


def _tell_fault(name: str, error: SkillArcadeError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"game": name, "problem": str(error)}))
    print(error, file=sys.stderr)


def _to_json(found: Examination) -> dict[str, Any]:
    return {**asdict(replace(found, fault=None)), "fault": None if found.fault is None else str(found.fault)}


def _describe(definition: GameDefinition, found: Examination) -> Iterator[str]:
    """What was found, in lines for people."""
    if found.actions is not None:
        yield f"actions        it {found.actions}"
    if found.unreached:
        yield f"no key does    {', '.join(found.unreached)}"
    if found.actions is not None:
        yield f"without a key  {_describe_no_key(definition)}"
    if found.picture_size is not None:
        yield f"picture        {found.picture_size[0]} x {found.picture_size[1]} pixels"
    if found.deterministic is not None:
        words = (
            "yes: the same seed and actions led"
            if found.deterministic
            else "no: the same seed and actions did not lead"
        )
        yield f"same again     {words} to the same states"
    elif found.step_times is not None and not definition.deterministic:
        yield "same again     not asked: the file does not call it deterministic, so recordings cannot be verified"
    elif found.step_times is not None:
        yield "same again     not tried: something else is to be mended first"
    if found.step_times is not None:
        times = found.step_times
        yield (
            f"a step         {times.median_us / 1000:.3g} ms with its picture (one in a hundred "
            f"{times.p99_us / 1000:.3g} ms); good for {_format_rate(times.max_tick_hz)} Hz in real time"
        )
    for option in definition.options:
        yield f"option         {option.name}: {', '.join(format_value(each.value) for each in option.values)}"
    if found.problem is None:
        yield "it fits" if definition.tick_hz is None else f"it fits, at {definition.tick_hz:g} Hz"


def _format_rate(rate_hz: float) -> str:
    """Three digits that count, and none after the point from ten on: 6,150 or 4.76."""
    return f"{float(f'{rate_hz:.3g}'):,.0f}" if rate_hz >= 10 else f"{rate_hz:.3g}"


def _describe_no_key(definition: GameDefinition) -> str:
    rule = definition.no_key
    if rule.wait:
        return "it waits"
    if rule.alternate is not None:
        return f"{' and '.join(rule.alternate)} in turn"
    if rule.action is not None:
        return rule.action
    if rule.first is not None:
        return f"the action before, {rule.first} at first"
    return "its rest"
