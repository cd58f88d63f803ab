from __future__ import annotations

import pytest

from skill_arcade.server.sealing.waiting_list import WaitingList


def begin(waiting: WaitingList, now_s: float, n_passed_over: int = 0) -> str | None:
    chosen = waiting.find_next(now_s, n_passed_over)
    if chosen is None:
        return None
    chosen.begun_at_s = now_s
    return chosen.name


@pytest.fixture
def waiting() -> WaitingList:
    return WaitingList(lambda: 1.0)


def test_the_one_that_has_waited_longest_comes_first_and_each_once(waiting: WaitingList) -> None:
    waiting.refresh(["c"], 0)
    waiting.refresh(["a", "b", "c"], 1)
    assert [begin(waiting, 2) for _ in range(4)] == ["c", "a", "b", None]
    assert waiting.count_ready(2) == waiting.n_waiting == 3
    for name in "abc":
        waiting.settle(name)
    assert (waiting.n_waiting, waiting.in_work) == (0, [])


def test_who_is_done_with_is_found_again_only_by_a_look(waiting: WaitingList) -> None:
    waiting.refresh(["a"], 0)
    begin(waiting, 0)
    waiting.settle("a")
    assert begin(waiting, 1) is None
    waiting.refresh(["a"], 2)
    assert begin(waiting, 2) == "a"


def test_one_that_is_gone_is_forgotten_unless_somebody_is_at_it(waiting: WaitingList) -> None:
    waiting.refresh(["a", "b"], 0)
    begin(waiting, 0)
    waiting.refresh([], 1)
    assert [each.name for each in waiting.in_work] == ["a"]
    assert waiting.n_waiting == 1


def test_one_that_fails_by_itself_is_tried_ever_more_rarely_and_the_others_are_not_kept_waiting(
    waiting: WaitingList,
) -> None:
    waiting.refresh(["a", "b"], 0)
    tries = []
    for now_s in range(0, 20_000, 10):
        if (name := begin(waiting, now_s)) == "a":
            tries.append(now_s)
            waiting.fail("a", "RecordingError", now_s, is_shared=False)
            assert begin(waiting, now_s) in {"b", None}
            assert waiting.reasons == {"RecordingError": 1}
        if name == "b" or waiting.in_work:
            waiting.settle("b")
    assert tries == [0, 60, 180, 420, 900, 1860, 3780, 7380, 10980, 14580, 18180]
    assert waiting.find_oldest_s(20_000) == 20_000


def test_while_the_store_is_away_one_at_a_time_tries_and_when_it_is_back_all_go_on(waiting: WaitingList) -> None:
    names = [f"{i:02}" for i in range(40)]
    waiting.refresh(names, 0)
    tries: list[tuple[float, str]] = []
    now_s = 0.0
    while now_s < 600:
        if (name := begin(waiting, now_s)) is not None:
            assert not tries or begin(waiting, now_s) is None
            tries.append((now_s, name))
            waiting.fail(name, "StoreAway", now_s, is_shared=True)
        now_s += 1
    assert [at_s for at_s, _ in tries] == [0, 1, 3, 7, 15, 31, 63, *range(123, 600, 60)]
    assert begin(waiting, now_s + 60) is not None
    (chosen,) = waiting.in_work
    waiting.settle(chosen.name)
    assert waiting.note_all_is_there(now_s + 60) == len(tries)
    assert sum(begin(waiting, now_s + 60) is not None for _ in range(50)) == 39


def test_one_that_alone_cannot_be_stored_holds_up_the_others_for_a_moment_only(waiting: WaitingList) -> None:
    waiting.refresh([f"{i:02}" for i in range(10)], 0)
    done: list[str] = []
    now_s = 0.0
    while len(done) < 9:
        name = begin(waiting, now_s)
        if name == "00":
            waiting.fail(name, "StoreAway", now_s, is_shared=True)
        elif name is not None:
            waiting.settle(name)
            waiting.note_all_is_there(now_s)
            done.append(name)
        now_s += 0.5
        assert now_s < 30


def test_a_kept_one_is_not_taken_up_again_and_counts_as_kept_while_it_is_there(waiting: WaitingList) -> None:
    waiting.refresh(["a"], 0)
    begin(waiting, 0)
    waiting.keep("a")
    waiting.refresh(["a"], 1)
    assert (begin(waiting, 1), waiting.n_kept, waiting.n_waiting) == (None, 1, 0)
    waiting.refresh([], 2)
    assert waiting.n_kept == 0


def test_one_that_another_process_is_at_is_looked_at_again_later(waiting: WaitingList) -> None:
    waiting.refresh(["a"], 0)
    begin(waiting, 0)
    waiting.postpone("a", 2)
    assert (begin(waiting, 1), begin(waiting, 2)) == (None, "a")


def test_processes_pass_over_those_that_are_for_the_ones_before_them(waiting: WaitingList) -> None:
    waiting.refresh(["a", "b", "c"], 0)
    assert begin(waiting, 0, n_passed_over=1) == "b"
    assert begin(waiting, 0, n_passed_over=5) == "c"
    assert begin(waiting, 0, n_passed_over=1) == "a"
