"""Environments of one game that are opened in advance and never stepped: every room is forked with copies of them."""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from typing import Any

from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.sessions.process.provenance import read_environment_facts

STOCK_A_PLAYER = 2
"""How many environments are opened for everybody who comes, as long as there may be more."""


def key_of(environment: Mapping[str, Any]) -> str:
    """What two environments, `EnvironmentSpec` as JSON, have in common if they are made alike."""
    return json.dumps(environment, sort_keys=True)


class Stock:
    """Those of one game.

    Attributes:
        simulations: opened, in the order of their opening.
        n_asked: how often somebody wanted to play.
        is_quick: several may be played in one process.
        facts: see `read_environment_facts`.
        problem: why the newest one could not be opened; empty where nothing is wrong.
    """

    def __init__(self, environment: EnvironmentSpec) -> None:
        """Open nothing yet.

        Args:
            environment: of all of them.
        """
        self.simulations: list[Simulation] = []
        self.facts: Mapping[str, Any] = {}
        self.problem = ""
        self.n_asked = 0
        self.is_quick = environment.may_share_process
        self._environment = environment

    def ask(self) -> None:
        """Somebody wants to play; open the first one if there is none."""
        self.n_asked += 1
        self.problem = ""  # it may have passed: each question is worth one attempt
        if not self.simulations:
            self.grow()

    @property
    def wants_more(self) -> bool:
        """Whether there are fewer than may be needed: nobody waits for the environment of the sixteenth."""
        most = STOCK_A_PLAYER * self.n_asked if self.is_quick else 1
        return not self.problem and len(self.simulations) < most

    def grow(self) -> None:
        """Open one more."""
        try:
            simulation = open_simulation(self._environment)
            # A first reset loads what is loaded late (a ROM, a font), so that sessions find it loaded.
            simulation.reset(0, 0)
            simulation.picture()
            self.facts = self.facts or read_environment_facts(self._environment)
        except SkillArcadeError as error:
            self.problem = str(error)
        else:
            self.simulations.append(simulation)
        # What is there now is for good: no collection in a fork need look at it.
        gc.collect()
        gc.freeze()

    def take(self) -> Simulation | None:
        """One that nobody else gets; None when all are taken."""
        return self.simulations.pop() if self.simulations else None
