"""Whatever a game does to the process that tries it out, it is listed with one reason, and the others are tried too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.naughty import ENV_ID, make_misbehaving_game

from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.environments import distributions, warm
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.server.examiner import Examiner, NothingKept, ServerGone
from skill_arcade.server.game_conditions import Condition, GameConditions

PNG = b"\x89PNG\r\n\x1a\n"
PROBLEMS = {
    "die": f"{ENV_ID} ended its process (Killed) when it was tried out.",
    "exit": f"{ENV_ID} ended its process (status 7) when it was tried out.",
    "exit as if done": f"{ENV_ID} ended its process (status 0) when it was tried out.",
    "hang": f"{ENV_ID} did not answer for 1 s when it was tried out.",
    "raise in reset": f"{ENV_ID} failed: RuntimeError: nothing to start with.",
    "nan": f"{ENV_ID} gave nan as its reward.",
}

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # pytest itself has threads


def examine(folder: Path, *games: GameDefinition, limit_s: float = 60.0) -> GameConditions:
    conditions = GameConditions(folder, games)
    Examiner(conditions, limit_s=limit_s).run(games)
    return conditions


def test_a_game_is_examined_and_painted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanoi = Catalogue.load().get("Hanoi.v0")
    conditions = examine(tmp_path, hanoi)
    condition, picture = conditions.read_condition(hanoi.id), conditions.read_picture(hanoi.id)
    assert condition is not None
    assert condition.problem is None
    assert condition.step_us is not None
    assert picture is not None
    assert picture.startswith(PNG)
    assert int.from_bytes(picture[16:20], "big") == hanoi.picture.width
    assert {file.suffix for file in tmp_path.iterdir()} == {".png", ".json"}
    monkeypatch.setattr(os, "fork", None)
    examine(tmp_path, hanoi)


def test_the_same_game_has_the_same_picture_every_time(tmp_path: Path) -> None:
    game = make_misbehaving_game("fine")
    one, other = (examine(tmp_path / name, game).read_picture(game.id) for name in ("one", "other"))
    assert one == other is not None


def test_every_game_that_misbehaves_has_one_reason_and_the_others_go_on(tmp_path: Path) -> None:
    good = make_misbehaving_game("fine")
    games = [make_misbehaving_game(how) for how in PROBLEMS]
    conditions = examine(tmp_path, *games, good, limit_s=1.0)
    for game, problem in zip(games, PROBLEMS.values(), strict=True):
        condition = conditions.read_condition(game.id)
        assert condition is not None
        assert condition.problem is not None
        assert condition.problem.startswith(problem)
    condition = conditions.read_condition(good.id)
    assert condition is not None
    assert condition.problem is None


def test_a_value_of_an_option_that_does_not_fit_makes_the_game_unplayable(tmp_path: Path) -> None:
    option = {"name": "how", "say": "How", "values": ["fine", "raise when made"], "default": "fine"}
    game = make_misbehaving_game("fine", options=[option])
    condition = examine(tmp_path, game).read_condition(game.id)
    assert condition is not None
    assert condition.problem == (
        "Its game file does not fit its environment at 'options[0].values[1]': "
        f'with how "raise when made" it does not fit: environment: {ENV_ID} failed: RuntimeError: no such cartridge.'
    )


def test_a_game_that_hangs_only_when_it_is_painted_can_be_played_and_has_no_picture(tmp_path: Path) -> None:
    game = make_misbehaving_game("hang late")
    conditions = examine(tmp_path, game, limit_s=1.0)
    condition = conditions.read_condition(game.id)
    assert condition is not None
    assert condition.problem is None
    assert conditions.read_picture(game.id) is None


def test_a_game_with_a_problem_is_tried_again_at_the_next_start(tmp_path: Path) -> None:
    game = make_misbehaving_game("fine")
    conditions = GameConditions(tmp_path, [game])
    conditions.write_condition(game.id, Condition("It needs a package."))
    Examiner(conditions).run([game])
    condition = conditions.read_condition(game.id)
    assert condition is not None
    assert condition.problem is None


def test_what_was_found_of_another_definition_says_nothing(tmp_path: Path) -> None:
    game = make_misbehaving_game("fine")
    before = GameConditions(tmp_path, [game])
    before.write_condition(game.id, Condition("Old."))
    after = GameConditions(tmp_path, [make_misbehaving_game("fine", title="Another title")])
    assert after.read_condition(game.id) is None
    after.remove_others()
    assert list(tmp_path.iterdir()) == []


def test_a_new_version_of_the_package_that_a_game_is_of_has_it_examined_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name of its distribution, which is not the one that is imported."""

    def install(version: str) -> None:
        facts = tmp_path / f"arcade_of_mine-{version}.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: arcade-of-mine\nVersion: {version}\n")
        (facts / "top_level.txt").write_text("my_games\n")

    def keep() -> GameConditions:
        distributions._read_distributions.cache_clear()
        return GameConditions(tmp_path / "pictures", [game])

    environment = {"id": "my_games.envs:Mine-v0", "kwargs": {}, "adapter": "auto"}
    game = make_misbehaving_game("fine", environment=environment)
    monkeypatch.syspath_prepend(tmp_path)
    install("1.0")
    keep().write_condition(game.id, Condition(None, 1.0))
    assert keep().read_condition(game.id) == Condition(None, 1.0)
    (tmp_path / "arcade_of_mine-1.0.dist-info").rename(tmp_path / "gone")
    install("1.1")
    assert keep().read_condition(game.id) is None
    distributions._read_distributions.cache_clear()


