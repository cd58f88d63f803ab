"""Random tokens: what a person holds, and the hash of it, which is all that is ever stored."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32


def make_token() -> str:
    """A new token: 32 random bytes as 43 characters that need no escaping in a URL."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def compute_token_hash(token: str) -> str:
    """SHA-256 in hex. A token is random: nothing slower is needed, and looking the hash up leaks nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
