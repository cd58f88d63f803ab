from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.recorder.recordings import EPISODE, CountingJournal, check_is_counting_game

from skill_arcade.domain.errors import RecordingError, StorageFull
from skill_arcade.recorder.journal import JournalWriter, is_locked, journal_path
from skill_arcade.recorder.reading import Ending, read_episode_journal, scan_journal
from skill_arcade.recorder.records import RecordKind

TMPFS_BYTES = 64 * 1024


def test_a_new_journal_is_its_header_and_is_locked_until_it_is_closed(tmp_path: Path) -> None:
    """REC-10, REC-11."""
    writer = JournalWriter.create(tmp_path / "journal" / "episode", EPISODE, 7)
    assert writer.path.name == "000007.journal"
    assert writer.path.read_bytes() == b"SKARCJ01" + b"\x07\0\0\0" + b"\0\0\0\0" + EPISODE.bytes
    assert is_locked(writer.path)
    writer.close()
    writer.close()
    assert not is_locked(writer.path)


def test_an_epoch_is_begun_once(tmp_path: Path) -> None:
    """REC-10: exclusive creation, whether or not the first writer is still there."""
    first = JournalWriter.create(tmp_path, EPISODE, 1)
    with pytest.raises(RecordingError, match="begun by another"):
        JournalWriter.create(tmp_path, EPISODE, 1)
    first.close()
    with pytest.raises(RecordingError, match="begun by another"):
        JournalWriter.create(tmp_path, EPISODE, 1)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(RecordingError, match="cannot be written"):
        JournalWriter.create(in_the_way, EPISODE, 1)


def test_a_journal_that_is_not_there_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "000001.journal")


def test_the_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    """REC-32: after a kill the next epoch may begin at once."""
    program = f"""
        import sys, time
        from pathlib import Path
        from uuid import UUID
        from skill_arcade.recorder.journal import JournalWriter
        writer = JournalWriter.create(Path({str(tmp_path)!r}), UUID({str(EPISODE)!r}), 1)
        print("ready", flush=True)
        time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        assert is_locked(journal_path(tmp_path, 1))
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not is_locked(journal_path(tmp_path, 1))


def test_records_are_written_with_the_length_and_checksum_that_the_writer_tells(tmp_path: Path) -> None:
    """REC-12."""
    journal = CountingJournal.begin(tmp_path).play(5)
    scan = scan_journal(journal.writer.path)
    for _record in scan:
        pass
    assert (scan.cursor.n_bytes, scan.cursor.crc) == (journal.writer.n_bytes, journal.writer.crc)
    assert journal.writer.path.stat().st_size == journal.writer.n_bytes
    journal.writer.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    options = f"size={TMPFS_BYTES}"
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mount.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mount.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for _ in range(TMPFS_BYTES):
            try:
                file.write(b"x" * 512)
            except OSError:
                break
    return filler


def test_on_a_full_disk_nothing_is_half_written_and_the_same_records_go_in_later(small_disk: Path) -> None:
    """REC-15, and nothing acked is lost (REC-5)."""
    journal = CountingJournal.begin(small_disk / "episode").play(3)
    filler = fill(small_disk)
    group = journal.group(3)
    n_bytes, crc = journal.writer.n_bytes, journal.writer.crc
    # The file's last page has room for some more; then there is none.
    bulky = [(RecordKind.EVENT, b'{"kind":"stall","detail":"' + b"x" * 5000 + b'"}'), *group]
    for _ in range(3):
        with pytest.raises(StorageFull):
            journal.writer.write(bulky)
        assert (journal.writer.n_bytes, journal.writer.crc) == (n_bytes, crc)
        assert journal.writer.path.stat().st_size == n_bytes
    filler.unlink()
    journal.writer.write(bulky)
    journal.n_steps += 1
    journal.play(2)
    found = read_episode_journal(small_disk / "episode")
    assert found.damage == ()
    check_is_counting_game(list(found.steps), [(n, p.copy()) for n, p in found.pictures], 6)
    journal.writer.close()


def test_no_room_for_a_new_journal_leaves_no_file_behind(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(StorageFull):
        JournalWriter.create(small_disk / "e", EPISODE, 1)
    assert list(small_disk.glob("*/*.journal")) == []


def limited_program(folder: Path, limit: int) -> str:
    return textwrap.dedent(f"""
        import resource, signal
        from pathlib import Path
        from skill_arcade.domain.errors import StorageFull
        from tests.recorder.recordings import CountingJournal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        journal = CountingJournal.begin(Path({str(folder)!r})).play(2)
        resource.setrlimit(resource.RLIMIT_FSIZE, (journal.writer.n_bytes + {limit}, resource.RLIM_INFINITY))
        group = journal.group(2)
        try:
            journal.writer.write(group)
        except StorageFull:
            assert journal.writer.path.stat().st_size == journal.writer.n_bytes
        else:
            raise SystemExit("there was room")
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        journal.writer.write(group)
    """)


@pytest.mark.parametrize("limit", [0, 1, 60])
def test_a_short_write_is_cut_off_again(tmp_path: Path, limit: int) -> None:
    """REC-15: a limit on the file's size makes the system write a part of a group, as a full disk can."""
    if resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY:
        pytest.skip("file sizes are limited here already")
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *filter(None, sys.path)])}
    program = limited_program(tmp_path, limit)
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    journal = read_episode_journal(tmp_path)
    assert journal.damage == ()
    check_is_counting_game(list(journal.steps), [(n, p.copy()) for n, p in journal.pictures], 3)
    scan = scan_journal(journal_path(tmp_path, 1))
    assert sum(1 for _ in scan) > 0
    assert scan.ending is Ending.CLEAN
