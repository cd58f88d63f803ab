"""The keys that a game may use are those that the page takes."""

from __future__ import annotations

import re
from pathlib import Path

from skill_arcade.games.file.key_codes import KEY_CODES, refuse_key

PAGE = Path(__file__).parents[3] / "web" / "src" / "api" / "own-keys.ts"
OTHERS = ("Escape", "Tab", "F1", "CapsLock", "ControlLeft", "AltRight", "MetaLeft", "OSLeft", "KeyÄ", "Digit10", "")


def test_the_page_takes_the_same_keys_for_ones_own() -> None:
    (pattern,) = re.findall(r"const allowed =\s*/(.*)/;", PAGE.read_text(encoding="utf-8"))
    assert [code for code in (*KEY_CODES, *OTHERS) if bool(re.search(pattern, code)) != (code in KEY_CODES)] == []


def test_a_key_that_makes_other_keys_the_browsers_is_refused_with_this_reason() -> None:
    """And none is offered that merely has a similar name."""
    for code in ("ControlLeft", "AltRight", "MetaLeft"):
        assert refuse_key(code) == f"{code!r} is no key that a game may use: what is pressed with it is the browser's"
    assert refuse_key("ArowUp") == "'ArowUp' is no key that a game may use; did you mean 'ArrowUp'?"
