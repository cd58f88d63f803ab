"""Games of Tetris in a state of our choice."""

from __future__ import annotations

from collections.abc import Iterable

from skill_arcade.games.tetris.falling import Falling
from skill_arcade.games.tetris.field import COLUMNS, Field
from skill_arcade.games.tetris.game import START_X, START_Y, Frame, Game
from skill_arcade.games.tetris.keys import ACTIONS
from skill_arcade.games.tetris.pieces import NAMES, Piece

KEYS = {keys.name: keys for keys in ACTIONS}


def lay(field: Field, *rows: str) -> None:
    """Lay rows on the ground, the upper one first: letters of pieces, dots for empty cells."""
    cells = bytes(NAMES.index(letter) for row in rows for letter in row)
    assert len(cells) == len(rows) * COLUMNS
    if cells:
        field.cells[-len(cells) :] = cells


def new_game(kind: int, *rows: str, level: int = 1, das_frames: int = 10, arr_frames: int = 2) -> Game:
    """A game in which a piece of this kind appears above these rows; I, J, L, O, S, T, Z come next."""
    game = Game(level, das_frames, arr_frames, draw=lambda: 0)
    for _ in range(6):  # the rest of the first seven
        game.bag.take()
    lay(game.field, *rows)
    place(game, Piece(kind, 0, START_X, START_Y))
    return game


def place(game: Game, piece: Piece) -> None:
    """Let the game go on with this piece."""
    assert game.field.fits(piece)
    game.falling = Falling(piece, game.field, game.level)


def hold_down(game: Game, name: str, n_frames: int = 1) -> list[Frame]:
    """What so many frames bring while these keys are down."""
    return [game.advance(KEYS[name]) for _ in range(n_frames)]


def tap(game: Game, *names: str) -> list[Frame]:
    """What it brings to press these keys for a frame each, with a frame without any key after it."""
    return [frame for name in names for frame in (*hold_down(game, name), *hold_down(game, "NOOP"))]


def piece_of(game: Game) -> Piece:
    """The falling piece, which there must be."""
    assert game.piece is not None
    return game.piece


def seen(field: Field, n_rows: int) -> list[str]:
    """The lowest rows of the field, as `lay` takes them."""
    letters = "".join(NAMES[kind] for kind in field.cells)
    rows = [letters[start : start + COLUMNS] for start in range(0, len(letters), COLUMNS)]
    return rows[-n_rows:]


def points_of(frames: Iterable[Frame]) -> int:
    """The points of all of them."""
    return sum(frame.points for frame in frames)
