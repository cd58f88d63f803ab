"""Environments that are opened in advance, where opening fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium
import pytest
from tests.naughty import Naughty

from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.sessions.process.stock import Stock

PASSING = "Passing-v0"


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What goes wrong at the next openings of `PASSING`, one after another."""
    faults: list[str] = []

    def open_it(**kwargs: Any) -> Naughty:
        if faults:
            raise RuntimeError(faults.pop(0))
        return Naughty(**kwargs)

    gymnasium.register(PASSING, open_it)
    yield faults
    del gymnasium.registry[PASSING]


def test_a_game_that_could_not_be_opened_once_is_tried_again(faults: list[str]) -> None:
    faults.append("too many open files")
    stock = Stock(EnvironmentSpec(PASSING))
    stock.ask()
    assert "too many open files" in stock.problem
    assert not stock.wants_more, "it is tried when somebody asks"
    stock.ask()
    assert (stock.problem, len(stock.simulations)) == ("", 1)


def test_a_game_that_never_opens_is_tried_once_for_each_who_asks(faults: list[str]) -> None:
    faults += ["one", "two", "three"]
    stock = Stock(EnvironmentSpec(PASSING))
    for problem in ("one", "two", "three"):
        stock.ask()
        assert problem in stock.problem
        assert not stock.simulations
