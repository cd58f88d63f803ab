"""Whether games can be played here, part by part; changes nothing but what a start would make anyway."""

from __future__ import annotations

import platform
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from skill_arcade import __version__
from skill_arcade.accounts.secret import Secret
from skill_arcade.database.revision import newest_revision, read_revision
from skill_arcade.domain.errors import DataFolderError, SkillArcadeError
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import find_database_url, open_database
from skill_arcade.server.game_conditions import GameConditions
from skill_arcade.server.http.web_app import STATIC
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.settings import Settings

PACKAGES = ("ale-py", "fastapi", "gymnasium", "numpy", "pyarrow", "sqlalchemy", "uvicorn")


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
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    return f"skill-arcade {__version__}, Python {platform.python_version()}, {versions}"


def _check_data_folder(settings: Settings) -> str:
    folder = DataFolder(settings.data)
    folder.prepare()
    Secret.load_or_make(folder.secret)
    return f"{folder.root.resolve()} can be written, and only its owner can read the secret"


def _check_disk(settings: Settings) -> str:
    folder = DataFolder(settings.data)
    folder.require_free_mb(settings.min_free_mb)
    return f"{folder.read_free_bytes() / 1e9:.1f} GB are free"


def _check_database(settings: Settings) -> str:
    database = open_database(settings)
    try:
        with database.read() as session:
            session.is_alive()
    finally:
        database.dispose()
    found, newest = read_revision(find_database_url(settings)), newest_revision()
    if found != newest:
        raise DataFolderError(f"The schema is {found}, and should be {newest}: run `skill-arcade migrate`.")
    return f"schema {found}, the newest"


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
            raise DataFolderError(
                f"{settings.host}:{settings.port} cannot be used: {error.strerror}; is it in use?"
            ) from None
    return f"{settings.host}:{settings.port} is free"


_CHECKS: dict[str, Callable[[Settings], str]] = {
    "packages": _check_packages,
    "data folder": _check_data_folder,
    "disk": _check_disk,
    "database": _check_database,
    "games": _check_games,
    "web app": _check_web_app,
    "port": _check_port,
}
