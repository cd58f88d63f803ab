"""The process that examines and paints the games; it ends when that is done. It forks, and has one thread.

Neither the database nor pyarrow is loaded here: libraries that keep threads would not survive a fork.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from types import FrameType

from skill_arcade.games.environments import warm
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.examiner import Examiner, NothingKept, ServerGone
from skill_arcade.server.game_conditions import GameConditions
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.settings import Settings, read_settings

logger = logging.getLogger(__name__)


def main(lifeline: int) -> None:
    """Examine what has not been examined, or until the process is asked to stop.

    Args:
        lifeline: see `child_process`; here no thread reads it, because this process forks.
    """
    settings = read_settings()
    set_up_logging("examiner", settings.log_level, settings.log_format)
    signal.signal(signal.SIGTERM, _stop)
    try:
        run_examiner(settings, lifeline)
    except ServerGone:
        sys.exit(1)
    except NothingKept:
        # To be started again would not help: the disk is full, say. The next start of the server tries again.
        logger.error("the games are not all examined, because the data folder cannot be written")  # noqa: TRY400


def run_examiner(settings: Settings, lifeline: int) -> None:
    """Examine and paint every game of the catalogue that needs it.

    Raises:
        ServerGone: the other end of the lifeline is closed.
    """
    began_s = time.monotonic()
    catalogue = load_catalogue(settings)
    conditions = GameConditions(DataFolder(settings.data).pictures, catalogue)
    warm.load()
    Examiner(conditions, lifeline=lifeline).run(catalogue)
    conditions.remove_others()
    logger.info("all %d games are examined (%.0f s)", len(catalogue), time.monotonic() - began_s)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # Raised wherever the examiner is: a child that is at work is ended on the way out.
    sys.exit(0)
