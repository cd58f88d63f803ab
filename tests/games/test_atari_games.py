"""The games of ALE that need no file, those that have one, and those that nobody may load."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise, permutations
from pathlib import Path

import ale_py.roms
import numpy as np
import pytest

from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.atari_games import (
    KEYS,
    WRITTEN,
    find_atari_games,
    make_atari_games,
    read_measured,
    read_written,
)
from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.controls.chords import MAX_CHORD, ChordControls
from skill_arcade.games.environments.atari import AtariSimulation
from skill_arcade.games.environments.deadly_roms import DEADLY_ROMS
from skill_arcade.games.environments.provenance import rom_md5
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.outcome_rules import ScoreAtLeast

CATALOGUE = Catalogue.load()
MADE = {definition.environment.id: definition for definition, _ in make_atari_games()}
ROM_OF = {f"ALE/{game.ale_name}-v5": game for game in read_measured().values()}
CURATED = [game for game in CATALOGUE if "atari" in game.tags and game != MADE.get(game.environment.id)]

WHOLE = [
    f"{vertical}{horizontal}{fire}" or "NOOP"
    for vertical in ("", "UP", "DOWN")
    for horizontal in ("", "RIGHT", "LEFT")
    for fire in ("", "FIRE")
]
"""The joystick's every action; their order plays no part here."""


def atari(ale_name: str) -> GameDefinition:
    return MADE[f"ALE/{ale_name}-v5"]


def controls_of(definition: GameDefinition) -> tuple[ChordControls, list[str]]:
    is_whole = definition.environment.kwargs["full_action_space"]
    meanings = WHOLE if is_whole else list(ROM_OF[definition.environment.id].actions)
    return ChordControls(definition, meanings), meanings


def action_of(definition: GameDefinition, *held: str) -> str:
    controls, meanings = controls_of(definition)
    return meanings[controls.realtime_action(held, (), None, None, 0)]


def test_every_rom_that_one_can_play_is_a_game_named_as_ale_names_it() -> None:
    assert read_written().keys() == read_measured().keys() == set(ale_py.roms.get_all_rom_ids()) - DEADLY_ROMS
    assert len(MADE) == 104
    other_ids = {game.id for game in MADE.values() if game.id != f"{game.environment.id[4:-3]}.v0"}
    assert other_ids == {"AtariTetris.v0"}, "Tetris.v0 is a game of our own"
    assert {game.id for game in MADE.values()} <= {game.id for game in CATALOGUE}
    assert {"MontezumaRevenge.v0", "TicTacToe3D.v0"} <= {game.id for game in CATALOGUE}


def test_all_that_decides_what_the_game_does_is_stated() -> None:
    for game in MADE.values():
        assert game.environment.kwargs.keys() == {
            *("frameskip", "repeat_action_probability", "full_action_space"),
            *("mode", "difficulty"),
        }
        assert (game.max_steps, game.deterministic, game.picture.pixel_aspect) == (108_000, True, 2)
    # With the 0 that ALE takes when nobody says anything one can only set up a board.
    assert atari("Backgammon").environment.kwargs["difficulty"] == 3


def test_words_are_short_and_for_actions_that_there_are() -> None:
    known = {"id", "title", "summary", "how", "tags", "say", "metric", "won", "joystick"}
    for rom, written in read_written().items():
        assert written.keys() <= known, rom
        assert len(written["summary"]) <= 90, rom
        assert written["summary"].endswith("."), rom
        assert set(written.get("say", {})) <= set(read_measured()[rom].meanings), rom
        assert written.get("joystick") in {None, "whole"}, rom


def test_no_two_games_have_the_same_title() -> None:
    titles = sorted(game.title for game in CATALOGUE)
    assert [one for one, other in pairwise(titles) if one == other] == []


@pytest.mark.parametrize("definition", MADE.values(), ids=lambda definition: definition.id)
def test_keys_reach_every_action_that_the_game_knows(definition: GameDefinition) -> None:
    game = ROM_OF[definition.environment.id]
    codes = [control.keys[0] for control in definition.controls]
    chords = (chord for size in range(MAX_CHORD + 1) for chord in permutations(codes, size))
    assert {action_of(definition, *chord) for chord in chords} >= set(game.actions)
    assert [control.does for control in definition.controls] == list(game.meanings)


@pytest.mark.parametrize("definition", MADE.values(), ids=lambda definition: definition.id)
def test_a_game_has_the_whole_joystick_where_its_minimal_actions_would_stop_a_player(
    definition: GameDefinition,
) -> None:
    game = ROM_OF[definition.environment.id]
    is_playable = {"NOOP", *game.meanings} <= set(game.actions)
    assert is_playable or definition.environment.kwargs["full_action_space"]


