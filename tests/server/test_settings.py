from __future__ import annotations

from pathlib import Path

import pytest

from skill_arcade.server.settings import PREFIX, Settings, SettingsError, read_settings

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    lines = [line for line in REFERENCE.read_text().splitlines() if f"`{PREFIX}{name.upper()}`" in line]
    assert lines, name
    default = Settings.model_fields[name].default
    words = {None: "", (): "", True: "`true`", False: "`false`"}.get(default, f"`{default}`")
    assert lines[0].split("|")[2].strip() == words


def test_nothing_is_documented_that_is_no_setting() -> None:
    rows = [line for line in REFERENCE.read_text().splitlines() if line.startswith(f"| `{PREFIX}")]
    assert len(rows) == len(Settings.model_fields)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_environment_is_read_and_the_command_line_stands_above_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SKILL_ARCADE_DATA", "/from/environment")
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("SKILL_ARCADE_ALLOWED_ORIGINS", "https://A.example.org/, https://b.example.org")
    settings = read_settings()
    assert (settings.data, settings.port) == (Path("/from/environment"), 9000)
    assert settings.allowed_origins == ("https://a.example.org", "https://b.example.org")
    assert read_settings(data=Path("here"), port="9001").port == 9001
    monkeypatch.setenv("SKILL_ARCADE_PORT", "9002")
    assert read_settings().port == 9002


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SKILL_ARCADE_PORT", "abc"), ("PORT", "70000"), ("SKILL_ARCADE_LOG_LEVEL", "loud")],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=rf"^{variable}: .*{value}"):
        read_settings()


def test_a_wrong_secret_is_named_and_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILL_ARCADE_SECRET", "hunter2")
    with pytest.raises(SettingsError, match=r"^SKILL_ARCADE_SECRET: .*64 hex digits") as error:
        read_settings()
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(("word", "is_on"), [("on", True), ("off", False), ("true", True), ("0", False)])
def test_recording_is_a_setting(monkeypatch: pytest.MonkeyPatch, word: str, is_on: bool) -> None:
    monkeypatch.setenv("SKILL_ARCADE_RECORDING", word)
    assert read_settings().recording is is_on


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("arcade.example.org", False),
    ],
)
def test_only_loopback_is_local(host: str, *, is_local: bool) -> None:
    assert Settings(host=host).is_local is is_local


def test_a_server_with_a_name_for_others_is_not_local() -> None:
    """A proxy on this machine passes on what comes from everywhere: an e-mail address would let anybody in."""
    assert not Settings(host="127.0.0.1", allowed_hosts=("arcade.example.org",)).is_local
    assert not Settings(host="127.0.0.1", allowed_origins=("https://arcade.example.org",)).is_local
    assert not Settings(host="127.0.0.1", allowed_origins=("http://[x",)).is_local
    assert Settings(host="127.0.0.1", allowed_hosts=("localhost", "[::1]")).is_local
    assert Settings(host="127.0.0.1", allowed_origins=("http://localhost:5173", "http://[::1]:80")).is_local
