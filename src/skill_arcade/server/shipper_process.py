"""The process that gets journals onto the disk and their steps into SQL."""

from __future__ import annotations

import threading
import time

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.shipper import Shipper
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.settings import Settings, read_settings
from skill_arcade.server.stopping import stop_at_signal

SYNC_INTERVAL_S = 0.35
"""What a power loss may take, but for the sync itself: half a second in all. LIVE-60 tells players at most as often."""

ROWS_INTERVAL_S = 2.0


def main() -> None:
    """Ship until the process is asked to stop."""
    settings = read_settings()
    set_up_logging("shipper", settings.log_level)
    run_shipper(settings, stop_at_signal())


def run_shipper(settings: Settings, stop: threading.Event) -> None:
    """Ship until `stop` is set; then everything that was written is synced and indexed once more."""
    folder = DataFolder(settings.data)
    database = open_database(settings)
    index = EpisodeIndex(database, read_utc_clock) if settings.live_rows and settings.recording else None
    shipper = Shipper(folder.journals, index)
    rows_due_s = time.monotonic()
    while not stop.is_set():
        began_at_s = time.monotonic()
        n_ended = shipper.sync()
        if n_ended or began_at_s >= rows_due_s:
            shipper.write_rows()
            rows_due_s = began_at_s + ROWS_INTERVAL_S
        stop.wait(max(0.0, SYNC_INTERVAL_S - (time.monotonic() - began_at_s)))
    shipper.sync()
    shipper.write_rows()
    database.dispose()
