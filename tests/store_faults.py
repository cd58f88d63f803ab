"""Faults between a client and an object store: an HTTP proxy that does harm when it is told to, by a seed.

It stands before a real emulator (`tests.object_stores`): what the store itself did is seen there, past the proxy.
A connection carries one request, so that no fault meets another request than the one it was meant for.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from threading import Lock, Thread

_BLOCK_BYTES = 1 << 14
_RECEIVE_BUFFER_BYTES = 1 << 16
_LEAST_CRAWL_BLOCK_BYTES = 64
_CRAWL_BLOCKS_PER_S = 20
_LEAST_HARMED_BYTES = 2048
"""A body with less in it may be nothing but the words around a blob; harm would be done to those, which TLS forbids."""


class Fault(StrEnum):
    """What is done to a request."""

    REFUSE = "refuse"
    """The proxy answers, with a status; the store learns nothing."""

    RESET_AT_ONCE = "reset at once"
    """The connection is reset before the store learns anything."""

    RESET_MIDWAY = "reset midway"
    """Both connections are reset after half of the request's body; or of the answer's, where there is none."""

    LOSE_ANSWER = "lose the answer"
    """The store does what was asked; the connection is reset in place of its answer."""

    HANG = "hang"
    """Nothing comes, and the connection stays."""

    CRAWL = "crawl"
    """Bytes come slowly, both ways: a kilobyte a second by default."""

    SHORTEN_UPLOAD = "shorten the upload"
    """Some bytes of a body are missing, and its length says so: the store sees nothing odd."""

    FLIP_UPLOAD = "flip a bit of the upload"
    """One bit of a blob is another when it arrives at the store."""

    CUT_DOWNLOAD = "cut the download"
    """The connection ends after half of a blob."""

    FLIP_DOWNLOAD = "flip a bit of the download"
    """One bit of a blob is another when it arrives at the client."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to happen to requests.

    Attributes:
        faults: one of these.
        status: of an answer that refuses.
        retry_after_s: told with it.
        n_left: how many requests it is to happen to; None for all.
        chance: that it happens to a request.
        methods: of the requests that are meant; None for all.
        n_spared: so many of those that are meant are let through first.
        crawl_bytes_per_s: of a crawl.
    """

    faults: tuple[Fault, ...]
    status: int
    retry_after_s: int | None
    n_left: int | None
    chance: float
    methods: frozenset[str] | None
    n_spared: int
    crawl_bytes_per_s: float


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line and the headers of a request or an answer."""

    lines: tuple[str, ...]

    @classmethod
    async def read(cls, reader: asyncio.StreamReader) -> _Head:
        raw = await reader.readuntil(b"\r\n\r\n")
        return cls(tuple(raw.decode("latin-1").rstrip("\r\n").split("\r\n")))

    @property
    def first_words(self) -> list[str]:
        return self.lines[0].split(" ")

    @property
    def n_body_bytes(self) -> int:
        return int(self.get("content-length") or 0)

    def get(self, name: str) -> str | None:
        found = (line.partition(":")[2].strip() for line in self.lines[1:] if line.lower().startswith(f"{name}:"))
        return next(found, None)

    def replaced(self, name: str, value: str | None) -> _Head:
        """With another value of a header, or without it."""
        kept = (line for line in self.lines[1:] if not line.lower().startswith(f"{name}:"))
        return _Head((self.lines[0], *kept, *(() if value is None else (f"{name}: {value}",))))

    def encode(self) -> bytes:
        return ("\r\n".join(self.lines) + "\r\n\r\n").encode("latin-1")