def test_a_new_version_of_a_plugin_of_gymnasium_has_games_examined_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ids of its environments do not tell which they are."""
    game = make_misbehaving_game("fine")
    facts = tmp_path / "plugged-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[gymnasium.envs]\n__root__ = plugged:register\n")
    GameConditions(tmp_path / "pictures", [game]).write_condition(game.id, Condition(None, 1.0))
    monkeypatch.syspath_prepend(tmp_path)
    assert GameConditions(tmp_path / "pictures", [game]).read_condition(game.id) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff", b'{"problem": 3}'])
def test_half_a_file_or_a_wrong_one_counts_as_none(tmp_path: Path, content: bytes) -> None:
    game = make_misbehaving_game("fine")
    conditions = GameConditions(tmp_path, [game])
    conditions.write_condition(game.id, Condition(None, 1.0))
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert conditions.read_condition(game.id) is None


def test_when_the_server_is_gone_a_hanging_game_holds_nothing_up(tmp_path: Path) -> None:
    game = make_misbehaving_game("hang")
    reading, writing = os.pipe()
    threading.Timer(0.3, os.write, [writing, b"."]).start()
    with pytest.raises(ServerGone):
        Examiner(GameConditions(tmp_path, [game]), lifeline=reading).run([game])
    os.close(reading)
    os.close(writing)
    assert list(tmp_path.iterdir()) == []


def test_an_examiner_that_is_asked_to_stop_takes_its_child_along(tmp_path: Path) -> None:
    program = (
        "import signal, sys; from pathlib import Path; from tests.naughty import make_misbehaving_game as make\n"
        "from skill_arcade.server.examiner import Examiner; from skill_arcade.server import examiner_process\n"
        "from skill_arcade.server.game_conditions import GameConditions\n"
        "signal.signal(signal.SIGTERM, examiner_process._stop)\n"
        "game = make('hang'); print('ready', flush=True)\n"
        "Examiner(GameConditions(Path(sys.argv[1]), [game])).run([game])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            deadline_s = time.monotonic() + 30
            while not (told := children.read_text().split()):
                assert time.monotonic() < deadline_s
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
            # The pipe ends when nobody holds it: the child is gone too.
            assert process.stdout.read() == b""
            assert not Path(f"/proc/{told[0]}").exists()
        finally:
            process.kill()


def test_a_child_that_is_asked_to_stop_at_its_very_beginning_ends_and_does_not_go_on_as_its_parent(
    tmp_path: Path,
) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from tests.naughty import make_misbehaving_game as make\n"
        "from skill_arcade.server.examiner import Examiner; from skill_arcade.server import examiner_process\n"
        "from skill_arcade.server.game_conditions import GameConditions\n"
        "signal.signal(signal.SIGTERM, examiner_process._stop)\n"
        "os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))\n"
        "game = make('fine'); conditions = GameConditions(Path(sys.argv[1]), [game])\n"
        "Examiner(conditions).run([game])\n"
        "print(conditions.read_condition(game.id).problem)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=Path(__file__).parents[2])
    assert run.stdout == f"{ENV_ID} ended its process (Terminated) when it was tried out.\n"


def test_a_folder_that_cannot_be_written_is_no_fault_of_a_game(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    game = make_misbehaving_game("fine")
    conditions = GameConditions(tmp_path / "file" / "pictures", [game])
    with pytest.raises(NothingKept):
        Examiner(conditions).run([game])
    assert conditions.read_condition(game.id) is None


def test_the_process_that_forks_has_one_thread_and_has_loaded_nothing_that_keeps_others() -> None:
    program = (
        "import os, sys; from skill_arcade.server import examiner_process\n"
        "from skill_arcade.games.environments import warm\n"
        "warm.load(); print(len(os.listdir('/proc/self/task')), 'pyarrow' in sys.modules, 'sqlalchemy' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **warm.ENVIRONMENT})
    assert run.stdout == "1 False False\n"
