"""The pictures of an episode, many at once in one block of memory, as a table wants them: cheaper than one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.domain.picture import PictureFormat
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.epoch_walk import JournalRecord
from skill_arcade.recorder.records import PictureRecord, RecordKind, parse_picture
from skill_arcade.wire.picture import Words, apply_change, inflate_change, n_words

Pictures = npt.NDArray[np.uint8]

_COUNT_BYTES, _GAP_BYTES, _ENTRY_BYTES = 4, 2, 10


def iterate_picture_blocks(journal: EpisodeJournal, n_in_block: int) -> Iterator[Pictures]:
    """Pictures 0 … n, so many at a time: uint8 (at most n_in_block, n_bytes); the next block overwrites this one.

    Raises (while iterating):
        JournalCorrupt: a payload is no picture, or an epoch began with another picture than it adopted.
    """
    block = _Block(journal.picture_format, min(n_in_block, journal.n_steps + 1))
    for record in journal.records(RecordKind.PICTURE):
        picture = parse_picture(record.body)
        if picture.step == block.newest:
            block.check_adopted(picture, record)
            continue
        if block.is_full:
            yield block.take()
        block.add(picture, record)
    if not block.is_empty:
        yield block.take()


class _Block:
    """Pictures as words, a row each. Changes wait until a row is asked for, and are then applied together.

    Attributes:
        newest: number of the newest picture; -1 before the first.
    """

    def __init__(self, form: PictureFormat, n_rows: int) -> None:
        self.newest = -1
        self._n_bytes = form.n_bytes
        # Written to over and over: asking the system for new memory costs as much as copying the pictures there.
        self._rows: Words = np.empty((n_rows, n_words(form.n_bytes)), dtype="<u8")
        self._before: Words = np.zeros(self._rows.shape[1], dtype="<u8")
        self._n_ready = 0
        self._waiting: list[bytes] = []
        self._epoch = 0

    @property
    def is_full(self) -> bool:
        """Whether it has no row for another picture."""
        return self._n_ready + len(self._waiting) == len(self._rows)

    @property
    def is_empty(self) -> bool:
        """Whether it has no picture."""
        return self._n_ready + len(self._waiting) == 0

    def add(self, picture: PictureRecord, record: JournalRecord) -> None:
        """Take one more picture, where there is a row for it."""
        if picture.key:
            self._settle()
            row = self._rows[self._n_ready]
            row[:] = 0
            _apply(picture, record, row)
            self._n_ready += 1
        else:
            self._waiting.append(_inflate(picture, record, self._rows.shape[1]) if picture.payload else b"")
        self.newest, self._epoch = picture.step, record.epoch

    def check_adopted(self, picture: PictureRecord, record: JournalRecord) -> None:
        """See that the first picture of an epoch is the newest one there is."""
        self._settle()
        newest = self._newest_row()
        again = np.zeros_like(newest) if picture.key else newest.copy()
        _apply(picture, record, again)
        if not np.array_equal(again, newest):
            raise JournalCorrupt(f"Epoch {record.epoch} begins with another picture {picture.step} than it adopted.")

    def take(self) -> Pictures:
        """All pictures in it; it is empty afterwards."""
        self._settle()
        rows = self._rows[: self._n_ready]
        self._before = rows[-1].copy()
        self._n_ready = 0
        pictures = rows.view(np.uint8)
        # Rows are whole words: what fills the last one up is cut off.
        return pictures if pictures.shape[1] == self._n_bytes else pictures[:, : self._n_bytes].copy()

    def _newest_row(self) -> Words:
        return self._rows[self._n_ready - 1] if self._n_ready else self._before

    def _settle(self) -> None:
        """Apply the changes that wait, each to the row before its own."""
        if not self._waiting:
            return
        rows = self._rows[self._n_ready : self._n_ready + len(self._waiting)]
        faulty = _scatter(self._waiting, rows)
        if faulty is not None:
            number = self.newest - len(self._waiting) + 1 + faulty
            raise _unreadable(number, self._epoch, "a word list points outside the picture")
        before = self._newest_row()
        for row in rows:
            np.bitwise_xor(row, before, row)
            before = row
        self._n_ready += len(rows)
        self._waiting.clear()


def _scatter(lists: list[bytes], rows: Words) -> int | None:
    """Write word lists into rows, of which each becomes its change alone; the first list that leaves its row, if any.

    Args:
        lists: of `inflate_change`, or empty where nothing changed.
        rows: uint64 (len(lists), n_words), contiguous; overwritten.
    """
    rows.view(np.uint8)[...] = 0  # as bytes, which the C library does: a third of the time
    counts = np.array([max(0, len(each) - _COUNT_BYTES) for each in lists], dtype=np.int64) // _ENTRY_BYTES
    middles = (_COUNT_BYTES + _GAP_BYTES * counts).tolist()
    gaps = np.frombuffer(b"".join([x[_COUNT_BYTES:end] for x, end in zip(lists, middles, strict=True)]), "<u2")
    if not gaps.size:
        return None
    words = np.frombuffer(b"".join([x[begin:] for x, begin in zip(lists, middles, strict=True)]), "<u8")
    # Gaps are summed up over all lists at once; what the lists before had summed up to is taken off again.
    reached = np.concatenate(([0], np.cumsum(gaps, dtype=np.int64)))
    ends = np.cumsum(counts)
    begun_at = reached[ends - counts]
    is_faulty = reached[ends] - begun_at > rows.shape[1]
    if gaps.min() < 1:
        is_faulty[np.searchsorted(ends, (gaps < 1).nonzero()[0], side="right")] = True
    if is_faulty.any():
        return int(is_faulty.argmax())
    offsets = np.arange(len(rows)) * rows.shape[1] - begun_at - 1
    rows.reshape(-1)[reached[1:] + offsets.repeat(counts)] = words
    return None


def _inflate(picture: PictureRecord, record: JournalRecord, size: int) -> bytes:
    try:
        return inflate_change(picture.payload, size)
    except ValueError as error:
        raise _unreadable(picture.step, record.epoch, str(error)) from None


def _apply(picture: PictureRecord, record: JournalRecord, words: Words) -> None:
    try:
        apply_change(picture.payload, words)
    except ValueError as error:
        raise _unreadable(picture.step, record.epoch, str(error)) from None


def _unreadable(number: int, epoch: int, why: str) -> JournalCorrupt:
    return JournalCorrupt(f"Picture {number} of epoch {epoch} cannot be read: {why}.")
