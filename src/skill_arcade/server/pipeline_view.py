"""The backlog as it is now: what is not sealed yet, where it lies, what it waits for; nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from skill_arcade.archive.store import BlobStore
from skill_arcade.database.backlog import UnsealedRow, fetch_unsealed
from skill_arcade.database.episodes import EpisodeRow, fetch_episode
from skill_arcade.database.servers import ServerRow, fetch_servers
from skill_arcade.database.transactions import Database
from skill_arcade.domain.episode import Status
from skill_arcade.domain.errors import EpisodeNotFound, RecordingError, SkillArcadeError
from skill_arcade.recorder.chain import list_epochs
from skill_arcade.recorder.damage_told import tell_damage
from skill_arcade.recorder.episode_facts import facts_of_journal
from skill_arcade.recorder.journal import is_locked, journal_path
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.server.checkup import require_same_installation
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import find_database_url
from skill_arcade.server.occupant import find_occupant
from skill_arcade.server.settings import Settings
from skill_arcade.server.spools import Spool, read_spools
from skill_arcade.server.store import open_settings_store

T = TypeVar("T")


class State(StrEnum):
    """What a journal in the data folder waits for."""

    RUNNING = "running"
    """Somebody writes it."""

    UNENDED = "unended"
    """It waits for its player, or for so much silence that it counts as abandoned."""

    ENDED = "ended"
    """It waits to be sealed."""

    KEPT = "kept"
    """It is sealed and not proved: its journal is evidence, and a person has to look (REC-37)."""

    ELSEWHERE = "elsewhere"
    """Another server has the episode: this journal is going to be set aside (REC-30)."""

    DAMAGED = "damaged"
    """It cannot be read: a person has to look."""


@dataclass(frozen=True, slots=True)
class JournalView:
    """The journals of one episode in the data folder.

    Attributes:
        state: what they wait for.
        changed_at: when they last grew, by this machine's clock.
        n_bytes: of all of them.
        why: a sentence for a person; None where the state says it all.
    """

    episode_id: str
    state: State
    changed_at: datetime
    n_bytes: int
    why: str | None


@dataclass(frozen=True, slots=True)
class FolderView:
    """A folder in the data folder.

    Attributes:
        n_entries: files that are on their way (staging), or journals of episodes (set-aside).
        n_bytes: of all files in it.
        oldest_at: when the oldest of its files was last changed; None where it is empty.
    """

    n_entries: int
    n_bytes: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """What the index says is not sealed.

    Attributes:
        n_running: without an end.
        n_ended: with one.
        n_orphans: of both, those that are free or whose server has stopped, is gone, or is not known.
        oldest_running_at: when the oldest of them began; None where there is none.
        oldest_ended_at: likewise.
        oldest_orphan_at: likewise.
        servers: of this database. Whether one lives is noted by the others; `heartbeat_at` is by its own clock.
    """

    n_running: int
    n_ended: int
    n_orphans: int
    oldest_running_at: datetime | None
    oldest_ended_at: datetime | None
    oldest_orphan_at: datetime | None
    servers: tuple[ServerRow, ...]


@dataclass(frozen=True, slots=True)
class PipelineView:
    """The whole backlog; a part is None where it cannot be read now.

    Attributes:
        machine: the id of this data folder; None before its first server.
        served_by: the process of the server that uses it; None where none does.
        journals: of every episode that is in the data folder, the one that is longest unchanged first.
        staging: sealed files on their way to a store that is elsewhere.
        set_aside: journals of episodes that another server has taken over.
        spools: what machines have shipped into the store and is not sealed.
        database: what the index knows; None also where there is none yet.
        problems: one sentence for each part that cannot be read.
    """

    machine: UUID | None
    served_by: str | None
    journals: tuple[JournalView, ...]
    staging: FolderView
    set_aside: FolderView
    spools: tuple[Spool, ...] | None
    database: DatabaseView | None
    problems: tuple[str, ...]

    @property
    def needs_a_person(self) -> bool:
        """Whether something waits for somebody to look at it, or could not be looked at."""
        return bool(self.problems) or any(each.state in {State.KEPT, State.DAMAGED} for each in self.journals)


def view_pipeline(settings: Settings) -> PipelineView:
    """Look at files, index and store as they are now, whether a server runs or not.

    Raises:
        DataFolderError: the address of store or database is wrong.
    """
    folder = DataFolder(settings.data)
    machine = folder.read_machine_id() if folder.machine.exists() else None
    served_by = find_occupant(folder)
    problems: list[str] = []
    store = open_settings_store(settings)
    database = _open_database(settings, folder)
    try:
        seen = None if database is None else _try(lambda: _view_database(database), "database", problems)
        asked = database if seen is not None else None
        if asked is not None:
            _try(lambda: require_same_installation(settings, asked), "installation", problems)
        journals = _view_journals(folder.journals, asked, machine, served_by)
    finally:
        if database is not None:
            database.dispose()
    return PipelineView(
        machine=machine,
        served_by=served_by,
        journals=tuple(sorted(journals, key=lambda each: each.changed_at)),
        staging=_view_folder(folder.staging, by_file=True),
        set_aside=_view_folder(folder.set_aside, by_file=False),
        spools=_try(lambda: tuple(_read_spools(store, settings)), "store", problems),
        database=seen,
        problems=tuple(problems),
    )


def _open_database(settings: Settings, folder: DataFolder) -> Database | None:
    if settings.database_url is None and not folder.database.exists():
        return None
    return Database(find_database_url(settings))


def _try(look: Callable[[], T], what: str, problems: list[str]) -> T | None:
    try:
        return look()
    except (SkillArcadeError, OSError) as error:
        problems.append(f"{what}: {error}")
        return None


def _read_spools(store: BlobStore, settings: Settings) -> list[Spool]:
    """Without a store of its own nothing is shipped: everything is in the data folder."""
    return read_spools(store) if settings.store_url is not None else []


# ------------------------------------------------------------------------------------------------------ in the database


def _view_database(database: Database) -> DatabaseView:
    with database.read() as session:
        rows, servers = fetch_unsealed(session), fetch_servers(session)
    alive = {each.id for each in servers if each.stopped_at is None}
    running = [row for row in rows if row.status == Status.RUNNING]
    ended = [row for row in rows if row.status != Status.RUNNING]
    orphans = [row for row in rows if row.server_id not in alive]
    return DatabaseView(
        n_running=len(running),
        n_ended=len(ended),
        n_orphans=len(orphans),
        oldest_running_at=_find_oldest(running),
        oldest_ended_at=_find_oldest(ended),
        oldest_orphan_at=_find_oldest(orphans),
        servers=tuple(servers),
    )


def _find_oldest(rows: Collection[UnsealedRow]) -> datetime | None:
    return min((row.time_created for row in rows), default=None)


# --------------------------------------------------------------------------------------------------- in the data folder


def _view_journals(
    journals: Path, database: Database | None, machine: UUID | None, served_by: str | None
) -> list[JournalView]:
    views = []
    for folder in sorted(journals.iterdir()) if journals.is_dir() else []:
        try:
            if (view := _view_journal(folder, database, machine, served_by)) is not None:
                views.append(view)
        except (FileNotFoundError, NotADirectoryError):
            continue  # sealed, and taken away just now
    return views


def _view_journal(
    folder: Path, database: Database | None, machine: UUID | None, served_by: str | None
) -> JournalView | None:
    """None where nothing was begun."""
    epochs = list_epochs(folder)
    if not epochs:
        return None
    found = [journal_path(folder, epoch).stat() for epoch in epochs]
    changed_at = datetime.fromtimestamp(max(each.st_mtime for each in found), UTC)
    row = _fetch_row(database, folder.name)
    state, why = _find_state(folder, journal_path(folder, epochs[-1]), row, machine, served_by)
    return JournalView(folder.name, state, changed_at, sum(each.st_size for each in found), why)


def _find_state(
    folder: Path, newest: Path, row: EpisodeRow | None, machine: UUID | None, served_by: str | None
) -> tuple[State, str | None]:
    if is_locked(newest):
        return State.RUNNING, None
    if row is not None and row.sealed:
        return State.KEPT, f"it is sealed and {row.verification}: {row.verification_detail or 'nothing was compared'}"
    if row is not None and row.server_id not in {None, machine}:
        return State.ELSEWHERE, f"machine {row.server_id} goes on with it"
    nobody = None if served_by is not None else "no server runs on this data folder: start it, or run `recover --end`"
    try:
        journal = read_episode_journal(folder)
        facts_of_journal(journal)  # without these it can be neither indexed nor sealed
    except EpisodeNotFound:
        return State.UNENDED, "its first record is not whole: nothing was begun"
    except RecordingError as error:
        if not folder.is_dir():
            raise FileNotFoundError(folder) from error
        return State.DAMAGED, str(error)
    why = tell_damage(journal) or nobody
    return (State.UNENDED if journal.end is None else State.ENDED), why


def _fetch_row(database: Database | None, episode_id: str) -> EpisodeRow | None:
    if database is None:
        return None
    try:
        wanted = UUID(episode_id)
    except ValueError:
        return None  # somebody has put a folder of another name there
    with database.read() as session:
        return fetch_episode(session, wanted)


def _view_folder(folder: Path, *, by_file: bool) -> FolderView:
    files = []
    for path in folder.rglob("*") if folder.is_dir() else ():
        try:
            if path.is_file():
                files.append((path, path.stat()))
        except FileNotFoundError:
            continue  # taken away just now
    oldest_s = min((found.st_mtime for _, found in files), default=None)
    n_entries = len(files) if by_file else len({path.relative_to(folder).parts[0] for path, _ in files})
    oldest_at = None if oldest_s is None else datetime.fromtimestamp(oldest_s, UTC)
    return FolderView(n_entries, sum(found.st_size for _, found in files), oldest_at)
