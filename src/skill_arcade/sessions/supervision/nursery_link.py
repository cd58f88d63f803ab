"""The supervisor's link to the nursery: starts that process, asks it for sessions, replaces it when it is gone."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from skill_arcade.domain.log_output import read_log_format
from skill_arcade.games.environments import warm
from skill_arcade.sessions.fd_passing import send_with_descriptors
from skill_arcade.sessions.spec import Places, SessionLimits
from skill_arcade.sessions.supervision.control import SessionFailed

log = logging.getLogger(__name__)

_FAREWELL_S = 5.0
"""How long the nursery gets to end when the server stops."""


class NurseryLink:
    """One nursery at a time, and the socket on which it takes requests."""

    def __init__(self, places: Places, limits: SessionLimits, max_templates: int) -> None:
        self._places = places
        self._limits = limits
        self._max_templates = max_templates
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._sending = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The nursery's process; None before the first."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start a nursery."""
        ours, theirs = socket.socketpair()
        settings = {
            "journals": str(self._places.journals),
            "sockets": str(self._places.sockets),
            "limits": asdict(self._limits),
            "max_templates": self._max_templates,
            "log_level": logging.getLevelName(logging.getLogger().getEffectiveLevel()),
            "log_format": read_log_format(),
        }
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "skill_arcade.sessions.process.nursery",
                str(theirs.fileno()),
                json.dumps(settings),
            ],
            pass_fds=[theirs.fileno()],
            env={**os.environ, **warm.ENVIRONMENT},
        )
        theirs.close()
        self._requests = ours

    async def ask(self, request: dict[str, Any]) -> socket.socket:
        """Ask for a session; our end of its lifeline.

        Raises:
            SessionFailed: the server is stopping, or no nursery can be started.
        """
        ours, theirs = socket.socketpair()
        try:
            # In a thread: a nursery that is stuck must not stop the supervisor. One at a time, in order.
            async with self._sending:
                await asyncio.to_thread(self._send, request, theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def kill(self) -> None:
        """End the nursery and its templates, not the sessions; the next request starts another."""
        if self._process is not None:
            self._process.kill()

    async def stop(self) -> None:
        """Take no more requests, and let the nursery end."""
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._process is not None:
            try:
                await asyncio.to_thread(self._process.wait, _FAREWELL_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                await asyncio.to_thread(self._process.wait)

    def _send(self, request: dict[str, Any], line: socket.socket) -> None:
        for attempt in (1, 2):
            if self._requests is None:
                raise SessionFailed("The server is stopping.")
            try:
                send_with_descriptors(self._requests, request, [line.fileno()])
            except OSError:
                log.warning("the nursery is gone; starting another (attempt %d)", attempt)
                self._requests.close()
                if self._process is not None:
                    self._process.wait()
                self.start()
            else:
                return
        raise SessionFailed("The process that starts games cannot be started.")
