"""From the keys that are down to an action of a real-time game; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations

from skill_arcade.domain.action import Action
from skill_arcade.domain.pointing import Pointing
from skill_arcade.games.controls.meanings import index_meanings
from skill_arcade.games.file.definition import GameDefinition

MAX_CHORD = 3
"""A joystick gives three meanings at most at once: up or down, left or right, fire."""

_NOTHING: frozenset[str] = frozenset()


class ChordControls:
    """What the keys of one game do (LIVE-34)."""

    def __init__(self, definition: GameDefinition, meanings: Sequence[str]) -> None:
        """Look the definition's meanings up: see `index_meanings`."""
        self._index = index_meanings(definition, meanings)
        self._meaning_of = {code: control.does for control in definition.controls for code in control.keys}
        self._no_key = definition.no_key
        self._chords = _find_chords(set(self._meaning_of.values()), self._index)

    def realtime_action(
        self,
        held: Sequence[str],
        taps: Sequence[str],
        pointing: Pointing | None,
        previous_action: Action | None,
        step: int,
    ) -> int:
        """The action of one step.

        From the newest key to the oldest, each meaning is added while the set is still an action of the game.
        So the newer of LEFT and RIGHT wins, and RIGHT with FIRE is RIGHTFIRE where there is such an action. A
        tap counts as newer than any held key: it has this one step to act in.

        Args:
            held: codes of the keys that are down, oldest first.
            taps: codes of the keys that went down and up again since the last step, oldest first.
            pointing: where the mouse is, which means nothing in such a game.
            previous_action: of the step before; None in the first.
            step: the number of this step, from 0.

        Returns:
            The index of the action. Codes that do nothing in this game are passed over.
        """
        chosen = _NOTHING
        for code in reversed((*held, *taps)):
            meaning = self._meaning_of.get(code)
            if meaning is not None and chosen | {meaning} in self._chords:
                chosen |= {meaning}
        if chosen:
            return self._chords[chosen]
        return self._action_of_no_key(previous_action, step)

    def _action_of_no_key(self, previous_action: Action | None, step: int) -> int:
        rule = self._no_key
        if rule.alternate is not None:
            return self._index[rule.alternate[step % len(rule.alternate)]]
        if rule.action is not None:
            return self._index[rule.action]
        if rule.first is not None:
            return previous_action if isinstance(previous_action, int) else self._index[rule.first]
        raise ValueError("a game of turns has no action without a key")


def _find_chords(meanings: Iterable[str], index: dict[str, int]) -> dict[frozenset[str], int]:
    """The sets of meanings that are one action together: their names, joined in some order, are its name."""
    return {
        frozenset(words): index["".join(words)]
        for size in range(1, MAX_CHORD + 1)
        for words in permutations(sorted(meanings), size)
        if "".join(words) in index
    }
