"""A blob store in a folder: never half a file, and on the disk when it says so."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from skill_arcade.archive.store import BlobNotFound, check_key
from skill_arcade.domain.errors import StorageFull

_UNFINISHED = ".unfinished"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class LocalStore:
    """Blobs as files under `root`, whose paths are their keys."""

    root: Path
    _durable: set[Path] = field(default_factory=set, init=False, repr=False, compare=False)
    """Folders of which this process knows that they are durable in the folders above them; none is ever removed."""

    @property
    def is_local(self) -> bool:
        """See BlobStore."""
        return True

    def put_if_absent(self, key: str, content: bytes | Path) -> bool:
        """See BlobStore. Written to a file of another name, synced, and linked into its place."""
        target = self.local_path(key)
        with _naming_full(target):
            is_stored = not target.is_file() and self._write_and_link(target, content)
            # Whoever put what is there may have died before it synced; now it is durable, whoever it was.
            self._make_folder(target.parent)
            _sync_folder(target.parent)
        return is_stored

    def get(self, key: str) -> bytes:
        """See BlobStore."""
        with self._open(key) as file:
            return file.read()

    def get_range(self, key: str, start: int, n_bytes: int) -> bytes:
        """See BlobStore."""
        with self._open(key) as file:
            file.seek(start)
            return file.read(n_bytes)

    def size(self, key: str) -> int:
        """See BlobStore."""
        with self._open(key) as file:
            return os.fstat(file.fileno()).st_size

    def list(self, prefix: str) -> Iterator[str]:
        """See BlobStore."""
        folder = self.root / prefix.rpartition("/")[0]
        keys = (path.relative_to(self.root).as_posix() for path in folder.rglob("*") if path.is_file())
        finished = (key for key in keys if not key.startswith(_UNFINISHED))
        return iter(sorted(key for key in finished if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        """See BlobStore. Empty folders stay: a blob may just be on its way into one."""
        path = self.local_path(key)
        if path.is_file():
            path.unlink(missing_ok=True)
        # Also where another removed the file, and died before it synced.
        if path.parent.is_dir():
            _sync_folder(path.parent)

    def exists(self, key: str) -> bool:
        """See BlobStore."""
        return self.local_path(key).is_file()

    def local_path(self, key: str) -> Path:
        """The file that holds, or would hold, the blob. Raises ValueError for what is no key."""
        return self.root / check_key(key)

    def remove_unfinished(self, older_than_s: float = 86_400) -> int:
        """Remove what puts that were killed left behind; how many files that were."""
        folder = self.root / _UNFINISHED
        newest = time.time() - older_than_s
        stale = [path for path in folder.glob("*") if path.stat().st_mtime < newest] if folder.is_dir() else []
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _write_and_link(self, target: Path, content: bytes | Path) -> bool:
        """Whether the file that is there then came by this call; it is synced, its place in the folder is not yet."""
        unfinished = self.root / _UNFINISHED / str(uuid4())
        self._make_folder(unfinished.parent)
        self._make_folder(target.parent)
        try:
            with unfinished.open("xb") as file:
                _write(file, content)
                file.flush()
                os.fsync(file.fileno())
            return _link(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, each one durable in its parent, also where its maker died too early."""
        if folder in self._durable:
            return
        if folder == self.root:
            _make_root(folder)
        else:
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync_folder(folder.parent)
        self._durable.add(folder)

    def _open(self, key: str) -> BinaryIO:
        try:
            return self.local_path(key).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise BlobNotFound(key) from None


@contextmanager
def _naming_full(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFull(f"There is no room for {target}: {error.strerror}.") from error


def _write(file: BinaryIO, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        file.write(content)
        return
    with content.open("rb") as source:
        shutil.copyfileobj(source, file, 1 << 20)


def _link(unfinished: Path, target: Path) -> bool:
    """Give a file its name unless there is one of that name; whether it was given."""
    try:
        # A link fails where a file is; a rename would replace it.
        os.link(unfinished, target)
    except FileExistsError:
        if not target.is_file():
            raise  # a folder stands there: nothing is stored under this key, and nothing can be
        return False
    return True


def _make_root(root: Path) -> None:
    """Make the store's folder and those above it that are missing, each one durable in its parent.

    One that is there is its owner's to sync: folders above it may not be readable to this account.
    """
    if root.is_dir():
        return
    _make_root(root.parent)
    root.mkdir(exist_ok=True)
    _sync_folder(root.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
