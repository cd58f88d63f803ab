"""The session's end of a player's WebSocket, against the library's client at the other end of a real socket."""

from __future__ import annotations

import gc
import socket
import time
import weakref
from collections.abc import Callable, Iterator
from random import Random

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

from skill_arcade.sessions.process.player_socket import CLOSE_PATIENCE_S, MAX_WAITING_BYTES, PlayerSocket
from skill_arcade.wire.closes import Close
from skill_arcade.wire.from_server import Safe, parse_server_message
from skill_arcade.wire.limits import MAX_MESSAGE_BYTES, MESSAGES_BURST


class Peer:
    """A client that reads when it is told to."""

    def __init__(self) -> None:
        self._socket, accepted = socket.socketpair()
        self._socket.settimeout(1)
        self.protocol = Protocol(CLIENT, state=OPEN)
        self.server = PlayerSocket(accepted)

    def say(self) -> list[bytes]:
        """Send what the protocol has to say, and let the server read it."""
        for data in self.protocol.data_to_send():
            self._socket.sendall(data)
        return self.server.read()

    def say_raw(self, data: bytes, dice: Random) -> None:
        """Send bytes in pieces of any size, and let the server read each."""
        while data and not self.server.is_gone:
            size = dice.randint(1, len(data))
            self._socket.sendall(data[:size])
            data = data[size:]
            self.server.read()

    def hear(self) -> list[Frame]:
        """Read all that the server has sent by now."""
        self._socket.settimeout(0)
        try:
            while data := self._socket.recv(1 << 20):
                self.protocol.receive_data(data)
        except BlockingIOError:
            pass
        return [event for event in self.protocol.events_received() if isinstance(event, Frame)]

    def is_congested(self) -> bool:
        return self.server.is_congested

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.server.abandon()
    peer.close()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_messages_of_every_length_are_framed_as_the_protocol_wants(peer: Peer, size: int) -> None:
    """LIVE-10."""
    peer.server.send(Safe(acked=3, durable_here=2, durable_store=1))
    peer.server.send_frame(bytes(size))
    frames: list[Frame] = []
    while len(frames) < 2:
        peer.server.flush()
        frames += peer.hear()
    text, binary = frames
    assert text.opcode is Opcode.TEXT
    assert parse_server_message(bytes(text.data)) == Safe(acked=3, durable_here=2, durable_store=1)
    assert (binary.opcode, len(binary.data)) == (Opcode.BINARY, size)


def test_text_in_one_piece_or_in_several_is_read(peer: Peer) -> None:
    peer.protocol.send_text(b"one")
    peer.protocol.send_text(b"t", fin=False)
    peer.protocol.send_continuation(b"wo", fin=True)
    assert peer.say() == [b"one", b"two"]


def test_a_ping_of_the_protocol_is_answered(peer: Peer) -> None:
    peer.protocol.send_ping(b"there?")
    assert peer.say() == []
    (pong,) = peer.hear()
    assert (pong.opcode, pong.data) == (Opcode.PONG, b"there?")


def test_a_binary_message_of_a_client_ends_the_socket(peer: Peer) -> None:
    """LIVE-10, LIVE-11."""
    peer.protocol.send_binary(b"\1")
    peer.say()
    peer.hear()
    assert peer.protocol.close_rcvd is not None
    assert peer.protocol.close_rcvd.code == Close.MALFORMED
    assert peer.server.is_closing
    peer.say()
    assert peer.server.is_gone


def test_more_messages_than_may_come_end_the_socket(peer: Peer) -> None:
    """LIVE-13."""
    read = []
    for _ in range(2 * MESSAGES_BURST):
        peer.protocol.send_text(b"{}")
        read += peer.say()
    peer.hear()
    assert peer.protocol.close_rcvd is not None
    assert peer.protocol.close_rcvd.code == Close.TOO_MANY_MESSAGES
    assert MESSAGES_BURST <= len(read) < 2 * MESSAGES_BURST


def test_a_message_far_too_large_is_not_even_read(peer: Peer) -> None:
    """LIVE-12."""
    peer.protocol.send_text(bytes(3 * MAX_MESSAGE_BYTES))
    assert peer.say() == []
    while not peer.server.is_closing:
        assert peer.server.read() == []
    peer.hear()
    assert peer.protocol.close_rcvd is not None
    assert peer.protocol.close_rcvd.code == 1009


def test_a_close_is_told_with_its_reason_and_nothing_is_read_or_sent_after_it(peer: Peer) -> None:
    """LIVE-70."""
    peer.server.close(Close.SUPERSEDED, "this episode goes on in another window")
    peer.server.send_frame(b"late")
    peer.protocol.send_text(b"late")
    assert peer.say() == []
    (frame,) = peer.hear()
    assert frame.opcode is Opcode.CLOSE
    assert peer.protocol.close_rcvd is not None
    assert peer.protocol.close_rcvd.reason == "superseded: this episode goes on in another window"
    assert not peer.server.is_gone
    peer.say()
    assert peer.server.is_gone


