"""Recordings that are read from a bucket, as anybody would who has its address."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.dataset.playing import record_play
from tests.dataset.test_reading_guide import PAGE
from tests.object_stores import SCHEMES, Emulator, StartEmulator, running_emulators
from tests.recorder.recordings import EPISODE, CountingJournal, picture_of
from tests.store_faults import Fault, fault_proxy

from skill_arcade.archive.bucket import BucketStore
from skill_arcade.archive.opening import open_store
from skill_arcade.dataset import open_dataset, verify_episode
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import DataFolderError, EpisodeNotFound, StoreAway
from skill_arcade.recorder.seal import seal_episode

N_STEPS = 7


@pytest.fixture(scope="module")
def start_emulator() -> Iterator[StartEmulator]:
    with running_emulators() as start:
        yield start


@pytest.fixture(params=SCHEMES)
def emulator(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, start_emulator: StartEmulator
) -> Emulator:
    emulator = start_emulator(request.param)
    use(emulator, monkeypatch)
    return emulator


@pytest.fixture
def address(emulator: Emulator, tmp_path: Path) -> str:
    """Of a store with the counting game in it."""
    address = f"{emulator.make_bucket()}/lab/2026"
    CountingJournal.begin(tmp_path / "journal", has_observation=True).play(N_STEPS).end()
    seal_episode(tmp_path / "journal", open_store(address, tmp_path))
    return address


def use(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)


def test_recordings_in_a_bucket_are_read_by_its_address(address: str) -> None:
    """REC-35, REC-36."""
    dataset = open_dataset(address)
    (episode,) = dataset.episodes()
    assert episode.id == EPISODE
    assert episode.is_sealed
    assert len(episode.steps()) == N_STEPS
    frames = list(episode.frames())
    assert [step for step, _ in frames] == list(range(N_STEPS + 1))
    assert all((picture == picture_of(step)).all() for step, picture in frames)
    with pytest.raises(EpisodeNotFound):
        dataset.episode(uuid4())


def test_the_pages_example_of_a_bucket_runs(address: str) -> None:
    (block,) = re.findall(r"```py\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(block.replace("gs://my-bucket/lab", address), names)
    assert (names["first"] == picture_of(0)).all()


def test_a_picture_in_a_bucket_is_read_without_the_whole_file(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    episode = open_dataset(address).episode(EPISODE)

    def refuse(_store: object, key: str) -> bytes:
        raise AssertionError(f"all of {key} is fetched")

    monkeypatch.setattr(BucketStore, "get", refuse)
    assert (episode.picture(3) == picture_of(3)).all()


def test_a_store_that_is_away_is_not_taken_for_a_damaged_recording(
    address: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fault_proxy(emulator.port, seed=1) as proxy:
        use(emulator.behind(proxy.port), monkeypatch)
        episode = open_dataset(address).episode(EPISODE)
        assert episode.n_steps == N_STEPS
        proxy.fail_with(Fault.REFUSE, status=403)
        for ask in (episode.steps, lambda: episode.picture(1), lambda: list(open_dataset(address).episodes())):
            with pytest.raises(StoreAway, match="let this account read"):
                ask()
        proxy.heal()
        assert (episode.picture(1) == picture_of(1)).all()


def test_recordings_in_a_bucket_are_verified(emulator: Emulator, tmp_path: Path) -> None:
    """REC-50."""
    address, episode_id = emulator.make_bucket(), uuid4()
    seal_episode(record_play(tmp_path, episode_id), open_store(address, tmp_path))
    result = verify_episode(open_dataset(address).episode(episode_id))
    assert result.verification is Verification.VERIFIED


def test_a_folder_may_be_given_as_an_address_too(tmp_path: Path) -> None:
    CountingJournal.begin(tmp_path / "journal").play(N_STEPS).end()
    seal_episode(tmp_path / "journal", open_store(None, tmp_path / "store"))
    assert open_dataset(f"file://{tmp_path}/store").episode(EPISODE).n_steps == N_STEPS


def test_a_wrong_address_is_told_and_is_no_folder() -> None:
    with pytest.raises(DataFolderError, match="gs://, s3:// or file://"):
        open_dataset("https://bucket/prefix")


@pytest.mark.parametrize("library", ["boto3", "botocore", "google", "requests", "urllib3"])
def test_importing_the_reader_imports_no_client_of_a_store(library: str) -> None:
    code = f"import sys, skill_arcade.dataset; print({library!r} in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert run.stdout.strip() == "False"
