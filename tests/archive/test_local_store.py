from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from skill_arcade.archive.local import LocalStore
from skill_arcade.domain.errors import StorageFull


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=65536", "tmpfs", str(folder)]
    mount = subprocess.run(command, capture_output=True, check=False)
    if mount.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mount.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_nothing_behind(small_disk: Path) -> None:
    """REC-35: never half a file."""
    store = LocalStore(small_disk)
    with pytest.raises(StorageFull):
        store.put_if_absent("a/key", b"x" * 100_000)
    assert not store.exists("a/key")
    assert list(store.list("")) == []
    assert [path for path in small_disk.rglob("*") if path.is_file()] == []
    assert store.put_if_absent("a/key", b"x" * 10_000)


def test_what_a_killed_put_left_is_never_seen_and_removed_later(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put_if_absent("key", b"x")
    left = tmp_path / ".unfinished" / "left"
    left.write_bytes(b"half")
    assert list(store.list("")) == ["key"]
    assert store.remove_unfinished() == 0
    os.utime(left, (0, 0))
    assert store.remove_unfinished() == 1
    assert not left.exists()


def test_files_are_where_their_keys_say(tmp_path: Path) -> None:
    """REC-36: a reader needs no code of this project."""
    LocalStore(tmp_path).put_if_absent("archive/steps/x.parquet", b"x")
    assert (tmp_path / "archive/steps/x.parquet").read_bytes() == b"x"
    assert LocalStore(tmp_path).remove_unfinished() == 0
    assert LocalStore(tmp_path / "missing").remove_unfinished() == 0
