"""The order in which a server offers its games."""

from __future__ import annotations

from pathlib import Path

from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.front_row import FRONT_ROW
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.settings import Settings


def test_what_was_added_comes_first_then_the_front_row_and_none_is_lost(tmp_path: Path) -> None:
    text = (BUILT_IN_FOLDER / "CartPole.v1.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text.replace("id: CartPole.v1", "id: Mine.v0"), encoding="utf-8")
    offered = [game.id for game in load_catalogue(Settings(games=tmp_path))]
    assert offered[: 1 + len(FRONT_ROW)] == ["Mine.v0", *FRONT_ROW]
    assert sorted(offered) == sorted(["Mine.v0", *(game.id for game in Catalogue.load())])
