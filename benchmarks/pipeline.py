"""`skill-arcade bench pipeline` with PostgreSQL and fake-gcs-server, which are started for it on this machine.

    python -m benchmarks.pipeline [--quick] [--players N] [--json] [--save FOLDER] [--store s3]

Both run at the lowest priority: elsewhere they would be on machines of their own. Commits wait for the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.object_stores import SCHEMES, Scheme, running_emulator, tell_missing
from tests.postgresql import find_programs, restartable_postgresql

_NICEST = 19
_SERVE = "--serve"


def main() -> int:
    """Entry: `python -m benchmarks.pipeline`; the exit status is that of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=SCHEMES, default="gs", help="which kind of store; gs if nothing is said")
    parser.add_argument(_SERVE, action="store_true", help=argparse.SUPPRESS)
    arguments, others = parser.parse_known_args()
    if arguments.serve:
        serve(arguments.store)
        return 0
    with serving(arguments.store) as variables:
        command = [sys.executable, "-m", "skill_arcade.cli.main", "bench", "pipeline", *others]
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # A session of its own: it is told once that it is to end, and takes what it has started with it.
        with subprocess.Popen(command, env=os.environ | variables, start_new_session=True) as bench:
            try:
                return bench.wait()
            except KeyboardInterrupt:
                bench.terminate()
                return bench.wait()


@contextmanager
def serving(scheme: Scheme) -> Iterator[dict[str, str]]:
    """A database and a store in a process of low priority; what others need in their environment to find them."""
    command = [sys.executable, "-m", "benchmarks.pipeline", _SERVE, "--store", scheme]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told, "the database and the store did not start: they say why on stderr"
        yield json.loads(told)
        process.stdin.close()


def serve(scheme: Scheme) -> None:
    """Serve until nobody holds the other end of the input any more, even if whoever did was killed."""
    os.nice(_NICEST)
    programs = find_programs()
    assert programs is not None, "no PostgreSQL: run `apt-get install postgresql` as root"
    assert (missing := tell_missing(scheme)) is None, missing
    with restartable_postgresql(programs, is_synced=True) as postgresql, running_emulator(scheme) as emulator:
        store = {"SKILL_ARCADE_STORE_URL": emulator.make_bucket(), **emulator.environment()}
        print(json.dumps({"SKILL_ARCADE_DATABASE_URL": postgresql.url, **store}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    sys.exit(main())
