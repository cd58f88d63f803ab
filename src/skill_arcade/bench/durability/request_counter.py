"""Stands between a server and the emulator of a store, and notes every request: `request_counter HOST PORT FILE`.

Prints its own port. Each request is one line of FILE, once it has been passed on: server time in µs, and its kind. It
speaks HTTP/1.1 as far as is needed to see where a request ends, and passes on every byte as it is. It ends when its
input does.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from enum import StrEnum
from typing import TextIO
from urllib.parse import unquote, urlsplit

_BLOCK_BYTES = 65_536
_LOOKED_AT_BYTES = 2_048
"""Of a body: the name of the object that Google's client stores is in its first part."""

_HEAD_END = b"\r\n\r\n"
_NICEST = 19


class Kind(StrEnum):
    """What a request is for."""

    PUT_SEGMENT = "put_segment"
    """A combined segment of journals."""

    PUT_TABLE = "put_table"
    """A file of a sealed episode, but for the last."""

    PUT_EPISODE = "put_episode"
    """The last file of a sealed episode."""

    PUT_OTHER = "put_other"
    LIST = "list"
    READ = "read"
    DELETE = "delete"


def find_kind(method: str, target: str, body: bytes) -> Kind:
    """What a request of the clients for Google's and Amazon's stores is for.

    Args:
        method: of the request.
        target: path and query, as they are sent.
        body: how the body begins.
    """
    parts = urlsplit(target)
    path = unquote(parts.path)
    if method == "DELETE":
        return Kind.DELETE
    if method in {"GET", "HEAD"}:
        is_list = path.endswith("/o") or "list-type=" in parts.query
        return Kind.LIST if is_list else Kind.READ
    # Amazon's names stand in the path; Google's are members of a JSON object.
    name = path + unquote(parts.query) + body.decode("latin-1")
    if "/spool/" in name:
        return Kind.PUT_SEGMENT
    if "/archive/episodes/" in name:
        return Kind.PUT_EPISODE
    return Kind.PUT_TABLE if "/archive/" in name else Kind.PUT_OTHER


async def serve(host: str, port: int, log: TextIO) -> asyncio.Server:
    """Listen on a free port of this machine."""

    async def pass_on(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            store, to_store = await asyncio.open_connection(host, port)
        except OSError:
            to_client.close()
            return
        back = asyncio.create_task(_pass_back(store, to_client))
        try:
            while True:
                await _pass_request(client, to_store, log)
        except (asyncio.IncompleteReadError, OSError):
            pass  # one of the two has closed
        finally:
            to_store.close()
            await back

    return await asyncio.start_server(pass_on, "127.0.0.1", 0)


async def _pass_request(client: asyncio.StreamReader, to_store: asyncio.StreamWriter, log: TextIO) -> None:
    head = await client.readuntil(_HEAD_END)
    # At once: a client may wait for the store's word before it sends the body.
    to_store.write(head)
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    members = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    assert "transfer-encoding" not in members, "our clients tell the length of what they send"
    n_left, begin = int(members.get("content-length", "0")), b""
    while n_left:
        block = await client.read(min(n_left, _BLOCK_BYTES))
        if not block:
            raise asyncio.IncompleteReadError(b"", n_left)
        begin += block[: _LOOKED_AT_BYTES - len(begin)] if len(begin) < _LOOKED_AT_BYTES else b""
        n_left -= len(block)
        to_store.write(block)
        await to_store.drain()
    log.write(f"{time.monotonic_ns() // 1000} {find_kind(method, target, begin)}\n")
    log.flush()


async def _pass_back(store: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
    try:
        while block := await store.read(_BLOCK_BYTES):
            to_client.write(block)
            await to_client.drain()
    except OSError:
        pass  # one of the two has closed
    finally:
        to_client.close()


async def _run(host: str, port: int, path: str) -> None:
    with open(path, "a", encoding="ascii") as log:  # noqa: ASYNC230, PTH123 - before anything else runs
        server = await serve(host, port, log)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    os.nice(_NICEST)  # as if it were on another machine, with the store
    asyncio.run(_run(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
