"""`skill-arcade serve`: puts the processes together, says where to go, and stops them in order.

serve (supervisor) ─┬─ gateway   HTTP and WebSockets, on a socket that this process holds
                    ├─ nursery ── templates ── sessions
                    ├─ shipper   journals to the disk and into SQL
                    ├─ sealer    ended episodes to Parquet, verified
                    └─ examiner  tries and paints the games, then ends
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import signal
import socket
import tempfile
from pathlib import Path

import httpx

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.games.environments import warm
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.admin_link import describe_lifetime, find_address
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.keeper import Keeper
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.services import Services, open_services
from skill_arcade.server.settings import PREFIX, Settings
from skill_arcade.sessions.spec import Places, SessionLimits
from skill_arcade.sessions.supervision.control import ControlClient
from skill_arcade.sessions.supervision.supervisor import Supervisor

log = logging.getLogger(__name__)

_BACKLOG = 512
_HEALTH_INTERVAL_S = 0.05
_START_PATIENCE_S = 60.0


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
    set_up_logging("serve", settings.log_level)
    folder = DataFolder(settings.data)
    folder.prepare()
    with folder.occupied():
        _serve_alone(settings)


def _serve_alone(settings: Settings) -> None:
    listener = _listen(settings)
    sockets = Path(tempfile.mkdtemp(prefix="skill-arcade-"))
    try:
        # Opened here first: what is wrong with data, database or games is said once, before any process
        # starts.
        services = open_services(settings, ControlClient(sockets / "supervisor.sock"))
        code = services.logins.make_admin_code()
        _forget_unbegun(services)
        services.database.dispose()
        asyncio.run(_House(settings, listener, sockets, code).run())
    finally:
        listener.close()
        shutil.rmtree(sockets, ignore_errors=True)


def _forget_unbegun(services: Services) -> None:
    """No session of this folder lives now: what has no journal never gets one. Other servers' episodes still may."""
    if services.settings.database_url is None:
        index = EpisodeIndex(services.database, read_utc_clock)
        for episode_id in index.forget_unbegun(services.folder.journals):
            log.warning("%s never began", episode_id)


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

    def __init__(self, settings: Settings, listener: socket.socket, sockets: Path, admin_code: str) -> None:
        self._settings = settings
        self._admin_code = admin_code
        host, port = listener.getsockname()[:2]
        self._address = find_address(settings.host, port)
        self._health = f"{find_address(host, port)}/healthz"
        places = Places(DataFolder(settings.data.resolve()).journals, sockets)
        limits = SessionLimits(
            linger_s=settings.linger_s,
            abandon_after_s=settings.abandon_after_s,
            hang_s=settings.hang_s,
        )
        self._supervisor = Supervisor(places, limits, settings.max_sessions, settings.max_templates)
        environment = {**os.environ, **_as_environment(settings, port)}
        gateway = Keeper("gateway", [str(listener.fileno()), str(sockets)], environment, [listener.fileno()])
        self._gateway = gateway
        self._workers = [Keeper(name, [], environment) for name in ("shipper", "sealer")]
        if settings.examine_games:
            self._workers.append(Keeper("examiner", [], {**environment, **warm.ENVIRONMENT}, until_done=True))

    async def run(self) -> None:
        """Until asked to stop."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await self._supervisor.start()
        for keeper in (self._gateway, *self._workers):
            keeper.start()
        announcing = asyncio.create_task(self._announce())
        await stop.wait()
        announcing.cancel()
        print("Stopping. Games that are running are kept and can be resumed after the next start.", flush=True)
        # Sessions first: they tell their players to come back.
        await self._supervisor.stop()
        await self._gateway.stop()
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    async def _announce(self) -> None:
        """Say where to go, once somebody who goes there finds games."""
        deadline_s = asyncio.get_running_loop().time() + _START_PATIENCE_S
        # Reached by number, called by a name that is always allowed, whatever names the settings allow.
        async with httpx.AsyncClient(trust_env=False, headers={"Host": "localhost"}) as client:
            while asyncio.get_running_loop().time() < deadline_s:
                try:
                    if (await client.get(self._health)).status_code == httpx.codes.OK:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(_HEALTH_INTERVAL_S)
            else:
                log.error("The server does not become ready; the lines above say why.")
                return
        print(
            f"\nSkill Arcade is open:  {self._address}\n"
            f"Administrators enter:  {self._address}/?admin={self._admin_code}   ({describe_lifetime()})\n"
            "Ctrl-C stops it.\n",
            flush=True,
        )


def _as_environment(settings: Settings, port: int) -> dict[str, str]:
    """The settings for the other processes, so that those of the command line reach them too."""
    values = settings.model_copy(update={"port": port, "data": settings.data.resolve()}).model_dump(
        mode="json", exclude_none=True
    )
    return {
        f"{PREFIX}{name.upper()}": ",".join(value) if isinstance(value, list) else str(value)
        for name, value in values.items()
    }
