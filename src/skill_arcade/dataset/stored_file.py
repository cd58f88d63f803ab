"""A blob of an object store as a file that can be read from any place."""

from __future__ import annotations

import io

import pyarrow as pa
from typing_extensions import override

from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobNotFound, BlobStore

_READ_AHEAD_BYTES = 1 << 20


class StoredFile(io.RawIOBase):
    """Reads a blob by ranges, so that one row group of a large file can be had without the rest."""

    def __init__(self, store: BlobStore, key: str) -> None:
        super().__init__()
        self._store, self._key = store, key
        self._size = store.size(key)
        self._offset = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self._size}[whence]
        self._offset = max(0, start + offset)
        return self._offset

    @override
    def tell(self) -> int:
        return self._offset

    @override
    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        n_bytes = min(len(view), max(0, self._size - self._offset))
        data = self._store.get_range(self._key, self._offset, n_bytes) if n_bytes else b""
        view[: len(data)] = data
        self._offset += len(data)
        return len(data)


def open_stored_file(store: BlobStore, key: str) -> pa.NativeFile:
    """A blob as a file of Arrow's: mapped into memory where the store is a folder.

    Raises:
        BlobNotFound: the store has nothing under this key.
    """
    if isinstance(store, LocalStore):
        try:
            return pa.memory_map(str(store.local_path(key)))
        except FileNotFoundError:
            raise BlobNotFound(key) from None
    return pa.PythonFile(io.BufferedReader(StoredFile(store, key), _READ_AHEAD_BYTES), mode="r")
