from __future__ import annotations

import logging

import pytest

from skill_arcade.server.logging_setup import TokenFilter


@pytest.mark.parametrize(
    ("message", "arguments", "expected"),
    [
        (
            '"WebSocket %s" [accepted]',
            ("/ws/Pong.v0?token=abc-_1",),
            '"WebSocket /ws/Pong.v0?token=…" [accepted]',
        ),
        ("GET /?a=1&admin=xyz HTTP/1.1", (), "GET /?a=1&admin=… HTTP/1.1"),
        ("nothing to hide: %d", (5,), "nothing to hide: 5"),
    ],
)
def test_tokens_in_addresses_are_taken_out_of_every_line(
    message: str, arguments: tuple[object, ...], expected: str
) -> None:
    record = logging.LogRecord("uvicorn.error", logging.INFO, "", 0, message, arguments, None)
    assert TokenFilter().filter(record)
    assert record.getMessage() == expected
