"""A player's own keys, whatever is chosen of a game's options."""

from __future__ import annotations

import pytest

from skill_arcade.domain.errors import BadKeys
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.file.own_keys import apply_keys, check_keys

BREAKOUT = Catalogue.load().get("Breakout.v0")
HANOI = Catalogue.load().get("Hanoi.v0")


def test_keys_that_fit_the_game_no_more_are_passed_over_and_it_can_be_played() -> None:
    assert apply_keys(BREAKOUT, {"KeyQ": "KeyZ", "KeyA": "KeyJ"}) == BREAKOUT.with_keys({"KeyA": "KeyJ"})
    assert apply_keys(BREAKOUT, {"KeyA": "KeyD"}) == BREAKOUT


def test_a_key_that_only_an_option_gives_the_game_is_one_of_its_keys() -> None:
    check_keys(HANOI, {"Digit4": "KeyF"})
    four_poles, _ = HANOI.with_options({"poles": 4})
    assert "Digit4" not in HANOI.key_codes
    assert apply_keys(four_poles, {"Digit4": "KeyF"}).key_codes == {"Digit1", "Digit2", "Digit3", "KeyF"}
    with pytest.raises(BadKeys, match=r"'Digit9' is no key of this game"):
        check_keys(HANOI, {"Digit9": "KeyF"})
