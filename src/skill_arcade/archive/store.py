"""What an object store can do for us: whole blobs under keys, written once, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from skill_arcade.domain.errors import RecordingError


class BlobNotFound(RecordingError):
    """The store has nothing under this key."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The store has nothing under {key!r}.")


class BlobStore(Protocol):
    """A store of blobs; several threads may use one at once.

    A key is a relative path with `/` between its parts (`check_key`). A blob is there whole or not at all, is
    durable when `put_if_absent` returns, and never changes until it is deleted.

    Every method raises `StoreAway` when the store cannot be used now: what was asked may work a moment later, and
    asking again does no harm. Every method raises ValueError for what is no key.
    """

    @property
    def is_local(self) -> bool:
        """Whether the store is a folder of this machine: its blobs are files, and last as long as the disk does."""
        ...

    def put_if_absent(self, key: str, content: bytes | Path) -> bool:
        """Store a blob unless there is one; whether this call stored it.

        What arrived was compared with what was sent, by size and checksum, before this returns. Where an answer of the
        store was lost, and the blob that is there now has the same size and checksum, this call stored it.

        Args:
            key: where.
            content: the bytes, or a file that has them, which does not change meanwhile.

        Raises:
            StorageFull: there is no room.
        """
        ...

    def get(self, key: str) -> bytes:
        """The whole blob, compared with the store's checksum. Raises BlobNotFound."""
        ...

    def get_range(self, key: str, start: int, n_bytes: int) -> bytes:
        """Up to `n_bytes` from `start`; fewer only where the blob ends before. Raises BlobNotFound.

        Stores tell checksums of whole blobs only: a range is as right as the way that it came by.
        """
        ...

    def size(self, key: str) -> int:
        """The bytes of the blob. Raises BlobNotFound."""
        ...

    def list(self, prefix: str) -> Iterator[str]:
        """The keys that begin with `prefix`, ascending; what comes or goes meanwhile may be missed."""
        ...

    def delete(self, key: str) -> None:
        """Remove a blob; nothing happens where there is none."""
        ...

    def exists(self, key: str) -> bool:
        """Whether there is a blob under this key."""
        ...


def check_key(key: str) -> str:
    """The key itself, if it is one.

    Raises:
        ValueError: it is empty, absolute, or has a part that is empty or begins with a dot.
    """
    if not all(part and not part.startswith(".") for part in key.split("/")) or "\0" in key:
        raise ValueError(f"{key!r} is no key: parts between slashes, none empty, none with a dot in front")
    return key
