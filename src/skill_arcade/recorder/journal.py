"""The writer of one journal file: append, one writer ever, all of a step or nothing (REC-10 to REC-15)."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from uuid import UUID

from skill_arcade.domain.errors import RecordingError, StorageFull
from skill_arcade.recorder.records import RecordKind

MAGIC = b"SKARCJ01"
FILE_HEADER = struct.Struct("<8sII16s")
RECORD_HEADER = struct.Struct("<IIB")
CHAINED = struct.Struct("<IB")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def journal_path(folder: Path, epoch: int) -> Path:
    """The file of one epoch in the folder of its episode (REC-10)."""
    return folder / f"{epoch:06d}.journal"


def encode_file_header(episode_id: UUID, epoch: int) -> bytes:
    """The first 32 bytes of a journal (REC-11)."""
    return FILE_HEADER.pack(MAGIC, epoch, 0, episode_id.bytes)


def compute_crc(previous_crc: int, kind: int, body: bytes) -> int:
    """The checksum of a record, chained to its predecessor's (REC-12)."""
    return zlib.crc32(body, zlib.crc32(CHAINED.pack(previous_crc, kind)))


class JournalWriter:
    """Appends records to the journal of one episode and epoch, which has no other writer, now or ever.

    Attributes:
        n_bytes: length of the file up to the last record that was written whole.
        crc: checksum of that record.
    """

    __slots__ = ("_descriptor", "_must_cut", "crc", "n_bytes", "path")

    def __init__(self, descriptor: int, path: Path, header: bytes) -> None:
        self._descriptor = descriptor
        self._must_cut = False
        self.path = path
        self.n_bytes = 0
        self.crc = 0
        self._append(header)
        self.n_bytes, self.crc = len(header), zlib.crc32(header)

    @classmethod
    def create(cls, folder: Path, episode_id: UUID, epoch: int) -> Self:
        """Begin a journal (REC-10).

        Nothing is synced here, since games of others wait meanwhile: the shipper syncs the file's name, and its
        folder's, before it calls a step of it durable (REC-5).

        Args:
            folder: the episode's own, `journal/<episode_id>`; made if it is not there.
            episode_id: for the file header.
            epoch: from 1; one more than the highest there is.

        Raises:
            RecordingError: this epoch was begun before, or the folder cannot be written.
            StorageFull: there is no room for a file.
        """
        path = journal_path(folder, epoch)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, flags, 0o640)
        except OSError as error:
            if path.exists():
                raise RecordingError(f"{path} exists: this epoch was begun by another.") from None
            raise _domain_error(error, path) from error
        try:
            # Not LOCK_NB: the file is ours alone since O_EXCL, so who holds a lock now is a reader that looks
            # whether anybody writes (`is_locked`), and it lets go at once.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            writer = cls(descriptor, path, encode_file_header(episode_id, epoch))
        except BaseException as error:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise _domain_error(error, path) from error
            raise
        return writer

    def write(self, records: Sequence[tuple[RecordKind, bytes]]) -> None:
        """Append records, all of them or none, with one system call (REC-15).

        Raises:
            StorageFull: nothing was written; write the same records again, before any others, when there is
                room.
            OSError: nothing was written, and room would not help.
        """
        crc = self.crc
        parts: list[bytes] = []
        for kind, body in records:
            crc = zlib.crc32(body, zlib.crc32(CHAINED.pack(crc, kind)))  # `compute_crc`, without the call
            parts.append(RECORD_HEADER.pack(len(body), crc, kind))
            parts.append(body)
        data = b"".join(parts)
        self._append(data)
        self.n_bytes += len(data)
        self.crc = crc

    def _append(self, data: bytes) -> None:
        if self._must_cut:
            self._cut()
        try:
            n_written = os.write(self._descriptor, data)
        except OSError as error:
            self._cut()
            if error.errno in _FULL:
                raise StorageFull(f"There is no room to go on with {self.path}: {error.strerror}.") from error
            raise
        if n_written != len(data):
            self._cut()
            raise StorageFull(f"There is no room to go on with {self.path}: only a part could be written.")

    def _cut(self) -> None:
        # The flag outlives a failure to cut: no record may ever be appended to half of another one.
        self._must_cut = True
        os.ftruncate(self._descriptor, self.n_bytes)
        self._must_cut = False

    def close(self) -> None:
        """Let go of the file and of its lock; nothing is synced here. May be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether a writer holds this journal; False where there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _domain_error(error: OSError, path: Path) -> RecordingError | StorageFull:
    if error.errno in _FULL:
        return StorageFull(f"There is no room for {path}: {error.strerror}.")
    return RecordingError(f"{path} cannot be written: {error.strerror}.")
