from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.serving import free_port, serving

from skill_arcade.archive.layout import journals_folder
from skill_arcade.server.data_folder import DataFolder, DataFolderInUse


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


def test_a_folder_has_one_server_until_that_is_done(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.occupied(), pytest.raises(DataFolderInUse, match=rf"\(pid {os.getpid()}\): stop it, or choose"):
        folder.occupied().__enter__()
    with folder.occupied():
        pass


def test_a_second_server_says_so_in_one_line_and_one_whose_server_was_killed_starts_at_once(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        assert server.process is not None
        second = server.run_cli("serve", "--port", str(free_port()))
        assert second.returncode == 1
        (line,) = second.stderr.splitlines()
        assert f"Another server uses this data folder (pid {server.process.pid}): stop it" in line
        helpers = server.pids("skill_arcade.server.child_process")
        assert helpers
        # The helpers are still there when it dies; none of them holds the lock for it.
        server.process.kill()
        server.process.wait()
        with DataFolder(server.data).occupied():
            pass
        server.kill(server.pids())
        server.start()