@pytest.mark.parametrize(
    ("ale_name", "held", "does"),
    [
        ("Frogger", ("ArrowRight", "ArrowUp"), "UP"),
        ("Enduro", ("Space", "ArrowDown"), "DOWN"),
        ("WizardOfWor", ("KeyW", "KeyD", "Space"), "RIGHTFIRE"),
        ("Breakout", ("ArrowRight", "Space"), "RIGHTFIRE"),
        ("Breakout", ("Space", "ArrowLeft"), "LEFTFIRE"),
        ("KungFuMaster", ("ArrowRight", "Space"), "RIGHTFIRE"),
        ("Assault", ("ArrowRight", "ArrowUp"), "UPRIGHT"),
        ("VideoCheckers", ("ArrowUp", "ArrowLeft"), "UPLEFT"),
        ("Backgammon", (), "NOOP"),
    ],
)
def test_keys_together_do_what_a_player_means(ale_name: str, held: tuple[str, ...], does: str) -> None:
    assert action_of(atari(ale_name), *held) == does


def test_no_op_starts_end_before_anything_is_scored() -> None:
    assert atari("Skiing").noop_starts.model_dump() == {"policy": "fixed", "value": 0}
    assert atari("Entombed").noop_starts.model_dump() == {"policy": "random", "at_most": 25}
    assert atari("Alien").noop_starts.model_dump() == {"policy": "random", "at_most": 30}


def test_duels_are_won_by_a_lead_and_most_games_never() -> None:
    assert atari("Boxing").outcome.won == ScoreAtLeast(score_at_least=1)
    assert atari("Boxing").metric.name == "Lead"
    assert atari("Asteroids").outcome.won == "never"


def test_each_recording_can_name_its_rom() -> None:
    found = {rom_md5(game.environment_spec()) for game in MADE.values()}
    assert len(found) == 104
    assert all(md5 is not None and len(md5) == 32 for md5 in found)


def test_an_error_in_a_game_without_a_file_names_the_line_of_its_words() -> None:
    error = CATALOGUE.source_of("Alien.v0").error_at(("picture",), "it is too wide")
    line = WRITTEN.read_text().splitlines().index("[alien]") + 1
    assert str(error) == f"{WRITTEN}:{line}: picture: it is too wide"


def test_without_ale_there_is_no_game_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert list(find_atari_games()) == []


def write_alien(folder: Path, title: str) -> Path:
    file = folder / "mine.yaml"
    text = (BUILT_IN_FOLDER / "Seaquest.v0.yaml").read_text()
    file.write_text(text.replace("id: Seaquest.v0", "id: Alien.v0").replace("title: Seaquest", f"title: {title}"))
    return file


def test_a_file_takes_the_place_of_the_game_without_one(tmp_path: Path) -> None:
    file = write_alien(tmp_path, "Mine")
    catalogue = Catalogue.load([BUILT_IN_FOLDER, tmp_path])
    assert catalogue.get("Alien.v0").title == "Mine"
    assert catalogue.source_of("Alien.v0").file == str(file)
    assert [game.id for game in catalogue].count("Alien.v0") == 1
    assert len(catalogue) == len(CATALOGUE)


def test_so_does_a_file_of_a_package(tmp_path: Path) -> None:
    write_alien(tmp_path, "Theirs")
    catalogue = Catalogue.load()
    catalogue.add_packages([tmp_path])
    assert (catalogue.get("Alien.v0").title, catalogue.problems) == ("Theirs", ())


def test_two_files_with_the_id_of_one_are_an_error_as_ever(tmp_path: Path) -> None:
    write_alien(tmp_path, "Mine")
    (tmp_path / "other.yaml").write_text((tmp_path / "mine.yaml").read_text())
    with pytest.raises(GameFileError, match=r"'Alien\.v0' is also the id of the game in .*mine\.yaml"):
        Catalogue.load([BUILT_IN_FOLDER, tmp_path])


def test_a_folder_alone_has_only_its_files(tmp_path: Path) -> None:
    write_alien(tmp_path, "Mine")
    assert [game.id for game in Catalogue.load([tmp_path])] == ["Alien.v0"]


def test_ten_games_have_a_file_that_says_more() -> None:
    assert {game.id.removesuffix(".v0") for game in CURATED} == {
        *("Breakout", "Enduro", "Freeway", "MontezumaRevenge", "MsPacman"),
        *("Pitfall", "Pong", "Qbert", "Seaquest", "SpaceInvaders"),
    }
    assert all(game.tips for game in CURATED)


@pytest.mark.parametrize("definition", CURATED, ids=lambda definition: definition.id)
def test_a_file_agrees_with_what_was_measured(definition: GameDefinition) -> None:
    made = MADE[definition.environment.id]
    assert (definition.title, definition.summary, definition.picture) == (made.title, made.summary, made.picture)
    assert definition.warnings.flashing or not made.warnings.flashing
    assert {control.does for control in definition.controls} <= {control.does for control in made.controls}
    assert (definition.seed, definition.noop_starts) == (made.seed, made.noop_starts)
    resolved, _ = definition.with_options({})
    stated = resolved.environment_spec().kwargs
    assert {key: stated[key] for key in made.environment.kwargs} == made.environment.kwargs


