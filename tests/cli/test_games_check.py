"""`skill-arcade games check`: a game tried out without a player."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests import howto
from tests.naughty import make_misbehaving_game

from skill_arcade.cli.main import main
from skill_arcade.games.catalogue import BUILT_IN_FOLDER
from skill_arcade.games.examining.trial import try_out
from skill_arcade.games.file.reading import read_game_file

Capture = pytest.CaptureFixture[str]


def test_the_page_on_adding_a_game_says_what_the_command_says(tmp_path: Path) -> None:
    howto.write_files(tmp_path)
    command = howto.read_block("bash", "games check").replace(
        "skill-arcade", f"{sys.executable} -m skill_arcade.cli.main"
    )
    tried = subprocess.run(
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, env={**os.environ}
    )
    assert (tried.returncode, tried.stderr) == (0, "")
    assert re.sub(r"(?<=[ (])[\d.,]+(?= (ms|Hz))", "…", tried.stdout) == howto.read_block("text", "it fits")


def test_a_program_is_told_the_same(capsys: Capture) -> None:
    assert main(["games", "check", "CartPole.v1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["game"], told["problem"], told["unreached"]) == ("CartPole.v1", None, [])
    assert (told["picture_size"], told["deterministic"], told["fits_real_time"]) == ([600, 400], True, True)
    assert told["step_times"]["quick_us"] > 0


def test_actions_without_a_key_are_listed(capsys: Capture) -> None:
    assert main(["games", "check", "Breakout.v0"]) == 0
    assert re.search(r"no key does +UP, DOWN, ", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("does: SWITCH_3,", "does: SWITCH_33,", 21, "controls[2].does: the environment has no action 'SWITCH_33'"),
        ("width: 120", "width: 121", 13, "picture: the environment's picture is 120 wide and 120 high"),
        ("lights_out:", "lights_off:", 9, "environment: "),
        ("mode: turn}", "mode: turns}", 15, "pacing"),
    ],
)
def test_what_does_not_fit_is_one_line_with_its_place_and_3(
    tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch, old: str, new: str, line: int, problem: str
) -> None:
    howto.write_files(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "games")
    file = tmp_path / "games" / "LightsOut.v0.yaml"
    file.write_text(file.read_text().replace(old, new))
    assert main(["games", "check", str(file)]) == 3
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith(f"{file}:{line}: {problem}")


def test_every_value_of_every_option_is_tried(tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    howto.write_files(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "games")
    file = tmp_path / "games" / "LightsOut.v0.yaml"
    option = "options: [{name: size, say: Size, values: [3, 4], default: 3}]"
    file.write_text(file.read_text().replace("picture:", f"{option}\npicture:", 1))
    assert main(["games", "check", str(file)]) == 3
    assert "unexpected keyword argument 'size'" in capfd.readouterr().err


def test_the_values_of_an_option_are_told_as_the_file_writes_them(capsys: Capture) -> None:
    assert main(["games", "check", "FrozenLake.v1"]) == 0
    told = capsys.readouterr().out
    assert '  option         map_name: "4x4", "8x8"\n' in told
    assert "  option         is_slippery: true, false\n" in told


def test_several_games_are_all_tried_though_one_does_not_fit(tmp_path: Path, capfd: Capture) -> None:
    wrong = tmp_path / "Wrong.yaml"
    wrong.write_text("id: Wrong.v0\n")
    assert main(["games", "check", str(wrong), "CartPole.v1"]) == 3
    told = capfd.readouterr()
    assert "CartPole.v1" in told.out
    assert told.err.count("\n") == 1


def write_cart_pole(folder: Path, environment: str, module: str = "") -> Path:
    """A game file of CartPole with another environment; its module, where one is given, lies beside it."""
    text = (BUILT_IN_FOLDER / "CartPole.v1.yaml").read_text().replace("id: CartPole-v1", f"id: {environment}")
    (folder / "odd_poles.py").write_text(module)
    file = folder / "Odd.yaml"
    file.write_text(text)
    return file


ODD_POLES = """
import os
import sys
import gymnasium
from gymnasium.envs.classic_control.cartpole import CartPoleEnv

class Leaving(CartPoleEnv):
    def reset(self, **kwargs):
        os._exit(0)

class Talking(CartPoleEnv):
    def reset(self, **kwargs):
        print("hello")
        os.write(1, b"hello again")
        print("warning", file=sys.stderr)
        return super().reset(**kwargs)

gymnasium.register("Leaving-v0", Leaving)
gymnasium.register("Talking-v0", Talking)
"""


def test_an_environment_that_ends_its_process_is_told_and_the_next_game_is_tried(
    tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    file = write_cart_pole(tmp_path, "odd_poles:Leaving-v0", ODD_POLES)
    assert main(["games", "check", str(file), "CartPole.v1"]) == 3
    told = capfd.readouterr()
    assert told.err == f"{file}:13: environment: it ended its process (status 0) when it was tried out\n"
    assert "CartPole.v1 (" in told.out
    assert "it fits" in told.out


def test_what_an_environment_prints_does_not_spoil_the_json(
    tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    file = write_cart_pole(tmp_path, "odd_poles:Talking-v0", ODD_POLES)
    assert main(["games", "check", str(file), "--json"]) == 0
    told = capfd.readouterr()
    assert json.loads(told.out)["problem"] is None
    assert told.err == ""


def test_an_environment_that_hangs_is_given_up() -> None:
    _, source = read_game_file(BUILT_IN_FOLDER / "CartPole.v1.yaml")
    found = try_out(make_misbehaving_game("hang"), source, limit_s=8)
    assert found.problem == "it did not answer for 8 s when it was tried out"
    assert found.fault is not None
    assert found.fault.key == "environment"


def test_an_unknown_game_is_one_line_and_the_others_are_tried(capfd: Capture) -> None:
    assert main(["games", "check", "Chess.v0", "CartPole.v1"]) == 3
    told = capfd.readouterr()
    assert told.err == "There is no game 'Chess.v0'; `skill-arcade games` lists those there are.\n"
    assert "it fits" in told.out


def test_a_game_that_is_too_slow_is_not_said_to_be_without_a_promise(
    tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    slow = """
import gymnasium
from gymnasium.envs.classic_control.cartpole import CartPoleEnv

class Slow(CartPoleEnv):
    def step(self, action):
        for _ in range(3_000_000):
            pass
        return super().step(action)

gymnasium.register("Slow-v0", Slow)
"""
    file = write_cart_pole(tmp_path, "odd_poles:Slow-v0", slow)
    file.write_text(file.read_text().replace("tick_hz: 20", "tick_hz: 240"))
    assert main(["games", "check", str(file)]) == 3
    assert "same again     not tried: something else is to be mended first\n" in capfd.readouterr().out
