"""The session's end of a player's WebSocket, against the library's client at the other end of a real socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

from skill_arcade.sessions.player_socket import CLOSE_PATIENCE_S, MAX_WAITING_BYTES, PlayerSocket
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
