from __future__ import annotations

import hashlib
import platform
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import ale_py.roms
import pytest

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.provenance import packages_of, rom_md5
from skill_arcade.games.environments.spec import EnvironmentSpec

BREAKOUT = EnvironmentSpec.of_game("ALE/Breakout-v5", {})
CART_POLE = EnvironmentSpec.of_game("CartPole-v1", {})
HANOI = EnvironmentSpec.of_game("SkillArcade/Hanoi-v0", {})


def test_an_atari_recording_names_the_emulator() -> None:
    packages = packages_of(BREAKOUT)
    assert packages["ale-py"] == metadata.version("ale-py")
    assert packages["python"] == platform.python_version()
    assert packages.keys() == {"python", "skill-arcade", "ale-py", "gymnasium", "numpy"}


def test_a_recording_of_a_rendered_game_names_what_draws_it() -> None:
    assert {"pygame-ce", "pygame"} & packages_of(CART_POLE).keys()
    assert "ale-py" not in packages_of(CART_POLE)


@pytest.mark.skipif(find_spec("Box2D") is None, reason="Box2D is not installed; there is none for Python 3.14")
def test_a_recording_names_the_engine_that_reckons_its_world() -> None:
    """REC-4."""
    assert packages_of(EnvironmentSpec("CarRacing-v3"))["box2d"] == metadata.version("box2d")
    assert "box2d" not in packages_of(CART_POLE)


def test_our_own_games_need_neither() -> None:
    assert packages_of(HANOI).keys() == {"python", "skill-arcade", "gymnasium", "numpy"}


def test_the_md5_is_that_of_the_rom_file() -> None:
    rom = Path(ale_py.roms.__file__).parent / "breakout.bin"
    assert rom_md5(BREAKOUT) == hashlib.md5(rom.read_bytes()).hexdigest()


def test_a_game_without_a_rom_has_no_md5() -> None:
    assert rom_md5(CART_POLE) is None
    assert rom_md5(HANOI) is None


def test_an_environment_that_nobody_registered_has_no_provenance() -> None:
    with pytest.raises(EnvironmentFailed, match="NoSuch-v0"):
        packages_of(EnvironmentSpec("NoSuch-v0"))
