"""A database and a store that are not in the data folder: where they are, and who runs them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from skill_arcade.archive.address import BucketAddress, parse_store_address
from skill_arcade.bench.durability.listeners import find_port_listeners, find_socket_listeners
from skill_arcade.domain.errors import SkillArcadeError

DATABASE, STORE = "SKILL_ARCADE_DATABASE_URL", "SKILL_ARCADE_STORE_URL"

_POSTGRESQL_PORT = 5432
_ENDPOINTS = {"gs": ("STORAGE_EMULATOR_HOST",), "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")}
"""Where the clients of each kind of store look for the address of another than the real one, the first set counts."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Both, as the settings of the same names have them.

    Attributes:
        database_url: of a PostgreSQL database in which there is nothing.
        store_url: of a bucket, of which a new prefix is used.
    """

    database_url: str
    store_url: str

    @property
    def variables(self) -> dict[str, str]:
        """For the environment of a server."""
        return {DATABASE: self.database_url, STORE: self.store_url}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An emulator on this machine, as the environment names it.

    Attributes:
        variable: that does.
        host: where it listens.
        port: likewise.
    """

    variable: str
    host: str
    port: int


def choose_elsewhere(
    database_url: str | None, store_url: str | None, environment: Mapping[str, str]
) -> Elsewhere | None:
    """What the command line names, and else the environment; None where neither does.

    Raises:
        SkillArcadeError: only one of the two is named, or what is measured is not that.
    """
    database_url = database_url or environment.get(DATABASE)
    store_url = store_url or environment.get(STORE)
    if database_url is None and store_url is None:
        return None
    if database_url is None or store_url is None:
        raise SkillArcadeError("Name both --database-url and --store-url, or neither.")
    if not database_url.startswith("postgres"):
        raise SkillArcadeError("--database-url is of a PostgreSQL database: SQLite is measured without it.")
    if not isinstance(parse_store_address(store_url), BucketAddress):
        raise SkillArcadeError("--store-url is of a bucket (gs:// or s3://): a folder is measured without it.")
    return Elsewhere(database_url, store_url)


def find_endpoint(store_url: str, environment: Mapping[str, str] = os.environ) -> Endpoint | None:
    """The emulator that the environment names for such a store; None for any other, and if it does not speak HTTP."""
    address = parse_store_address(store_url)
    assert isinstance(address, BucketAddress)
    for variable in _ENDPOINTS[address.scheme]:
        if url := environment.get(variable):
            parts = urlsplit(url if "://" in url else f"http://{url}")
            if parts.scheme != "http" or parts.hostname is None:
                return None
            return Endpoint(variable, parts.hostname, parts.port or 80)
    return None


def find_database_listeners(url: str) -> set[int]:
    """The processes of this machine that take connections to a PostgreSQL database; empty where there is none."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host, port = query.get("host", parts.hostname or ""), int(query.get("port", parts.port or _POSTGRESQL_PORT))
    if host.startswith("/"):
        return find_socket_listeners(Path(host) / f".s.PGSQL.{port}")
    return find_port_listeners(port) if host in {"localhost", "127.0.0.1", "::1"} else set()
