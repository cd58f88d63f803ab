"""One address in front of several servers, as a cloud has it: each connection goes to any of them, none sticks.

A plain relay of bytes. A server that does not take the connection is passed over; a connection whose server dies, dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_CHUNK_BYTES = 65_536


@dataclass
class FrontDoor:
    """The address.

    Attributes:
        ports: of the servers behind it, on this machine; may be changed while it is open.
        port: its own.
        taken: the port of the server that took each connection, in order.
    """

    ports: list[int]
    port: int = 0
    taken: list[int] = field(default_factory=list)
    _turn: Iterator[int] = field(default_factory=itertools.count)
    _connections: set[asyncio.Task[Any]] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(init=False)

    @property
    def url(self) -> str:
        """Where people go."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Let all connections that there are end, as a network does that goes away for a moment."""
        for task in list(self._connections):
            self._loop.call_soon_threadsafe(task.cancel)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection to the server whose turn it is."""
        task = asyncio.current_task()
        assert task is not None
        self._loop = asyncio.get_running_loop()
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turn)
        ports = list(self.ports)
        with contextlib.closing(writer):
            for i in range(len(ports)):
                port = ports[(first + i) % len(ports)]
                try:
                    upstream, downstream = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    continue
                self.taken.append(port)
                with contextlib.closing(downstream):
                    ways = [
                        asyncio.create_task(_relay(reader, downstream)),
                        asyncio.create_task(_relay(upstream, writer)),
                    ]
                    # Either end that goes takes the other with it, as a load balancer does.
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                    for way in ways:
                        way.cancel()
                return


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()


@contextmanager
def front_door(ports: Sequence[int]) -> Iterator[FrontDoor]:
    """An open address in front of these servers; served by a thread of its own."""
    door = FrontDoor(list(ports))
    is_open, is_over = threading.Event(), threading.Event()

    async def run() -> None:
        server = await asyncio.start_server(door.serve, "127.0.0.1", 0)
        door.port = server.sockets[0].getsockname()[1]
        is_open.set()
        await asyncio.to_thread(is_over.wait)
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    try:
        assert is_open.wait(10), "it does not open"
        yield door
    finally:
        is_over.set()
        thread.join(10)
