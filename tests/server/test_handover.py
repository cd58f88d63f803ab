"""The moment in which a player's socket goes from the gateway to the session, and clients that choose that moment."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from tests.process_states import read_state
from tests.raw_player import HELLO, RawPlayer
from tests.serving import Server, find_player_pids, serving
from tests.sessions.live_session import NAUGHTY_GAMES
from tests.waiting import await_true, await_unchanging

from skill_arcade.client import ArcadeClient, ConnectionLost, LiveGame
from skill_arcade.wire.closes import Close

START = '{"type": "start"}'
PING = '{"type": "ping", "id": 7, "client_us": 1}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("handover") / "data", games=str(NAUGHTY_GAMES), gateways="1") as server:
        yield server


@pytest.fixture(scope="module")
def server_of_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with two gateways, where all that is started has been started."""
    with serving(tmp_path_factory.mktemp("two-gateways") / "data", gateways="2") as server:
        await_true(lambda: len(gateway_pids(server)) == 2)
        await_true(lambda: "Skill Arcade is open" in server.log.read_text())
        yield server


class Guest:
    """Somebody who makes tickets, and comes with them."""

    def __init__(self, server: Server, http: httpx.Client, leaving: ExitStack) -> None:
        self._server, self._http, self._leaving = server, http, leaving
        token = http.post("/auth/login", json={"guest": True}).json()["token"]
        http.headers["Authorization"] = f"Bearer {token}"

    def ticket(self, **asked: str) -> str:
        """The path of a socket."""
        answer = self._http.post("/play-tickets", json=asked)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        path: str = answer.json()["path"]
        return path

    def knock(self, path: str, sent: bytes = b"") -> RawPlayer:
        """A connection whose handshake was sent, and `sent` with it."""
        player = RawPlayer(self._server.port, path, sent=sent)
        self._leaving.callback(player.leave)
        return player

    def join(self, **asked: str) -> RawPlayer:
        """A connection whose handshake was answered."""
        return self.knock(self.ticket(**asked)).shake_hands()


@contextmanager
def visiting(server: Server) -> Iterator[Guest]:
    """Somebody new, on connections of their own."""
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as http, ExitStack() as leaving:
        yield Guest(server, http, leaving)


@pytest.fixture
def guest(server: Server) -> Iterator[Guest]:
    with visiting(server) as guest:
        yield guest


def resume(welcome: dict[str, Any]) -> dict[str, str]:
    """What a ticket to go on with an episode is asked for with."""
    return {name: welcome[name] for name in ("episode_id", "resume_token")}


