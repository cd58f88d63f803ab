"""Who listens where, and what a process has cost with all that it has started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from skill_arcade.bench.durability.elsewhere import Elsewhere, choose_elsewhere, find_database_listeners
from skill_arcade.bench.durability.listeners import (
    find_port_listeners,
    find_socket_listeners,
    parse_tcp_inodes,
    parse_unix_inodes,
    read_tree_cpu_s,
)
from skill_arcade.domain.errors import SkillArcadeError

TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:1538 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
   2: 0100007F:1539 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
"""
UNIX = """Num       RefCount Protocol Flags    Type St Inode Path
0000: 00000002 00000000 00010000 0001 01 444 /tmp/a b/.s.PGSQL.5432
0000: 00000002 00000000 00010000 0001 01 555
0000: 00000002 00000000 00010000 0001 01 666 /tmp/a b/.s.PGSQL.54321
0000: 00000003 00000000 00000000 0001 03 777 /tmp/a b/.s.PGSQL.5432
"""
POSTGRESQL, BUCKET = "postgresql+psycopg://user@/name?host=/run", "gs://bucket"


def test_only_who_listens_at_the_port_counts_and_not_who_is_connected_there() -> None:
    assert list(parse_tcp_inodes(TCP, 5432)) == ["111"]


def test_the_path_of_a_socket_may_have_spaces_and_is_compared_whole() -> None:
    assert list(parse_unix_inodes(UNIX, "/tmp/a b/.s.PGSQL.5432")) == ["444"]


def test_listeners_are_found_in_the_kernels_tables(tmp_path: Path) -> None:
    path = tmp_path / ".s.PGSQL.7"
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind(str(path))
        unix.listen()
        port = tcp.getsockname()[1]
        assert find_port_listeners(port) == {os.getpid()}
        assert find_socket_listeners(path) == {os.getpid()}
        assert find_database_listeners(f"postgresql+psycopg://u@/n?host={tmp_path}&port=7") == {os.getpid()}
        assert find_database_listeners(f"postgresql://u@localhost:{port}/n") == {os.getpid()}
    assert find_port_listeners(port) == set()
    assert find_database_listeners("postgresql://u@db.example.org/n") == set()


def test_the_children_of_a_process_count_while_they_run_and_when_they_have_ended() -> None:
    burn = "import sys; sum(range(6_000_000)); print('.', flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {burn!r}]); print('.'); input()"
    before_s = read_tree_cpu_s([os.getpid()])
    with subprocess.Popen(
        [sys.executable, "-S", "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        running_s = read_tree_cpu_s([process.pid])
        assert running_s > 0.05, "the child has counted for a while"
        assert read_tree_cpu_s([os.getpid(), process.pid]) >= before_s + running_s - 0.02, "twice named, once counted"
        process.kill()


def test_both_addresses_are_needed_and_the_command_line_comes_first() -> None:
    environment = {"SKILL_ARCADE_DATABASE_URL": POSTGRESQL, "SKILL_ARCADE_STORE_URL": BUCKET}
    assert choose_elsewhere(None, None, {}) is None
    assert choose_elsewhere(None, None, environment) == Elsewhere(POSTGRESQL, BUCKET)
    assert choose_elsewhere(None, "s3://other", environment) == Elsewhere(POSTGRESQL, "s3://other")
    assert Elsewhere(POSTGRESQL, BUCKET).variables == environment
    with pytest.raises(SkillArcadeError, match="both"):
        choose_elsewhere(POSTGRESQL, None, {})


@pytest.mark.parametrize(
    ("database_url", "store_url"), [("sqlite:///index.sqlite", BUCKET), (POSTGRESQL, "file:///srv/store")]
)
def test_what_is_measured_without_them_is_refused(database_url: str, store_url: str) -> None:
    with pytest.raises(SkillArcadeError, match="is measured without it"):
        choose_elsewhere(database_url, store_url, {})
