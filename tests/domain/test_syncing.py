from __future__ import annotations

import os
from pathlib import Path

import pytest

from skill_arcade.domain.syncing import sync_file, sync_folder


def test_the_file_or_the_folder_itself_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"something")
    synced: list[tuple[int, int]] = []

    def note(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append((status.st_dev, status.st_ino))

    monkeypatch.setattr(os, "fsync", note)
    sync_file(file)
    sync_folder(tmp_path)
    assert synced == [(each.stat().st_dev, each.stat().st_ino) for each in (file, tmp_path)]


def test_a_sync_that_fails_is_told_and_leaves_no_descriptor_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptors: list[int] = []

    def fail(descriptor: int) -> None:
        descriptors.append(descriptor)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        sync_folder(tmp_path)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptors[0])


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "file")
