"""The installation's one secret: names for people in recordings, and resume tokens, are computed from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Self
from uuid import UUID

from skill_arcade.domain.errors import DataFolderError

SECRET_BYTES = 32


class Secret:
    """32 bytes that nobody else has. Without them nobody can tell whose a recording is: back them up."""

    def __init__(self, key: bytes) -> None:
        if len(key) != SECRET_BYTES:
            raise ValueError(f"a secret has {SECRET_BYTES} bytes, not {len(key)}")
        self._key = key

    @classmethod
    def load_or_make(cls, path: Path) -> Self:
        """Read the secret, or make it when there is none yet.

        Raises:
            DataFolderError: others may read the file, it has another length, or it cannot be read or made.
        """
        try:
            if not path.exists():
                _make_secret(path)
            mode = path.stat().st_mode & 0o777
            key = path.read_bytes()
        except OSError as error:
            raise DataFolderError(f"The secret {path} cannot be read or made: {error.strerror}.") from error
        if mode & 0o077:
            raise DataFolderError(f"The secret {path} may be read by others (mode {mode:o}): run `chmod 600 {path}`.")
        if len(key) != SECRET_BYTES:
            raise DataFolderError(f"The secret {path} has {len(key)} bytes instead of {SECRET_BYTES}: restore it.")
        return cls(key)

    @classmethod
    def from_hex(cls, digits: str) -> Self:
        """The secret that several servers share, as 64 hex digits. Raises ValueError for others."""
        return cls(bytes.fromhex(digits))

    @property
    def fingerprint(self) -> str:
        """64 hex digits that tell one secret from another, and nothing else about it."""
        return self._sign("fingerprint").hex()

    def compute_pseudonym(self, user_id: UUID) -> str:
        """A person's name in recordings: 32 hex digits; without the secret they lead back to nobody."""
        return self._sign(f"user:{user_id}").hex()[:32]

    def compute_resume_token(self, episode_id: UUID) -> str:
        """What the player of an episode holds to go on with it after a lost connection (LIVE-2)."""
        return base64.urlsafe_b64encode(self._sign(f"resume:{episode_id}")).decode().rstrip("=")

    def accepts_resume_token(self, episode_id: UUID, token: str) -> bool:
        """Whether this is the episode's resume token; takes equally long for every wrong one."""
        return hmac.compare_digest(self.compute_resume_token(episode_id).encode(), token.encode())

    def _sign(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), hashlib.sha256)


def _make_secret(path: Path) -> None:
    # Written elsewhere and linked into place: of two processes that start at once one makes it, and neither
    # can read half of it.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(SECRET_BYTES))
        os.fsync(descriptor)
        os.link(draft, path)
        _sync_folder(path.parent)
    except FileExistsError:
        pass
    finally:
        os.close(descriptor)
        draft.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
