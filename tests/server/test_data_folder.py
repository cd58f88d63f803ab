from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from skill_arcade.archive.layout import journals_folder
from skill_arcade.server.data_folder import DataFolder


def test_many_may_ask_at_once_whether_the_folder_can_be_written(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)

    def ask(_: int) -> None:
        for _ in range(100):
            folder.check_writable()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [None] * 8
    assert list(tmp_path.iterdir()) == []


def test_server_and_readers_look_for_journals_in_one_place(tmp_path: Path) -> None:
    assert DataFolder(tmp_path).journals == journals_folder(tmp_path)
