"""Keeps one helper process alive: starts it, starts it again when it dies, stops it when asked.

A helper may have work that comes to an end. It is then kept until it ends with status 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

QUICK_RESTARTS = 5
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 5.0
"""A process that dies is started again at once; one that keeps dying ever more slowly, but it is never given up."""

STEADY_AFTER_S = 10.0
STOP_PATIENCE_S = 10.0


class Keeper:
    """One process and its replacements."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        inherited: Sequence[int] = (),
        *,
        until_done: bool = False,
    ) -> None:
        """Nothing is started yet.

        Args:
            name: for `server.child_process` and for the log.
            arguments: further arguments.
            environment: the process's environment.
            inherited: descriptors that it needs.
            until_done: its work comes to an end; when it ends with status 0 it is not started again.
        """
        self._name = name
        self._arguments = list(arguments)
        self._environment = dict(environment)
        self._inherited = tuple(inherited)
        self._until_done = until_done
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._may_begin = asyncio.Event()

    def prepare(self) -> None:
        """Start the process, which loads its libraries and then waits for `start`."""
        self._task = asyncio.create_task(self._keep())

    def start(self) -> None:
        """Let the process do its work, and keep it."""
        self._may_begin.set()
        if self._task is None:
            self.prepare()

    async def stop(self) -> None:
        """Ask it to stop, wait for it, end it by force if it does not."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_PATIENCE_S)
        except TimeoutError:
            log.warning("%s does not stop; killing it", self._name)
            process.kill()
            await process.wait()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        n_deaths = 0
        while True:
            began_s = loop.time()
            try:
                status = await self._run_once()
                if status == 0 and self._until_done:
                    return
                how = f"ended with status {status}"
            except OSError as error:  # no descriptor, no memory, no process is left: that passes
                how = f"could not be started ({error})"
            n_deaths = 1 if loop.time() - began_s > STEADY_AFTER_S else n_deaths + 1
            wait_s = compute_wait_s(n_deaths)
            log.warning("%s %s; starting it again in %.1f s", self._name, how, wait_s)
            await asyncio.sleep(wait_s)

    async def _run_once(self) -> int:
        reading, writing = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "skill_arcade.server.child_process",
                str(reading),
                self._name,
                *self._arguments,
                env=self._environment,
                pass_fds=(reading, *self._inherited),
                # Ctrl-C goes to the terminal's whole group; these stop when the supervisor says so, in its
                # order.
                # Not a session of its own: Linux shares the processor between sessions alike, whatever their niceness.
                process_group=0,
            )
            os.close(reading)
            reading = -1
            await self._may_begin.wait()
            with contextlib.suppress(BrokenPipeError):  # it has died already: its status tells
                os.write(writing, b"\n")
            return await self._process.wait()
        finally:
            os.close(writing)
            if reading >= 0:
                os.close(reading)


def compute_wait_s(n_deaths: int) -> float:
    """How long to wait after so many deaths in a row, each soon after its start."""
    if n_deaths <= QUICK_RESTARTS:
        return 0.0
    return min(FIRST_WAIT_S * 2.0 ** min(n_deaths - QUICK_RESTARTS, 16), LONGEST_WAIT_S)
