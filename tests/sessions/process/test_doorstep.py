"""Where gateways leave sockets."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

from skill_arcade.sessions.play.conversation import Attachment
from skill_arcade.sessions.process.doorstep import Doorstep, encode_attachment


def test_a_datagram_without_its_socket_is_passed_over() -> None:
    """A process that has too many files open gets the words, and not the descriptor."""
    with tempfile.TemporaryDirectory(prefix="arcade-") as folder:
        path = Path(folder) / "doorstep"
        doorstep = Doorstep(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gateway:
            gateway.connect(str(path))
            gateway.send(encode_attachment("first"))
            socket.send_fds(gateway, [encode_attachment("second")], [gateway.fileno()])
        assert doorstep.take() is None
        arrived = doorstep.take()
        assert arrived is not None
        accepted, attachment = arrived
        accepted.close()
        assert attachment == Attachment("second")
        doorstep.close()
        assert not path.exists()
