"""The process that gets journals onto the disk, into the store and their steps into SQL.

Four loops, each in a thread of its own, since each waits for something else: the disk, the database, the store, other
servers. None waits for another.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from uuid import UUID

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.database.episodes import fetch_episode
from skill_arcade.database.ownership import release_all
from skill_arcade.database.servers import note_stopped
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.shipper import Shipper
from skill_arcade.recorder.shipper_status import ShipperStatus
from skill_arcade.recorder.spool.spooler import Spooler
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import find_database_url
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.owning.heartbeat import beat_again_and_again, beating
from skill_arcade.server.owning.steward import LOOK_EVERY_S, Steward
from skill_arcade.server.repeating import Repeated, repeat_all
from skill_arcade.server.settings import Settings, read_settings
from skill_arcade.server.status_board import Fact, StatusBoard
from skill_arcade.server.stopping import stop_at_signal
from skill_arcade.server.store import open_settings_store, ships_journals
from skill_arcade.sessions.spec import Places
from skill_arcade.sessions.supervision.control import ControlClient

SYNC_INTERVAL_S = 0.35
"""What a power loss may take, but for the sync itself: half a second in all. LIVE-60 tells players at most as often."""

ROWS_INTERVAL_S = 2.0
STATUS_INTERVAL_S = 1.0

LAST_SHIPPING_S = 4.5
"""How long the last journals may take to the store: a cloud's patience ends ten seconds after it asked us to stop."""

logger = logging.getLogger(__name__)


def main(sockets: Path) -> None:
    """Ship until the process is asked to stop.

    Args:
        sockets: the folder where the supervisor listens.
    """
    settings = read_settings()
    set_up_logging("shipper", settings.log_level, settings.log_format)
    run_shipper(settings, sockets, stop_at_signal())


def run_shipper(settings: Settings, sockets: Path, stop: threading.Event) -> None:
    """Ship until `stop` is set; then everything that was written is synced, shipped and indexed once more."""
    folder = DataFolder(settings.data)
    # Not `open_database`, which looks at the schema: journals are synced and shipped while the database is away, too.
    database = Database(find_database_url(settings))
    server_id = folder.read_machine_id()
    is_released = partial(is_sealed, database)
    spooler = _make_spooler(settings, folder, server_id, is_released)
    index = EpisodeIndex(database, read_utc_clock, server_id) if settings.live_rows and settings.recording else None
    moved: SimpleQueue[UUID] = SimpleQueue()
    shipper = Shipper(folder.journals, index, spooler=spooler, on_moved=moved.put, is_released=is_released)
    steward = Steward(
        database,
        server_id,
        ControlClient(Places(folder.journals, sockets).supervisor_socket),
        folder.journal_places,
        moved,
        ship_out=lambda episode_id: shipper.ship_all(folder.journals / str(episode_id)),
        gone_after_s=settings.gone_after_s,
        utc_clock=read_utc_clock,
    )
    repeat_all(_list_work(settings, sockets, shipper, steward), stop)
    shipper.sync()
    with beating(steward.beat):  # or another server takes what is on its way
        is_shipped = spooler is not None and _ship_the_rest(shipper)
    _finish(shipper, database, server_id, releases=is_shipped)


def _list_work(settings: Settings, sockets: Path, shipper: Shipper, steward: Steward) -> list[Repeated]:
    board = StatusBoard(sockets)
    ended = threading.Event()

    def sync() -> None:
        if shipper.sync():
            ended.set()  # whoever asks for such an episode is not to be told for long that it runs

    def write_rows() -> float | None:
        return None if shipper.write_rows() else 0.0

    return [
        Repeated("syncing journals", sync, SYNC_INTERVAL_S),
        Repeated("indexing steps", write_rows, ROWS_INTERVAL_S, nudge=ended),
        Repeated("shipping journals", shipper.ship, settings.ship_interval_s),
        beat_again_and_again(steward.beat),
        Repeated("looking after other servers", steward.look, LOOK_EVERY_S),
        Repeated("telling how it goes", lambda: board.post("shipper", _describe(shipper.status())), STATUS_INTERVAL_S),
    ]


def _describe(status: ShipperStatus) -> dict[str, Fact]:
    return {name: value for name, value in asdict(status).items() if value is not None}


def is_sealed(database: Database, episode_id: UUID) -> bool:
    """Whether nobody needs the journals of an episode any more.

    What the index does not know is kept: only its row is gone, as in a database that was put back, and its journals
    may be nowhere else. What is forgotten as it never began has none in the store.

    Raises:
        DataFolderError: the database cannot be used now.
    """
    with database.read() as session:
        row = fetch_episode(session, episode_id)
    return row is not None and row.sealed


def _make_spooler(
    settings: Settings, folder: DataFolder, server_id: UUID, is_released: Callable[[UUID], bool]
) -> Spooler | None:
    if not ships_journals(settings):
        return None
    return Spooler(folder.journals, open_settings_store(settings), server_id, is_released=is_released)


def _ship_the_rest(shipper: Shipper) -> bool:
    is_shipped = shipper.ship_all(timeout_s=LAST_SHIPPING_S)
    if not is_shipped:
        logger.error(
            "not all journals are in the store: they are in the data folder, and go there after the next start"
        )
    return is_shipped


def _finish(shipper: Shipper, database: Database, server_id: UUID, *, releases: bool) -> None:
    """What was written last goes into the index, which is told that this server stops."""
    try:
        shipper.write_rows()
        with database.write() as work:
            if releases:
                release_all(work, server_id)  # their players may go on at once, wherever they come
            note_stopped(work, server_id, read_utc_clock())
    except SkillArcadeError as error:
        logger.warning("the database was not told that this server stops: %s", error)
    finally:
        database.dispose()
