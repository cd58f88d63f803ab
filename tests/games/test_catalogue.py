from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from skill_arcade.domain.errors import GameFileError, UnknownGame
from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue

CART_POLE = (BUILT_IN_FOLDER / "CartPole.v1.yaml").read_text(encoding="utf-8")


def write_game(folder: Path, name: str, game_id: str) -> None:
    text = CART_POLE.replace("id: CartPole.v1", f"id: {game_id}")
    (folder / name).write_text(text, encoding="utf-8")


def test_the_games_that_come_with_it_are_there_in_order() -> None:
    games = [game.id for game in Catalogue.load()]
    files = [file.stem for file in sorted(BUILT_IN_FOLDER.glob("*.yaml"))]
    assert games[: len(files)] == files
    assert {"Breakout.v0", "CartPole.v1", "Hanoi.v0", "Tetris.v0"} <= set(games)


def test_more_folders_add_their_games_after_those_before(tmp_path: Path) -> None:
    write_game(tmp_path, "b.yaml", "First")
    write_game(tmp_path, "c.yml", "Second")
    (tmp_path / "notes.txt").write_text("no game")
    catalogue = Catalogue.load([BUILT_IN_FOLDER, tmp_path])
    built_in = [game.id for game in Catalogue.load()]
    n_files = len(list(BUILT_IN_FOLDER.glob("*.yaml")))
    assert [game.id for game in catalogue] == [*built_in[:n_files], "First", "Second", *built_in[n_files:]]
    assert len(catalogue) == len(built_in) + 2


def test_a_game_is_found_by_its_id() -> None:
    catalogue = Catalogue.load()
    assert catalogue.get("Hanoi.v0").title == "Tower of Hanoi"
    assert catalogue.source_of("Hanoi.v0").file.endswith("Hanoi.v0.yaml")
    assert "Hanoi.v0" in catalogue


def test_a_game_that_there_is_not_is_an_unknown_game() -> None:
    with pytest.raises(UnknownGame, match=r"'Chess\.v0'"):
        Catalogue.load().get("Chess.v0")
    assert "Chess.v0" not in Catalogue.load()


def test_two_games_with_one_id_are_refused_at_the_line_of_the_second(tmp_path: Path) -> None:
    write_game(tmp_path, "a.yaml", "Same")
    write_game(tmp_path, "b.yaml", "Same")
    with pytest.raises(GameFileError) as caught:
        Catalogue.load([tmp_path])
    assert (caught.value.file, caught.value.line, caught.value.key) == (str(tmp_path / "b.yaml"), 1, "id")
    assert str(tmp_path / "a.yaml") in caught.value.problem


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GameFileError, match="no such folder"):
        Catalogue.load([tmp_path / "none"])


def test_loading_the_catalogue_imports_neither_gymnasium_nor_ale() -> None:
    code = """
import sys
from skill_arcade.games.examining import checking
from skill_arcade.games.controls import chords
from skill_arcade.games.environments import simulation
from skill_arcade.games.controls import turn_keys
from skill_arcade.games.catalogue import Catalogue
Catalogue.load()
print({"gymnasium", "ale_py"} & sys.modules.keys())
"""
    environ = {"PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, env=environ)
    assert run.stdout.strip() == "set()"
