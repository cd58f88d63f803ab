from __future__ import annotations

import pytest

from skill_arcade.database.engine import make_engine
from skill_arcade.domain.errors import DataFolderError


@pytest.mark.parametrize("url", ["nonsense", "postgresql+nonsense://me:hidden@host/name"])
def test_an_address_of_no_database_is_told_in_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(DataFolderError, match="is not like `postgresql") as refused:
        make_engine(url)
    assert "hidden" not in str(refused.value)


def test_a_missing_driver_is_told_with_what_to_install() -> None:
    with pytest.raises(DataFolderError, match=r"the library asyncpg.*pip install 'psycopg"):
        make_engine("postgresql+asyncpg://me@host/name")
