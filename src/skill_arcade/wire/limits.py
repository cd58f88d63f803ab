"""The numbers of LIVE.md, in one place."""

from __future__ import annotations

SUBPROTOCOL = "skill-arcade.live.v1"
"""The WebSocket subprotocol (LIVE-5)."""

PROTOCOL_VERSION = 1

MAX_MESSAGE_BYTES = 16_384
"""A client's largest message (LIVE-12)."""

MESSAGES_PER_S = 240
MESSAGES_BURST = 480
"""A client's token bucket (LIVE-13)."""

HELLO_TIMEOUT_S = 5.0
"""How long the server waits for `hello` (LIVE-6)."""

SILENCE_TIMEOUT_S = 15.0
"""How long the server bears a client that sends nothing (LIVE-14)."""

TICKET_LIFETIME_S = 30
"""How long a ticket is good (LIVE-4)."""

OWNER_SILENCE_S = 10.0
"""How long an episode must be unattended before its owner may resume without the resume token (LIVE-2)."""

KEY_PICTURE_EVERY_STEPS = 600
"""A key picture is sent at least this often (LIVE-19)."""

SAFE_INTERVAL_S = 0.25
"""`safe` is sent at most this often (LIVE-60)."""

SHORT_LOSS_S = 3.0
"""A loss of connection shorter than this suggests no countdown (LIVE-22)."""

SUGGESTED_COUNTDOWN_MS = 3_000
MAX_COUNTDOWN_MS = 10_000
"""The countdown of a resume (LIVE-22)."""