def read_descriptors(pid: int) -> list[Path]:
    """What a process has open."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed just now
            found.append(descriptor.readlink())
    return found


def n_descriptors(pid: int) -> int:
    """But for the index: a gateway keeps as many connections to it as it has ever needed at once."""
    return sum(not each.name.startswith("index.sqlite") for each in read_descriptors(pid))


def has_socket_of(pid: int, player: RawPlayer) -> bool:
    """Whether a process has the server's end of a player's connection."""
    port = f":{player.tcp.getsockname()[1]:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ends = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(port)}  # by inode, of those whose peer it is
    return any(str(each) in ends for each in read_descriptors(pid))


def gateway_pids(server: Server) -> list[int]:
    return server.pids(" gateway ")


def gateway_pid(server: Server) -> int:
    (pid,) = gateway_pids(server)
    return pid


@contextmanager
def held_still(pid: int) -> Iterator[None]:
    """Let a process do nothing for now."""
    os.kill(pid, signal.SIGSTOP)
    try:
        await_true(lambda: read_state(pid) == "T")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


# --- what is said, and in which pieces ---


def test_what_is_said_in_one_segment_is_all_heard(server: Server, guest: Guest) -> None:
    """LIVE-6."""
    player = guest.join(game_id="Breakout.v0")
    player.say(HELLO, START, PING)
    player.await_type("welcome")
    player.await_text(lambda message: message.get("state") == "running")
    player.await_type("pong")


def test_a_hello_may_come_byte_by_byte(server: Server, guest: Guest) -> None:
    """LIVE-6: the socket changes hands after the first byte; none is lost."""
    player = guest.join(game_id="Hanoi.v0")
    for byte in player.encode(HELLO, PING):
        player.tcp.sendall(bytes((byte,)))
        time.sleep(0.0005)
    player.await_type("welcome")
    player.await_type("pong")


def test_a_client_that_goes_on_to_listen_after_its_last_word_is_taken_to_have_left(
    server: Server, guest: Guest
) -> None:
    """LIVE-23: what it said before is heard."""
    player = guest.join(game_id="Hanoi.v0")
    player.say(HELLO)
    welcome = player.await_type("welcome")
    player.say(START)
    player.tcp.shutdown(socket.SHUT_WR)
    assert player.await_close() == 1006
    again = guest.join(**resume(welcome))
    again.say(HELLO)
    state = again.await_type("state")
    assert (state["state"], state["reason"]) == ("paused", "disconnected")
    again.leave()


def test_a_huge_first_message_is_refused(server: Server, guest: Guest) -> None:
    """LIVE-12."""
    player = guest.join(game_id="Hanoi.v0")
    player.say("x" * 2_000_000)
    assert player.await_close() in (Close.TOO_LARGE, 1009)


def test_a_socket_that_is_silent_loses_its_place(server: Server, guest: Guest) -> None:
    """LIVE-6, LIVE-14: without a hello, after a hello, and when the connection is dead and takes no close."""
    # Before the answer to its handshake a client says nothing (RFC 6455, 4.1): what it says all the same is lost.
    hasty = guest.knock(guest.ticket(game_id="Hanoi.v0"), sent=b"\x81\x80abcd").shake_hands()
    # The first byte of a message, and no more.
    slow = guest.join(game_id="Hanoi.v0")
    slow.tcp.sendall(b"\x81")
    silent = guest.join(game_id="Hanoi.v0")
    silent.say(HELLO)
    silent.await_type("welcome")
    dead = guest.join(game_id="Breakout.v0")
    dead.say(HELLO, START)
    welcome = dead.await_type("welcome")
    dead.await_text(lambda message: message.get("state") == "running")
    (session,) = find_player_pids(server, welcome["episode_id"])
    assert has_socket_of(session, dead)
    assert hasty.await_close() == Close.NO_HELLO
    assert slow.await_close() == Close.NO_HELLO
    assert silent.await_close() == Close.SILENT
    await_true(lambda: not has_socket_of(session, dead))
    dead.leave()


# --- who leaves, and when ---


@pytest.mark.parametrize("leave", [RawPlayer.leave, RawPlayer.break_off], ids=["closes", "resets"])
def test_clients_that_leave_at_any_moment_leave_nothing_behind(
    server: Server, guest: Guest, leave: Callable[[RawPlayer], None]
) -> None:
    """In the handshake, before hello, in the middle of it, after it, and while the session starts."""
    bystander = guest.join(game_id="Hanoi.v0")
    bystander.say(HELLO)
    bystander.await_type("welcome")
    n_before = n_descriptors(gateway_pid(server))
    leave(guest.knock(guest.ticket(game_id="Hanoi.v0")))
    leave(guest.join(game_id="Hanoi.v0"))
    for wait_s in (0.0, 0.001, 0.01, 0.05, 0.2):
        for said in (HELLO[:40], HELLO):
            player = guest.join(game_id="Naughty.v0")
            player.tcp.sendall(player.encode(said)[: 20 if said != HELLO else None])
            time.sleep(wait_s)
            leave(player)
    await_true(lambda: n_descriptors(gateway_pid(server)) <= n_before)
    bystander.say(PING)
    bystander.await_type("pong")
    bystander.leave()
    assert "Traceback" not in server.log.read_text()


def test_of_two_sockets_at_once_one_plays(server: Server, guest: Guest) -> None:
    """LIVE-26."""
    first = guest.join(game_id="Hanoi.v0")
    first.say(HELLO)
    welcome = first.await_type("welcome")
    first.leave()
    for _ in range(5):
        both = [guest.join(**resume(welcome)) for _ in range(2)]
        for player in both:
            player.say(HELLO, PING)
        with ThreadPoolExecutor() as threads:
            closes = [threads.submit(player.await_close) for player in both]
            await_true(lambda closes=closes: any(close.done() for close in closes))  # type: ignore[misc]
            assert sorted(close.done() for close in closes) == [False, True]
            for player in both:
                player.tcp.shutdown(socket.SHUT_RDWR)
        assert sorted(close.result() for close in closes) == [1006, Close.SUPERSEDED]


def test_a_socket_without_a_hello_does_not_take_the_place_of_one_that_plays(server: Server, guest: Guest) -> None:
    """LIVE-26: the first is closed when the hello of the second has come."""
    first = guest.join(game_id="Hanoi.v0")
    first.say(HELLO)
    welcome = first.await_type("welcome")
    second = guest.join(**resume(welcome))
    hello = second.encode(HELLO)
    second.tcp.sendall(hello[:10])
    time.sleep(0.3)
    first.say(PING)
    first.await_type("pong")
    second.tcp.sendall(hello[10:])
    assert first.await_close() == Close.SUPERSEDED
    second.await_type("welcome")
    second.leave()


def test_a_session_that_dies_in_the_handover_is_rebuilt_for_the_next_socket(server: Server, guest: Guest) -> None:
    """LIVE-6, LIVE-71."""
    dice = Random(5)
    player = guest.join(game_id="Hanoi.v0")
    player.say(HELLO, START)
    welcome = player.await_type("welcome")
    player.await_text(lambda message: message.get("state") == "running")
    player.leave()
    for _ in range(8):
        player = guest.join(**resume(welcome))
        doomed = find_player_pids(server, welcome["episode_id"])
        player.say(HELLO)
        time.sleep(dice.random() * 0.004)
        server.kill(doomed)
        # Either it had the socket, and takes it along; or the next session has been given it.
        try:
            player.await_type("welcome")
        except AssertionError:
            assert player.close_code == 1006
        player.leave()
    player = guest.join(**resume(welcome))
    player.say(HELLO)
    assert player.await_type("state")["state"] == "paused"


# --- what stays ---


def test_nothing_is_kept_of_two_hundred_handovers(server: Server, guest: Guest) -> None:
    """Neither in the gateway, nor in the session that is given all of them."""
    player = guest.join(game_id="Hanoi.v0")
    player.say(HELLO)
    welcome = player.await_type("welcome")
    (session,) = find_player_pids(server, welcome["episode_id"])
    gateway = gateway_pid(server)
    n_gateway, n_session = await_unchanging(lambda: (n_descriptors(gateway), n_descriptors(session)))
    for _ in range(200):
        former, player = player, guest.join(**resume(welcome))
        player.say(HELLO)
        player.await_type("state")
        former.leave()
    await_true(lambda: n_descriptors(gateway) <= n_gateway and n_descriptors(session) <= n_session)


def test_a_gateway_that_is_killed_interrupts_no_game(server: Server, guest: Guest) -> None:
    """LIVE-25: not a picture is missing, the game does not pause, and new games can be begun afterwards."""

    async def play_on(game: LiveGame) -> None:
        """Read pictures for a second's worth of steps, and miss none."""
        before = game.step
        while game.step < before + 60:
            last = game.step
            assert await game.next_picture() > last
            assert game.state == "running"

    async def scenario() -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Breakout.v0", reconnects=False) as game:
                await game.start()
                await play_on(game)
                killed = gateway_pid(server)
                server.kill([killed])
                await play_on(game)
                await asyncio.to_thread(server.await_health)
                assert gateway_pid(server) != killed
                async with arcade.play("Hanoi.v0", reconnects=False) as other:
                    await other.start()
                await play_on(game)
                assert game.n_reconnects == 0

    asyncio.run(scenario())


