from __future__ import annotations

import sys

import pytest

from skill_arcade.database.engine import make_engine
from skill_arcade.domain.errors import DataFolderError


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "postgresql+nonsense://me:hidden@host/name",
        "postgresql+asyncpg://me:hidden@host/name",
        "mysql://me:hidden@host/name",
    ],
)
def test_an_address_of_no_database_is_told_in_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(DataFolderError, match="is not like `postgresql") as refused:
        make_engine(url)
    assert "hidden" not in str(refused.value)


def test_a_missing_driver_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "skill_arcade.database.postgresql", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DataFolderError, match=r"the library psycopg.*pip install 'skill-arcade"):
        make_engine("postgresql+psycopg://me@host/name")


@pytest.mark.parametrize("url", ["postgres://me@host/name", "postgresql://me@host/name"])
def test_the_address_that_a_provider_shows_does_as_it_is(url: str) -> None:
    assert make_engine(url).url.drivername == "postgresql+psycopg"
