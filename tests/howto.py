"""The files and commands of `docs/howto/add-a-game.md`: what stands on that page is what the tests use."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "howto" / "add-a-game.md"
GAME = "LightsOut.v0"

# As on the number pad: the code of the key of each lamp, row by row.
LAMP_KEYS = (7, 8, 9, 4, 5, 6, 1, 2, 3)


def write_files(folder: Path) -> None:
    """Write every file that the page shows, as `games/…` within `folder`."""
    files = re.findall(r"^`(games/[^`]+)`\n\n```\w+\n(.*?)```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert [name for name, _ in files] == ["games/lights_out.py", "games/LightsOut.v0.yaml"]
    for name, content in files:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)


def read_block(language: str, containing: str) -> str:
    """The one block of code in this language that contains these words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    (block,) = [block for block in blocks if containing in block]
    return str(block)


def solve(lamps: list[int]) -> list[int]:
    """The switches that put all lamps out, by number from 0: each at most once, so all sets are few enough to try."""
    switches = [sum(1 << lamp for lamp in range(9) if _reaches(switch, lamp)) for switch in range(9)]
    wanted = sum(1 << lamp for lamp, is_on in enumerate(lamps) if is_on)
    for choice in range(2**9):
        chosen = [switch for switch in range(9) if choice >> switch & 1]
        state = 0
        for switch in chosen:
            state ^= switches[switch]
        if state == wanted:
            return chosen
    raise AssertionError("every state of three by three lamps can be solved")


def _reaches(switch: int, lamp: int) -> bool:
    return abs(switch // 3 - lamp // 3) + abs(switch % 3 - lamp % 3) <= 1
