"""What counts as room for recordings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from skill_arcade.server.free_space import MemoryFiles, lies_in_memory, read_free_bytes, read_memory_bytes

GIB = 1024**3


@pytest.fixture
def files(tmp_path: Path) -> MemoryFiles:
    """A machine with 4 GiB of free memory, and no limit to what this process may have."""
    folder = tmp_path / "system"
    (folder / "cgroup" / "pod" / "app").mkdir(parents=True)
    (folder / "mounts").write_text("/dev/sda1 / ext4 rw 0 0\n")
    (folder / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable:  {4 * GIB // 1024} kB\n")
    (folder / "self").write_text("0::/pod/app\n")
    return MemoryFiles(folder / "mounts", folder / "meminfo", folder / "self", folder / "cgroup")


def limit(cgroup: Path, most: object, used: int, inactive_file: int = 0) -> None:
    """What a cgroup says of its memory."""
    (cgroup / "memory.max").write_text(f"{most}\n")
    (cgroup / "memory.current").write_text(f"{used}\n")
    (cgroup / "memory.stat").write_text(f"anon 1\ninactive_file {inactive_file}\n")


def mount_memory(files: MemoryFiles, at: Path) -> None:
    """A file system in memory, as large as the disk that it is on in truth."""
    with files.mounts.open("a") as mounts:
        mounts.write(f"tmpfs {at} tmpfs rw 0 0\n")


def test_on_a_disk_memory_does_not_count(tmp_path: Path, files: MemoryFiles) -> None:
    files.memory.write_text("MemAvailable: 1 kB\n")
    assert not lies_in_memory(tmp_path, files)
    assert read_free_bytes(tmp_path, files) > GIB // 1024


def test_in_memory_there_is_no_more_room_than_memory_is_left(tmp_path: Path, files: MemoryFiles) -> None:
    mount_memory(files, tmp_path)
    files.memory.write_text("MemAvailable: 100 kB\n")
    (tmp_path / "data").mkdir()
    assert lies_in_memory(tmp_path / "data", files)
    assert read_free_bytes(tmp_path / "data", files) == 100 * 1024


def test_a_disk_that_is_mounted_below_memory_is_a_disk(tmp_path: Path, files: MemoryFiles) -> None:
    mount_memory(files, tmp_path)
    with files.mounts.open("a") as mounts:
        mounts.write(f"/dev/sdb1 {tmp_path}/data ext4 rw 0 0\n")
    assert not lies_in_memory(tmp_path / "data" / "journal", files)


def test_a_file_system_in_memory_with_a_limit_of_its_own_has_no_more_than_that(
    tmp_path: Path, files: MemoryFiles
) -> None:
    mount_memory(files, tmp_path)
    files.memory.write_text(f"MemAvailable: {2**40} kB\n")
    free_bytes = shutil.disk_usage(tmp_path).free
    assert abs(read_free_bytes(tmp_path, files) - free_bytes) < GIB


def test_the_least_of_machine_and_cgroups_is_what_programs_may_have(files: MemoryFiles) -> None:
    assert read_memory_bytes(files) == 4 * GIB
    limit(files.cgroups / "pod" / "app", "max", GIB)
    limit(files.cgroups / "pod", 2 * GIB, GIB + 50, inactive_file=50)
    assert read_memory_bytes(files) == GIB
    limit(files.cgroups / "pod" / "app", GIB, GIB + 1)
    assert read_memory_bytes(files) == 0


def test_a_system_that_tells_nothing_is_not_guessed_about(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    files = MemoryFiles(nowhere, nowhere, nowhere, nowhere)
    assert read_memory_bytes(files) is None
    assert not lies_in_memory(tmp_path, files)
