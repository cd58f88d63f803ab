from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.dataset.damaging import damage_footer, damage_pages
from tests.dataset.playing import WALK, record_play
from tests.process_states import lives, tell_states
from tests.waiting import await_true

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.dataset import (
    Episode,
    Verifier,
    VerifyingStopped,
    open_dataset,
    open_journal_episode,
    open_sealed_tables,
    verify_episode,
    verify_episodes,
    verify_journal,
)
from skill_arcade.dataset.verification import VerificationResult, replay_episode
from skill_arcade.dataset.verify_replayer import MAX_REPLAYS
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import RecordingError
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.seal import seal_episode, seal_row

EPISODE = UUID("6f1f0a5e-2f0c-4c3e-9f55-0d1b3c7a9e10")
AS_RECORDED = VerificationResult(Verification.VERIFIED, None, None, 24, 25)

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")


def walk(**kwargs: object) -> dict[str, Any]:
    """The walk with other arguments than it was recorded with, as provenance."""
    return {"environment": EnvironmentSpec.of_game(WALK.env_id, kwargs).to_json()}


def replay(folder: Path) -> VerificationResult:
    return replay_episode(open_journal_episode(folder))


def test_an_untouched_recording_is_verified(tmp_path: Path) -> None:
    """REC-50."""
    assert replay(record_play(tmp_path, EPISODE)) == AS_RECORDED


def test_one_that_ended_by_itself_is_verified(tmp_path: Path) -> None:
    """REC-50: the end reason fits the last step, and the last hash the last state."""
    folder = record_play(tmp_path, EPISODE, actions=[2] * 40)
    assert open_journal_episode(folder).n_steps < 40
    assert replay(folder).verification is Verification.VERIFIED


def test_an_episode_without_a_step_is_verified(tmp_path: Path) -> None:
    """REC-50."""
    assert replay(record_play(tmp_path, EPISODE, actions=[])).n_pictures == 1


def test_a_running_episode_that_is_right_so_far_is_pending(tmp_path: Path) -> None:
    result = replay(record_play(tmp_path, EPISODE, ends=False))
    assert (result.verification, result.n_steps) == (Verification.PENDING, 24)


@pytest.mark.parametrize(
    ("step_changes", "what"),
    [
        ({"reward": 0.25}, "the reward is"),
        ({"terminated": True}, "terminated is False"),
        ({"truncated": True}, "truncated is False"),
        ({"invalid": True}, "invalid is False"),
        ({"lives": 3}, "lives is None"),
        ({"state_hash": "00" * 8}, "another hash"),
        ({"action": 0}, "the reward is"),
        ({"action": 99}, "the environment failed"),
        ({"executed_action": 0}, "the reward is"),
    ],
)
def test_a_step_that_says_something_else_is_a_mismatch_there(
    tmp_path: Path, step_changes: Mapping[str, Any], what: str
) -> None:
    """REC-50."""
    result = replay(record_play(tmp_path, EPISODE, step_changes={4: dict(step_changes)}))
    assert (result.verification, result.first_bad_step) == (Verification.MISMATCH, 4)
    assert result.detail is not None
    assert what in result.detail


def test_a_negative_zero_is_another_reward(tmp_path: Path) -> None:
    """REC-50: rewards are compared as bits."""
    folder = record_play(tmp_path, EPISODE, actions=[0] * 20, step_changes={19: {"reward": -0.0}})
    assert replay(folder).first_bad_step == 19


def test_the_executed_action_counts_where_there_is_one(tmp_path: Path) -> None:
    """REC-50."""
    changes = {4: {"action": 0, "executed_action": 2}}
    assert replay(record_play(tmp_path, EPISODE, step_changes=changes)).verification is Verification.VERIFIED


@pytest.mark.parametrize(
    ("provenance", "first_bad_step", "what"),
    [
        (walk(changed="picture"), 2, "picture 3 differs"),
        (walk(changed="reward"), 2, "the reward is"),
        (walk(changed="size"), 2, "the environment failed"),
        (walk(raises_at=3), 3, "the environment failed"),
        ({"seed": 8}, 0, "picture 0 differs"),
    ],
)
def test_another_environment_or_seed_is_a_mismatch_where_it_shows(
    tmp_path: Path, provenance: dict[str, Any], first_bad_step: int, what: str
) -> None:
    """REC-50."""
    result = replay(record_play(tmp_path, EPISODE, provenance=provenance))
    assert (result.verification, result.first_bad_step) == (Verification.MISMATCH, first_bad_step)
    assert result.detail is not None
    assert what in result.detail


