"""What lies where in the data folder, and whether it can be used."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from skill_arcade.archive.layout import journals_folder
from skill_arcade.archive.local import LocalStore
from skill_arcade.domain.errors import DataFolderError, StorageFull, StoreAway
from skill_arcade.recorder.spool.restore import RESTORING
from skill_arcade.server.free_space import read_free_bytes
from skill_arcade.server.owning.journal_places import JournalPlaces

LOCK_FILE = "server.lock"
"""Locked while a server uses the folder; says which process that is."""


class DataFolderInUse(DataFolderError):
    """Another server uses the folder."""

    def __init__(self, pid: str) -> None:
        super().__init__(
            f"Another server uses this data folder (pid {pid or 'unknown'}): "
            "stop it, or choose another with SKILL_ARCADE_DATA."
        )


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder with everything that is kept."""

    root: Path

    @property
    def secret(self) -> Path:
        """The installation's secret, readable by its owner only."""
        return self.root / "secret"

    @property
    def machine(self) -> Path:
        """The id under which other servers, and the store, know this folder's server."""
        return self.root / "machine"

    @property
    def journals(self) -> Path:
        """A folder for each episode that is not sealed (REC-10)."""
        return journals_folder(self.root)

    @property
    def archive(self) -> Path:
        """The sealed episodes (REC-35)."""
        return self.root / "archive"

    @property
    def staging(self) -> Path:
        """Sealed episodes on their way to a store that is elsewhere; made again from the journals if it is lost."""
        return self.root / "staging"

    @property
    def incoming(self) -> Path:
        """Journals on their way here from another server; fetched again if they are lost."""
        return self.root / "incoming"

    @property
    def restoring(self) -> Path:
        """Journals that are being put together from the store (`recorder/spool/restore.py`)."""
        return self.root / RESTORING

    @property
    def set_aside(self) -> Path:
        """Journals of episodes that another server has taken over: nothing in there belongs to a recording (REC-30)."""
        return self.root / "set-aside"

    @property
    def removed(self) -> Path:
        """Journals on their way out; may be deleted at any time."""
        return self.root / "removed"

    @property
    def journal_places(self) -> JournalPlaces:
        """The folders between which journals move."""
        return JournalPlaces(self.journals, self.removed, self.set_aside, self.incoming)

    @property
    def scratch(self) -> Path:
        """What the sealer puts down for a moment; emptied when it starts."""
        return self.root / "scratch"

    @property
    def pictures(self) -> Path:
        """The games' pictures; may be deleted at any time."""
        return self.root / "cache" / "pictures"

    @property
    def database(self) -> Path:
        """The file of the embedded database; derived from the records but for people and logins."""
        return self.root / "index.sqlite"

    @property
    def database_url(self) -> str:
        """The embedded database, as a URL."""
        return f"sqlite:///{self.database}"

    def prepare(self) -> None:
        """Make what is not there.

        Raises:
            DataFolderError: the folder cannot be made or written.
        """
        try:
            # Recordings of people: for the owner's eyes, unless somebody opens the folder on purpose.
            _make_durable_folder(self.root, mode=0o700)
            for folder in (self.journals, self.archive, self.pictures):
                _make_durable_folder(folder)
        except OSError as error:
            raise DataFolderError(f"The data folder {self.root} cannot be made: {error.strerror}.") from error
        self.check_writable()

    def read_machine_id(self) -> UUID:
        """The id of this folder's server, made when there is none yet.

        Raises:
            DataFolderError: it cannot be made, or what is in the file is none.
        """
        try:
            LocalStore(self.root).put_if_absent(self.machine.name, f"{uuid4()}\n".encode())
            return UUID(self.machine.read_text("ascii").strip())
        except StoreAway as error:
            raise DataFolderError(f"The file {self.machine} cannot be read or made: {error}") from error
        except OSError as error:
            raise DataFolderError(f"The file {self.machine} cannot be read or made: {error.strerror}.") from error
        except ValueError:
            raise DataFolderError(
                f"The file {self.machine} holds no id: put it back from a backup, or remove it and run "
                "`skill-arcade recover` with the id that it had."
            ) from None

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Be the only server of this folder; the kernel ends that when this process dies, however it does.

        Raises:
            DataFolderInUse: another server is.
            DataFolderError: the folder cannot be written.
        """
        try:
            # No program that this one starts gets the descriptor (PEP 446): the lock ends with this process.
            file = (self.root / LOCK_FILE).open("a+", encoding="ascii")
        except OSError as error:
            raise DataFolderError(f"The data folder {self.root} cannot be written: {error.strerror}.") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise DataFolderInUse(file.read().strip()) from None
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    def check_writable(self) -> None:
        """Make sure that a file can be made.

        Raises:
            DataFolderError: it cannot.
        """
        try:
            # A file of its own for every call: several requests may ask at once.
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise DataFolderError(f"The data folder {self.root} cannot be written: {error.strerror}.") from error

    def read_free_bytes(self) -> int:
        """Bytes that may still be written; in memory no more than programs may still have."""
        return read_free_bytes(self.root)

    def require_free_mb(self, min_free_mb: int) -> None:
        """Make sure that there is room for one more episode.

        Raises:
            StorageFull: less than `min_free_mb` megabytes are free.
        """
        free_mb = self.read_free_bytes() // 1_000_000
        if free_mb < min_free_mb:
            raise StorageFull(f"The server's disk is nearly full ({free_mb} MB free): nothing new can be recorded.")


def _make_durable_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it that are missing, each durable in its parent, or all in it may be lost."""
    if not folder.parent.exists():
        _make_durable_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=mode)
    # Also where it was there: who made it may have died too early. One above the data folder may be closed to us.
    with contextlib.suppress(PermissionError):
        descriptor = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
