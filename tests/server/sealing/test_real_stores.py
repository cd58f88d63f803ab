"""Sealing into real object stores, past a proxy that does harm: what comes out is what would without it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.dataset.playing import record_play
from tests.object_stores import SCHEMES, Emulator, Scheme, StartEmulator, running_emulators
from tests.server.sealing.bench import SealingBench
from tests.store_faults import Fault, FaultProxy, fault_proxy

from skill_arcade.archive.address import BucketAddress, parse_store_address
from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.opening import open_bucket_store
from skill_arcade.archive.patience import Patience
from skill_arcade.dataset import Dataset
from skill_arcade.recorder.seal import seal_episode

SEED = int(os.environ.get("ARCADE_STORE_SEED", str(random.SystemRandom().randrange(2**31))))
N_EPISODES = 6
IMPATIENT = Patience(n_attempts=2, pause_s=0.01, again_within_s=1.0, connect_s=1.0, silence_s=1.0)
HARMS = (
    Fault.REFUSE,
    Fault.RESET_AT_ONCE,
    Fault.RESET_MIDWAY,
    Fault.LOSE_ANSWER,
    Fault.SHORTEN_UPLOAD,
    Fault.FLIP_UPLOAD,
)


@pytest.fixture(scope="module")
def start_emulator() -> Iterator[StartEmulator]:
    with running_emulators() as start:
        yield start


@pytest.fixture(params=SCHEMES)
def emulator(request: pytest.FixtureRequest, start_emulator: StartEmulator) -> Emulator:
    scheme: Scheme = request.param
    return start_emulator(scheme)


@pytest.fixture
def proxy(emulator: Emulator) -> Iterator[FaultProxy]:
    print(f"ARCADE_STORE_SEED={SEED}")
    with fault_proxy(emulator.port, SEED) as proxy:
        yield proxy


def test_whatever_the_store_does_every_episode_is_sealed_there_once_and_as_it_was_played(
    bench: SealingBench, emulator: Emulator, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """REC-1, REC-35, REC-37."""
    for name, value in emulator.behind(proxy.port).environment().items():
        monkeypatch.setenv(name, value)
    address = parse_store_address(f"{emulator.make_bucket()}/lab")
    assert isinstance(address, BucketAddress)
    bench.store = open_bucket_store(address, IMPATIENT)
    bench.sealer = bench.make_sealer()
    expected = LocalStore(tmp_path / "expected")
    folders = [record_play(bench.journals, uuid4()) for _ in range(N_EPISODES)]
    keys = [key for folder in folders for key in seal_episode(folder, expected).keys]
    proxy.fail_with(*HARMS, chance=0.3)
    for _ in range(40):
        bench.run()
        bench.monotonic_s += 60
    proxy.heal()
    for _ in range(3):
        bench.run()
        bench.monotonic_s += 60
    print("faults:", dict(proxy.n_faults))
    assert sum(proxy.n_faults.values()) > 0
    assert not any(folder.exists() for folder in folders)
    assert list(bench.staging.list("archive/")) == []
    assert sorted(bench.store.list("archive/")) == sorted(keys)
    assert len(keys) == N_EPISODES * len(Table)
    for key in keys:
        if "/episodes/" not in key:  # that one has the verdict
            assert bench.store.get(key) == expected.get(key)
    episodes = {str(each.id): each for each in Dataset(bench.store, None).episodes()}
    assert sorted(episodes) == sorted(folder.name for folder in folders)
    assert {each.info.verification for each in episodes.values()} == {"verified"}
    assert len(bench.verified) == N_EPISODES
