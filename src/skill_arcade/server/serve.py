"""`skill-arcade serve`: puts the processes together, says where to go, and stops them in order.

serve (supervisor) ─┬─ gateway   HTTP and WebSockets, on a socket that this process holds; several on large machines
                    ├─ nursery ── templates ── sessions
                    ├─ shipper   journals to the disk, to the store and into SQL; keeps in touch with other servers
                    ├─ sealer    ended episodes to Parquet, verified, into the store; several on large machines
                    └─ examiner  tries and paints the games, then ends
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import resource
import shutil
import signal
import socket
from pathlib import Path

from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.games.environments import warm
from skill_arcade.server.address import find_address, find_name
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.keeper import Keeper
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.metrics.poster import Poster
from skill_arcade.server.pipeline_workers import count_pipeline_workers
from skill_arcade.server.settings import PREFIX, SECRETS, Settings
from skill_arcade.server.socket_folder import make_socket_folder
from skill_arcade.server.status_board import StatusBoard

log = logging.getLogger(__name__)

_BACKLOG = 512
_HEALTH_INTERVAL_S = 0.05
_START_PATIENCE_S = 60.0
_CORES_A_GATEWAY = 16
MOST_FILES = 65_536


class PortInUse(SkillArcadeError):
    """Another program listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} of {host} is in use by another program: stop it, or choose another port with PORT=…"
        )


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        PortInUse: another program listens there.
        DataFolderInUse: another server uses the data folder.
        SkillArcadeError: data folder, database or a game file cannot be used.
    """
    set_up_logging("serve", settings.log_level, settings.log_format)
    _allow_many_files()
    folder = DataFolder(settings.data)
    folder.prepare()
    with folder.occupied():
        _serve_alone(settings)


def _allow_many_files() -> None:
    """As many open files as the system lets us have: supervisor and shipper hold some for every game."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # a system with a lower bound of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(MOST_FILES, hard)), hard))


def _serve_alone(settings: Settings) -> None:
    listener = _listen(settings)
    sockets = make_socket_folder()
    try:
        asyncio.run(_House(settings, listener, sockets).run())
    finally:
        listener.close()
        shutil.rmtree(sockets, ignore_errors=True)


def _listen(settings: Settings) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(settings.host, settings.port) from None
        raise SkillArcadeError(f"Cannot listen on {settings.host}, port {settings.port}: {error.strerror}.") from None
    return listener


class _House:
    """All processes of one server."""

    def __init__(self, settings: Settings, listener: socket.socket, sockets: Path) -> None:
        self._settings = settings
        self._sockets = sockets
        self._host, self._port = listener.getsockname()[:2]
        self._address = find_address(settings.host, self._port)
        environment = {**os.environ, **_as_environment(settings, self._port)}
        # They share the listening socket, and nothing else: each connection is taken by one that has time.
        self._gateways = [
            Keeper("gateway", [str(listener.fileno()), str(number), str(sockets)], environment, [listener.fileno()])
            for number in range(1, 1 + (settings.gateways or _count_gateways()))
        ]
        self._shipper = Keeper("shipper", [str(sockets)], environment)
        # At the lowest priority: nobody waits for them.
        self._background = [
            Keeper("sealer", [str(number), str(sockets)], environment)
            for number in range(count_pipeline_workers(settings.pipeline_workers))
        ]
        if settings.examine_games:
            self._background.append(Keeper("examiner", [], {**environment, **warm.ENVIRONMENT}, until_done=True))

    async def run(self) -> None:
        """Until asked to stop."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        # It takes longest to load, and does that while data, database and games are opened here: what is wrong with
        # them is said once, before any process touches them.
        for gateway in self._gateways:
            gateway.prepare()
        try:
            entrance = await asyncio.to_thread(self._open)
        except BaseException:
            await self._stop_gateways()
            raise
        from skill_arcade.server.opening import make_supervisor  # noqa: PLC0415 - as in `_open`

        supervisor = make_supervisor(self._settings, self._sockets)
        await supervisor.start()
        for gateway in self._gateways:
            gateway.start()
        announcing = asyncio.create_task(self._announce(entrance))
        poster = Poster(StatusBoard(self._sockets), "supervisor", supervisor.describe)
        posting = asyncio.create_task(poster.post_forever())
        await stop.wait()
        announcing.cancel()
        posting.cancel()
        print("Stopping. Games that are running are kept and can be resumed.", flush=True)
        # They leave the processors to those that have to be done in time.
        background = [asyncio.create_task(worker.stop()) for worker in self._background]
        # Sessions first: they tell their players to come back, and what they wrote last is to be shipped.
        await supervisor.put_aside()
        await asyncio.gather(self._shipper.stop(), self._stop_gateways(), supervisor.stop(), *background)

    async def _stop_gateways(self) -> None:
        await asyncio.gather(*(gateway.stop() for gateway in self._gateways))

    def _open(self) -> str:
        # Imported late: half a second, in which the gateway's process starts.
        from skill_arcade.server.opening import open_arcade  # noqa: PLC0415

        return open_arcade(self._settings, self._address, self._sockets)

    async def _announce(self, entrance: str) -> None:
        """Start the workers when the gateway answers; say where to go once somebody who goes there finds games."""
        deadline_s = asyncio.get_running_loop().time() + _START_PATIENCE_S
        while (status := await self._ask_health()) != b"200" and asyncio.get_running_loop().time() < deadline_s:
            if status:
                self._start_workers()
            await asyncio.sleep(_HEALTH_INTERVAL_S)
        self._start_workers()
        if status != b"200":
            log.error("The server does not become ready; the lines above say why.")
            return
        print(
            f"\nSkill Arcade is open:  {self._address}\nAdministrators enter:  {entrance}\nCtrl-C stops it.\n",
            flush=True,
        )

    def _start_workers(self) -> None:
        """Nobody who plays waits for them: they leave the processor to those that let players in."""
        for worker in (self._shipper, *self._background):
            worker.start()

    async def _ask_health(self) -> bytes:
        """The status of the gateway's health; empty where nobody answers."""
        try:
            async with asyncio.timeout(_START_PATIENCE_S):
                reader, writer = await asyncio.open_connection(find_name(self._host), self._port)
                try:
                    # Reached by number, called by a name that is always allowed, whatever names the settings allow.
                    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    return (await reader.readline()).split()[1]
                finally:
                    writer.close()
        except (OSError, IndexError):
            return b""


def _count_gateways() -> int:
    """One for each sixteen processors, and one: a gateway has nothing to do with pictures, only with those who come."""
    return 1 + (os.cpu_count() or 1) // _CORES_A_GATEWAY


def _as_environment(settings: Settings, port: int) -> dict[str, str]:
    """The settings for the other processes, so that those of the command line reach them too."""
    # Secrets come by the environment alone, which the other processes have anyway.
    values = settings.model_copy(update={"port": port, "data": settings.data.resolve()}).model_dump(
        mode="json", exclude_none=True, exclude=set(SECRETS)
    )
    return {
        f"{PREFIX}{name.upper()}": ",".join(value) if isinstance(value, list) else str(value)
        for name, value in values.items()
    }
