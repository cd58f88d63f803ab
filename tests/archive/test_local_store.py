from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.forgetful_disk import ForgetfulDisk, forgetful_disk

from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.errors import StorageFull, StoreAway


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB, for 16 files and folders."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=65536,nr_inodes=16", "tmpfs", str(folder)]
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


def test_a_disk_without_room_for_a_folder_is_full_too(small_disk: Path) -> None:
    store = LocalStore(small_disk)
    with pytest.raises(StorageFull):
        store.put_if_absent("/".join(f"folder-{i}" for i in range(20)), b"x")
    assert list(store.list("")) == []


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file and folder that was synced, in order."""
    paths: list[Path] = []
    sync = os.fsync

    def note_and_sync(descriptor: int) -> None:
        paths.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note_and_sync)
    return paths


def test_a_blob_is_synced_and_so_is_every_folder_that_leads_to_it(tmp_path: Path, synced: list[Path]) -> None:
    """REC-37: a journal goes when the sealed files are on the disk."""
    root = tmp_path / "new" / "store"
    LocalStore(root).put_if_absent("a/b/key", b"x")
    assert {tmp_path, tmp_path / "new", root, root / "a", root / "a" / "b"} <= set(synced)
    assert synced[-1] == root / "a" / "b"
    assert any(path.parent == root / ".unfinished" for path in synced)


def test_folders_and_blobs_of_one_who_died_before_syncing_are_synced(tmp_path: Path, synced: list[Path]) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "there").write_bytes(b"x")
    assert LocalStore(tmp_path).put_if_absent("a/b/key", b"x")
    assert {tmp_path, tmp_path / "a", tmp_path / "a" / "b"} <= set(synced)
    synced.clear()
    assert not LocalStore(tmp_path).put_if_absent("a/b/there", b"x")
    assert {tmp_path, tmp_path / "a", tmp_path / "a" / "b"} <= set(synced)


def test_what_was_deleted_stays_deleted_also_where_another_did_it(tmp_path: Path, synced: list[Path]) -> None:
    store = LocalStore(tmp_path)
    store.put_if_absent("a/key", b"x")
    for _ in range(2):
        synced.clear()
        store.delete("a/key")
        assert synced == [tmp_path / "a"]


def test_a_key_that_cannot_be_a_file_is_not_told_as_there(tmp_path: Path) -> None:
    """Where a file is, no folder can be, and the other way round; False would say that the blob is there."""
    store = LocalStore(tmp_path)
    store.put_if_absent("a/key", b"x")
    for key in ("a", "a/key/below", "a/key/below/that"):
        with pytest.raises(OSError, match=r"exists|Not a directory"):
            store.put_if_absent(key, b"x")


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


UNREADABLE = Path("/proc/self/mem")
"""A file that can be opened, and whose first byte nobody can read (EIO)."""

ASKED: dict[str, Callable[[BlobStore], object]] = {
    "put": lambda store: store.put_if_absent("a/new", b"x"),
    "get": lambda store: store.get("a/key"),
    "get_range": lambda store: store.get_range("a/key", 0, 1),
    "size": lambda store: store.size("a/key"),
    "list": lambda store: list(store.list("a/")),
    "delete": lambda store: store.delete("a/key"),
    "exists": lambda store: store.exists("b/key"),  # the kernel may remember of the other that it is there
}


@pytest.fixture(scope="module")
def dead_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgetfulDisk]:
    """One on which a blob lay, and that answers everything with EIO."""
    with forgetful_disk(tmp_path_factory.mktemp("disk")) as disk:
        LocalStore(disk.folder).put_if_absent("a/key", b"x")
        disk.cut()
        yield disk


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_folder_whose_disk_is_away_is_a_store_that_is_away(
    dead_disk: ForgetfulDisk, ask: Callable[[BlobStore], object]
) -> None:
    """Nothing is called missing because it cannot be looked at: players are asked to come again, sealers wait."""
    with pytest.raises(
        StoreAway, match=f"{dead_disk.folder} cannot be used now .Input/output error: {dead_disk.folder}"
    ):
        ask(LocalStore(dead_disk.folder))


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_folder_that_leads_nowhere_is_a_store_that_is_away(
    tmp_path: Path, ask: Callable[[BlobStore], object]
) -> None:
    (tmp_path / "store").symlink_to("store")
    with pytest.raises(StoreAway, match="Too many levels of symbolic links"):
        ask(LocalStore(tmp_path / "store"))


def test_a_folder_that_can_never_be_made_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(StoreAway, match=r"file/store cannot be used now .File exists: .*/file\)"):
        LocalStore(tmp_path / "file" / "store").put_if_absent("key", b"x")


def test_one_file_that_cannot_be_read_is_not_the_stores_trouble(tmp_path: Path) -> None:
    """REC-61: a record on a bad sector is told, and the others are indexed."""
    (tmp_path / "bad").symlink_to(UNREADABLE)
    store = LocalStore(tmp_path)
    for ask in (store.get, lambda key: store.get_range(key, 0, 1)):
        with pytest.raises(OSError, match="Input/output error") as told:
            ask("bad")
        assert told.value.errno == errno.EIO


def test_nor_is_a_file_that_is_to_be_stored_and_cannot_be_read(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    for source, number in ((UNREADABLE, errno.EIO), (tmp_path / "missing", errno.ENOENT)):
        with pytest.raises(OSError, match=r"Input/output error|No such file") as told:
            store.put_if_absent("key", source)
        assert told.value.errno == number
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
