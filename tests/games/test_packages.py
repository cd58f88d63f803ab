"""Games that installed packages bring along."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.packages import find_package_folders

CART_POLE = (BUILT_IN_FOLDER / "CartPole.v1.yaml").read_text()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages: `my_games` with one game, named by an entry point."""
    package = tmp_path / "my_games" / "files"
    package.mkdir(parents=True)
    # To find its games it is not imported: that would load whatever its environments need.
    (tmp_path / "my_games" / "__init__.py").write_text("raise ImportError('imported')")
    (package / "Mine.v0.yaml").write_text(CART_POLE.replace("id: CartPole.v1", "id: Mine.v0"))
    write_entry_points(tmp_path, "mine = my_games.files")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def write_entry_points(site: Path, *lines: str) -> None:
    facts = site / "my_games-1.0.dist-info"
    facts.mkdir(exist_ok=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: my-games\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("\n".join(["[skill_arcade.games]", *lines, ""]))


def load() -> Catalogue:
    catalogue = Catalogue.load()
    catalogue.add_packages(find_package_folders())
    return catalogue


def test_a_package_adds_its_games_and_is_not_imported_for_it(site: Path) -> None:
    catalogue = load()
    assert "Mine.v0" in catalogue
    assert catalogue.source_of("Mine.v0").file == str(site / "my_games" / "files" / "Mine.v0.yaml")
    assert catalogue.problems == ()
    assert "my_games" not in sys.modules


def test_a_wrong_game_of_a_package_is_left_out_and_told_and_the_others_are_there(site: Path) -> None:
    folder = site / "my_games" / "files"
    (folder / "Alas.v0.yaml").write_text("id: Alas.v0\ntitel: Alas\n")
    (folder / "CartPole.yaml").write_text(CART_POLE)
    catalogue = load()
    assert "Mine.v0" in catalogue
    assert "Alas.v0" not in catalogue
    wrong, twice = catalogue.problems
    assert str(wrong) == f"{folder / 'Alas.v0.yaml'}:2: titel: there is no such key; did you mean 'title'?"
    assert "'CartPole.v1' is also the id of the game in" in str(twice)


@pytest.mark.parametrize("value", ["no_such_package", "my_games.no_such_folder", "json", "my_games:games"])
def test_an_entry_point_that_leads_nowhere_is_told(site: Path, value: str) -> None:
    write_entry_points(site, f"mine = {value}")
    (problem,) = find_package_folders()
    assert isinstance(problem, GameFileError)
    assert str(problem) == (
        f"my-games, entry point 'mine' of skill_arcade.games: there is no package {value!r} with game files"
    )
