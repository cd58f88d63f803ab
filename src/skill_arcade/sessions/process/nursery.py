"""The root of all session processes: libraries loaded once, templates forked on demand.

    supervisor ──starts──▶ nursery ──forks──▶ template ──forks──▶ room

Games that may be played in one process have one template, every other game has its own. A game that ends the process
while it loads takes its template with it; one that hangs while it loads is ended with all templates. Rooms live on, but
without stand-bys: those end with the template that would wake them. A template holds opened environments in memory: of
games with a template of their own only those that were played last keep it.
"""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from skill_arcade.domain.log_output import log_to_stderr
from skill_arcade.games.environments import warm
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.sessions.fd_passing import receive_with_descriptors, send_with_descriptors
from skill_arcade.sessions.process.stock import key_of
from skill_arcade.sessions.process.template import run_template
from skill_arcade.sessions.readable import await_readable
from skill_arcade.sessions.spec import Places, SessionLimits

_PR_SET_PDEATHSIG = 1

_SHARED = "those that share rooms"
"""Stands for all environments that may share a process."""

log = logging.getLogger(__name__)


class Nursery:
    """Passes each request on to the template of its environment."""

    def __init__(self, requests: socket.socket, places: Places, limits: SessionLimits, max_templates: int) -> None:
        self._requests = requests
        self._max_templates = max_templates
        self._places = places
        self._limits = limits
        # The one that was used last stands last.
        self._templates: dict[str, socket.socket] = {}

    def run(self) -> None:
        """Until the supervisor closes its end."""
        while True:
            readable = await_readable([self._requests, *self._templates.values()])
            self._forget_dead(readable)
            if self._requests in readable:
                request = receive_with_descriptors(self._requests)
                if request is None:
                    return
                message, descriptors = request
                self._pass_on(message, descriptors)
                for descriptor in descriptors:
                    os.close(descriptor)

    def _forget_dead(self, readable: list[socket.socket]) -> None:
        """A template never speaks: one that is readable has died. The next request gets a new one."""
        for key, template in list(self._templates.items()):
            if template in readable:
                del self._templates[key]
                template.close()

    def _pass_on(self, message: dict[str, Any], descriptors: list[int]) -> None:
        key = _choose_template(message["environment"])
        template = self._templates.pop(key, None) or self._start_template(descriptors)
        if template is None:
            return
        self._templates[key] = template
        self._close_unused()
        try:
            send_with_descriptors(template, message, descriptors)
        except OSError:
            # It died just now: the lifeline's other end closes with our copy, and the supervisor sees that.
            log.warning("the template of %s died", key)
            self._templates.pop(key, None)
            template.close()

    def _close_unused(self) -> None:
        """End the templates used longest ago, where there are too many. Rooms live on, stand-bys do not.

        The one that is shared stays: the stand-bys of many players depend on it.
        """
        own = [key for key in self._templates if key != _SHARED]
        for key in own[: -self._max_templates]:
            self._templates.pop(key).close()

    def _start_template(self, foreign: list[int]) -> socket.socket | None:
        """Fork a template. It must not keep our copies of lifelines (`foreign`): they end with their session.

        Returns:
            None where the system has no room for one more process. The supervisor sees lifelines end, and asks again.
        """
        try:
            ours, theirs = socket.socketpair()
            pid = os.fork()
        except OSError as error:
            log.warning("no template can be forked for a game that somebody wants to play: %s", error)
            return None
        if pid == 0:
            status = 1
            try:
                _end_with_parent()
                ours.close()
                self._requests.close()
                for other in self._templates.values():
                    other.close()
                for descriptor in foreign:
                    os.close(descriptor)
                run_template(theirs, self._places, self._limits, self._max_templates)
                status = 0
            except BaseException:
                log.exception("a template died")
            finally:
                logging.shutdown()
                os._exit(status)
        theirs.close()
        return ours


def _end_with_parent() -> None:
    """Let the kernel end this process when the nursery ends, even while it hangs in a game that does not open.

    Rooms live on: what it forks does not inherit that. It is known on Linux alone.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _choose_template(environment: Mapping[str, Any]) -> str:
    """The template where this environment is opened."""
    # One that makes no sense is for its template to fail with.
    with suppress(ValueError):
        if EnvironmentSpec.from_json(environment).may_share_process:
            return _SHARED
    return key_of(environment)


def main() -> None:
    """Entry of the process: `python -m skill_arcade.sessions.process.nursery DESCRIPTOR JSON`."""
    descriptor, settings = int(sys.argv[1]), json.loads(sys.argv[2])
    log_to_stderr("session", settings["log_level"], settings["log_format"])
    # Ctrl-C in a terminal goes to every process of the group; only the supervisor acts on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    places = Places(Path(settings["journals"]), Path(settings["sockets"]))
    limits = SessionLimits(**settings["limits"])
    # What every game needs, once, before the first fork.
    warm.load()
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=descriptor) as requests:
        Nursery(requests, places, limits, settings["max_templates"]).run()


if __name__ == "__main__":
    main()
