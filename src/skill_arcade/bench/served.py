"""A real server to be measured or tested: `skill-arcade serve` with all its processes, in a data folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from skill_arcade.archive.layout import journals_folder
from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.sessions.spec import Places
from skill_arcade.sessions.supervision.control import ControlClient, SessionStatus

START_PATIENCE_S = 60.0
_LOOK_INTERVAL_S = 0.02


class DidNotHappen(SkillArcadeError):
    """What was waited for did not come; the message has the server's last words."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A server that may be killed and started again on the same data and port.

    Attributes:
        data: its data folder; what it says goes to a file beside it.
        port: on loopback.
        settings: by name, such as `linger_s`.
        variables: of its environment, as they are.
        process: its first one, once started.
    """

    data: Path
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.data.parent / f"{self.data.name}.log"

    @property
    def is_alive(self) -> bool:
        """Whether its first process has been started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, and wait until games can be played.

        Raises:
            DidNotHappen: they cannot.
        """
        environment = {
            **os.environ,
            "PORT": str(self.port),
            "SKILL_ARCADE_DATA": str(self.data),
            "SKILL_ARCADE_EXAMINE_GAMES": "false",  # forty seconds of a core, in each of many data folders
            **{f"SKILL_ARCADE_{name.upper()}": value for name, value in self.settings.items()},
            **self.variables,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "skill_arcade.cli.main", "serve"],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.await_health()

    def await_health(self) -> None:
        """Wait until games can be played."""
        deadline_s = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline_s and (self.process is None or self.process.poll() is None):
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:  # noqa: S310 - our own
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(_LOOK_INTERVAL_S)
        raise DidNotHappen(f"the server did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> int:
        """Ctrl-C, and wait; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)

    def pids(self, part: str = "") -> list[int]:
        """Its processes, whoever their parent is now, whose command line has `part` in it."""
        return find_processes(f"SKILL_ARCADE_DATA={self.data}", part)

    def session_pids(self) -> list[int]:
        """The sessions: nursery, templates and sessions have one command line, but only a session holds a journal."""
        return [pid for pid in self.pids("skill_arcade.sessions.process.nursery") if _holds_journal(pid)]

    def sessions(self) -> list[SessionStatus]:
        """Every session there is, as the supervisor tells of it; several may share a process.

        Raises:
            DidNotHappen: no gateway runs, by which the supervisor is found.
            SupervisorAway: it does not answer.
        """
        return ControlClient(Places(Path(), self.find_sockets()).supervisor_socket).status()

    def find_sockets(self) -> Path:
        """The folder in which its processes listen, and say how they do.

        Raises:
            DidNotHappen: no gateway runs, by which it is found.
        """
        for gateway in self.pids(" gateway "):
            try:
                arguments = Path(f"/proc/{gateway}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            except OSError:
                continue  # it ended this moment
            return Path(arguments[-1].decode())
        raise DidNotHappen(f"no gateway of the server runs:\n{self.log.read_text()[-2000:]}")

    def await_sealed(self, episodes: Collection[str], patience_s: float = 90.0) -> None:
        """Wait until the sealer has done its work.

        Raises:
            DidNotHappen: it has not, within `patience_s`.
        """
        archive = self.data / "archive" / "episodes"
        missing = set(episodes)
        deadline_s = time.monotonic() + patience_s
        while time.monotonic() < deadline_s:
            missing -= {path.stem for path in archive.rglob("*.parquet")}
            if not missing:
                return
            time.sleep(0.2)
        raise DidNotHappen(f"not sealed: {missing}\n{self.log.read_text()[-3000:]}")

    def await_no_journals(self, episodes: Collection[str], patience_s: float) -> None:
        """Wait until these episodes are sealed and verified, wherever the store is: then their journals go (REC-37).

        Raises:
            DidNotHappen: they are not, within `patience_s`.
        """
        deadline_s = time.monotonic() + patience_s
        while left := set(episodes) & {path.name for path in journals_folder(self.data).iterdir()}:
            if time.monotonic() > deadline_s:
                raise DidNotHappen(f"not sealed: {left}\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)

    def run_cli(self, *arguments: str, patience_s: float = 300.0) -> subprocess.CompletedProcess[str]:
        """A command of `skill-arcade` on the same data, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "skill_arcade.cli.main", *arguments],
            env={**os.environ, "SKILL_ARCADE_DATA": str(self.data), **self.variables},
            capture_output=True,
            text=True,
            timeout=patience_s,
            check=False,
        )

    def kill(self, pids: Collection[int]) -> None:
        """SIGKILL, all at once."""
        assert all(pid > 0 for pid in pids), "0 and less are groups of processes, our own among them"
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def kill_everything(self) -> None:
        """Kill every process, and wait until none is left."""
        while pids := self.pids():
            self.kill(pids)
            if self.process is not None:
                self.process.wait(timeout=10)
            time.sleep(0.01)


def find_processes(variable: str, part: str = "") -> list[int]:
    """Ids of the other processes with this variable (`NAME=value`) that have `part` in their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            variables = (process / "environ").read_bytes().split(b"\0")
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if variable.encode() in variables and part in command and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def _holds_journal(pid: int) -> bool:
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            if descriptor.readlink().suffix == ".journal":
                return True
        except OSError:
            continue
    return False


@contextmanager
def serving(data: Path, *, variables: Mapping[str, str] | None = None, **settings: str) -> Iterator[Server]:
    """A running server; nothing of it is left afterwards. `variables` are the environment's, as they are."""
    server = Server(data, settings=settings, variables=variables or {})
    try:
        server.start()
        yield server
    finally:
        server.kill_everything()