def test_a_ticket_that_one_gateway_made_is_taken_by_the_other(server_of_two: Server) -> None:
    """LIVE-4: the one that is not to answer is held still."""
    server = server_of_two
    one, other = gateway_pids(server)
    for maker, taker in ((one, other), (other, one)):
        with ExitStack() as visit:
            with held_still(taker):
                guest = visit.enter_context(visiting(server))
                path = guest.ticket(game_id="Hanoi.v0")
            with held_still(maker):
                player = guest.knock(path).shake_hands()
                player.say(HELLO)
                player.await_type("welcome")


def test_where_one_of_two_gateways_dies_newcomers_are_let_in_and_plays_go_on(server_of_two: Server) -> None:
    """LIVE-25: the game neither pauses nor loses its socket, and in the end there are two gateways again."""
    server = server_of_two

    async def scenario() -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Breakout.v0", reconnects=False) as game:
                await game.start()
                killed, spared = gateway_pids(server)
                server.kill([killed])
                await asyncio.to_thread(await_true, lambda: killed not in gateway_pids(server))
                for _ in range(10):
                    async with ArcadeClient(server.url) as somebody:
                        await somebody.login_as_guest()
                        async with somebody.play("Hanoi.v0", reconnects=False) as other:
                            await other.start()
                            await other.quit()
                last = game.step
                assert await game.next_picture() > last
                assert game.state == "running"
                await asyncio.to_thread(await_true, lambda: len(gateway_pids(server)) == 2)
                assert spared in gateway_pids(server)

    asyncio.run(scenario())


@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM"])
def test_a_server_that_stops_tells_its_players(tmp_path: Path, stop: str) -> None:
    """LIVE-70: those who play, and one who has not said hello yet; and it says so itself without a complaint."""

    async def scenario(server: Server, early: RawPlayer) -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with (
                arcade.play("Breakout.v0", reconnects=False) as runs,
                arcade.play("Hanoi.v0", reconnects=False) as waits,
            ):
                await runs.start()
                assert server.process is not None
                server.process.send_signal(getattr(signal, stop))
                for game in (runs, waits):
                    with pytest.raises(ConnectionLost) as lost:
                        await game.wait_until(lambda: False, 20)
                    assert (lost.value.code, lost.value.reason.split(":")[0]) == (Close.RESTARTING, "restarting")
                assert await asyncio.to_thread(early.await_close) == Close.RESTARTING
                assert await asyncio.to_thread(server.process.wait, 30) == 0

    with (
        serving(tmp_path / "data") as server,
        httpx.Client(base_url=server.url, trust_env=False) as http,
        ExitStack() as leaving,
    ):
        asyncio.run(scenario(server, Guest(server, http, leaving).join(game_id="Hanoi.v0")))
        said = server.log.read_text()
    assert "Stopping. Games that are running are kept" in said
    assert "Traceback" not in said
    assert "ERROR" not in said