@pytest.mark.parametrize(
    ("end_changes", "what"),
    [
        ({"score": 1.0}, "add up to"),
        ({"final_hash": "00" * 8}, "last state has another hash"),
        ({"end_reason": "terminated"}, "does not fit the end reason"),
        ({"end_reason": "max_steps"}, "does not fit the end reason"),
    ],
)
def test_an_end_that_does_not_fit_is_a_mismatch(tmp_path: Path, end_changes: dict[str, Any], what: str) -> None:
    """REC-50, REC-40."""
    result = replay(record_play(tmp_path, EPISODE, end_changes=end_changes))
    assert (result.verification, result.first_bad_step) == (Verification.MISMATCH, 23)
    assert result.detail is not None
    assert what in result.detail


def test_a_game_that_is_not_deterministic_is_unverifiable(tmp_path: Path) -> None:
    """REC-51."""
    result = replay(record_play(tmp_path, EPISODE, provenance={"game": {"deterministic": False}}))
    assert result.verification is Verification.UNVERIFIABLE
    assert result.detail is not None
    assert "not deterministic" in result.detail


def test_a_game_that_is_not_deterministic_takes_no_process_to_say_so(tmp_path: Path) -> None:
    """REC-51: in the same words."""
    episode = open_journal_episode(record_play(tmp_path, EPISODE, provenance={"game": {"deterministic": False}}))
    with Verifier() as verifier:
        assert verifier.verify(episode) == replay_episode(episode)
        assert verifier._process is None


@pytest.mark.parametrize("env_id", ["NoSuchGame-v0", "no_such_module:Game-v0"])
def test_an_environment_that_is_not_here_is_unverifiable(tmp_path: Path, env_id: str) -> None:
    """REC-51."""
    provenance = {"environment": {**WALK.to_json(), "env_id": env_id}}
    result = replay(record_play(tmp_path, EPISODE, provenance=provenance))
    assert result.verification is Verification.UNVERIFIABLE
    assert result.detail is not None
    assert "cannot be opened here" in result.detail


def test_verifying_happens_in_another_process(tmp_path: Path) -> None:
    """REC-50: from journals, from sealed tables before the row is written, and from the sealed episode."""
    folder = record_play(tmp_path / "journal", EPISODE)
    store = LocalStore(tmp_path)
    assert verify_journal(folder) == AS_RECORDED
    journal = read_episode_journal(folder)
    before = verify_episode(open_sealed_tables(journal, store))
    assert before == AS_RECORDED
    seal_row(journal, store, before.verification, before.detail)
    episode = open_dataset(tmp_path).episode(EPISODE)
    assert episode.is_sealed
    assert episode.info.verification is Verification.VERIFIED
    assert verify_episode(episode) == AS_RECORDED


@on_linux
def test_the_process_that_forks_has_one_thread(tmp_path: Path) -> None:
    """With more, a fork may wait for ever for what another thread held; from 3.12 Python warns of it."""
    with Verifier() as verifier:
        verifier.verify(open_journal_episode(record_play(tmp_path, EPISODE)))
        assert verifier._process is not None
        assert len(list(Path(f"/proc/{verifier._process.pid}/task").iterdir())) == 1


def test_an_environment_that_ends_its_process_is_unverifiable(tmp_path: Path) -> None:
    """REC-51: and this process lives."""
    result = verify_journal(record_play(tmp_path, EPISODE, provenance=walk(dies_at=3)))
    assert result.verification is Verification.UNVERIFIABLE
    assert result.detail == "The environment ended its process (exit status 7): goodbye"


def test_an_environment_that_hangs_is_unverifiable(tmp_path: Path) -> None:
    """REC-51."""
    result = verify_journal(record_play(tmp_path, EPISODE, provenance=walk(hangs_at=3)), limit_s=3)
    assert result == VerificationResult(Verification.UNVERIFIABLE, "Replaying took longer than 3 s.", None, 0, 0)


@on_linux
@pytest.mark.parametrize(
    ("whom", "by"),
    [("verifier", signal.SIGKILL), ("replayer", signal.SIGKILL), ("group", signal.SIGTERM), ("files", 0)],
)
def test_a_replay_that_may_have_been_ended_from_outside_is_done_once_more(tmp_path: Path, whom: str, by: int) -> None:
    """REC-51: memory ran out, say, or somebody ended processes."""
    once = tmp_path / "stopped"
    folder = record_play(tmp_path, EPISODE, provenance=walk(stops=whom, by=by, once=str(once)))
    assert verify_journal(folder) == AS_RECORDED
    assert once.exists()


