"""What is looked at beside something else: a look that failed is told, not left out of a figure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from skill_arcade.bench.sampling import looking, sampling

Watching = Callable[[Callable[[], None], float], AbstractContextManager[None]]


class Eye:
    """Looks, and fails at it if a test wants that."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.has_looked = threading.Event()

    def look(self) -> None:
        self.has_looked.set()
        if self.failure is not None:
            raise self.failure


@pytest.mark.parametrize("watching", [sampling, looking])
def test_what_a_look_raised_is_raised_at_the_end(watching: Watching) -> None:
    eye = Eye(ValueError("no gateway"))
    with pytest.raises(ValueError, match="no gateway"), watching(eye.look, 0.0):
        assert eye.has_looked.wait(10)


@pytest.mark.parametrize("watching", [sampling, looking])
def test_what_failed_meanwhile_is_told_first(watching: Watching) -> None:
    eye = Eye(ValueError("no gateway"))

    def fail() -> None:
        with watching(eye.look, 0.0):
            assert eye.has_looked.wait(10)
            raise KeyError

    with pytest.raises(KeyError):
        fail()


@pytest.mark.parametrize("watching", [sampling, looking])
def test_nobody_looks_after_the_end(watching: Watching) -> None:
    eye = Eye()
    with watching(eye.look, 3600.0):
        pass
    assert not eye.has_looked.is_set()
