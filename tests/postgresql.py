"""A real PostgreSQL for tests: a server of its own in a temporary folder, reached only by a Unix socket in there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url

PLACES = ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin")
"""Where Debian and Homebrew put the server's programs without naming them on the PATH."""

# It does what it is told line by line. It ends, and takes the server with it, when its input does: even if the tests
# are killed. Nothing is kept, so the disk is never waited for, unless $SYNC is set: then it is measured.
SCRIPT = """
trap 'pg_ctl --pgdata=data --mode=immediate stop >/dev/null 2>&1 || true; rm -rf "$PWD"' EXIT
initdb --pgdata=data --username=tests --auth=trust --encoding=UTF8 --locale=C --no-sync >/dev/null
options="${SYNC--F} -p 5432 -k '$PWD' -c listen_addresses= -c timezone=Asia/Kolkata"  # no test may lean on UTC
while read -r order; do
    case "$order" in
        standby) touch data/standby.signal ;;
        primary) rm -f data/standby.signal ;;
        start) pg_ctl --pgdata=data --log=log --options="$options" start >/dev/null || { cat log >&2; exit 1; } ;;
        stop) pg_ctl --pgdata=data --mode=immediate stop >/dev/null ;;
    esac
    echo "$order"
done
"""


@dataclass(frozen=True, slots=True)
class RestartablePostgresql:
    """A server that can be stopped in the middle of anything, and started again with the data that it had.

    Attributes:
        url: of its first database.
    """

    url: str
    _shell: subprocess.Popen[bytes]

    def stop_immediately(self) -> None:
        """Kill it, as a power loss would: all connections are cut, and the next start recovers from the log."""
        self._order("stop")

    def start(self, *, as_standby: bool = False) -> None:
        """Start it, and wait until it takes connections: a standby those that only read."""
        self._order("standby" if as_standby else "primary")
        self._order("start")

    def _order(self, word: str) -> None:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{word}\n".encode())
        self._shell.stdin.flush()
        said = self._shell.stdout.readline().decode().strip()
        assert said == word, f"PostgreSQL did not {word}: it says why on stderr"


def find_programs() -> Path | None:
    """The folder of the server's programs: the one on the PATH, or else the newest version's; None without any."""
    known = [str(path) for place in PLACES for path in Path("/").glob(place)]
    known.sort(key=lambda path: [int(number) for number in re.findall(r"\d+", path)], reverse=True)
    initdb = shutil.which("initdb", path=os.pathsep.join([os.environ.get("PATH", os.defpath), *known]))
    return None if initdb is None else Path(initdb).parent


@contextmanager
def running_postgresql(programs: Path) -> Iterator[str]:
    """A new server, as the URL of its first database; nothing of it is left afterwards."""
    with restartable_postgresql(programs) as server:
        yield server.url


@contextmanager
def restartable_postgresql(programs: Path, *, is_synced: bool = False) -> Iterator[RestartablePostgresql]:
    """A new server that runs; nothing of it is left afterwards.

    Args:
        programs: the folder of its programs.
        is_synced: a commit waits for the disk, as on a real server.
    """
    folder = Path(mkdtemp(prefix="postgresql-", dir="/tmp"))  # a socket's path must be short
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to be root
        nobody = getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    environment = {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "LC_ALL": "C"}
    shell = subprocess.Popen(
        ["sh", "-euc", SCRIPT],
        env=environment | ({"SYNC": ""} if is_synced else {}),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests
        **account,
    )
    with shell:
        server = RestartablePostgresql(f"postgresql+psycopg://tests@/postgres?host={folder}&port=5432", shell)
        server.start()
        yield server


@contextmanager
def empty_database(server: str, template: str = "template1") -> Iterator[str]:
    """A new database, as its URL, on the server that this URL leads to; it is dropped afterwards.

    Args:
        server: the URL of another database there.
        template: the name of the database that it is a copy of.
    """
    name = f"test_{uuid4().hex}"
    _run_once(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _run_once(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run_once(server: str, statement: str) -> None:
    """On a connection of its own: the server may be restarted before the next one."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
