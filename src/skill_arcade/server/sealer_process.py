"""A process that seals episodes, at the lowest priority: people are playing on the same cores.

There may be several. They share the work by locks on the episodes; the first one clears up as well.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import VerifierPool
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.metrics.poster import Poster
from skill_arcade.server.owning.gone_machines import GoneMachines
from skill_arcade.server.owning.orphans import Orphans
from skill_arcade.server.owning.takeover import Takeover
from skill_arcade.server.pipeline_workers import count_pipeline_workers
from skill_arcade.server.repeating import Repeated, repeat_all
from skill_arcade.server.sealing.episode_sealer import EpisodeSealer
from skill_arcade.server.sealing.fence import Fence
from skill_arcade.server.sealing.sealer import LOOK_INTERVAL_S, Sealer
from skill_arcade.server.sealing.share import Share
from skill_arcade.server.sealing.silence import SilenceWatch
from skill_arcade.server.sealing.sweeper import Sweeper
from skill_arcade.server.sealing.workshop import Verify, Workshop
from skill_arcade.server.settings import Settings, read_settings
from skill_arcade.server.status_board import StatusBoard
from skill_arcade.server.stopping import stop_at_signal
from skill_arcade.server.store import open_settings_store, ships_journals

_FAREWELL_S = 5.0
"""A replay that takes longer is given up: the keeper of this process waits twice as long before it kills it."""

_LAST_MOMENT_S = 1.0

ORPHANS_INTERVAL_S = 20.0
GONE_MACHINES_INTERVAL_S = 3600.0

_LEAST_AT_ONCE = 2
"""Also on one core: one episode that hangs is not to hold up all the others."""


def main(number: int = 0, sockets: Path | None = None) -> None:
    """Seal until the process is asked to stop.

    Args:
        number: which of the server's sealers this is, from 0.
        sockets: the folder with the status board; None to post nothing.
    """
    settings = read_settings()
    is_alone = count_pipeline_workers(settings.pipeline_workers) == 1
    set_up_logging("sealer" if is_alone else f"sealer-{number + 1}", settings.log_level, settings.log_format)
    stop = stop_at_signal()
    threading.Thread(target=_end_by_force, args=(stop,), daemon=True).start()
    run_sealer(settings, stop, number, sockets)


def run_sealer(settings: Settings, stop: threading.Event, number: int = 0, sockets: Path | None = None) -> None:
    """Look for ended episodes until `stop` is set.

    What is being sealed then is finished where that takes a few seconds; else it is sealed after the next start.

    Args:
        settings: of the server.
        stop: ends it.
        number: see `main`.
        sockets: see `main`.
    """
    n_processes = count_pipeline_workers(settings.pipeline_workers)
    _use_scratch(DataFolder(settings.data).scratch, number, n_processes)
    database = open_database(settings)
    n_at_once = max(_LEAST_AT_ONCE, VerifierPool.count_by_cores() // n_processes)
    with VerifierPool(n_at_once) as verifiers:
        verify = partial(verifiers.verify, limit_s=settings.verify_timeout_s)
        share = Share(number, n_processes, n_at_once)
        sealer = make_sealer(settings, database, open_settings_store(settings), verify, share)
        threading.Thread(target=_end_when_asked, args=(stop, sealer, verifiers), daemon=True).start()
        if sockets is not None:
            poster = Poster(StatusBoard(sockets), f"sealer-{number + 1}", sealer.status)
            threading.Thread(target=poster.post_until, args=(stop,), daemon=True).start()
        if number == 0 and sockets is not None and ships_journals(settings):
            looking = look_after_the_gone(settings, database)
            threading.Thread(target=repeat_all, args=(looking, stop), daemon=True).start()
        while not stop.is_set():
            sealer.work_until_idle(stop.is_set)
            stop.wait(LOOK_INTERVAL_S)
    database.dispose()


def make_sealer(settings: Settings, database: Database, store: BlobStore, verify: Verify, share: Share) -> Sealer:
    """One of the sealers of a data folder."""
    folder = DataFolder(settings.data)
    server_id = folder.read_machine_id()
    index = EpisodeIndex(database, read_utc_clock, server_id)
    places = folder.journal_places
    staging = None if store.is_local else LocalStore(folder.staging)
    episodes = EpisodeSealer(
        places,
        Workshop(store, staging, verify),
        database,
        EpisodeIndex(database, read_utc_clock),
        Fence(database, index, server_id, is_shared=settings.database_url is not None),
        SilenceWatch(read_utc_clock, time.monotonic),
        abandon_after_s=settings.abandon_after_s,
        utc_clock=read_utc_clock,
    )
    bench = store if isinstance(store, LocalStore) else staging
    sweeper = Sweeper(places, bench, index, is_staging=staging is not None) if share.number == 0 else None
    return Sealer(folder.journals, episodes, sweeper, share, jitter=random.random)


def look_after_the_gone(settings: Settings, database: Database) -> list[Repeated]:
    """What takes over episodes that have lost their server, and clears away what such a server left."""
    folder = DataFolder(settings.data)
    store, server_id = open_settings_store(settings), folder.read_machine_id()
    takeover = Takeover(database, store, server_id, folder.journal_places, utc_clock=read_utc_clock)
    orphans = Orphans(database, takeover, abandon_after_s=settings.abandon_after_s, utc_clock=read_utc_clock)
    machines = GoneMachines(database, store, server_id, utc_clock=read_utc_clock)
    return [
        Repeated("taking over episodes of servers that are no more", orphans.look, ORPHANS_INTERVAL_S),
        Repeated("clearing away what servers left", machines.look, GONE_MACHINES_INTERVAL_S),
    ]


def _end_when_asked(stop: threading.Event, sealer: Sealer, verifiers: VerifierPool) -> None:
    stop.wait()
    sealer.wake()
    time.sleep(_FAREWELL_S)
    verifiers.kill()


def _end_by_force(stop: threading.Event) -> None:
    """End the process where a store that hangs would keep it: whatever it was at is done once more."""
    stop.wait()
    time.sleep(_FAREWELL_S + _LAST_MOMENT_S)
    os._exit(0)


def _use_scratch(scratch: Path, number: int, n_processes: int) -> None:
    """Let this process's temporary files lie where the next one of its number finds and removes them, if it is killed.

    The first one also removes what others have left that there are no more.
    """
    scratch.mkdir(exist_ok=True)
    own = scratch / str(number)
    alive = {str(each) for each in range(n_processes)}
    stale = [path for path in scratch.iterdir() if path.name not in alive] if number == 0 else []
    for path in (own, *stale):
        shutil.rmtree(path, ignore_errors=True)
    own.mkdir(exist_ok=True)  # a replay of the one before may still write there
    tempfile.tempdir = str(own)