@pytest.mark.parametrize(
    ("definition", "chosen"),
    [
        pytest.param(game, {option.name: each.value}, id=f"{game.id} {option.name}={each.value}")
        for game in CURATED
        for option in game.options
        for each in option.values
        if each.value != option.default
    ],
)
def test_ale_knows_every_value_of_an_option(definition: GameDefinition, chosen: dict[str, int]) -> None:
    resolved, _ = definition.with_options(chosen)
    AtariSimulation(resolved.environment_spec()).close()


def look(game_id: str, n_steps: int, **chosen: int) -> np.ndarray:
    """The picture, RGB, after so many steps without a key."""
    resolved, _ = CATALOGUE.get(game_id).with_options(chosen)
    simulation = AtariSimulation(resolved.environment_spec())
    simulation.reset(seed=0, noop_starts=n_steps)
    seen = simulation.picture_format.to_rgb(simulation.picture())
    simulation.close()
    return seen


@pytest.mark.parametrize(("difficulty", "yours", "others"), [(0, 16, 16), (1, 16, 8), (2, 8, 16), (3, 8, 8)])
def test_the_paddles_of_pong_are_as_long_as_the_option_says(difficulty: int, yours: int, others: int) -> None:
    field = look("Pong.v0", 100, difficulty=difficulty)[34:194]

    def length(colour: tuple[int, int, int]) -> int:
        return int((field == colour).all(axis=2).any(axis=1).sum())

    assert (length((92, 186, 92)), length((213, 130, 74))) == (yours, others)


@pytest.mark.parametrize(
    ("game_id", "mode", "lines"), [("Breakout.v0", 12, slice(57, 93)), ("SpaceInvaders.v0", 8, slice(31, 133))]
)
def test_what_an_option_calls_invisible_is(game_id: str, mode: int, lines: slice) -> None:
    assert look(game_id, 60, mode=0)[lines, 8:152].any()
    assert not look(game_id, 60, mode=mode)[lines, 8:152].any()


TRY_DEADLY = """
import json, sys
import gymnasium
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.atari import AtariEnv
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.games.environments.opening import open_simulation

class Derived(AtariEnv):
    pass

gymnasium.register("Theirs/Duel-v0", entry_point=Derived, kwargs={"game": "joust", "frameskip": 1})
gymnasium.register("ALE/Combat-v5", entry_point=AtariEnv, kwargs={"game": "breakout"})
alien = Catalogue.load().get("Alien.v0").to_json()
option = {"name": "game", "say": "Game", "values": ["alien", "combat"], "default": "alien"}
with_option, _ = GameDefinition.from_json({**alien, "options": [option]}).with_options({"game": "combat"})
specs = [with_option.environment_spec()]
for rom in ("combat", "joust", "maze_craze", "warlords"):
    for adapter in ("auto", "atari", "rendered", "painted"):
        for env_id in ("ALE/Breakout-v5", "ale_py:ALE/Breakout-v5", "Breakout-v4", "BreakoutNoFrameskip-v0"):
            specs.append(EnvironmentSpec.of_game(env_id, {"game": rom}, adapter))
    for name in (f"{rom}.bin", rom.upper(), rom.title(), f" {rom} ", f"./{rom}", f"../roms/{rom}.BIN", [rom]):
        specs.append(EnvironmentSpec.of_game("ALE/Breakout-v5", {"game": name}))
        specs.append(EnvironmentSpec.of_game("ALE/Breakout-v5", {"game": name}, "rendered"))
    camel = rom.title().replace("_", "")
    for env_id in (f"ALE/{camel}-v5", f"ale_py:ALE/{camel}-v5", f"ALE/{rom}-v5", f"{camel}-v4", f"{camel}-v0"):
        specs.append(EnvironmentSpec.of_game(env_id, {}))
for adapter in ("atari", "rendered"):
    specs.append(EnvironmentSpec.of_game("Theirs/Duel-v0", {}, adapter))
answers = []
for spec in specs:
    try:
        open_simulation(spec)
    except EnvironmentFailed as error:
        answers.append(str(error))
    else:
        answers.append(f"opened {spec}")
print(json.dumps(answers))
"""


def test_what_would_end_the_process_is_refused_however_it_is_asked_for() -> None:
    environ = {"PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TRY_DEADLY],
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
        env=environ,
    )
    answers = json.loads(run.stdout)
    assert [answer for answer in answers if answer.startswith("opened")] == []
    refused = [answer for answer in answers if "only two can play" in answer]
    # The others have no such name in ALE at all: they fail before anything is loaded.
    assert len(answers) - len(refused) == 4 * 4
    assert len(refused) > 100


def test_no_game_without_a_file_is_one_of_them() -> None:
    assert not DEADLY_ROMS & read_written().keys()
    assert all("game" not in game.environment.kwargs for game in MADE.values())


def test_all_keys_are_those_of_a_joystick() -> None:
    assert {code for game in MADE.values() for control in game.controls for code in control.keys} == {
        code for _, codes in KEYS.values() for code in codes
    }
