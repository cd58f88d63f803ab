from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.waiting import await_true

from skill_arcade.domain.errors import StoreAway
from skill_arcade.server.repeating import LONGEST_WAIT_S, Repeated, compute_wait_s, repeat_all


class Running:
    """`repeat_all` in a thread of its own; what it raised is raised where the block ends."""

    def __init__(self, *works: Repeated) -> None:
        self.stop = threading.Event()
        self._fault: BaseException | None = None
        self._works = works
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            repeat_all(self._works, self.stop)
        except BaseException as error:  # noqa: BLE001 - it is raised where the block ends
            self._fault = error

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join()
        if self._fault is not None:
            raise self._fault


class Counted:
    """Work that fails as long as it is told to, and counts how often it was done."""

    def __init__(self) -> None:
        self.n_tries = 0
        self.n_done = 0
        self.fault: Exception | None = None

    def __call__(self) -> None:
        self.n_tries += 1
        if self.fault is not None:
            raise self.fault
        self.n_done += 1


def test_what_fails_is_tried_again_without_end_and_holds_up_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    failing, sound = Counted(), Counted()
    failing.fault = StoreAway("The store does not answer.")
    with Running(Repeated("shipping", failing, 0.001), Repeated("syncing", sound, 0.001)):
        await_true(lambda: failing.n_tries >= 5 and sound.n_done >= 20)
        failing.fault = None
        await_true(lambda: failing.n_done >= 2)
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "shipping does not work now and is tried again: The store does not answer."
    assert told[1].startswith("shipping works again, after ")
    assert len(told) == 2, "an outage is told when it begins and when it ends, not once a second"


def test_a_fault_of_the_program_ends_all_of_the_work_and_is_raised() -> None:
    broken, sound = Counted(), Counted()
    broken.fault = ZeroDivisionError("a fault")
    with pytest.raises(ZeroDivisionError), Running(Repeated("a", broken, 10.0), Repeated("b", sound, 0.001)) as running:
        await_true(running.stop.is_set)


def test_work_that_hangs_does_not_keep_a_server_from_stopping() -> None:
    never = threading.Event()
    with Running(Repeated("hanging", lambda: print(never.wait(60)), 1.0)):
        pass  # the block ends, though the work does not
    never.set()


def test_work_may_say_when_it_is_to_be_done_again() -> None:
    times: list[float] = []

    def work() -> float:
        times.append(0.0)
        return 0.001

    with Running(Repeated("shipping", work, 3600.0)):
        await_true(lambda: len(times) >= 3)


def test_a_nudge_lets_the_next_time_begin_at_once() -> None:
    work = Counted()
    repeated = Repeated("indexing", work, 3600.0)
    with Running(repeated):
        await_true(lambda: work.n_done == 1)
        repeated.nudge.set()
        await_true(lambda: work.n_done == 2)


@given(st.floats(0.01, 10), st.integers(1, 10_000), st.floats(0, 1))
def test_waits_grow_with_failures_and_stay_bounded(interval_s: float, n_failures: int, dice: float) -> None:
    wait_s = compute_wait_s(interval_s, LONGEST_WAIT_S, n_failures, dice)
    assert 0 < wait_s <= max(LONGEST_WAIT_S, interval_s)
    assert compute_wait_s(interval_s, LONGEST_WAIT_S, n_failures + 1, dice) >= wait_s
    assert compute_wait_s(interval_s, LONGEST_WAIT_S, 0, dice) == interval_s
