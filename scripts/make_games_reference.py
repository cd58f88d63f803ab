"""Writes docs/reference/games.md from the catalogue: `python scripts/make_games_reference.py`.

With --check nothing is written; exit status 1 says that the page is not what it would be.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.environments.making import find_registered
from skill_arcade.games.environments.spec import ATARI_DEFAULTS
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.outcome_rules import FixedSeed, ListedSeeds, RandomNoops, ScoreAtLeast

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "games.md"

HEAD = """# The games

<!-- Written by scripts/make_games_reference.py from the games themselves; `make games-reference` writes it anew. -->

{n} games come with Skill Arcade. Further ones are [added by a file](../howto/add-a-game.md) or by installing a package.

Where nothing else is said, a game is deterministic: its seed, no-op starts and actions make an episode again, bit for
bit. A game that the environment ended is won by the rule named here, or else lost; one that was given up, or reached
the most steps there may be, is incomplete. What a game *needs* besides the extra `server` is installed by
`pip install 'skill-arcade[EXTRA]'`; without it the game is in the library and cannot be played.
"""


def write_page(catalogue: Iterable[GameDefinition]) -> str:
    """The whole page."""
    games = list(catalogue)
    atari = [game for game in games if game.environment_spec().adapter == "atari"]
    others = [game for game in games if game not in atari]
    parts = [HEAD.format(n=len(games))]
    parts += ["## Games with an environment of their own, and Gymnasium's\n"]
    parts += [_section(game) for game in others]
    parts += [_atari_section(atari)]
    return "\n".join(parts)


def _section(game: GameDefinition) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in _facts(game))
    return f"### {game.title} (`{game.id}`)\n\n{game.summary}\n\n| | |\n|---|---|\n{rows}\n"


def _facts(game: GameDefinition) -> Iterator[tuple[str, str]]:
    environment = game.environment
    kwargs = ", ".join(f"{name}={value!r}" for name, value in environment.kwargs.items())
    yield "environment", f"`{environment.id}`" + (f" with `{kwargs}`" if kwargs else "")
    if _is_of_box2d(game):
        yield "needs", "the extra `box2d`, and Python 3.13 or older"
    if environment.max_episode_steps is not None:
        yield "ends by itself after", f"{environment.max_episode_steps:,} steps"
    yield "pace", _pace(game)
    yield "picture", f"{game.picture.width} x {game.picture.height}"
    for option in game.options:
        values = ", ".join(f"`{each.value}`" + (f" ({each.say})" if each.say else "") for each in option.values)
        yield f"option `{option.name}`", f"{values}; `{option.default}` where nobody chooses"
    yield "keys", "<br>".join(_keys(game))
    metric = game.metric
    yield "counts", f"{metric.name} ({metric.unit}), {metric.better} is better; {_win_rule(game)}"
    yield "starts", _start(game)
    yield "at most", f"{game.max_steps:,} steps"
    if not game.deterministic:
        yield "deterministic", "no: recordings are kept, and cannot be verified by playing them again"


def _is_of_box2d(game: GameDefinition) -> bool:
    # By its entry in Gymnasium's list, which is there without the package.
    entry = find_registered(game.environment.id).entry_point
    return isinstance(entry, str) and entry.startswith("gymnasium.envs.box2d")


def _pace(game: GameDefinition) -> str:
    return "in turns" if game.tick_hz is None else f"{game.tick_hz:g} Hz"


def _keys(game: GameDefinition) -> Iterator[str]:
    for control in game.controls:
        yield f"{control.say}: {', '.join(f'`{code}`' for code in control.keys)}"
    for sequence in game.sequences:
        yield f"{sequence.say or sequence.does}: {' then '.join(f'`{code}`' for code in sequence.keys)}"
    for axis in game.pointer_axes:
        yield f"the mouse, {'left to right' if axis.axis == 'x' else 'top to bottom'}: element {axis.element}"


def _win_rule(game: GameDefinition) -> str:
    rule = game.outcome.won
    if isinstance(rule, ScoreAtLeast):
        return f"won with {rule.score_at_least:g} or more"
    return {
        "on_termination": "won when the environment ends it",
        "on_truncation": "won by holding out to the environment's limit",
        "never": "there is no winning",
    }[rule]


def _start(game: GameDefinition) -> str:
    if isinstance(game.seed, FixedSeed):
        seed = f"seed {game.seed.value}"
    elif isinstance(game.seed, ListedSeeds):
        seed = f"a list of {len(game.seed.values)} seeds, one after another"
    else:
        seed = "a new seed each time"
    noops = game.noop_starts
    most = noops.at_most if isinstance(noops, RandomNoops) else noops.value
    if most == 0:
        return seed
    return f"{seed}, after {'0 to ' if isinstance(noops, RandomNoops) else ''}{most} no-op steps"


def _atari_section(games: Iterable[GameDefinition]) -> str:
    kwargs = ", ".join(f"`{name}={value!r}`" for name, value in ATARI_DEFAULTS.items())
    lines = [
        "## Atari 2600",
        "",
        f"All play at 60 Hz, with the arguments {kwargs} where nothing else is said.",
        "The joystick is the arrow keys or WASD, its button the space bar; keys held together act together where",
        "ALE has such an action for the game.",
        "",
        "| game | id | picture | actions | wins with | starts | most steps | options | flashes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(_atari_cells(game))} |" for game in games]
    return "\n".join(lines) + "\n"


def _atari_cells(game: GameDefinition) -> Iterator[str]:
    yield from (game.title, f"`{game.id}`", f"{game.picture.width} x {game.picture.height}", _joystick(game))
    yield from (_score_to_win(game), _start(game), f"{game.max_steps:,}")
    yield ", ".join(option.name for option in game.options)
    yield "yes" if game.warnings.flashing else ""


def _joystick(game: GameDefinition) -> str:
    words = ", ".join(control.does for control in game.controls)
    return f"{words} (all 18 actions)" if game.environment.kwargs.get("full_action_space") else words


def _score_to_win(game: GameDefinition) -> str:
    rule = game.outcome.won
    return f"{rule.score_at_least:g}" if isinstance(rule, ScoreAtLeast) else ""


def main() -> int:
    """Write the page, or look whether it is fresh."""
    page = write_page(Catalogue.load())
    if "--check" in sys.argv[1:]:
        is_fresh = PAGE.is_file() and PAGE.read_text() == page
        if not is_fresh:
            print(f"{PAGE.name} is not what the games say: run `make games-reference`.", file=sys.stderr)
        return 0 if is_fresh else 1
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
