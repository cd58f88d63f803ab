from __future__ import annotations

import threading
import time
from pathlib import Path
from threading import Barrier, Event
from uuid import UUID, uuid4

import pytest
from tests.dataset.playing import record_play
from tests.recorder.recordings import PROVENANCE, CountingJournal
from tests.server.sealing.bench import SealingBench
from tests.waiting import await_true

from skill_arcade.dataset import Episode, VerificationResult, open_dataset
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.sealing import sealer as sealer_module
from skill_arcade.server.sealing.episode_sealer import EpisodeSealer
from skill_arcade.server.sealing.share import EPISODES_FOR_ANOTHER, SLOW_AFTER_S, Share


def record(bench: SealingBench, n_episodes: int) -> list[Path]:
    return [record_play(bench.journals, uuid4(), actions=[2]) for _ in range(n_episodes)]


def test_episodes_are_sealed_a_few_at_a_time_where_many_wait_and_all_of_them(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is sealed while others are replayed: a machine of two cores would otherwise seal with one."""
    folders = record(bench, 3 * EPISODES_FOR_ANOTHER)
    bench.meet = Barrier(3)  # nobody goes on before three are being replayed
    verify = bench.verify

    def meet_while_many_wait(episode: Episode) -> VerificationResult:
        if sum(folder.exists() for folder in folders) < 2 * EPISODES_FOR_ANOTHER + 6:
            bench.meet.abort()
        try:
            return verify(episode)
        except threading.BrokenBarrierError:
            return VerificationResult(bench.verdict, None, None, 0, 0)

    monkeypatch.setattr(bench, "verify", meet_while_many_wait)
    assert bench.make_sealer(Share(0, 1, 3)).work_until_idle() == len(folders)
    assert bench.most_at_once == 3
    assert not any(folder.exists() for folder in folders)
    assert len(list(open_dataset(bench.root).episodes())) == len(folders)
    assert len(set(bench.verified)) == len(folders)


def test_episodes_are_sealed_one_by_one_where_few_wait(bench: SealingBench) -> None:
    """That is cheaper."""
    record(bench, EPISODES_FOR_ANOTHER - 1)
    assert bench.make_sealer(Share(0, 1, 3)).work_until_idle() == EPISODES_FOR_ANOTHER - 1
    assert bench.most_at_once == 1


def test_a_replay_that_hangs_occupies_one_worker_only_and_others_go_on(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer_module, "LOOK_INTERVAL_S", 0.01)
    hanging, *others = record(bench, 4)
    is_released = Event()
    verify = bench.verify

    def hang(episode: Episode) -> VerificationResult:
        if str(episode.id) == hanging.name:
            assert is_released.wait(60)
        return verify(episode)

    monkeypatch.setattr(bench, "verify", hang)
    sealer = bench.make_sealer(Share(0, 1, 2))
    working = threading.Thread(target=sealer.work_until_idle)
    # The order is that of their names: one more is made until the hanging one is the first.
    first = min([hanging, *others], key=lambda folder: folder.name)
    hanging, others = first, [folder for folder in (hanging, *others) if folder != first]
    working.start()
    await_true(lambda: sealer.status().n_waiting == 4)
    assert all(folder.exists() for folder in others), "few wait, so one seals, and that one hangs"
    bench.monotonic_s += SLOW_AFTER_S + 1
    await_true(lambda: not any(folder.exists() for folder in others))
    (later,) = record(bench, 1)
    bench.monotonic_s += 2  # the next look
    await_true(lambda: not later.exists())
    assert hanging.exists()
    assert sealer.status().oldest_waiting_s == pytest.approx(SLOW_AFTER_S + 3)
    is_released.set()
    working.join(60)
    assert not working.is_alive()
    assert not hanging.exists()
    assert (sealer.status().n_sealed, sealer.status().n_waiting) == (5, 0)


def test_a_sealer_that_is_stopped_begins_with_no_further_episode(bench: SealingBench) -> None:
    folders = record(bench, 5)
    assert bench.sealer.work_until_idle(lambda: len(bench.verified) == 2) == 2
    assert sum(folder.exists() for folder in folders) == 3
    assert bench.run() == 3


def test_a_sealer_that_is_asked_to_stop_while_it_waits_looks_at_once(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(bench, 1)
    is_released, is_stopping = Event(), Event()

    def hang(episode: Episode) -> VerificationResult:
        assert is_released.wait(60), episode
        return VerificationResult(bench.verdict, None, None, 0, 0)

    n_asked = 0

    def count_asking() -> bool:
        nonlocal n_asked
        n_asked += 1
        return is_stopping.is_set()

    monkeypatch.setattr(bench, "verify", hang)
    sealer = bench.make_sealer()
    working = threading.Thread(target=sealer.work_until_idle, args=(count_asking,))
    working.start()
    await_true(lambda: sealer.status().n_waiting == 1)
    before = n_asked
    began_s = time.monotonic()
    for _ in range(20):
        sealer.wake()
    await_true(lambda: n_asked >= before + 20)
    assert time.monotonic() - began_s < 20 * sealer_module.LOOK_INTERVAL_S
    is_released.set()
    working.join(60)
    assert not working.is_alive()


def test_sealers_of_one_machine_share_the_episodes_and_none_is_sealed_twice(bench: SealingBench) -> None:
    folders = record(bench, 60)
    sealers = [bench.make_sealer(Share(number, 3, 2)) for number in range(3)]
    n_sealed = [0, 0, 0]

    def work(number: int) -> None:
        n_sealed[number] = sealers[number].work_until_idle()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    bench.monotonic_s += 60  # those that another was at are looked at again
    assert sum(n_sealed) + sealers[0].work_until_idle() == len(folders)
    assert not any(folder.exists() for folder in folders)
    assert sorted(map(str, bench.verified)) == sorted(folder.name for folder in folders)
    assert min(n_sealed) > 0


def test_one_record_that_fits_no_table_does_not_hold_up_the_others_and_is_tried_ever_more_rarely(
    bench: SealingBench, caplog: pytest.LogCaptureFixture
) -> None:
    broken = bench.journals / str(UUID(int=1))
    CountingJournal.begin(broken, provenance={**PROVENANCE, "max_steps": "many"}).play(1).end()
    folder = bench.journals / str(UUID(int=2))
    CountingJournal.begin(folder, provenance={**PROVENANCE, "game_id": "Other.v0"}).play(3).end()
    assert bench.run() == 1
    assert broken.exists()
    assert not folder.exists()
    times_s = []
    for _ in range(12):
        caplog.clear()
        bench.monotonic_s += 60
        bench.run()
        if errors := [each for each in caplog.records if each.levelname == "ERROR"]:
            assert len(errors) == 1
            assert broken.name in errors[0].getMessage()
            times_s.append(bench.monotonic_s)
    assert times_s == [60, 180, 420]
    status = bench.sealer.status()
    assert (status.n_waiting, status.n_failed_now, status.oldest_waiting_s) == (1, 1, 720)
    assert status.reasons == {"Unsealable": 1}


def test_a_fault_of_the_program_at_one_episode_is_told_and_the_others_go_on(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    odd, other = sorted(record(bench, 2))
    seal = EpisodeSealer._finish

    def stumble(self: EpisodeSealer, folder: Path, journal: object) -> object:
        if folder == odd:
            raise RuntimeError("nobody thought of that")
        return seal(self, folder, journal)  # type: ignore[arg-type]

    with monkeypatch.context() as context:
        context.setattr(EpisodeSealer, "_finish", stumble)
        assert bench.run() == 1
    assert not other.exists()
    assert f"{odd.name} is not sealed yet: RuntimeError: nobody thought of that" in caplog.text
    bench.monotonic_s += 60
    assert bench.run() == 1


def test_while_the_database_is_away_nothing_is_lost_and_afterwards_all_are_sealed(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folders = record(bench, 20)

    def fail(*_: object, **__: object) -> None:
        raise DataFolderError("The database cannot be used.")

    with monkeypatch.context() as context:
        context.setattr(EpisodeIndex, "may_seal", fail)
        for _ in range(600):
            assert bench.run() == 0
            bench.monotonic_s += 1
        assert all(folder.exists() for folder in folders)
        warnings = [each for each in caplog.records if "is not sealed yet" in each.getMessage()]
        assert len(warnings) < 20, "it is not asked, and told of, all the time"
        assert bench.sealer.status().reasons["DataFolderError"] > 0
    bench.monotonic_s += 60
    assert bench.run() == 20
    assert not any(folder.exists() for folder in folders)
