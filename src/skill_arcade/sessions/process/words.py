"""What a room tells its template through its door: bytes, in order."""

from __future__ import annotations

A_SEAT_IS_FREE = b"s"
"""One of those who had come has left."""

NO_MORE = b"."
"""The room wants to end; the template is to close the door."""

A_STAND_BY = b"c"
"""The room has forked a stand-by: with this byte comes a descriptor, which is the stand-by's own door."""