@on_linux
@pytest.mark.parametrize(
    ("whom", "by", "detail"),
    [
        ("verifier", signal.SIGKILL, "Replaying it ended the process that verifies, twice (exit status -9)."),
        ("group", signal.SIGTERM, "The environment ended its process (exit status -15)"),
        ("replayer", signal.SIGKILL, "The environment ended its process (exit status -9)"),
    ],
)
def test_an_environment_that_ends_more_than_its_own_process_each_time_is_unverifiable(
    tmp_path: Path, whom: str, by: int, detail: str
) -> None:
    """REC-51."""
    result = verify_journal(record_play(tmp_path, EPISODE, provenance=walk(stops=whom, by=by)))
    assert result == VerificationResult(Verification.UNVERIFIABLE, detail, None, 0, 0)


def test_where_a_replay_cannot_write_down_what_it_showed_there_is_no_verdict(tmp_path: Path) -> None:
    folder = record_play(tmp_path, EPISODE, provenance=walk(stops="files"))
    with pytest.raises(VerifyingStopped, match="could not be replayed here"):
        verify_journal(folder)


@on_linux
def test_where_the_process_that_verifies_is_asked_to_end_there_is_no_verdict(tmp_path: Path) -> None:
    """A service is being stopped: whoever seals must write down nothing of it, and tries again later."""
    stopping = record_play(tmp_path / "stopping", EPISODE, provenance=walk(stops="verifier", by=signal.SIGTERM))
    good = record_play(tmp_path / "good", EPISODE)
    with Verifier() as verifier:
        with pytest.raises(VerifyingStopped, match="verify the episode again"):
            verifier.verify(open_journal_episode(stopping))
        assert verifier.verify(open_journal_episode(good)) == AS_RECORDED


@on_linux
def test_who_stops_a_verifier_is_told_no_verdict_and_nothing_more_is_begun(tmp_path: Path) -> None:
    hanging = open_journal_episode(record_play(tmp_path, EPISODE, provenance=walk(hangs_at=3)))
    with Verifier() as verifier, ThreadPoolExecutor(1) as pool:
        result = pool.submit(verifier.verify, hanging)
        await_true(lambda: verifier._process is not None and len(_descendants(verifier._process.pid)) == 2)
        verifier.kill()
        with pytest.raises(VerifyingStopped):
            result.result()
        with pytest.raises(VerifyingStopped):
            verifier.verify(hanging)


def test_a_verifier_that_is_stopped_before_it_has_begun_begins_nothing(tmp_path: Path) -> None:
    with Verifier() as verifier:
        verifier.kill()
        with pytest.raises(VerifyingStopped):
            verifier.verify(open_journal_episode(record_play(tmp_path, EPISODE)))
        assert verifier._process is None


@on_linux
def test_nothing_is_left_of_an_environment_that_hangs_where_it_is_closed(tmp_path: Path) -> None:
    before = _descendants(os.getpid())
    with Verifier() as verifier:
        folder = record_play(tmp_path, EPISODE, provenance=walk(never_closes=True))
        assert verifier.verify(open_journal_episode(folder)) == AS_RECORDED
        left = _descendants(os.getpid()) - before
    assert len(left) == 3
    await_true(lambda: not any(map(lives, left)), tell=lambda: tell_states(left))


@pytest.mark.parametrize(
    ("table", "damage"),
    [
        (Table.STEPS, damage_pages),
        (Table.FRAMES, damage_pages),
        (Table.FRAMES, damage_footer),
        (Table.EPISODES, damage_pages),
        (Table.EPISODES, damage_footer),
    ],
)
def test_a_damaged_file_is_named_and_not_laid_to_the_environment(
    tmp_path: Path, table: Table, damage: Callable[[Path], None]
) -> None:
    sealed = seal_episode(record_play(tmp_path / "journal", EPISODE), LocalStore(tmp_path))
    damage(LocalStore(tmp_path).local_path(sealed.place.key(table)))
    with pytest.raises(RecordingError, match=rf"^Table {table} of episode {EPISODE} cannot be read \(.* backup\.$"):
        verify_episode(open_dataset(tmp_path).episode(EPISODE))


