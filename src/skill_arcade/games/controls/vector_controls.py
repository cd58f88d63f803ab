"""From the keys that are down and the mouse to an action that is a list of numbers; pure."""

from __future__ import annotations

from collections.abc import Sequence

from skill_arcade.domain.action import Action
from skill_arcade.domain.pointing import Pointing
from skill_arcade.games.file.bindings import SetElement
from skill_arcade.games.file.definition import GameDefinition


class VectorControls:
    """What keys and mouse do in one game whose actions are lists (LIVE-34, LIVE-35).

    Attributes:
        pending: always empty: one key makes a move.
    """

    pending: tuple[str, ...] = ()

    def __init__(self, definition: GameDefinition) -> None:
        """Look the definition's keys up.

        Raises:
            ValueError: its actions are no lists.
        """
        if definition.rest is None:
            raise ValueError(f"{definition.id} has no actions that are lists")
        self._rest = definition.rest
        self._axes = definition.pointer_axes
        self._sets = {code: control.sets for control in definition.controls for code in control.keys}

    def realtime_action(
        self,
        held: Sequence[str],
        taps: Sequence[str],
        pointing: Pointing | None,
        previous_action: Action | None,
        step: int,
    ) -> tuple[float, ...]:
        """The action of one step.

        It begins as the game's `rest`. The mouse sets its elements, then each key its own, from the oldest to the
        newest: so a key wins over the mouse, and the newer key over the older. A tap counts as newer than any held key.
        An element that a key has set belongs to the keys until the mouse moves again: who plays with keys is not
        disturbed by a mouse that lies still.

        Args:
            held: codes of the keys that are down, oldest first.
            taps: codes of the keys that went down and up again since the last step, oldest first.
            pointing: where the mouse is; None where it was never over the picture.
            previous_action: of the step before, which means nothing in such a game.
            step: the number of this step, likewise.

        Returns:
            The elements. Codes that do nothing in this game are passed over.
        """
        elements = list(self._rest)
        if pointing is not None:
            of_keys = {each.element for code in pointing.keys_since for each in self._sets.get(code, ())}
            for axis in self._axes:
                if axis.element not in of_keys:
                    elements[axis.element] = axis.value_at(pointing.place)
        for code in (*held, *taps):
            _set(elements, self._sets.get(code, ()))
        return tuple(elements)

    def press(self, code: str) -> tuple[float, ...] | None:
        """The move of one key in a game of turns; None for a key that does nothing."""
        if code not in self._sets:
            return None
        elements = list(self._rest)
        _set(elements, self._sets[code])
        return tuple(elements)


def _set(elements: list[float], sets: Sequence[SetElement]) -> None:
    for each in sets:
        elements[each.element] = each.value
