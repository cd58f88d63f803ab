from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from skill_arcade.accounts.secret import Secret
from skill_arcade.domain.errors import DataFolderError

SECRET = Secret(bytes(range(32)))


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first, second = Secret.load_or_make(path), Secret.load_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == 32
    episode_id = uuid4()
    assert first.compute_resume_token(episode_id) == second.compute_resume_token(episode_id)
    assert os.listdir(tmp_path) == ["secret"]  # noqa: PTH208 - names are what matters


def test_of_many_who_make_the_secret_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = list(pool.map(lambda _: Secret.load_or_make(tmp_path / "secret"), range(64)))
    assert len({secret.compute_pseudonym(UUID(int=1)) for secret in secrets}) == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    Secret.load_or_make(path)
    path.chmod(mode)
    with pytest.raises(DataFolderError, match="may be read by others"):
        Secret.load_or_make(path)


def test_a_secret_of_another_length_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(DataFolderError, match="5 bytes"):
        Secret.load_or_make(path)
    assert path.read_bytes() == b"short"


def test_a_folder_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="cannot be read or made"):
        Secret.load_or_make(tmp_path / "nowhere" / "secret")


def test_a_pseudonym_is_32_hex_digits_and_always_the_same_rec_41() -> None:
    assert re.fullmatch("[0-9a-f]{32}", SECRET.compute_pseudonym(UUID(int=1)))
    assert SECRET.compute_pseudonym(UUID(int=1)) != SECRET.compute_pseudonym(UUID(int=2))
    assert SECRET.compute_pseudonym(UUID(int=1)) != Secret(bytes(32)).compute_pseudonym(UUID(int=1))


def test_only_the_episodes_own_resume_token_is_accepted_live_2() -> None:
    episode_id = uuid4()
    token = SECRET.compute_resume_token(episode_id)
    assert SECRET.accepts_resume_token(episode_id, token)
    assert not SECRET.accepts_resume_token(uuid4(), token)
    for wrong in ("", token[:-1], token + "A", "ü" * 43):
        assert not SECRET.accepts_resume_token(episode_id, wrong)