def test_a_picture_of_another_length_is_a_damaged_file(tmp_path: Path) -> None:
    sealed = seal_episode(record_play(tmp_path / "journal", EPISODE), LocalStore(tmp_path))
    path = LocalStore(tmp_path).local_path(sealed.place.key(Table.FRAMES))
    frames = pq.ParquetFile(path).read()
    pictures = frames.column("picture").to_pylist()
    pictures[3] += b"\0"
    at = frames.schema.get_field_index("picture")
    path.chmod(0o600)
    pq.write_table(frames.set_column(at, frames.schema.field(at), pa.array(pictures, pa.binary())), path)
    with pytest.raises(RecordingError, match=rf"^Table frames of episode {EPISODE} cannot be read \(ValueError: "):
        verify_episode(open_dataset(tmp_path).episode(EPISODE))


def test_what_an_environment_raises_is_not_laid_to_the_files(tmp_path: Path) -> None:
    """REC-50: a ValueError, as a damaged file may raise one."""
    result = verify_journal(record_play(tmp_path, EPISODE, provenance=walk(raises_at=3)))
    assert (result.verification, result.first_bad_step) == (Verification.MISMATCH, 3)


def test_a_recording_that_cannot_be_read_is_no_mismatch(tmp_path: Path) -> None:
    folder = record_play(tmp_path / "journal", uuid4())
    sealed = seal_episode(folder, LocalStore(tmp_path))
    LocalStore(tmp_path).delete(sealed.keys[4])
    episode = open_dataset(tmp_path).episode(sealed.episode_id)
    with pytest.raises(RecordingError, match="frames"):
        verify_episode(episode)


@pytest.mark.parametrize(("env_id", "actions"), [("ALE/Breakout-v5", [1, 2, 3, 3] * 40), ("CartPole-v1", [0, 1] * 10)])
def test_real_environments_are_verified_from_their_sealed_files(
    tmp_path: Path, env_id: str, actions: list[int]
) -> None:
    """REC-4, REC-50: palette pictures with lives and hashes; observations that are not the picture."""
    folder = record_play(tmp_path / "journal", EPISODE, EnvironmentSpec.of_game(env_id, {}), actions)
    seal_episode(folder, LocalStore(tmp_path))
    result = verify_episode(open_dataset(tmp_path).episode(EPISODE))
    assert result.detail is None
    assert result.verification is Verification.VERIFIED
    assert result.n_pictures == result.n_steps + 1 > 10


def test_one_verifier_goes_on_after_environments_that_died_and_hung(tmp_path: Path) -> None:
    """REC-51."""
    good, dying, hanging = (
        open_journal_episode(record_play(tmp_path / name, EPISODE, provenance=provenance))
        for name, provenance in (("good", {}), ("dying", walk(dies_at=3)), ("hanging", walk(hangs_at=3)))
    )
    with Verifier() as verifier:
        assert verifier.verify(good).verification is Verification.VERIFIED
        for _ in range(2):
            result = verifier.verify(dying)
            assert result.detail == "The environment ended its process (exit status 7): goodbye"
        assert verifier.verify(hanging, limit_s=3).detail == "Replaying took longer than 3 s."
        assert verifier.verify(good).verification is Verification.VERIFIED
        assert verifier.verify(good).verification is Verification.VERIFIED


def test_many_are_verified_at_once_and_told_in_their_order(tmp_path: Path) -> None:
    """REC-50."""
    bad = {3: {4: {"reward": 0.25}}}
    folders = [record_play(tmp_path / str(n), uuid4(), step_changes=bad.get(n, {})) for n in range(6)]
    told = list(verify_episodes(map(open_journal_episode, folders), n_at_once=3))
    assert [_verdict(result).first_bad_step for _, result in told] == [None, None, None, 4, None, None]
    assert [str(episode.id) for episode, _ in told] == [folder.name for folder in folders]


def test_of_many_one_that_cannot_be_read_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    sealed = [seal_episode(record_play(tmp_path / "journal" / str(n), uuid4()), store) for n in range(3)]
    store.delete(sealed[1].keys[4])
    episodes = map(open_dataset(tmp_path).episode, [each.episode_id for each in sealed])
    first, second, third = (result for _, result in verify_episodes(episodes, n_at_once=2))
    assert _verdict(first) == _verdict(third) == AS_RECORDED
    assert isinstance(second, RecordingError)
    assert "frames" in str(second)


