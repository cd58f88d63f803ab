"""The pipeline stopped and let run in turns, and the lateness of ticks in both."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from tests.waiting import await_true
from typing_extensions import override

from skill_arcade.bench.cpu_times import read_stat
from skill_arcade.bench.durability import halting
from skill_arcade.bench.durability.halting import Alternation, Stretch, alternate, halted
from skill_arcade.bench.durability.on_and_off import compute_p99_ms, on_and_off_figures
from skill_arcade.bench.durability.shipping_status import shipping_figures
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.bench.stretches import Running
from skill_arcade.server.status_board import Fact

US, MS = 1_000, 1_000_000

ON, OFF = Stretch(is_on=True, begin_us=0, end_us=100), Stretch(is_on=False, begin_us=100, end_us=200)
LATER_ON = Stretch(is_on=True, begin_us=200, end_us=300)


def make_running(lateness_ms: dict[int, float]) -> Running:
    """Steps at these times in µs, and how late each was."""
    return Running(tuple(us * US for us in lateness_ms), tuple(round(ms * MS) for ms in lateness_ms.values()), 0)


def test_each_step_counts_in_the_stretch_in_which_it_was_made() -> None:
    episodes = [make_running({0: 1.0, 99: 3.0, 100: 2.0, 250: 5.0}), make_running({150: 4.0, 300: 99.0})]
    assert compute_p99_ms([ON, OFF, LATER_ON], episodes) == {True: [3.0, 5.0], False: [4.0]}


def test_an_episode_with_steps_that_had_no_tick_and_a_stretch_without_steps_are_left_out() -> None:
    through_a_loss = Running((1 * US, 2 * US), (9 * MS,), 0)
    assert compute_p99_ms([ON, OFF], [through_a_loss, make_running({5: 1.0})]) == {True: [1.0], False: []}


def test_medians_are_compared_and_without_both_kinds_there_is_no_ratio() -> None:
    stretches = [Stretch(is_on=i % 2 == 0, begin_us=i * 10, end_us=i * 10 + 10) for i in range(6)]
    late = make_running({5: 2.6, 15: 2.0, 25: 2.7, 35: 1.0, 45: 90.0, 55: 2.0})
    ratio, on, off, n_compared = on_and_off_figures(stretches, [late])
    assert ratio.value == pytest.approx(1.35)
    assert (ratio.must, ratio.met) == (1.3, "no")
    assert (on.value, off.value, n_compared.value) == (2.7, 2.0, 3)
    ratio, *_ = on_and_off_figures(stretches[:1], [late])
    assert (ratio.value, ratio.met) == (None, "no")


class PipelineServer(Server):
    """A server of which only the processes of its pipeline are there, which do nothing."""

    parts: dict[str, list[int]]

    @override
    def pids(self, part: str = "") -> list[int]:
        return self.parts.get(part.strip(), [])


@pytest.fixture
def server() -> Iterator[PipelineServer]:
    server = PipelineServer(Path("data"), port=1)
    with ExitStack() as stack:
        processes = []
        for _ in range(3):
            processes.append(stack.enter_context(subprocess.Popen(["sleep", "60"])))
            stack.callback(processes[-1].kill)
        server.parts = {
            "shipper": [processes[0].pid],
            "sealer": [processes[1].pid],
            "skill_arcade.dataset.verify_child": [processes[2].pid],
        }
        yield server


def read_states(server: PipelineServer) -> set[str]:
    return {read_stat(pid)[0] for pids in server.parts.values() for pid in pids}


def test_all_of_the_pipeline_is_stopped_and_goes_on_even_after_a_failure(server: PipelineServer) -> None:
    def fail() -> None:
        with halted(server):
            assert read_states(server) == {"T"}
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    await_true(lambda: read_states(server) == {"S"})


@pytest.mark.parametrize("missing", ["shipper", "sealer"])
def test_a_pipeline_that_is_not_found_is_not_called_stopped(server: PipelineServer, missing: str) -> None:
    del server.parts[missing]
    with pytest.raises(DidNotHappen, match=f"has no {missing}"), halted(server):
        pass
    assert "T" not in read_states(server)


def test_one_that_does_not_stop_is_told(server: PipelineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halting, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(halting, "_is_running", lambda _pid: True)
    with pytest.raises(DidNotHappen, match="do not stop"), halted(server):
        pass
    monkeypatch.undo()
    await_true(lambda: read_states(server) == {"S"})


def test_turns_are_counted_apart_and_what_lies_between_them_is_not(server: PipelineServer) -> None:
    plan = Alternation(n_pairs=2, off_s=0.02, on_s=0.03, settle_off_s=0.01, settle_on_s=0.01)
    stretches = alternate(server, plan)
    assert [each.is_on for each in stretches] == [False, True, False, True]
    assert all(one.end_us + 10_000 <= other.begin_us for one, other in pairwise(stretches))
    assert plan.all_s == pytest.approx(0.14)


def test_the_processes_of_a_real_server_are_found(tmp_path: Path) -> None:
    """By what stands in their command lines."""
    variable = {"SKILL_ARCADE_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-c", "input()", "11", "shipper", "/tmp/sockets"]
    with subprocess.Popen(command, env=variable, stdin=subprocess.PIPE) as process:
        real = Server(tmp_path / "data", port=1)
        await_true(lambda: real.pids(" shipper ") == [process.pid])
        process.send_signal(signal.SIGKILL)


def make_words(n: int, growing_s: float) -> list[dict[str, Fact]]:
    return [
        {
            "oldest_not_in_store_s": 2.0 + growing_s * i,
            "oldest_not_in_sql_s": 1.0,
            "n_rows_waiting": 100 * i,
            "n_ship_failures": i,
            "n_index_failures": 0,
        }
        for i in range(n)
    ]


def test_what_waits_ever_longer_is_told_and_so_is_what_failed() -> None:
    told = {each.name: each for each in shipping_figures(make_words(9, 0.5), quick=False)}
    growth = told["oldest step that waits for the store, growth"]
    assert growth.value == pytest.approx(1.5)
    assert growth.met == "no"
    assert told["oldest step that waits for SQL, growth"].met == "must"
    assert told["rows that wait in memory, at most"].value == 800
    assert (told["puts and transactions that failed"].value, told["puts and transactions that failed"].met) == (8, "no")


def test_of_a_few_seconds_no_growth_is_concluded_and_of_nothing_no_figure() -> None:
    assert shipping_figures(make_words(9, 0.5), quick=True)[0].met is None
    assert [each.value for each in shipping_figures([], quick=False)] == [None] * 6
