"""How gateway, shipper, sealer and examiner begin: each a process of its own that ends when the supervisor does."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from skill_arcade.server.lowest_priority import yield_to_players


def main() -> None:
    """Entry: `python -m skill_arcade.server.child_process LIFELINE NAME [ARGUMENT…]`.

    LIFELINE is the reading end of a pipe whose other end only the supervisor has. A byte in it is the word to begin:
    until then the process loads its libraries and touches nothing.
    """
    lifeline, name, *arguments = int(sys.argv[1]), *sys.argv[2:]
    if name in {"sealer", "examiner"}:
        yield_to_players()
    # What is loaded stays: to look through it for garbage, again and again while it grows, takes a tenth of the time.
    gc.disable()
    work = _load(name, arguments, lifeline)
    gc.freeze()
    gc.enable()
    if not os.read(lifeline, 1):
        return
    if name != "examiner":  # it forks, and a fork wants one thread: it watches its lifeline itself
        threading.Thread(target=_end_with_supervisor, args=(lifeline,), daemon=True).start()
    work()


def _load(name: str, arguments: Sequence[str], lifeline: int) -> Callable[[], None]:
    """Load what the process needs; what it does."""
    # Imported late: each process loads what it needs, and starts the sooner.
    match name:
        case "gateway":
            from skill_arcade.server import gateway_process  # noqa: PLC0415

            return partial(gateway_process.main, int(arguments[0]), int(arguments[1]), Path(arguments[2]))
        case "shipper":
            from skill_arcade.server import shipper_process  # noqa: PLC0415

            return partial(shipper_process.main, Path(arguments[0]))
        case "sealer":
            from skill_arcade.server import sealer_process  # noqa: PLC0415

            return partial(sealer_process.main, int(arguments[0]), Path(arguments[1]))
        case "examiner":
            from skill_arcade.server import examiner_process  # noqa: PLC0415

            return partial(examiner_process.main, lifeline)
        case _:
            sys.exit(f"there is no process {name!r}")


def _end_with_supervisor(lifeline: int) -> None:
    """Block until the supervisor is gone, then ask this process to stop in order."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
