"""A real PostgreSQL for tests: a server of its own in a temporary folder, reached only by a Unix socket in there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwnam
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url

PLACES = ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin")
"""Where Debian and Homebrew put the server's programs without naming them on the PATH."""

# It ends, and takes the server with it, when its input does: even if the tests are killed. Nothing is kept, so the disk
# is never waited for.
SCRIPT = """
trap 'pg_ctl --pgdata=data --mode=immediate stop >/dev/null 2>&1 || true; rm -rf "$PWD"' EXIT
initdb --pgdata=data --username=tests --auth=trust --encoding=UTF8 --locale=C --no-sync >/dev/null
options="-F -p 5432 -k '$PWD' -c listen_addresses= -c timezone=Asia/Kolkata"  # no test may lean on a server in UTC
pg_ctl --pgdata=data --log=log --options="$options" start >/dev/null || { cat log >&2; exit 1; }
echo ready
cat >/dev/null
"""


def find_programs() -> Path | None:
    """The folder of the server's programs: the one on the PATH, or else the newest version's; None without any."""
    known = [str(path) for place in PLACES for path in Path("/").glob(place)]
    known.sort(key=lambda path: [int(number) for number in re.findall(r"\d+", path)], reverse=True)
    initdb = shutil.which("initdb", path=os.pathsep.join([os.environ.get("PATH", os.defpath), *known]))
    return None if initdb is None else Path(initdb).parent


@contextmanager
def running_postgresql(programs: Path) -> Iterator[str]:
    """A new server, as the URL of its first database; nothing of it is left afterwards."""
    folder = Path(mkdtemp(prefix="postgresql-", dir="/tmp"))  # a socket's path must be short
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to be root
        nobody = getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    shell = subprocess.Popen(
        ["sh", "-euc", SCRIPT],
        env={"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "LC_ALL": "C"},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests
        **account,
    )
    with shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == b"ready\n", "PostgreSQL did not start: it says why on stderr"
        yield f"postgresql+psycopg://tests@/postgres?host={folder}&port=5432"


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """A new database, as its URL, on the server that this URL leads to; it is dropped afterwards."""
    name = f"test_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()