class FaultProxy:
    """Stands before a store at a port of its own; may be told from any thread what to do from now on.

    Attributes:
        port: of the proxy, on 127.0.0.1.
        n_requests: that have begun, by method.
        n_faults: that happened, by kind.
    """

    def __init__(self, store_port: int, seed: int) -> None:
        self.port = 0
        self.n_requests: Counter[str] = Counter()
        self.n_faults: Counter[Fault] = Counter()
        self._store_port = store_port
        self._dice = Random(seed)
        self._lock = Lock()
        self._plan: _Plan | None = None
        self._loop = asyncio.new_event_loop()
        self._is_healthy = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()

    def fail_with(
        self,
        *faults: Fault,
        status: int = 503,
        retry_after_s: int | None = None,
        n_requests: int | None = None,
        chance: float = 1.0,
        methods: frozenset[str] | None = None,
        n_spared: int = 0,
        crawl_bytes_per_s: float = 1000,
    ) -> None:
        """From now on do harm, one of these to each request; instead of what was told before. See `_Plan`."""
        assert faults
        with self._lock:
            self._plan = _Plan(faults, status, retry_after_s, n_requests, chance, methods, n_spared, crawl_bytes_per_s)
        self._loop.call_soon_threadsafe(self._is_healthy.clear)

    def heal(self) -> None:
        """Do no more harm; what hangs is reset, what crawls goes on as fast as it can."""
        with self._lock:
            self._plan = None
        self._loop.call_soon_threadsafe(self._is_healthy.set)

    def run(self) -> Iterator[FaultProxy]:
        """Serve in a thread, until it is asked for the next."""
        listening = socket.socket()
        # Small: what crawls waits at the client, and not in here.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        listening.bind(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, sock=listening, limit=_RECEIVE_BUFFER_BYTES)
        )
        thread = Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.heal()
            asyncio.run_coroutine_threadsafe(self._close(server), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    async def _close(self, server: asyncio.Server) -> None:
        server.close()
        while self._serving:
            for task in self._serving:
                task.cancel()  # which `wait_for` swallows where it ends at that moment, on Python 3.11
            await asyncio.wait(self._serving, timeout=0.1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _Exchange(self, reader, writer).run()
        finally:
            self._serving.discard(task)
            writer.close()

    def choose(self, method: str) -> tuple[Fault | None, _Plan | None]:
        """What is to happen to the next request."""
        with self._lock:
            self.n_requests[method] += 1
            plan = self._plan
            if plan is None or plan.n_left == 0 or not (plan.methods is None or method in plan.methods):
                return None, None
            if plan.n_spared:
                self._plan = replace(plan, n_spared=plan.n_spared - 1)
                return None, None
            if self._dice.random() >= plan.chance:
                return None, None
            if plan.n_left is not None:
                self._plan = replace(plan, n_left=plan.n_left - 1)
            return self._dice.choice(plan.faults), plan

    def note(self, fault: Fault) -> None:
        """A fault happened."""
        with self._lock:
            self.n_faults[fault] += 1

    def throw(self, stop: int) -> int:
        """A number below `stop`."""
        with self._lock:
            return self._dice.randrange(stop)

    async def open_store(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the store."""
        return await asyncio.open_connection("127.0.0.1", self._store_port)

    @property
    def is_healthy(self) -> asyncio.Event:
        """Set while no harm is done."""
        return self._is_healthy


class _Exchange:
    """One request and its answer."""

    def __init__(self, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy, self._reader, self._writer = proxy, reader, writer
        self._fault: Fault | None = None
        self._plan: _Plan | None = None

    async def run(self) -> None:
        request = await _Head.read(self._reader)
        self._fault, self._plan = self._proxy.choose(request.first_words[0])
        if self._fault is Fault.REFUSE:
            await self._refuse(request)
        elif self._fault is Fault.RESET_AT_ONCE:
            self._note()
            _reset(self._writer)
        elif self._fault is Fault.HANG:
            self._note()
            await self._proxy.is_healthy.wait()
            _reset(self._writer)
        else:
            await self._pass_on(request)

    def _note(self) -> None:
        assert self._fault is not None
        self._proxy.note(self._fault)

    def _is(self, fault: Fault) -> bool:
        return self._fault is fault

    async def _refuse(self, request: _Head) -> None:
        plan = self._plan
        assert plan is not None
        self._note()
        # Who waits for a sign to go on takes an answer instead; who does not is not to be cut off while it sends.
        if request.get("expect") is None:
            await self._reader.readexactly(request.n_body_bytes)
        words = "the proxy refuses"
        if request.first_words[1].startswith(("/storage/", "/upload/", "/download/")):
            kind, body = "application/json", f'{{"error":{{"code":{plan.status},"message":"{words}"}}}}'
        else:
            kind, body = "application/xml", f"<Error><Code>Refused</Code><Message>{words}</Message></Error>"
        if request.first_words[0] == "HEAD":
            body = ""
        later = "" if plan.retry_after_s is None else f"Retry-After: {plan.retry_after_s}\r\n"
        self._writer.write(
            f"HTTP/1.1 {plan.status} Refused\r\n{later}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"Connection: close\r\n\r\n{body}".encode()
        )
        await self._writer.drain()

    async def _pass_on(self, request: _Head) -> None:
        n_bytes = request.n_body_bytes
        if request.get("expect") is not None:
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = request.replaced("expect", None).replaced("connection", "close")
        body = self._read_body(n_bytes)
        if self._is(Fault.SHORTEN_UPLOAD) and n_bytes >= _LEAST_HARMED_BYTES:
            self._note()
            head, body = head.replaced("content-length", str(n_bytes - 1)), _without(body, n_bytes // 2)
        elif self._is(Fault.FLIP_UPLOAD) and n_bytes >= _LEAST_HARMED_BYTES:
            self._note()
            body = _flipped(body, n_bytes // 2 + self._proxy.throw(n_bytes // 4), self._proxy.throw(8))
        store_reader, store_writer = await self._proxy.open_store()
        try:
            store_writer.write(head.encode())
            n_sent = 0
            async for block in body:
                if self._is(Fault.RESET_MIDWAY) and n_sent + len(block) > n_bytes // 2:
                    self._note()
                    store_writer.write(block[: n_bytes // 2 - n_sent])
                    await store_writer.drain()
                    _reset(store_writer)
                    _reset(self._writer)
                    return
                store_writer.write(block)
                await store_writer.drain()
                n_sent += len(block)
            await self._answer(request, store_reader)
        finally:
            store_writer.close()

    async def _answer(self, request: _Head, store: asyncio.StreamReader) -> None:
        if self._is(Fault.LOSE_ANSWER):
            while await store.read(_BLOCK_BYTES):
                pass
            self._note()
            _reset(self._writer)
            return
        head = await _Head.read(store)
        is_blob = head.get("content-type") in {"application/octet-stream", "binary/octet-stream"}
        n_bytes = head.n_body_bytes if request.first_words[0] == "GET" and is_blob else 0
        self._writer.write(head.encode())
        body = self._read_answer(store)
        if self._is(Fault.FLIP_DOWNLOAD) and n_bytes:
            self._note()
            body = _flipped(body, self._proxy.throw(n_bytes), self._proxy.throw(8))
        n_left = n_bytes // 2 if self._is(Fault.CUT_DOWNLOAD) or self._is(Fault.RESET_MIDWAY) else None
        async for block in body:
            if n_left is not None and n_bytes and len(block) > n_left:
                self._note()
                self._writer.write(block[:n_left])
                await self._writer.drain()
                if self._is(Fault.RESET_MIDWAY):
                    _reset(self._writer)
                return
            self._writer.write(block)
            await self._writer.drain()
            n_left = None if n_left is None else n_left - len(block)

    async def _read_body(self, n_bytes: int) -> AsyncIterator[bytes]:
        left = n_bytes
        while left:
            block = await self._read_block(self._reader, left)
            if not block:
                raise ConnectionResetError("the client has given up")
            left -= len(block)
            yield block

    async def _read_answer(self, store: asyncio.StreamReader) -> AsyncIterator[bytes]:
        while block := await self._read_block(store, _BLOCK_BYTES):
            yield block

    async def _read_block(self, reader: asyncio.StreamReader, at_most: int) -> bytes:
        """The next bytes; a crawl's come slowly, until it is over."""
        if self._plan is None or not self._is(Fault.CRAWL) or self._proxy.is_healthy.is_set():
            return await reader.read(min(at_most, _BLOCK_BYTES))
        rate = self._plan.crawl_bytes_per_s
        block = await reader.read(min(at_most, max(_LEAST_CRAWL_BLOCK_BYTES, int(rate / _CRAWL_BLOCKS_PER_S))))
        if block:
            self._note()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._proxy.is_healthy.wait(), len(block) / rate)
        return block


async def _without(body: AsyncIterator[bytes], place: int) -> AsyncIterator[bytes]:
    """All but the byte at a place."""
    start = 0
    async for block in body:
        at = place - start
        start += len(block)
        yield block[:at] + block[at + 1 :] if 0 <= at < len(block) else block


async def _flipped(body: AsyncIterator[bytes], place: int, bit: int) -> AsyncIterator[bytes]:
    """With one bit of the byte at a place turned over."""
    start = 0
    async for block in body:
        at = place - start
        start += len(block)
        yield block[:at] + bytes([block[at] ^ 1 << bit]) + block[at + 1 :] if 0 <= at < len(block) else block


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a machine does that has gone."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextmanager
def fault_proxy(store_port: int, seed: int) -> Iterator[FaultProxy]:
    """A proxy before the store at this port of this machine; it does no harm until it is told to."""
    yield from FaultProxy(store_port, seed).run()
