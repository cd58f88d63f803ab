"""The keys a game may use, by KeyboardEvent.code: the place on the keyboard, whatever is printed there."""

from __future__ import annotations

import string

_PUNCTUATION = (
    "Backquote", "Minus", "Equal", "BracketLeft", "BracketRight", "Backslash", "Semicolon", "Quote", "Comma",
    "Period", "Slash", "IntlBackslash",
)  # fmt: skip
_MODIFIERS = ("ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight")
_NUMPAD = ("Add", "Subtract", "Multiply", "Divide", "Decimal", "Enter", *string.digits)

# Escape, Tab and the function keys are not here: they are the page's and the browser's, and a player must
# always be able to pause, to move the focus and to leave.
KEY_CODES = frozenset(
    (
        "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Space", "Enter", "Backspace",
        *(f"Key{letter}" for letter in string.ascii_uppercase),
        *(f"Digit{digit}" for digit in string.digits),
        *(f"Numpad{name}" for name in _NUMPAD),
        *_PUNCTUATION, *_MODIFIERS,
    )
)  # fmt: skip
