"""Examines and paints games, each in a process of its own: one that hangs or ends its process stops no other.

    examiner ──forks──▶ one game's examination, then its picture; then the next game's

The examiner has one thread, has loaded what every game needs, and never opens a game itself.
"""

from __future__ import annotations

import logging
import os
import select
import signal
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import NoReturn

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.examining.examination import examine_options
from skill_arcade.games.examining.own_clock import OwnClock
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.server.game_conditions import Condition, GameConditions
from skill_arcade.server.portrait import paint

logger = logging.getLogger(__name__)

LIMIT_S = 60.0
"""An examination takes a second at most; what takes so long hangs."""

_LOOK_INTERVAL_S = 1.0
_LAST_RESORT = 20
"""After so many times the limit a child ends itself, even if it hangs and the examiner was killed."""

_STOPPING = (signal.SIGTERM, signal.SIGALRM)
"""Signals that end a child at once, whatever this process does with them."""

_UNKEPT = 75
"""The status of a child that could not write what it found."""


class ServerGone(Exception):
    """The other end of the lifeline is closed: there is nobody to examine games for."""


class NothingKept(Exception):
    """What was found could not be written; nothing is wrong with the game."""


class Examiner:
    """Makes the conditions and pictures that are missing."""

    def __init__(self, conditions: GameConditions, *, lifeline: int | None = None, limit_s: float = LIMIT_S) -> None:
        """Nothing is examined yet.

        Args:
            conditions: where results are kept.
            lifeline: a descriptor that becomes readable when there is no server any more.
            limit_s: how long one game may take; time during which others have the processor is not counted.
        """
        self._conditions = conditions
        self._lifeline = lifeline
        self._limit_s = limit_s

    def run(self, games: Iterable[GameDefinition]) -> None:
        """Examine and paint those games that need it.

        Raises:
            ServerGone: see the constructor.
            NothingKept: the folder cannot be written.
        """
        for game in sorted(games, key=_is_atari):
            if self._needs_work(game):
                self._treat(game)

    def _needs_work(self, game: GameDefinition) -> bool:
        condition = self._conditions.read_condition(game.id)
        # A game with a problem is tried at every start: perhaps somebody has mended what its file does not tell of.
        return condition is None or condition.problem is not None or self._conditions.read_picture(game.id) is None

    def _treat(self, game: GameDefinition) -> None:
        reading, writing = os.pipe()
        try:
            end = self._run_child(lambda: self._examine_and_paint(game, writing))
            os.set_blocking(reading, False)
            was_examined = bool(_read_if_there(reading))
        finally:
            os.close(reading)
            os.close(writing)
        if end is not None and was_examined:
            logger.warning("%s %s when its picture was painted", game.id, end)
        elif not was_examined:
            end = end or "ended its process (status 0)"
            self._keep(game, Condition(f"{game.environment.id} {end} when it was tried out."))
        condition = self._conditions.read_condition(game.id)
        if condition is not None and condition.problem is not None:
            logger.warning("%s cannot be played: %s", game.id, condition.problem)

    def _examine_and_paint(self, game: GameDefinition, examined: int) -> None:
        """In the child: one environment for both, because to open one is most of the work."""
        definition, _ = game.with_options({})
        try:
            simulation = open_simulation(definition.environment_spec())
        except EnvironmentFailed:
            simulation = None  # the examination will meet it again, and say so
        found = examine_options(game, simulation=simulation, is_brief=True)
        step_us = None if found.step_times is None else found.step_times.quick_us
        self._conditions.write_condition(game.id, Condition(found.problem, step_us))
        os.write(examined, b"1")
        if simulation is None or step_us is None:
            return
        try:
            self._conditions.write_picture(game.id, paint(definition, simulation, step_us))
        except EnvironmentFailed as error:
            logger.warning("%s has no picture: %s", game.id, error)

    def _keep(self, game: GameDefinition, condition: Condition) -> None:
        try:
            self._conditions.write_condition(game.id, condition)
        except OSError as error:
            raise NothingKept from error

    def _run_child(self, work: Callable[[], None]) -> str | None:
        """Do some work in a process of its own; None if it was done, else how the process ended."""
        # Held back until the child no longer answers as this process does, and this process would take it along.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        pid = os.fork()
        if pid == 0:
            self._be_child(work)
        ended = False
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            ended = self._wait(pid)
        finally:
            if not ended:
                os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        if not ended:
            return f"did not answer for {self._limit_s:.0f} s"
        code = os.waitstatus_to_exitcode(status)
        if code == _UNKEPT:
            raise NothingKept
        if code < 0:
            return f"ended its process ({signal.strsignal(-code) or -code})"
        return f"ended its process (status {code})" if code else None

    def _be_child(self, work: Callable[[], None]) -> NoReturn:
        status = 1
        try:
            for number in _STOPPING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            signal.alarm(int(_LAST_RESORT * self._limit_s) + 1)
            work()
            status = 0
        except OSError:  # an environment's own would have come as EnvironmentFailed
            logger.exception("what was found cannot be kept")
            status = _UNKEPT
        except BaseException:
            logger.exception("an examination failed")
        finally:
            logging.shutdown()
            os._exit(status)

    def _wait(self, pid: int) -> bool:
        """Wait for a child's end; False when it takes too long.

        Raises:
            ServerGone: see the constructor.
        """
        descriptor = os.pidfd_open(pid)
        watched = [descriptor] if self._lifeline is None else [descriptor, self._lifeline]
        try:
            # At the lowest priority a process may stand in line for long.
            with closing(OwnClock(pid)) as clock:
                began_ns = clock.read_ns()
                while True:
                    readable, _, _ = select.select(watched, [], [], min(_LOOK_INTERVAL_S, self._limit_s))
                    if descriptor in readable:
                        return True
                    if readable:
                        raise ServerGone
                    if clock.read_ns() - began_ns > self._limit_s * 1e9:
                        return False
        finally:
            os.close(descriptor)


def _is_atari(game: GameDefinition) -> bool:
    return game.environment_spec().adapter == "atari"


def _read_if_there(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1)
    except BlockingIOError:
        return b""
