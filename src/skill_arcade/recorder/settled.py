"""Reading once more what a walk has found to count: no checksum and no group is looked at again.

An episode is sealed in three readings. In the first, `epoch_walk` sees that every record is sound; since a journal is
only appended to (REC-10), the others need not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.epoch_walk import EpochRange, JournalRecord
from skill_arcade.recorder.journal import FILE_HEADER, RECORD_HEADER
from skill_arcade.recorder.records import RecordKind

_CHUNK_BYTES = 1 << 20
_N_KINDS = 256


def iterate_settled(stretch: EpochRange, kinds: Collection[RecordKind]) -> Iterator[JournalRecord]:
    """The records of these kinds in a stretch whose limit was found by a walk, in order.

    Raises (while iterating):
        FileNotFoundError: the journal is gone.
        JournalCorrupt: it is shorter than it was.
    """
    unpack, n_header, new, epoch = RECORD_HEADER.unpack_from, RECORD_HEADER.size, tuple.__new__, stretch.epoch
    wanted = [RecordKind(number) if number in kinds else None for number in range(_N_KINDS)]
    offset, limit, n_bytes = FILE_HEADER.size, stretch.limit or 0, _CHUNK_BYTES
    with stretch.path.open("rb", buffering=0) as file:
        while offset < limit:
            file.seek(offset)
            n_asked = min(n_bytes, limit - offset)
            chunk = file.read(n_asked)
            at, n_chunk, n_bytes = 0, len(chunk), _CHUNK_BYTES
            # Two records a step come by here, twice: no call that can be spared, no attribute.
            while (begin := at + n_header) <= n_chunk:
                n_body, _crc, kind = unpack(chunk, at)
                end = begin + n_body
                if end > n_chunk:
                    n_bytes = max(n_header + n_body, _CHUNK_BYTES)
                    break
                known = wanted[kind]
                if known is not None:
                    yield new(JournalRecord, (known, chunk[begin:end], epoch))
                at = end
            if at == 0 and (n_chunk < n_asked or n_asked == limit - offset):
                raise JournalCorrupt(f"{stretch.path} is shorter than it was: {limit} bytes of it were sound.")
            offset += at
