from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.recorder.recordings import EPISODE, CountingJournal

from skill_arcade.archive.local import LocalStore
from skill_arcade.cli import main as main_module
from skill_arcade.cli.main import COMMANDS, main
from skill_arcade.database.revision import newest_revision
from skill_arcade.database.schema import downgrade_schema
from skill_arcade.dataset import VerificationResult
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.game_conditions import Condition, GameConditions
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.settings import Settings

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    monkeypatch.setenv("SKILL_ARCADE_DATA", str(data))
    return data


@pytest.fixture
def recorded(data: Path) -> Path:
    """A data folder with one sealed episode of four steps, whose journal is still there."""
    DataFolder(data).prepare()
    folder = data / "journal" / str(EPISODE)
    CountingJournal.begin(folder).play(4).end()
    seal_episode(folder, LocalStore(data))
    return data


def test_help_is_there_at_once_because_nothing_heavy_is_imported() -> None:
    code = (
        "import sys\nfrom skill_arcade.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(run.stdout.splitlines()[-1].split())
    assert imported.isdisjoint({"fastapi", "numpy", "pyarrow", "pydantic", "sqlalchemy", "uvicorn", "yaml"})
    assert all(command in run.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_and_is_in_the_reference(command: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    row = next(line for line in REFERENCE.read_text().splitlines() if line.startswith(f"| `{command}"))
    for option in set(re.findall(r"--[a-z]+", told)) - {"--help", "--data", "--json", "--new"}:
        assert option in row, option


@pytest.mark.parametrize("argv", [[], ["nope"], ["episodes", "--nope"], ["verify"], ["episodes", "--limit", "0"]])
def test_a_wrong_command_line_ends_with_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2


def test_games_are_listed_for_people_and_programs(capsys: Capture) -> None:
    assert main(["games"]) == 0
    assert re.search(r"^Breakout.v0 +Breakout +60 Hz", capsys.readouterr().out, re.MULTILINE)
    assert main(["games", "list", "Hanoi.v0", "--json"]) == 0
    assert [game["id"] for game in json.loads(capsys.readouterr().out)] == ["Hanoi.v0"]


def test_an_unknown_game_is_one_line_and_1(capsys: Capture) -> None:
    assert main(["games", "list", "Nope.v0"]) == 1
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "Nope.v0" in told.err


def test_episodes_are_listed_from_the_recordings(recorded: Path, capsys: Capture) -> None:
    assert main(["episodes", "--json"]) == 0
    (episode,) = json.loads(capsys.readouterr().out)
    assert (episode["episode_id"], episode["n_steps"], episode["sealed"]) == (str(EPISODE), 4, True)
    assert main(["episodes", "--data", str(recorded), "--game", "Other.v0"]) == 0
    assert capsys.readouterr().out == "no episodes\n"
    assert main(["episodes"]) == 0
    assert str(EPISODE) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verdict", "status"),
    [(Verification.VERIFIED, 0), (Verification.UNVERIFIABLE, 0), (Verification.MISMATCH, 3)],
)
def test_verify_tells_the_verdict_and_the_index(
    recorded: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, verdict: Verification, status: int
) -> None:
    assert main(["reindex"]) == 0
    capsys.readouterr()
    result = VerificationResult(verdict, "because", None, 4, 5)
    monkeypatch.setattr("skill_arcade.dataset.VerifierPool.verify", lambda _self, _episode: result)
    assert main(["verify", str(EPISODE)]) == status
    assert f"{EPISODE}  {verdict}: because" in capsys.readouterr().out
    assert main(["verify", "--all", "--json"]) == status
    (told,) = json.loads(capsys.readouterr().out)
    assert told["verification"] == verdict
    assert recorded.exists()


def test_an_episode_whose_environment_is_unknown_here_is_unverifiable_rec_51(recorded: Path, capsys: Capture) -> None:
    assert main(["verify", str(EPISODE)]) == 0
    assert "unverifiable" in capsys.readouterr().out
    assert not (recorded / "index.sqlite").exists()


def test_replay_writes_the_pictures(recorded: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["replay", str(EPISODE), "--frames", str(tmp_path / "frames")]) == 0
    assert "5 pictures" in capsys.readouterr().out
    assert len(list((tmp_path / "frames").glob("*.png"))) == 5
    assert recorded.exists()


@pytest.mark.parametrize("command", ["verify", "replay"])
def test_an_unknown_episode_is_one_line_and_1(data: Path, tmp_path: Path, capsys: Capture, command: str) -> None:
    frames = ["--frames", str(tmp_path)] if command == "replay" else []
    assert main([command, "nope", *frames]) == 1
    assert capsys.readouterr().err == "skill-arcade: There is no episode 'nope'.\n"
    assert not data.exists()


def test_reindex_tells_what_it_found(recorded: Path, capsys: Capture) -> None:
    broken = recorded / "journal" / "00000000-0000-0000-0000-000000000001"
    CountingJournal.begin(broken, provenance={"observation": {"is_picture": True}}).writer.close()
    assert main(["reindex", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["n_sealed"] == 1
    assert len(found["unreadable"]) == 1


def test_migrate_brings_an_old_database_to_this_version(data: Path, capsys: Capture) -> None:
    assert main(["migrate", "--check"]) == 3
    assert main(["migrate"]) == 0
    downgrade_schema(DataFolder(data).database_url, "0001")
    assert main(["migrate", "--check"]) == 3
    assert main(["migrate", "--json"]) == 0
    assert main(["migrate", "--check"]) == 0
    assert f"schema {newest_revision()}, the newest" in capsys.readouterr().out


def test_an_administrators_link_leads_to_this_server(data: Path, capsys: Capture) -> None:
    assert main(["admin-link"]) == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/\?admin=[\w-]{43}\n", capsys.readouterr().out)
    assert data.exists()


def test_the_api_is_described_alike_every_time(capsys: Capture) -> None:
    assert main(["openapi"]) == 0
    first = capsys.readouterr().out
    assert main(["openapi"]) == 0
    assert capsys.readouterr().out == first
    assert json.loads(first)["info"]["title"] == "Skill Arcade"


def test_doctor_finds_what_is_wrong_and_goes_on(data: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    fine = SimpleNamespace(returncode=0, stdout="", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: fine)
    monkeypatch.setenv("SKILL_ARCADE_PORT", "0")
    assert main(["doctor", "--json"]) in {0, 3}
    findings = {each["what"]: each["ok"] for each in json.loads(capsys.readouterr().out)}
    assert all(findings[what] for what in ("packages", "data folder", "disk", "database", "games", "port"))
    (data / "secret").chmod(0o644)
    assert main(["doctor"]) == 3
    told = capsys.readouterr().out
    assert re.search(r"^FAIL  data folder: .*chmod 600", told, re.MULTILINE)
    assert re.search(r"^ok    database: ", told, re.MULTILINE)


def test_doctor_tells_games_that_cannot_be_played_on_a_line_each(data: Path, capsys: Capture) -> None:
    catalogue = load_catalogue(Settings(data=data))
    conditions = GameConditions(DataFolder(data).pictures, catalogue)
    for game_id in ("CartPole.v1", "Acrobot.v1"):
        conditions.write_condition(game_id, Condition("It needs a package."))
    data.chmod(0o700)
    assert main(["doctor"]) == 3
    told = [f"        {game.id}: It needs a package." for game in catalogue if game.id in {"CartPole.v1", "Acrobot.v1"}]
    assert "\n".join(("FAIL  games: What cannot be played (2):", *told, "")) in capsys.readouterr().out


@pytest.mark.parametrize("command", [["migrate"], ["reindex"], ["admin-link"]])
def test_a_data_folder_that_cannot_be_used_is_one_clear_line_and_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, command: list[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SKILL_ARCADE_DATA", str(tmp_path / "file" / "data"))
    assert main(command) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"skill-arcade: The data folder .* cannot be made: Not a directory\.\n", told.err)


def test_a_wrong_setting_is_one_line_and_1(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("SKILL_ARCADE_LOG_LEVEL", "loud")
    assert main(["games"]) == 1
    assert capsys.readouterr().err.startswith("skill-arcade: SKILL_ARCADE_LOG_LEVEL: ")


def test_what_is_missing_of_the_server_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def fail(_: str) -> None:
        raise ModuleNotFoundError("No module named 'fastapi'", name="fastapi")

    monkeypatch.setattr(main_module, "import_module", fail)
    assert main(["openapi"]) == 1
    assert "pip install 'skill-arcade[server]'" in capsys.readouterr().err
