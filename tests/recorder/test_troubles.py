from __future__ import annotations

import logging
from pathlib import Path

import pytest

from skill_arcade.recorder.troubles import Troubles

ONE, TWO = Path("journal/one"), Path("journal/two")


def test_what_fails_at_every_look_is_told_once_and_again_when_it_worked_in_between(
    caplog: pytest.LogCaptureFixture,
) -> None:
    troubles, error = Troubles(), PermissionError("no")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            troubles.note(ONE, "read", error)
        assert caplog.messages == ["journal/one cannot be read, and is tried again: no"]
        troubles.note(ONE, "synced", error)
        troubles.note(TWO, "read", error)
        assert len(caplog.messages) == 3
        troubles.clear(ONE, "read")
        troubles.note(ONE, "synced", error)
        assert len(caplog.messages) == 3
        troubles.note(ONE, "read", error)
    assert len(caplog.messages) == 4


def test_it_is_known_since_when_something_fails_until_it_works_or_is_gone() -> None:
    troubles, error = Troubles(), PermissionError("no")
    for since_s in (5.0, 6.0):
        troubles.note(ONE, "read", error, since_s)
    troubles.note(TWO, "read", error, 7.0)
    troubles.note(TWO, "synced", error, 3.0)
    assert troubles.find_oldest_s(lambda _name, _what: True) == 3.0
    assert troubles.find_oldest_s(lambda _name, what: what == "read") == 5.0
    troubles.clear(TWO, "synced")
    assert troubles.find_oldest_s(lambda _name, _what: True) == 5.0
    troubles.keep_only({"two"})
    assert troubles.find_oldest_s(lambda _name, _what: True) == 7.0
    troubles.keep_only(set())
    assert troubles.find_oldest_s(lambda _name, _what: True) is None
