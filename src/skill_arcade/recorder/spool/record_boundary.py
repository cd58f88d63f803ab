"""Where a stretch of a journal can be cut without cutting a record; pure (REC-12)."""

from __future__ import annotations

from skill_arcade.recorder.journal import FILE_HEADER, RECORD_HEADER


def find_boundary(data: bytes, *, is_beginning: bool) -> int:
    """How many of these bytes are whole records; 0 if not even the first is.

    Args:
        data: of a journal, from a record's beginning.
        is_beginning: they begin with the file's header.
    """
    at = FILE_HEADER.size if is_beginning else 0
    boundary = 0
    while (end := find_end(data, at)) is not None and end <= len(data):
        at = boundary = end
    return boundary


def find_end(data: bytes, at: int) -> int | None:
    """Where the record that begins at `at` ends, perhaps beyond `data`; None if its header is not all there."""
    if at + RECORD_HEADER.size > len(data):
        return None
    n_body: int = RECORD_HEADER.unpack_from(data, at)[0]
    return at + RECORD_HEADER.size + n_body
