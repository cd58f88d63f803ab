"""A relay of bytes in front of PostgreSQL, as the Cloud SQL Auth Proxy is one; it can cut connections, or hang."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url

_LOOK_INTERVAL_S = 0.02


class Relay:
    """Listens on a port of this machine, and passes on to a Unix socket what comes."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._hangs = threading.Event()
        self._is_cut = threading.Event()
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        self.port: int = self._listener.getsockname()[1]

    def hang(self) -> None:
        """Pass nothing on from now on, and close nothing either."""
        self._hangs.set()

    def cut(self) -> None:
        """Cut all connections; new ones are let through."""
        self._is_cut.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._is_cut.clear()
        self._hangs.clear()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(near,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.socket(socket.AF_UNIX) as far, suppress(OSError):
            far.connect(str(self._target))
            other = {near: far, far: near}
            while not self._is_cut.wait(0):
                if self._hangs.is_set():
                    self._is_cut.wait()
                    return
                for source in select.select([near, far], [], [], _LOOK_INTERVAL_S)[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    other[source].sendall(data)


@contextmanager
def relay_to(url: str) -> Iterator[tuple[Relay, str]]:
    """A relay in front of a server on a Unix socket, and the same database behind it."""
    place = make_url(url)
    relay = Relay(Path(str(place.query["host"])) / f".s.PGSQL.{place.query['port']}")
    through = place.set(host="127.0.0.1", port=relay.port, query={})
    try:
        yield relay, through.render_as_string(hide_password=False)
    finally:
        relay.close()
