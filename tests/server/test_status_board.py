from __future__ import annotations

import threading
from pathlib import Path

import pytest

from skill_arcade.server.status_board import AGE, StatusBoard


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_the_last_word_of_each_process_is_read_with_its_age(tmp_path: Path) -> None:
    clock = Clock()
    board = StatusBoard(tmp_path, clock)
    assert board.read() == {}
    board.post("shipper", {"n_waiting": 3, "oldest_s": 0.5, "word": "x"})
    clock.now_s += 4
    board.post("gateway-1", {})
    board.post("gateway-2", {"n": 1})
    clock.now_s += 1
    assert board.read() == {
        "shipper": {"n_waiting": 3, "oldest_s": 0.5, "word": "x", AGE: 5.0},
        "gateway-1": {AGE: 1.0},
        "gateway-2": {"n": 1, AGE: 1.0},
    }


def test_a_new_word_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    board = StatusBoard(tmp_path, Clock())
    board.post("shipper", {"old": 1, "n": 1})
    board.post("shipper", {"n": 2})
    assert board.read() == {"shipper": {"n": 2, AGE: 0.0}}
    assert [path.name for path in tmp_path.iterdir()] == ["shipper.status"]


def test_whoever_reads_while_others_post_reads_whole_words(tmp_path: Path) -> None:
    board = StatusBoard(tmp_path)
    board.post("shipper", dict.fromkeys((f"fact {i}" for i in range(200)), 0))
    stop = threading.Event()

    def post() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            board.post("shipper", dict.fromkeys((f"fact {i}" for i in range(200)), number))

    poster = threading.Thread(target=post)
    poster.start()
    try:
        for _ in range(300):
            (said,) = board.read().values()
            assert len({value for name, value in said.items() if name != AGE}) == 1
    finally:
        stop.set()
        poster.join()


def test_where_nothing_can_be_written_the_last_word_grows_old_and_nothing_else_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    board = StatusBoard(tmp_path, clock)
    board.post("shipper", {"n": 1})

    def fail(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    clock.now_s += 7
    board.post("shipper", {"n": 2})
    assert board.read() == {"shipper": {"n": 1, AGE: 7.0}}


def test_a_folder_that_is_gone_says_nothing(tmp_path: Path) -> None:
    board = StatusBoard(tmp_path / "gone")
    board.post("shipper", {"n": 1})
    assert board.read() == {}
