"""What is damaged in the journals stays named, whatever replaying the rest shows."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.dataset.playing import record_play

from skill_arcade.archive.local import LocalStore
from skill_arcade.dataset import Dataset, Verifier, open_dataset
from skill_arcade.domain.episode import EndReason, Verification
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.seal import seal_episode


@pytest.mark.parametrize("is_sealed", [False, True])
@pytest.mark.parametrize("is_deterministic", [True, False])
def test_what_is_left_of_a_damaged_journal_is_verified_and_the_damage_is_told_with_it(
    tmp_path: Path, is_sealed: bool, is_deterministic: bool
) -> None:
    """REC-13, REC-50, REC-51."""
    game = {"id": "Walk.v0", "deterministic": is_deterministic}
    folder = record_play(tmp_path / "journal", uuid4(), provenance={"game": game})
    path = folder / "000001.journal"
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(bytes(data))
    (damage,) = read_episode_journal(folder).damage
    dataset = open_dataset(tmp_path)
    if is_sealed:
        close_orphan(folder, EndReason.ABANDONED, None)
        store = LocalStore(tmp_path / "store")
        seal_episode(folder, store)
        dataset = Dataset(store, None)
    with Verifier() as verifier:
        result = verifier.verify(dataset.episode(folder.name))
    running = Verification.VERIFIED if is_sealed else Verification.PENDING
    assert result.verification is (running if is_deterministic else Verification.UNVERIFIABLE)
    assert result.detail is not None
    assert f"Damaged: {damage.text}" in result.detail
