"""An episode that cannot be opened in a process that goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.sessions.live_session import new_spec

from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.journal import is_locked, journal_path
from skill_arcade.sessions.play.clocks import SystemClock
from skill_arcade.sessions.play.rules import Rules
from skill_arcade.sessions.process.opening import open_play
from skill_arcade.sessions.process.provenance import read_environment_facts
from skill_arcade.sessions.spec import Places, SessionLimits


def test_its_journal_is_free_for_whoever_opens_it_next(tmp_path: Path) -> None:
    """REC-32: the lock would be held for as long as others play in the room."""

    def no_rules(_game: Mapping[str, Any], _simulation: Simulation) -> Rules:
        raise KeyError("rest")

    spec, places = new_spec("Hanoi.v0"), Places(tmp_path / "journal", tmp_path)
    assert spec.provenance is not None
    environment = EnvironmentSpec.from_json(spec.provenance["environment"])
    facts = read_environment_facts(environment)
    with pytest.raises(KeyError):
        open_play(
            spec, open_simulation(environment), no_rules, facts, places, SessionLimits(), SystemClock(), grid_ns=0
        )
    journal = journal_path(places.journal_folder(spec.episode_id), 1)
    assert journal.exists()
    assert not is_locked(journal)
