"""The signs of life by which other servers know that this one is there (REC-32).

They come from a thread of their own: a server that waits for a store, or for a journal to leave, is not silent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from skill_arcade.server.repeating import Repeated, repeat_all

BEAT_EVERY_S = 1.0


def beat_again_and_again(beat: Callable[[], None]) -> Repeated:
    """Beats as work that is repeated: after the database was away the next one comes no later than otherwise."""
    return Repeated("giving signs of life", beat, BEAT_EVERY_S, longest_wait_s=BEAT_EVERY_S)


@contextmanager
def beating(beat: Callable[[], None]) -> Iterator[None]:
    """Give signs of life meanwhile."""
    stop = threading.Event()
    thread = threading.Thread(target=repeat_all, args=([beat_again_and_again(beat)], stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
