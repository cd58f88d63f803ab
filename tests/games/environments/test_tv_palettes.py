"""The palettes are proved against the ALE that is installed, colour by colour."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skill_arcade.domain.picture import PictureFormat
from skill_arcade.games.environments.tv_palettes import TV_PALETTES, fitting_palettes

SCAN_LINES = {"NTSC": 262, "PAL": 312}

# In a process of its own with a time limit: an emulator that dislikes a cartridge ends or hangs the process.
READ_CHART = """
import json, sys
from ale_py import ALEInterface, LoggerMode
ALEInterface.setLoggerMode(LoggerMode.Error)
ale = ALEInterface()
ale.loadROM(sys.argv[1])
for _ in range(5):
    ale.act(0)
indices, rgb = ale.getScreen()[:, 80], ale.getScreenRGB()[:, 80]
print(json.dumps({int(i): rgb[indices == i][0].tolist() for i in indices}))
"""


def wait_lines(count: int) -> bytes:
    """6502: LDY #count, then as many times STA WSYNC, DEY, BNE."""
    return bytes([0xA0, count, 0x85, 0x02, 0x88, 0xD0, 0xFB])


def make_colour_chart(scan_lines: int) -> bytes:
    """A cartridge of 4 kB that paints one line in each of the 128 colours, and nothing else."""
    code = bytes([0x78, 0xD8, 0xA2, 0xFF, 0x9A])  # SEI, CLD, LDX #$FF, TXS
    frame = 0xF000 + len(code)
    code += bytes([0xA9, 2, 0x85, 0x00, 0x85, 0x02, 0x85, 0x02, 0x85, 0x02])  # VSYNC on for three lines
    code += bytes([0xA9, 0, 0x85, 0x00, 0x85, 0x01, 0x85, 0x09])  # VSYNC off, VBLANK off, COLUBK black
    code += wait_lines(40)
    # LDX #0, then for each line: STA WSYNC, STX COLUBK, INX, INX, BNE.
    code += bytes([0xA2, 0, 0x85, 0x02, 0x86, 0x09, 0xE8, 0xE8, 0xD0, 0xF8])
    code += bytes([0xA9, 0, 0x85, 0x02, 0x85, 0x09])  # black again
    code += wait_lines(scan_lines - 3 - 40 - 128 - 1)
    code += bytes([0x4C, frame & 0xFF, frame >> 8])  # JMP frame
    return code.ljust(4096 - 4, b"\xea") + bytes([0x00, 0xF0, 0x00, 0xF0])


@pytest.mark.parametrize("tv_format", ["NTSC", "PAL"])
def test_every_colour_of_a_palette_is_the_one_that_ale_paints(tv_format: str, tmp_path: Path) -> None:
    # ALE takes an unknown cartridge for the game that its file is named after; Pitfall waits for nothing.
    cartridge = tmp_path / "pitfall.bin"
    cartridge.write_bytes(make_colour_chart(SCAN_LINES[tv_format]))
    run = subprocess.run(
        [sys.executable, "-c", READ_CHART, str(cartridge)],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    painted = {int(index): tuple(rgb) for index, rgb in json.loads(run.stdout).items()}
    table = np.frombuffer(TV_PALETTES[tv_format], dtype=np.uint8).reshape(256, 3)
    assert painted == {index: tuple(table[index].tolist()) for index in range(0, 256, 2)}


def test_an_odd_index_is_the_grey_of_the_colour_below_it() -> None:
    table = np.frombuffer(TV_PALETTES["NTSC"], dtype=np.uint8).reshape(128, 2, 3)
    grey = table[:, 1]
    assert (grey == grey[:, :1]).all()
    assert (table[:, 0].min(axis=1) <= grey[:, 0]).all()
    assert (grey[:, 0] <= table[:, 0].max(axis=1)).all()


def test_a_picture_in_colours_that_only_one_format_has_tells_the_format() -> None:
    indices = np.full((2, 3), 66, dtype=np.uint8)
    rgb = PictureFormat(3, 2, "indexed8", TV_PALETTES["PAL"]).to_rgb(indices)
    assert fitting_palettes(indices, rgb) == {"PAL"}


def test_a_black_picture_fits_both_formats() -> None:
    assert fitting_palettes(np.zeros((2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8)) == {"NTSC", "PAL"}
