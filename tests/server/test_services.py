from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.server.fakes import FakeControl

from skill_arcade.database.revision import newest_revision, read_revision
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.server import database as database_module
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.services import open_services
from skill_arcade.server.settings import Settings


def test_a_new_data_folder_is_made_for_its_owner_only(tmp_path: Path, control: FakeControl) -> None:
    settings = Settings(data=tmp_path / "a" / "data")
    open_services(settings, control).database.dispose()
    assert stat.S_IMODE(settings.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((settings.data / "secret").stat().st_mode) == 0o600
    assert read_revision(DataFolder(settings.data).database_url) == newest_revision()


def test_a_file_in_the_folders_place_is_told_in_one_sentence(tmp_path: Path, control: FakeControl) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DataFolderError, match=r"^The data folder .* cannot be made: File exists\.$"):
        open_services(Settings(data=tmp_path / "data"), control)


def test_a_database_that_is_none_is_told_in_one_sentence(tmp_path: Path, control: FakeControl) -> None:
    (tmp_path / "index.sqlite").write_text("this is no database, whatever its name says" * 100)
    with pytest.raises(DataFolderError, match="not a database"):
        open_services(Settings(data=tmp_path), control)


def test_a_shared_database_is_never_migrated_by_a_server_that_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    upgrade_schema(url, "0001")
    monkeypatch.setattr(database_module, "_is_embedded", lambda _: False)
    with pytest.raises(DataFolderError, match=r"has schema 0001.*skill-arcade migrate"):
        open_database(Settings(database_url=url))
    assert read_revision(url) == "0001"
