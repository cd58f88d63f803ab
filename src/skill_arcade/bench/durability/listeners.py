"""Who listens at an address of this machine, and the CPU time of a process with all that it has started. Linux only."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from skill_arcade.bench.cpu_times import read_cpu_ns, read_stat

_TCP_LISTENS, _UNIX_LISTENS = "0A", "00010000"
"""State of a TCP socket, flags of a Unix one: the ends of connections have the listener's address, too."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def find_port_listeners(port: int) -> set[int]:
    """The processes that listen on a TCP port; those of other people only if we may look at them."""
    tables = [Path(f"/proc/net/{name}").read_text(encoding="ascii") for name in ("tcp", "tcp6")]
    return _find_holders({inode for table in tables for inode in parse_tcp_inodes(table, port)})


def find_socket_listeners(path: Path) -> set[int]:
    """The processes that listen on a Unix socket, likewise."""
    table = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")
    return _find_holders(set(parse_unix_inodes(table, str(path))))


def parse_tcp_inodes(table: str, port: int) -> Iterator[str]:
    """Of /proc/net/tcp, the inodes of the sockets that listen on this port."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[3] == _TCP_LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
            yield fields[9]


def parse_unix_inodes(table: str, path: str) -> Iterator[str]:
    """Of /proc/net/unix, the inodes of the sockets that listen at this path."""
    for line in table.splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8 and fields[7] == path and fields[3] == _UNIX_LISTENS:
            yield fields[6]


def read_tree_cpu_s(roots: Collection[int]) -> float:
    """CPU seconds of these processes and of all below them, those that have ended and were waited for included."""
    children: dict[int, list[int]] = defaultdict(list)
    cpu_s: dict[int, float] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields, own_ns = read_stat(int(entry.name)), read_cpu_ns(int(entry.name))
            except OSError:
                continue  # it ended this moment
            children[int(fields[1])].append(int(entry.name))
            cpu_s[int(entry.name)] = own_ns / 1e9 + sum(map(int, fields[13:15])) / _TICKS_PER_S
    seen: set[int] = set()
    left = list(roots)
    while left:
        pid = left.pop()
        if pid not in seen:
            seen.add(pid)
            left += children[pid]
    return sum(cpu_s.get(pid, 0.0) for pid in seen)


def _find_holders(inodes: set[str]) -> set[int]:
    wanted = {f"socket:[{inode}]" for inode in inodes}
    found: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*/fd") if wanted else ():
        try:
            if any(str(each.readlink()) in wanted for each in folder.iterdir()):
                found.add(int(folder.parent.name))
        except OSError:
            continue  # it is another's, or has ended
    return found
