from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from skill_arcade.games.examining.own_clock import OwnClock


def burn(cpu: int) -> None:
    os.sched_setaffinity(0, {cpu})
    while True:
        pass


def work(cpu_ns: int) -> None:
    end_ns = time.thread_time_ns() + cpu_ns
    while time.thread_time_ns() < end_ns:
        pass


@pytest.mark.skipif(not Path("/proc/thread-self/schedstat").exists(), reason="this system does not tell it")
def test_time_in_which_others_have_the_processor_is_not_counted() -> None:
    before = os.sched_getaffinity(0)
    cpu = min(before)
    others = [multiprocessing.get_context("spawn").Process(target=burn, args=(cpu,), daemon=True) for _ in range(3)]
    try:
        os.sched_setaffinity(0, {cpu})
        for other in others:
            other.start()
        with closing(OwnClock()) as clock:
            work(200_000_000)  # until they all run
            began_ns, began_own_ns = time.perf_counter_ns(), clock.read_ns()
            work(200_000_000)
            everybodys_ns, own_ns = time.perf_counter_ns() - began_ns, clock.read_ns() - began_own_ns
    finally:
        os.sched_setaffinity(0, before)
        for other in others:
            other.kill()
            other.join()
    assert 200_000_000 <= own_ns < everybodys_ns


def test_the_time_of_another_process_goes_on_while_it_waits_by_itself() -> None:
    with closing(OwnClock(os.getppid())) as clock:
        began_ns = clock.read_ns()
        time.sleep(0.02)
        assert clock.read_ns() > began_ns


def test_waiting_is_counted() -> None:
    with closing(OwnClock()) as clock:
        began_ns = clock.read_ns()
        time.sleep(0.02)
        assert clock.read_ns() - began_ns > 10_000_000


def test_where_the_system_does_not_tell_it_is_everybodys_time() -> None:
    clock = OwnClock()
    clock.close()
    before_ns = time.perf_counter_ns()
    assert before_ns <= clock.read_ns() <= time.perf_counter_ns()
    clock.close()
