"""The records of one journal as they lie there, up to the first that cannot be trusted (REC-13, REC-14)."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.journal import CHAINED, FILE_HEADER, MAGIC, RECORD_HEADER, compute_crc
from skill_arcade.recorder.records import RecordKind

FIRST_SKIPPED_KIND = 128
"""Records of this kind and above may be skipped by a reader that does not know them (REC-14)."""

_CHUNK_BYTES = 1 << 20
_SEARCHED_BYTES = 4 << 20
"""How far behind a record whose length may be wrong others are looked for."""

_KINDS = {int(kind): kind for kind in RecordKind}

_LIKE_A_HEADER = re.compile(rb"(?=...\0....[\x01-\x09])", re.DOTALL)
"""A length below 16 MB, any checksum, a kind: of bytes by chance one place in 7,000 looks so."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a journal between two records.

    Attributes:
        n_bytes: how far it is from the file's beginning.
        crc: checksum of the record before it.
    """

    n_bytes: int
    crc: int


class ScannedRecord(NamedTuple):
    """One record whose checksum is right; a tuple, as a dataclass takes three times as long to make.

    Attributes:
        kind: which one.
        body: its bytes, without the record's header.
        offset: where its header begins in the file.
        crc: its checksum.
    """

    kind: RecordKind
    body: bytes
    offset: int
    crc: int

    @property
    def cursor(self) -> Cursor:
        """The place right after this record."""
        return Cursor(self.offset + RECORD_HEADER.size + len(self.body), self.crc)


class Ending(Enum):
    """Why a scan stopped."""

    CLEAN = "clean"
    """At the end of the file, or at the limit, right after a record."""

    TORN = "torn"
    """In front of a torn tail: a write that the machine did not finish, or has not finished yet."""

    CORRUPT = "corrupt"
    """In front of wrong bytes that more bytes follow."""


class JournalScan:
    """Iterates once over the records of one journal; afterwards it knows where and why it stopped.

    Attributes:
        ending: why the scan stopped; None before it has.
        episode_id, epoch: of the file header; None if the scan did not begin there, or it is damaged.
    """

    __slots__ = ("_crc", "_limit", "_offset", "_path", "_start", "ending", "episode_id", "epoch")

    def __init__(self, path: Path, start: Cursor | None, limit: int | None) -> None:
        self._path, self._start, self._limit = path, start, limit
        self._offset, self._crc = (0, 0) if start is None else (start.n_bytes, start.crc)
        self.ending: Ending | None = None
        self.episode_id: UUID | None = None
        self.epoch: int | None = None

    @property
    def cursor(self) -> Cursor:
        """The place after the last record that was given out or skipped."""
        return Cursor(self._offset, self._crc)

    def __iter__(self) -> Iterator[ScannedRecord]:
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            # What a writer appends from here on is for the next scan: "the end of the file" has one meaning.
            size = os.fstat(descriptor).st_size
            window = _Window(descriptor, size if self._limit is None else min(size, self._limit))
            if self._start is not None or self._read_file_header(window):
                yield from self._read_records(window)
        finally:
            os.close(descriptor)

    def _read_file_header(self, window: _Window) -> bool:
        header = window.load(0, FILE_HEADER.size)[: FILE_HEADER.size]
        if len(header) == FILE_HEADER.size:
            magic, epoch, reserved, episode_id = FILE_HEADER.unpack(header)
            if magic == MAGIC and reserved == 0:
                self.episode_id, self.epoch = UUID(bytes=episode_id), epoch
                self._offset, self._crc = FILE_HEADER.size, zlib.crc32(header)
                return True
        self.ending = Ending.CORRUPT if window.holds_bytes(FILE_HEADER.size) else Ending.TORN
        return False

    def _read_records(self, window: _Window) -> Iterator[ScannedRecord]:
        # Two records a step are read here before an episode is sealed: no call that can be spared, no attribute.
        unpack, n_header, chain, crc32 = RECORD_HEADER.unpack_from, RECORD_HEADER.size, CHAINED.pack, zlib.crc32
        kinds, new, end = _KINDS, tuple.__new__, window.end
        offset, crc = self._offset, self._crc
        buffer, base, n_buffer = b"", offset, 0
        while offset < end:
            at = offset - base
            if at + n_header > n_buffer:
                buffer, base, at = window.load(offset, n_header), offset, 0
                n_buffer = len(buffer)
                if n_buffer < n_header:
                    self.ending = Ending.TORN
                    return
            n_body, claimed_crc, kind = unpack(buffer, at)
            at += n_header
            claimed_end = base + at + n_body
            if claimed_end > end:
                self.ending = window.judge(offset, claimed_end, claimed_crc)
                return
            if at + n_body > n_buffer:
                buffer, base, at = window.load(base + at, n_body), base + at, 0
                n_buffer = len(buffer)
            body = buffer[at : at + n_body]
            if crc32(body, crc32(chain(crc, kind))) != claimed_crc:  # `compute_crc`, without the call
                self.ending = window.judge(offset, claimed_end, claimed_crc)
                return
            record_offset = offset
            self._offset, self._crc = offset, crc = claimed_end, claimed_crc
            if kind in kinds:
                yield new(ScannedRecord, (kinds[kind], body, record_offset, crc))
            elif kind < FIRST_SKIPPED_KIND:
                raise RecordingError(f"{self._path} has a record of kind {kind}: a newer version wrote it.")
        # A cursor can lie beyond the end for a while, when a full disk made the writer cut a group off: it
        # will write the same group again (REC-15).
        self.ending = Ending.CLEAN if offset == window.end else Ending.TORN


class _Window:
    """Reads a file, of which mostly small pieces are wanted that follow each other, in large ones."""

    __slots__ = ("_descriptor", "end")

    def __init__(self, descriptor: int, end: int) -> None:
        self._descriptor, self.end = descriptor, end

    def load(self, offset: int, n_bytes: int) -> bytes:
        """At least `n_bytes` from `offset`, and what follows them; fewer only at the end."""
        wanted = min(max(n_bytes, _CHUNK_BYTES), max(self.end - offset, 0))
        return os.pread(self._descriptor, wanted, offset)

    def judge(self, offset: int, claimed_end: int, claimed_crc: int) -> Ending:
        """Whether a record that cannot be trusted is a torn tail or corrupt (REC-13).

        Args:
            offset: where its header begins.
            claimed_end: where it says that it ends; may lie beyond the file's end.
            claimed_crc: what it says is its checksum.
        """
        if self.holds_bytes(claimed_end) or self._holds_records(offset, claimed_crc):
            return Ending.CORRUPT
        return Ending.TORN

    def holds_bytes(self, offset: int) -> bool:
        """Whether anything but zeros stands from `offset` on."""
        while chunk := self.load(offset, _CHUNK_BYTES):
            if chunk.strip(b"\0"):
                return True
            offset += len(chunk)
        return False

    def _holds_records(self, offset: int, crc: int) -> bool:
        """Whether a sound record stands behind the header at `offset`, before the end that this one claims.

        Where a machine did not finish writing a record there can be none. One flipped bit of a length would else take
        everything behind it away as a torn tail, without a word. A record is known to be one by a checksum that goes on
        from that of the record before it: the one at `offset`, or another that stands right in front of it.
        """
        data = memoryview(self.load(offset, _SEARCHED_BYTES)[:_SEARCHED_BYTES])
        for match in _LIKE_A_HEADER.finditer(data, RECORD_HEADER.size):
            at = match.start()
            if _is_successor(data, at, crc):
                return True
            n_body, its_crc, _kind = RECORD_HEADER.unpack_from(data, at)
            if _is_successor(data, at + RECORD_HEADER.size + n_body, its_crc):
                return True
        return False


def _is_successor(data: memoryview, at: int, crc: int) -> bool:
    """Whether a whole record begins here whose predecessor's checksum is `crc`."""
    begin = at + RECORD_HEADER.size
    if begin > len(data):
        return False
    n_body, claimed_crc, kind = RECORD_HEADER.unpack_from(data, at)
    is_whole: bool = begin + n_body <= len(data)
    return is_whole and compute_crc(crc, kind, bytes(data[begin : begin + n_body])) == claimed_crc


def scan_journal(path: Path, start: Cursor | None = None, limit: int | None = None) -> JournalScan:
    """The records of a journal that can be trusted, in order.

    To follow a journal that is being written, go on from the `cursor` of the scan before. Groups that are not
    complete (REC-15) are given out as they lie there; `read_episode_journal` leaves them away.

    Args:
        path: the file.
        start: where to go on; None for the beginning.
        limit: read only so many bytes of the file, as if it ended there.

    Raises (while iterating):
        FileNotFoundError: there is no such journal.
        RecordingError: a newer version of this program wrote it (REC-14).
    """
    return JournalScan(path, start, limit)