def test_a_client_that_does_not_answer_a_close_is_left(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.server.close(Close.SILENT, "nothing came")
    peer.server.give_up_if_late()
    assert not peer.server.is_gone
    late_s = time.monotonic() + CLOSE_PATIENCE_S + 1
    monkeypatch.setattr(time, "monotonic", lambda: late_s)
    peer.server.give_up_if_late()
    assert peer.server.is_gone


def test_a_client_that_leaves_is_answered_and_gone(peer: Peer) -> None:
    peer.protocol.send_close(1001, "")
    peer.say()
    assert peer.server.is_gone
    (frame,) = peer.hear()
    assert frame.opcode is Opcode.CLOSE


def test_a_client_whose_connection_breaks_is_gone(peer: Peer) -> None:
    peer.close()
    assert peer.server.read() == []
    assert peer.server.is_gone


def test_a_client_that_reads_slowly_congests_and_one_that_never_reads_is_left(peer: Peer) -> None:
    """LIVE-19."""
    n_sent = n_heard = 0
    while not peer.is_congested():
        peer.server.send_frame(bytes(5000))
        n_sent += 1
    while peer.is_congested():
        n_heard += len(peer.hear())
        peer.server.flush()
    n_heard += len(peer.hear())
    assert n_heard == n_sent > 1
    for _ in range(2 * MAX_WAITING_BYTES // 5000):
        peer.server.send_frame(bytes(5000))
    assert peer.server.is_gone


def test_a_close_that_comes_with_a_mistake_is_answered(peer: Peer) -> None:
    """Both in one segment: the protocol answers the close before the mistake is seen."""
    peer.protocol.send_binary(b"\1")
    peer.protocol.send_close(1000, "")
    assert peer.say() == []
    assert peer.server.is_gone
    (frame,) = peer.hear()
    assert frame.opcode is Opcode.CLOSE


def test_pings_and_empty_fragments_count_as_messages(peer: Peer) -> None:
    """LIVE-13: they cost as much to read, and pings are answered."""
    peer.protocol.send_text(b"", fin=False)
    for _ in range(MESSAGES_BURST):
        if peer.protocol.state is not OPEN:
            break
        peer.protocol.send_continuation(b"", fin=False)
        peer.protocol.send_ping(b"")
        assert peer.say() == []
        peer.hear()
    assert peer.protocol.close_rcvd is not None
    assert peer.protocol.close_rcvd.code == Close.TOO_MANY_MESSAGES


def test_answers_that_nobody_reads_do_not_pile_up(peer: Peer) -> None:
    """A client that was closed, pings on and reads nothing."""
    peer.server.close(Close.SILENT, "nothing came")
    for _ in range(2 * MAX_WAITING_BYTES // 125):
        peer.protocol.send_ping(bytes(125))
        peer.say()
        if peer.server.is_gone:
            return
    raise AssertionError("a megabyte waits for somebody who does not read")


def test_no_bytes_whatever_break_the_server(peer: Peer) -> None:
    """What a client sends may close its socket; it raises nothing in the session."""
    dice = Random(7)
    makers: tuple[Callable[[Protocol], None], ...] = (
        lambda protocol: protocol.send_text(dice.randbytes(dice.randint(0, 300))),
        lambda protocol: protocol.send_binary(b"\1"),
        lambda protocol: protocol.send_ping(b"p"),
        lambda protocol: protocol.send_close(dice.choice((1000, 1001, 4400)), ""),
    )
    for _ in range(300):
        one = Peer()
        client = Protocol(CLIENT, state=OPEN)
        for maker in dice.choices(makers, weights=(4, 1, 2, 1), k=dice.randint(1, 6)):
            if client.state is OPEN:
                maker(client)
        said = bytearray(b"".join(client.data_to_send()))
        for _ in range(dice.randint(0, 3)):
            said[dice.randrange(len(said))] = dice.randrange(256)
        said += dice.randbytes(dice.choice((0, 0, 5, 50)))
        one.say_raw(bytes(said), dice)
        one.server.abandon()
        one.close()


def test_the_kernel_keeps_no_old_pictures_for_a_network_that_does_not_take_them() -> None:
    """LIVE-19: at most one message waits behind what is on its way; whatever is newer waits for room, or is skipped."""
    if not hasattr(socket, "TCP_NOTSENT_LOWAT"):
        pytest.skip("this system cannot limit what a connection has not sent yet (TCP_NOTSENT_LOWAT)")
    size, on_its_way = 1000, 4096
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, on_its_way)
        client.connect(listener.getsockname())
        server = PlayerSocket(listener.accept()[0])
        # The client's own buffer is twice what it asked for, and what it holds in fact a little more or less.
        n_taken = 0
        while not server.is_congested:
            server.send_frame(bytes(size))
            n_taken += size
        assert n_taken < 4 * on_its_way + 2 * size
        server.abandon()


def test_a_socket_that_is_gone_leaves_nothing_behind() -> None:
    """A room collects no garbage while games are played: what a connection held goes with it."""
    near, far = socket.socketpair()
    gc.disable()
    try:
        with near:
            player = PlayerSocket(far)
            protocol = weakref.ref(player._protocol)
            player.abandon()
            del player
            assert protocol() is None
    finally:
        gc.enable()
