"""A bad network between a client and a server: a TCP proxy that delays, hesitates, stalls and is slow, by a seed.

A lost packet is a stall, since in TCP what comes behind it waits until it was sent again. What waits for bandwidth is
bounded, as a router's buffer is: when it is full the sender's kernel keeps what comes next.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

_SEGMENT_BYTES = 1448


@dataclass(frozen=True, slots=True)
class Network:
    """How bad it is.

    Attributes:
        delay_s: one way.
        jitter_s: added to the delay, 0 up to this; what comes later never overtakes.
        stall_s: how long a loss stops one direction.
        stall_every_s: from the end of one stall to the next loss, on average; never less than half of it, so that
            stalls do not come in heaps, nor more than half as much again, so that they do come.
        bytes_per_s: bandwidth of each direction.
        queue_s: how long bytes wait for the bandwidth before the sender is stopped (a router's buffer).
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    stall_s: float = 0.5
    stall_every_s: float = float("inf")
    bytes_per_s: float = float("inf")
    queue_s: float = 0.1


@asynccontextmanager
async def bad_network(port: int, network: Network, seed: int) -> AsyncIterator[int]:
    """Serve a port of its own that leads to `port` of this machine; the number of that port."""
    dice, tasks = Random(seed), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Small: what waits here waits in `_Way`, or else at the sender.
        tcp = socket.socket()
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * _SEGMENT_BYTES)
        tcp.settimeout(0)
        await asyncio.get_running_loop().sock_connect(tcp, ("127.0.0.1", port))
        upstream, downstream = await asyncio.open_connection(sock=tcp, limit=_SEGMENT_BYTES)
        for one, other in ((reader, downstream), (upstream, writer)):
            way = _Way(one, other, network, Random(dice.random()))
            tasks.update((asyncio.create_task(way.take()), asyncio.create_task(way.give())))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2 * _SEGMENT_BYTES)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Way:
    """One direction of one connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: Network, dice: Random
    ) -> None:
        self._reader, self._writer, self._network, self._dice = reader, writer, network, dice
        self._flying: deque[tuple[float, bytes]] = deque()
        self._changed = asyncio.Event()
        self._sent_at = self._arrives_at = 0.0
        self._stall_at = self._next_stall(asyncio.get_running_loop().time())

    def _next_stall(self, now: float) -> float:
        return now + (0.5 + self._dice.random()) * self._network.stall_every_s

    async def take(self) -> None:
        """Take what is sent, as fast as the bandwidth lets; an empty piece tells the end."""
        network, clock = self._network, asyncio.get_running_loop().time
        data = b"-"
        while data:
            try:
                data = await self._reader.read(_SEGMENT_BYTES)
            except ConnectionError:
                data = b""
            now = clock()
            self._sent_at = max(now, self._sent_at) + len(data) / network.bytes_per_s
            arrives_at = self._sent_at + network.delay_s + self._dice.random() * network.jitter_s
            if now >= self._stall_at:
                arrives_at += network.stall_s
                self._stall_at = self._next_stall(now + network.stall_s)
            self._arrives_at = max(self._arrives_at, arrives_at)
            self._flying.append((self._arrives_at, data))
            self._changed.set()
            await asyncio.sleep(max(0.0, self._sent_at - network.queue_s - now))

    async def give(self) -> None:
        """Hand out what has arrived; a reader that does not read is waited for."""
        clock = asyncio.get_running_loop().time
        try:
            while True:
                while not self._flying:
                    self._changed.clear()
                    await self._changed.wait()
                arrives_at, data = self._flying.popleft()
                await asyncio.sleep(max(0.0, arrives_at - clock()))
                if not data:
                    return
                self._writer.write(data)
                await self._writer.drain()
        except ConnectionError:
            return
        finally:
            self._writer.close()
