from __future__ import annotations

import string

import pytest

from skill_arcade.games.drawing.lettering import draw_text


@pytest.mark.parametrize(("text", "shape"), [("1", (5, 3)), ("10", (5, 7)), ("255", (5, 11)), ("LEVEL", (5, 19))])
def test_a_word_has_a_column_between_its_characters(text: str, shape: tuple[int, int]) -> None:
    assert draw_text(text, scale=1).shape == shape
    assert draw_text(text, scale=3).shape == (shape[0] * 3, shape[1] * 3)


def test_no_two_digits_look_alike() -> None:
    assert len({draw_text(digit, scale=1).tobytes() for digit in string.digits}) == 10
