"""The process that seals episodes, at the lowest priority: people are playing on the same cores."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.archive.local import LocalStore
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import VerifierPool
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.sealer import Sealer, SealerPlaces
from skill_arcade.server.settings import Settings, read_settings
from skill_arcade.server.stopping import stop_at_signal

LOOK_INTERVAL_S = 2.0

_FAREWELL_S = 5.0
"""A replay that takes longer is given up: the keeper of this process waits twice as long before it kills it."""


def main() -> None:
    """Seal until the process is asked to stop."""
    settings = read_settings()
    set_up_logging("sealer", settings.log_level)
    stop = stop_at_signal()
    run_sealer(settings, stop)


def run_sealer(settings: Settings, stop: threading.Event) -> None:
    """Look for ended episodes until `stop` is set.

    What is being sealed then is finished where that takes a few seconds; else it is sealed after the next start.
    """
    _use_scratch(DataFolder(settings.data).scratch)
    database = open_database(settings)
    with VerifierPool() as verifiers:
        sealer = make_sealer(settings, database, verifiers)
        threading.Thread(target=_give_up_after, args=(stop, verifiers), daemon=True).start()
        while not stop.is_set():
            sealer.run_once(stop.is_set)
            stop.wait(LOOK_INTERVAL_S)
    database.dispose()


def _give_up_after(stop: threading.Event, verifiers: VerifierPool) -> None:
    stop.wait()
    time.sleep(_FAREWELL_S)
    verifiers.kill()


def _use_scratch(folder: Path) -> None:
    """Let this process's temporary files lie where the next one finds and removes them, should it be killed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)  # a replay of the one before may still write there
    tempfile.tempdir = str(folder)


def make_sealer(settings: Settings, database: Database, verifiers: VerifierPool) -> Sealer:
    """The sealer of a data folder."""
    folder = DataFolder(settings.data)
    return Sealer(
        SealerPlaces(folder.journals, folder.removed),
        LocalStore(folder.root),
        database,
        abandon_after_s=settings.abandon_after_s,
        verify=partial(verifiers.verify, limit_s=settings.verify_timeout_s),
        n_at_once=verifiers.n_at_once,
        utc_clock=read_utc_clock,
    )
