"""The keys a game may use, by KeyboardEvent.code: the place on the keyboard, whatever is printed there."""

from __future__ import annotations

import string

from skill_arcade.games.file.section import did_you_mean

_PUNCTUATION = (
    "Backquote", "Minus", "Equal", "BracketLeft", "BracketRight", "Backslash", "Semicolon", "Quote", "Comma",
    "Period", "Slash", "IntlBackslash",
)  # fmt: skip
_NUMPAD = ("Add", "Subtract", "Multiply", "Divide", "Decimal", "Enter", *string.digits)

# Escape, Tab and the function keys are not here: they are the page's and the browser's, and a player must
# always be able to pause, to move the focus and to leave. Neither are Control, Alt and Meta: what is pressed
# with one of them is the browser's, and no input of a game. web/src/api/own-keys.ts has the same list.
KEY_CODES = frozenset(
    (
        "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Space", "Enter", "Backspace", "ShiftLeft", "ShiftRight",
        *(f"Key{letter}" for letter in string.ascii_uppercase),
        *(f"Digit{digit}" for digit in string.digits),
        *(f"Numpad{name}" for name in _NUMPAD),
        *_PUNCTUATION,
    )
)  # fmt: skip

_BROWSERS_OWN = ("Control", "Alt", "Meta", "OS")


def refuse_key(code: str) -> str:
    """Why a game may not use a key that is none of `KEY_CODES`; without a full stop."""
    hint = (
        ": what is pressed with it is the browser's"
        if code.startswith(_BROWSERS_OWN)
        else did_you_mean(code, KEY_CODES)
    )
    return f"{code!r} is no key that a game may use{hint}"
