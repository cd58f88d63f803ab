"""Whether games can be played here, part by part; changes nothing but what a start would make anyway."""

from __future__ import annotations

import platform
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from uuid import UUID, uuid4

from skill_arcade import __version__
from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.accounts.secret import Secret
from skill_arcade.archive.layout import STORE_ID_KEY
from skill_arcade.archive.store import BlobNotFound, BlobStore
from skill_arcade.database.health import (
    fetch_clock,
    fetch_installation,
    fetch_postgresql_version,
    fetch_sqlite_version,
    try_to_write,
)
from skill_arcade.database.revision import newest_revision
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError, SkillArcadeError, StorageFull
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.free_space import lies_in_memory, read_memory_bytes
from skill_arcade.server.game_conditions import GameConditions
from skill_arcade.server.http.web_app import STATIC
from skill_arcade.server.occupant import find_occupant
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.services import load_secret
from skill_arcade.server.settings import Settings
from skill_arcade.server.store import open_settings_store

PACKAGES = ("ale-py", "fastapi", "gymnasium", "numpy", "pyarrow", "sqlalchemy", "uvicorn")
CLIENTS = ("psycopg", "google-cloud-storage", "boto3")
"""Packages of databases and stores, which only those need who use them."""

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time: this program is newer."""

CLOCK_TOLERANCE_S = 5.0
"""Tickets and logins end by the clock: so far may those of server and database be apart."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look showed.

    Attributes:
        what: what was looked at.
        ok: whether it is as it must be.
        sentence: how it is, and what to do where it is wrong; a line for each game where it is several.
    """

    what: str
    ok: bool
    sentence: str


def check_all(settings: Settings) -> list[Finding]:
    """Look at everything; one look that fails does not stop the others."""
    return [_look(what, check, settings) for what, check in _CHECKS.items()]


def _look(what: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what, ok=True, sentence=check(settings))
    except (SkillArcadeError, OSError, metadata.PackageNotFoundError) as error:
        return Finding(what, ok=False, sentence=str(error))


def _check_packages(_settings: Settings) -> str:
    versions = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    for name in CLIENTS:
        with suppress(metadata.PackageNotFoundError):
            versions.append(f"{name} {metadata.version(name)}")
    return f"skill-arcade {__version__}, Python {platform.python_version()}, {', '.join(versions)}"


def _check_data_folder(settings: Settings) -> str:
    folder = DataFolder(settings.data)
    folder.prepare()
    Secret.load_or_make(folder.secret)
    return f"{folder.root.resolve()} can be written, and only its owner can read the secret"


def _check_disk(settings: Settings) -> str:
    folder = DataFolder(settings.data)
    memory_bytes = read_memory_bytes() if lies_in_memory(folder.root) else None
    if memory_bytes is not None and memory_bytes < settings.min_free_mb * 1_000_000:
        raise StorageFull(
            f"The data folder lies in memory, of which only {memory_bytes // 1_000_000} MB are left: give the machine "
            "more of it, or set SKILL_ARCADE_DATA to a folder on a disk."
        )
    folder.require_free_mb(settings.min_free_mb)
    told = f"{folder.read_free_bytes() / 1e9:.1f} GB are free"
    if not lies_in_memory(folder.root):
        return told
    return (
        f"{told}; the data folder lies in memory: what is not in a store elsewhere is lost with the machine's "
        "power (SKILL_ARCADE_STORE_URL)"
    )


def _check_database(settings: Settings) -> str:
    database = open_database(settings)
    try:
        with database.read() as session:
            is_postgresql = settings.database_url is not None and not database.url.startswith("sqlite")
            version = fetch_postgresql_version(session) if is_postgresql else fetch_sqlite_version(session)
            began_s = time.perf_counter()
            session.is_alive()
            took_ms = (time.perf_counter() - began_s) * 1000
        with database.write() as work:
            try_to_write(work)
    finally:
        database.dispose()
    name = "PostgreSQL" if is_postgresql else "SQLite"
    return f"{name} {version} takes changes and answers within {took_ms:.1f} ms; schema {newest_revision()}, the newest"


def _check_store(settings: Settings) -> str:
    store = open_settings_store(settings)
    key = f"doctor/{uuid4()}"
    try:
        _try_store(store, key)
    finally:
        with suppress(SkillArcadeError, OSError):
            store.delete(key)
    place = "a folder of this machine" if store.is_local else "elsewhere"
    return f"it is {place}, and what is put there can be read, is never written over, is listed and can be deleted"


def _try_store(store: BlobStore, key: str) -> None:
    """Do everything that is asked of a store.

    Raises:
        DataFolderError: it does not do what it must.
    """
    content = key.encode()
    if not store.put_if_absent(key, content):
        raise DataFolderError("The store says of a new key that there is something: look at what stands before it.")
    if store.get(key) != content:
        raise DataFolderError("The store gives back something else than was put: recordings would not be safe there.")
    if store.put_if_absent(key, b"something else") or store.get(key) != content:
        raise DataFolderError(
            "The store writes over what is there although it was told not to (If-None-Match): two servers could "
            "destroy each other's recordings; use a store that keeps to conditions."
        )
    if list(store.list(key)) != [key]:
        raise DataFolderError("The store does not list what was put a moment ago: use one that is consistent.")
    store.delete(key)
    if store.exists(key):
        raise DataFolderError("The store still has what was deleted a moment ago: use one that is consistent.")


def _check_installation(settings: Settings) -> str:
    if settings.database_url is None:
        return "the database in the data folder has this server alone"
    database = open_database(settings)
    try:
        is_known = require_same_installation(settings, database)
    finally:
        database.dispose()
    return "secret and store are those of the other servers" if is_known else "this is the database's first server"


def require_same_installation(settings: Settings, database: Database) -> bool:
    """Make sure that secret and store are those of the database's other servers; whether there were any. Notes nothing.

    Raises:
        DataFolderError: they are others.
        StoreAway: the store cannot be used now.
    """
    if settings.database_url is None:
        return False
    with database.read() as session:
        known = fetch_installation(session)
    store_id = _find_store_id(open_settings_store(settings))
    if known is None:
        return False
    if load_secret(settings, DataFolder(settings.data)).fingerprint != known.secret_fingerprint:
        raise DataFolderError(
            "The secret is not that of the database's other servers: give all of them the same SKILL_ARCADE_SECRET, "
            "or put the file `secret` of the first one into the data folder."
        )
    if store_id != known.store_id:
        raise DataFolderError(
            "The store is not that of the database's other servers: give all of them the same SKILL_ARCADE_STORE_URL."
        )
    return True


def _find_store_id(store: BlobStore) -> UUID | None:
    try:
        return UUID(store.get(STORE_ID_KEY).decode("ascii").strip())
    except (BlobNotFound, ValueError):
        return None


def _check_clock(settings: Settings) -> str:
    now = read_utc_clock()
    if now < EARLIEST:
        raise DataFolderError(f"The clock says {now:%Y-%m-%d %H:%M} UTC, which cannot be: set it, as by NTP.")
    if settings.database_url is None or settings.database_url.startswith("sqlite"):
        return f"{now:%Y-%m-%d %H:%M:%S} UTC"
    database = open_database(settings)
    try:
        with database.read() as session:
            session.is_alive()  # the connection is made: from here on it takes no time
            before, there, after = read_utc_clock(), fetch_clock(session), read_utc_clock()
    finally:
        database.dispose()
    return _compare_clocks(before + (after - before) / 2, there)


def _compare_clocks(here: datetime, there: datetime) -> str:
    apart_s = (here - there).total_seconds()
    if abs(apart_s) > CLOCK_TOLERANCE_S:
        raise DataFolderError(
            f"This machine's clock is {abs(apart_s):.0f} s {'ahead of' if apart_s > 0 else 'behind'} the database's: "
            "let both follow NTP. Recordings keep their intervals, but logins and tickets end at the wrong time."
        )
    return f"{here:%Y-%m-%d %H:%M:%S} UTC, {abs(apart_s):.1f} s from the database's"


def _check_games(settings: Settings) -> str:
    # A server tries them out in the background; what it found is read here.
    catalogue = load_catalogue(settings)
    conditions = GameConditions(DataFolder(settings.data).pictures, catalogue)
    found = {game.id: conditions.read_condition(game.id) for game in catalogue}
    problems = [f"{game_id}: {each.problem}" for game_id, each in found.items() if each is not None and each.problem]
    problems += [f"{problem}." for problem in catalogue.problems]
    if problems:
        raise DataFolderError("\n".join((f"What cannot be played ({len(problems)}):", *problems)))
    n_untried = sum(condition is None for condition in found.values())
    if n_untried:
        return f"{len(found)} games; {n_untried} are not tried out yet: a running server does that in the background"
    return f"all {len(found)} were tried out and can be played"


def _check_web_app(_settings: Settings) -> str:
    if not (STATIC / "index.html").is_file():
        raise DataFolderError("The web app is not built: run `make run`, or install a released wheel.")
    return "built"


def _check_port(settings: Settings) -> str:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if (pid := find_occupant(DataFolder(settings.data))) is not None:
                return f"a server runs on this data folder (pid {pid}) and listens there, or elsewhere"
            raise DataFolderError(
                f"{settings.host}:{settings.port} cannot be used: {error.strerror}; is it in use?"
            ) from None
    return f"{settings.host}:{settings.port} is free"


_CHECKS: dict[str, Callable[[Settings], str]] = {
    "packages": _check_packages,
    "data folder": _check_data_folder,
    "disk": _check_disk,
    "database": _check_database,
    "store": _check_store,
    "installation": _check_installation,
    "clock": _check_clock,
    "games": _check_games,
    "web app": _check_web_app,
    "port": _check_port,
}
