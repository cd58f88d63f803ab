"""What a room tells its template through its door, words of a byte or more, in order; and one thing it is told."""

from __future__ import annotations

from uuid import UUID

NO_MORE = b"."
"""The room wants to end; the template is to close the door."""

A_STAND_BY = b"c"
"""The room has forked a stand-by: with this byte comes a descriptor, which is the stand-by's own door."""

NOBODY_RETURNS = "nobody returns"
"""A key. The template sends it instead of a newcomer: whoever has not come back to a stand-by by now will not."""

_A_SEAT_IS_FREE = b"s"
_N_BYTES_OF_ID = 16


def seat_is_free(episode_id: UUID) -> bytes:
    """The word that somebody who had come has left."""
    return _A_SEAT_IS_FREE + episode_id.bytes


class Hearing:
    """Understands a room's words, however they arrive.

    Attributes:
        left: episodes whose seats have become free.
        is_over: the room wants to end.
    """

    def __init__(self) -> None:
        self.left: list[UUID] = []
        self.is_over = False
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Bytes have come."""
        self._rest += data
        while self._rest:
            word, rest = self._rest[:1], self._rest[1:]
            if word == _A_SEAT_IS_FREE:
                if len(rest) < _N_BYTES_OF_ID:
                    return
                self.left.append(UUID(bytes=rest[:_N_BYTES_OF_ID]))
                rest = rest[_N_BYTES_OF_ID:]
            elif word == NO_MORE:
                self.is_over = True
            self._rest = rest
