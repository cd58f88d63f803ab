"""A blob store in a folder: never half a file, and on the disk when it says so."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from skill_arcade.archive.store import BlobNotFound, check_key
from skill_arcade.domain.errors import StorageFull, StoreAway
from skill_arcade.domain.syncing import sync_folder

_UNFINISHED = ".unfinished"
_BYTES_AT_ONCE = 1 << 20

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OF_A_KEY = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})
"""No file can be under this key, however often that is tried."""

_MISSING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR})

_OF_A_FILE = frozenset({errno.EIO, errno.EACCES, errno.EPERM})
"""While the folder can be read, this is the trouble of one file: of a bad sector, or of a copy with another owner."""


def _concerns_key(error: OSError) -> bool:
    return error.errno in _OF_A_KEY


@dataclass(frozen=True, slots=True)
class LocalStore:
    """Blobs as files under `root`, whose paths are their keys.

    What the folder does not let us do is StoreAway: its disk may be one of the network, and come back. OSError stays
    what concerns something else: the file from which a blob is to be made, a key under which there can be no file, or
    a single file that cannot be read while the others can.
    """

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
        try:
            with self._naming_trouble(target):
                is_stored = not _is_file(target) and self._write_and_link(target, content)
                # Whoever put what is there may have died before it synced; now it is durable, whoever it was.
                self._make_folder(target.parent)
                sync_folder(target.parent)
        except _SourceFailed as failed:
            raise failed.error from None
        return is_stored

    def get(self, key: str) -> bytes:
        """See BlobStore."""
        with self._reading(key) as file:
            return file.read()

    def get_range(self, key: str, start: int, n_bytes: int) -> bytes:
        """See BlobStore."""
        with self._reading(key) as file:
            file.seek(start)
            return file.read(n_bytes)

    def size(self, key: str) -> int:
        """See BlobStore."""
        with self._reading(key) as file:
            return os.fstat(file.fileno()).st_size

    def list(self, prefix: str) -> Iterator[str]:
        """See BlobStore."""
        folder = self.root / prefix.rpartition("/")[0]
        with self._naming_trouble(folder):
            keys = [path.relative_to(self.root).as_posix() for path in _walk(folder)]
        finished = (key for key in keys if not key.startswith(_UNFINISHED))
        return iter(sorted(key for key in finished if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        """See BlobStore. Empty folders stay: a blob may just be on its way into one."""
        path = self.local_path(key)
        with self._naming_trouble(path):
            if _is_file(path):
                path.unlink(missing_ok=True)
            # Also where another removed the file, and died before it synced.
            if _is_folder(path.parent):
                sync_folder(path.parent)

    def exists(self, key: str) -> bool:
        """See BlobStore."""
        path = self.local_path(key)
        with self._naming_trouble(path):
            return _is_file(path)

    def local_path(self, key: str) -> Path:
        """The file that holds, or would hold, the blob. Raises ValueError for what is no key."""
        return self.root / check_key(key)

    def remove_unfinished(self, older_than_s: float = 86_400) -> int:
        """Remove what puts that were killed left behind; how many files that were."""
        folder = self.root / _UNFINISHED
        newest = time.time() - older_than_s
        with self._naming_trouble(folder):
            stale = [path for path in _walk(folder) if _is_older(path, newest)]
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
            with self._naming_trouble(folder, lambda _error: False):
                _make_root(folder)
        else:
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)
        self._durable.add(folder)

    @contextmanager
    def _reading(self, key: str) -> Iterator[BinaryIO]:
        path = self.local_path(key)
        try:
            with self._naming_trouble(path, self._concerns_file), path.open("rb") as file:
                yield file
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise BlobNotFound(key) from None

    def _concerns_file(self, error: OSError) -> bool:
        """Whether it is one file that is not there, or cannot be read, and not the store."""
        if error.errno in _MISSING:
            return True
        return error.errno in _OF_A_FILE and self._can_be_listed()

    def _can_be_listed(self) -> bool:
        try:
            os.statvfs(self.root)  # a disk of the network is asked itself: names may be remembered here
            next(self.root.iterdir(), None)
        except OSError:
            return False
        return True

    @contextmanager
    def _naming_trouble(
        self, path: Path, concerns_another: Callable[[OSError], bool] = _concerns_key
    ) -> Iterator[None]:
        """Turn what the store's folder does not let us do into StorageFull and StoreAway.

        Args:
            path: what is used there.
            concerns_another: whether an error says nothing about the store, and stays what it is.
        """
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise StorageFull(f"There is no room for {path}: {error.strerror}.") from error
            if concerns_another(error):
                raise
            raise StoreAway(
                f"The store's folder {self.root} cannot be used now ({error.strerror}: {error.filename or path}): look "
                "whether its disk is there, and let this account read and write it."
            ) from error


class _SourceFailed(Exception):
    """What is to be stored cannot be read: that is no trouble of the store's."""

    def __init__(self, error: OSError) -> None:
        self.error = error


def _is_file(path: Path) -> bool:
    # Not `Path.is_file`: newer Pythons call a file missing whatever keeps it from being looked at.
    return stat.S_ISREG(_find_mode(path))


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(_find_mode(path))


def _find_mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _is_older(path: Path, than: float) -> bool:
    try:
        return path.stat().st_mtime < than
    except FileNotFoundError:
        return False  # whoever put it is done


def _walk(folder: Path) -> Iterator[Path]:
    """All files in a folder and those below; none where it is not there. What cannot be listed raises OSError."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise error

    for root, _folders, names in os.walk(folder, onerror=refuse):
        yield from (path for path in map(Path(root).joinpath, names) if _is_file(path))


def _write(file: BinaryIO, content: bytes | Path) -> None:
    file.writelines([content] if isinstance(content, bytes) else _read(content))


def _read(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as file:
            while some := file.read(_BYTES_AT_ONCE):
                yield some
    except OSError as error:
        raise _SourceFailed(error) from error


def _link(unfinished: Path, target: Path) -> bool:
    """Give a file its name unless there is one of that name; whether it was given."""
    try:
        # A link fails where a file is; a rename would replace it.
        os.link(unfinished, target)
    except FileExistsError:
        if not _is_file(target):
            raise  # a folder stands there: nothing is stored under this key, and nothing can be
        return False
    return True


def _make_root(root: Path) -> None:
    """Make the store's folder and those above it that are missing, each one durable in its parent.

    One that is there is its owner's to sync: folders above it may not be readable to this account.
    """
    if _is_folder(root):
        return
    _make_root(root.parent)
    root.mkdir(exist_ok=True)
    sync_folder(root.parent)
