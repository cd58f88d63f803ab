"""What a server does once, before anybody comes: it opens data, database and games, and tidies up after the last run.

Loaded late, while the gateway's process loads its own libraries.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.admin_link import describe_lifetime
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.installation import join_installation
from skill_arcade.server.services import Services, open_services
from skill_arcade.server.settings import Settings
from skill_arcade.sessions.spec import Places, SessionLimits
from skill_arcade.sessions.supervision.control import ControlClient
from skill_arcade.sessions.supervision.supervisor import Supervisor

log = logging.getLogger(__name__)


def open_arcade(settings: Settings, address: str, sockets: Path) -> str:
    """Make everything ready for the processes that use it.

    Returns:
        The administrators' link at `address`, and how long it works.

    Raises:
        SkillArcadeError: data folder, database, store or a game file cannot be used; or secret or store are not those
            of the other servers of the database.
    """
    services = open_services(settings, ControlClient(sockets / "supervisor.sock"))
    try:
        join_installation(services)
        _clear_unfinished(services.folder)
        _forget_unbegun(services)
        return f"{address}/?admin={services.logins.make_admin_code()}   ({describe_lifetime()})"
    finally:
        services.database.dispose()


def make_supervisor(settings: Settings, sockets: Path) -> Supervisor:
    """The owner of all sessions."""
    places = Places(DataFolder(settings.data.resolve()).journals, sockets)
    limits = SessionLimits(
        linger_s=settings.linger_s,
        abandon_after_s=settings.abandon_after_s,
        hang_s=settings.hang_s,
    )
    return Supervisor(places, limits, settings.max_sessions, settings.max_templates, settings.admission_cpu_limit)


def _forget_unbegun(services: Services) -> None:
    """No session of this folder lives now: what has no journal never gets one."""
    index = EpisodeIndex(services.database, read_utc_clock, services.server_id)
    for episode_id in index.forget_unbegun(services.folder.journals):
        log.warning("%s never began", episode_id, extra=about(episode_id))


def _clear_unfinished(folder: DataFolder) -> None:
    """What was on its way here from the store when this server was killed is fetched again if it is wanted."""
    for path in (folder.incoming, folder.restoring):
        shutil.rmtree(path, ignore_errors=True)
