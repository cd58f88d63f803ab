from __future__ import annotations

import socket
import tempfile
import uuid
from pathlib import Path

import pytest

from skill_arcade.server.socket_folder import DEEPEST_BYTES, SHORT_FOLDER, make_socket_folder
from skill_arcade.sessions.spec import Places


@pytest.mark.parametrize("n_bytes", [DEEPEST_BYTES, DEEPEST_BYTES + 1, 180])
def test_sockets_can_be_made_however_deep_temporary_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_bytes: int
) -> None:
    # As long as wanted, whatever the length of the path that tests are given.
    base = Path(tempfile.mkdtemp(dir=SHORT_FOLDER))
    usual = base / ("d" * (n_bytes - len(str(base)) - 1))
    usual.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(usual))
    folder = make_socket_folder()
    try:
        assert (folder.parent == usual) == (n_bytes <= DEEPEST_BYTES)
        path = Places(tmp_path, folder).session_socket(uuid.uuid4())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.bind(str(path))
        path.unlink()
    finally:
        folder.rmdir()
        usual.rmdir()
        base.rmdir()