def test_an_episode_that_is_sealed_meanwhile_is_verified_from_its_sealed_files(tmp_path: Path) -> None:
    """REC-37: its journals are taken away then."""
    folder = record_play(tmp_path / "journal", EPISODE)
    dataset = open_dataset(tmp_path)
    found_in_journals = dataset.episode(EPISODE)
    seal_episode(folder, LocalStore(tmp_path))
    shutil.rmtree(folder)
    ((_, result),) = verify_episodes([found_in_journals], open_again=dataset.episode)
    assert _verdict(result) == AS_RECORDED


def test_an_episode_that_is_gone_for_good_is_told(tmp_path: Path) -> None:
    folder = record_play(tmp_path / "journal", EPISODE)
    dataset = open_dataset(tmp_path)
    found_in_journals = dataset.episode(EPISODE)
    shutil.rmtree(folder)
    ((_, result),) = verify_episodes([found_in_journals], open_again=dataset.episode)
    assert isinstance(result, RecordingError)


def test_episodes_are_asked_for_as_they_are_needed(tmp_path: Path) -> None:
    """Of a running server they are sealed meanwhile, and there may be a million."""
    episode = open_journal_episode(record_play(tmp_path, EPISODE))
    asked: list[None] = []

    def ask() -> Iterator[Episode]:
        for _ in range(100):
            asked.append(None)
            yield episode

    told = verify_episodes(ask(), n_at_once=2)
    assert _verdict(next(told)[1]) == AS_RECORDED
    assert len(asked) < 10
    told.close()


def test_of_what_was_given_up_half_way_no_other_episode_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    episodes = [open_journal_episode(record_play(tmp_path, uuid4(), actions=[])) for _ in range(4)]
    begun: list[Episode] = []
    workers: list[threading.Thread] = []
    killed = threading.Event()

    def verify(_verifier: Verifier, episode: Episode, _limit_s: float | None) -> VerificationResult:
        begun.append(episode)
        workers.append(threading.current_thread())
        if len(begun) > 1:
            killed.wait()
        return AS_RECORDED

    def kill(_verifier: Verifier) -> None:
        killed.set()
        workers[0].join(20)  # it ends when there is nothing more to be begun

    monkeypatch.setattr(Verifier, "verify", verify)
    monkeypatch.setattr(Verifier, "kill", kill)
    told = verify_episodes(episodes, n_at_once=1)
    assert next(told)[0] is episodes[0]
    told.close()
    assert begun in (episodes[:1], episodes[:2])


@on_linux
def test_nothing_is_left_of_what_was_given_up_half_way(tmp_path: Path) -> None:
    """Neither of one who asks no further nor of a replay that hangs just then."""
    good = open_journal_episode(record_play(tmp_path / "good", EPISODE))
    hanging = open_journal_episode(record_play(tmp_path / "hanging", EPISODE, provenance=walk(hangs_at=3)))
    before = _descendants(os.getpid())
    told = verify_episodes([good, hanging, good], n_at_once=2)
    assert _verdict(next(told)[1]) == AS_RECORDED
    left = _descendants(os.getpid()) - before
    assert left
    told.close()
    await_true(lambda: not any(map(lives, left)), tell=lambda: tell_states(left))


@on_linux
@pytest.mark.parametrize(("game", "n_processes"), [("ALE/Breakout-v5", 1), ("CartPole-v1", 1), ("ALE/Qbert-v5", 0)])
def test_episodes_of_a_game_are_replayed_by_one_process_where_it_begins_anew(
    tmp_path: Path, game: str, n_processes: int
) -> None:
    """REC-50: Q*bert does not, and is replayed by another process each time."""
    actions = [0, 1] * 8
    folder = record_play(tmp_path, EPISODE, EnvironmentSpec.of_game(game, {}), actions)
    with Verifier() as verifier:
        for _ in range(3):
            assert verifier.verify(open_journal_episode(folder)).verification is Verification.VERIFIED
        assert verifier._process is not None
        (template,) = _children(verifier._process.pid)
        replayers = _children(template)
        assert verifier.verify(open_journal_episode(folder)).verification is Verification.VERIFIED
        assert len(replayers) == n_processes
        assert _children(template) == replayers


