"""The table of close codes (LIVE-70): every socket that ends, ends with one of these."""

from __future__ import annotations

from enum import IntEnum

from skill_arcade.domain.errors import SkillArcadeError


class Close(IntEnum):
    """Close codes; `reason` is the word that begins the close's reason text."""

    ENDED = 1000
    GOING_AWAY = 1001
    INTERNAL = 1011
    RESTARTING = 1012
    MALFORMED = 4400
    TICKET_REFUSED = 4401
    UNKNOWN_GAME = 4404
    WRONG_SUBPROTOCOL = 4406
    NO_HELLO = 4408
    SUPERSEDED = 4409
    TOO_LARGE = 4413
    OUT_OF_ORDER = 4422
    TOO_MANY_MESSAGES = 4429
    SILENT = 4440
    SESSION_LOST = 4503

    @property
    def reason(self) -> str:
        """The word of the table."""
        return self.name.lower()


RECONNECTABLE = frozenset({Close.GOING_AWAY, Close.INTERNAL, Close.RESTARTING, Close.SILENT})
"""After these a client comes back with its resume token."""

_MAX_REASON_BYTES = 123  # RFC 6455: a control frame holds 125 bytes, 2 of which are the code


def format_reason(close: Close, sentence: str = "") -> str:
    """The reason text of a close: the word, then a sentence for a person, cut to what a close frame can hold."""
    text = f"{close.reason}: {sentence}" if sentence else close.reason
    return text.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")


class ProtocolViolation(SkillArcadeError):
    """A peer broke a rule of LIVE.md; the socket is to be closed with `close`."""

    def __init__(self, close: Close, sentence: str) -> None:
        self.close = close
        super().__init__(sentence)
