"""From key presses to the moves of a game of turns; pure."""

from __future__ import annotations

from collections.abc import Sequence

from skill_arcade.games.controls.meanings import index_meanings
from skill_arcade.games.file.definition import GameDefinition

Keys = tuple[str, ...]


class TurnKeys:
    """Collects the keys of a move (LIVE-35).

    Attributes:
        pending: the keys had so far of a move that is not complete.
    """

    def __init__(self, definition: GameDefinition, meanings: Sequence[str]) -> None:
        """Look the definition's meanings up: see `index_meanings`."""
        index = index_meanings(definition, meanings)
        self._actions: dict[Keys, int] = {sequence.keys: index[sequence.does] for sequence in definition.sequences}
        self._actions |= {(code,): index[control.does] for control in definition.controls for code in control.keys}
        self._beginnings = {keys[:length] for keys in self._actions for length in range(1, len(keys))}
        self._known = {code for keys in self._actions for code in keys}
        self.pending: Keys = ()

    def press(self, code: str) -> int | None:
        """Take one key press; the action of the move that it completes, if any.

        A key that does not go on with what is pending begins anew; the same key again takes it back. A key
        that does nothing in this game is passed over.
        """
        if code not in self._known:
            return None
        keys = (*self.pending, code)
        if keys not in self._actions and keys not in self._beginnings:
            keys = () if self.pending[-1:] == (code,) else (code,)
        action = self._actions.get(keys)
        self.pending = keys if keys in self._beginnings else ()
        return action