@pytest.mark.parametrize("again", ["differs", "dies", "hangs", "kills"])
def test_what_an_environment_does_only_where_it_was_played_before_is_not_laid_to_the_recording(
    tmp_path: Path, again: str
) -> None:
    """REC-50: anything but an episode as it was recorded is found out in a process in which nothing was played."""
    folders = [record_play(tmp_path / str(n), EPISODE, provenance=walk(again=again)) for n in range(2)]
    bad = record_play(tmp_path / "bad", EPISODE, provenance=walk(again=again), step_changes={4: {"reward": 0.25}})
    with Verifier() as verifier:
        for folder in (*folders, *folders):
            result = verifier.verify(open_journal_episode(folder), limit_s=3)
            assert result == AS_RECORDED
        result = verifier.verify(open_journal_episode(bad), limit_s=3)
        assert (result.verification, result.first_bad_step) == (Verification.MISMATCH, 4)


def test_what_was_played_before_does_not_decide_on_a_recording_that_is_wrong_or_cannot_be_read(tmp_path: Path) -> None:
    """REC-50."""
    good = open_journal_episode(record_play(tmp_path / "good", uuid4()))
    bad = open_journal_episode(record_play(tmp_path / "bad", uuid4(), step_changes={4: {"reward": 0.25}}))
    gone = record_play(tmp_path / "gone", uuid4())
    unreadable = open_journal_episode(gone)
    assert unreadable.info.n_steps == 24
    shutil.rmtree(gone)
    with Verifier() as verifier:
        for _ in range(2):
            assert verifier.verify(good).verification is Verification.VERIFIED
            assert verifier.verify(bad).first_bad_step == 4
            assert verifier.verify(good).verification is Verification.VERIFIED
            with pytest.raises(RecordingError):
                verifier.verify(unreadable)


def test_different_episodes_of_a_game_are_replayed_in_turn(tmp_path: Path) -> None:
    """REC-50: other actions and other no-op starts, after one another in one process."""
    breakout = EnvironmentSpec.of_game("ALE/Breakout-v5", {})
    plain = record_play(tmp_path / "plain", uuid4(), breakout, [1, 2, 2, 3] * 20)
    other = record_play(tmp_path / "other", uuid4(), breakout, [1, 3] * 30, provenance={"noop_starts": 17})
    with Verifier() as verifier:
        for folder in (plain, other, plain, other):
            assert verifier.verify(open_journal_episode(folder)).verification is Verification.VERIFIED


@on_linux
def test_a_replayer_ends_after_so_many_episodes_and_another_goes_on(tmp_path: Path) -> None:
    episode = open_journal_episode(record_play(tmp_path, EPISODE))
    replayers = []
    with Verifier() as verifier:
        for _ in range(MAX_REPLAYS + 2):
            assert verifier.verify(episode).verification is Verification.VERIFIED
            assert verifier._process is not None
            (template,) = _children(verifier._process.pid)
            replayers.append(_children(template))
    assert replayers[0] == replayers[MAX_REPLAYS - 2]
    assert replayers[MAX_REPLAYS - 1] == []
    assert replayers[MAX_REPLAYS] == replayers[MAX_REPLAYS + 1] != replayers[0]


@pytest.mark.parametrize(
    ("kwargs", "first_bad_step"),
    [({"changed": "reward", "dies_at": 10}, 2), ({"length": 12, "dies_at": 8}, 0)],
)
def test_a_difference_shows_also_where_the_environment_dies_soon_afterwards(
    tmp_path: Path, kwargs: dict[str, Any], first_bad_step: int
) -> None:
    """REC-50: where it ended earlier than recorded, it is not asked for another step."""
    result = verify_journal(record_play(tmp_path, EPISODE, provenance=walk(**kwargs)))
    assert (result.verification, result.first_bad_step) == (Verification.MISMATCH, first_bad_step), result


def test_a_picture_too_many_is_a_mismatch(tmp_path: Path) -> None:
    """REC-50."""
    sealed = seal_episode(record_play(tmp_path / "journal", EPISODE), LocalStore(tmp_path))
    path = LocalStore(tmp_path).local_path(sealed.place.key(Table.FRAMES))
    frames = pq.ParquetFile(path).read()
    path.chmod(0o600)
    pq.write_table(pa.concat_tables([frames, frames.slice(24)]), path)
    result = replay_episode(open_dataset(tmp_path).episode(EPISODE))
    assert (result.verification, result.first_bad_step) == (Verification.MISMATCH, 23)


def _verdict(told: VerificationResult | RecordingError) -> VerificationResult:
    assert isinstance(told, VerificationResult), told
    return told


def _descendants(pid: int) -> set[int]:
    children = set(_children(pid))
    return children.union(*(_descendants(child) for child in children))


def _children(pid: int) -> list[int]:
    """Of all its threads; none of a process that has just ended."""
    try:
        lists = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for each in lists for child in each.split()]
