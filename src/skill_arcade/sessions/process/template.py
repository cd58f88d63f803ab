"""A warm parent of sessions: one game, opened once; each session is a fork of it.

Single-threaded by necessity (a fork copies one thread), and garbage collection is off: a session lives briefly, makes
no cycles to speak of, and a collection in the middle of a tick would be a stall.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.sessions.fd_passing import receive_with_descriptors
from skill_arcade.sessions.process.game_rules import rules_of_game
from skill_arcade.sessions.process.lifeline import Lifeline
from skill_arcade.sessions.process.process import run_session
from skill_arcade.sessions.process.provenance import read_environment_facts
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A game that is ready to be forked, and what its recordings say of it."""

    simulation: Simulation
    facts: Mapping[str, Any]


def run_template(
    environment: Mapping[str, Any], requests: socket.socket, places: Places, limits: SessionLimits
) -> None:
    """Open the environment, then fork a session for every request until the other side closes.

    Args:
        environment: `EnvironmentSpec` as JSON.
        requests: where SessionSpecs come from, each with the descriptor of its lifeline.
        places: where journals and sockets are.
        limits: for the sessions.
    """
    # Sessions are reaped by the kernel; the supervisor learns of a death by the end of its lifeline.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    opened, problem = _open(EnvironmentSpec.from_json(environment))
    gc.collect()
    gc.disable()
    gc.freeze()
    while True:
        request = receive_with_descriptors(requests)
        if request is None:
            return
        message, (line_descriptor,) = request
        line = socket.socket(fileno=line_descriptor)
        if opened is None:
            Lifeline(line).tell(failed=problem, code="failed")
        elif os.fork() == 0:
            requests.close()
            _be_session(message, opened, places, limits, line)
        line.close()


def _open(environment: EnvironmentSpec) -> tuple[_Opened | None, str]:
    try:
        simulation = open_simulation(environment)
        # A first reset loads what is loaded late (a ROM, a font), so that sessions find it loaded.
        simulation.reset(0, 0)
        simulation.picture()
        return _Opened(simulation, read_environment_facts(environment)), ""
    except SkillArcadeError as error:
        return None, str(error)


def _be_session(
    message: Mapping[str, Any],
    opened: _Opened,
    places: Places,
    limits: SessionLimits,
    line: socket.socket,
) -> None:
    """The child's whole life; never returns."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        run_session(
            SessionSpec.from_json(message),
            opened.simulation,
            rules_of_game,
            opened.facts,
            places,
            limits,
            line,
        )
        status = 0
    except BaseException:
        # The edge of the process: what is in the journal is kept, the supervisor sees the lifeline end.
        log.exception("a session died; its episode can be resumed from its journal")
    finally:
        logging.shutdown()
        os._exit(status)
