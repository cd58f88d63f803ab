"""Real processes: sessions that die, hang, raise; a supervisor that starts them, finds them, gives them up."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path

import pytest
from tests.naughty import make_misbehaving_game
from tests.process_states import lives
from tests.sessions.live_session import House, new_spec, open_house, read_children, spec_of, until, until_ended

from skill_arcade.domain.episode import EndReason
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.journal import JournalWriter, is_locked, journal_path
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.records import encode_json, parse_json
from skill_arcade.recorder.scanning import scan_journal
from skill_arcade.sessions.spec import SessionLimits, SessionSpec
from skill_arcade.sessions.supervision.control import ControlClient, EpisodeOver, SessionFailed, SupervisorAway
from skill_arcade.wire.closes import Close
from skill_arcade.wire.from_server import Ended, Pending, Welcome


async def killed(house: House, spec: SessionSpec) -> None:
    """Kill the session of an episode and wait until the supervisor knows."""
    process = (await house.pids())[str(spec.episode_id)]
    os.kill(process, signal.SIGKILL)
    await house.until_gone(process)


@pytest.mark.parametrize("game_id", ["Breakout.v0", "CartPole.v1"])
def test_a_killed_session_goes_on_where_its_journal_ends(tmp_path: Path, game_id: str) -> None:
    """REC-17, REC-30, REC-31."""

    async def scenario() -> None:
        spec = new_spec(game_id)
        async with open_house(tmp_path) as house:
            async with house.player(spec) as player:
                player.say(type="start")
                await player.until(lambda: player.step >= 6)
                await killed(house, spec)
                await player.until_gone()
                shown = player.step
            async with house.player(spec) as player:
                await player.until(lambda: player.step >= shown)
                assert player.newest(Welcome).epoch == 2
                assert player.frames[0].step >= shown
                player.say(type="resume", countdown_ms=0)
                await player.until(lambda: player.step >= shown + 5)
                player.say(type="quit")
                await player.until(lambda: player.closed is not None)
        journal = read_episode_journal(house.places.journal_folder(spec.episode_id))
        assert [s.step for s in journal.steps] == list(range(journal.n_steps))
        assert journal.n_steps >= shown + 5
        assert journal.end is not None
        assert not journal.damage

    asyncio.run(scenario())


@pytest.mark.parametrize("game_id", ["Breakout.v0", "CartPole.v1"])
def test_an_episode_that_moves_to_another_server_is_put_aside_whole_and_others_play_on(
    tmp_path: Path, game_id: str
) -> None:
    """LIVE-26, REC-32: its client is not to come back, or two servers would take it from each other for ever."""

    async def scenario() -> None:
        spec, other_spec = new_spec(game_id), new_spec("Breakout.v0")
        async with open_house(tmp_path) as house, house.player(other_spec) as other:
            other.say(type="start")
            async with house.player(spec) as player:
                player.say(type="start")
                await player.until(lambda: player.step >= 6)
                assert await asyncio.to_thread(house.control.put_aside, spec.episode_id)
                await player.until(lambda: player.closed is not None)
                assert player.closed is not None
                assert player.closed[0] == Close.SUPERSEDED
                shown = player.step
            journal = read_episode_journal(house.places.journal_folder(spec.episode_id))
            assert journal.end is None
            assert journal.n_steps >= shown
            assert not is_locked(journal_path(house.places.journal_folder(spec.episode_id), 1))
            assert await asyncio.to_thread(house.control.put_aside, spec.episode_id), "there is nothing to be put aside"
            reached = other.step
            await other.until(lambda: other.step > reached + 10)

    asyncio.run(scenario())


def test_two_questions_for_one_episode_start_one_session(tmp_path: Path) -> None:
    async def scenario() -> None:
        spec = new_spec("Hanoi.v0")
        async with open_house(tmp_path) as house:
            await asyncio.gather(*(house.control.ensure(spec) for _ in range(5)))
            assert len(await house.status()) == 1

    asyncio.run(scenario())


def test_an_environment_that_raises_ends_its_own_episode_only(tmp_path: Path) -> None:
    """REC-40."""

    async def scenario() -> None:
        bad, good = new_spec("Naughty.v0"), new_spec("Naughty.v0")
        async with open_house(tmp_path) as house, house.player(good) as other:
            other.say(type="start")
            for key in ("KeyR", "KeyE"):
                async with house.player(bad) as player:
                    player.say(type="start")
                    await player.until(lambda p=player: p.step >= 3)
                    player.press(key)
                    await player.until(lambda p=player: p.closed is not None)
                    assert player.newest(Ended).reason == "environment_error"
                bad = new_spec("Naughty.v0")
            # What it has been sent so far may be older than that.
            other.press("KeyG")
            await other.until(lambda: bool(other.frames) and other.frames[-1].input_seq == 1)
            reached = other.step
            await other.until(lambda: other.step > reached + 10)

    asyncio.run(scenario())


async def play_until_given_up(house: House, spec: SessionSpec, key: str) -> SessionFailed:
    """Press a key that breaks the game, again and again, until the supervisor has had enough."""
    for _ in range(5):
        try:
            async with house.player(spec) as player:
                await player.until(lambda p=player: p.newest(Welcome) is not None)
                process = (await house.pids())[str(spec.episode_id)]
                player.say(type="start")
                player.say(type="resume", countdown_ms=0)
                player.press(key)
                await player.until_gone()
                await house.until_gone(process)
        except SessionFailed as error:
            return error
    raise AssertionError("it was never given up")


@pytest.mark.parametrize(
    ("key", "reason"), [("KeyD", "environment_crashed"), ("KeyH", "environment_hung")], ids=["dies", "hangs"]
)
def test_an_environment_that_dies_or_hangs_again_and_again_is_given_up(tmp_path: Path, key: str, reason: str) -> None:
    """REC-40: three deaths at the same step; the record is closed and kept."""

    async def scenario() -> None:
        spec = new_spec("Naughty.v0")
        async with open_house(tmp_path, SessionLimits(hang_s=2.0)) as house:
            error = await play_until_given_up(house, spec, key)
            assert "kept" in str(error)
            journal = read_episode_journal(house.places.journal_folder(spec.episode_id))
            assert journal.end is not None
            assert journal.end["end_reason"] == reason

    asyncio.run(scenario())


def begin_elsewhere(folder: Path, spec: SessionSpec) -> None:
    """Write an episode's journal anew, as if it had begun with another seed."""
    (opening, *others) = scan_journal(journal_path(folder, 1))
    members = parse_json(opening.body)
    members["provenance"]["seed"] += 1
    journal_path(folder, 1).unlink()
    writer = JournalWriter.create(folder, spec.episode_id, 1)
    writer.write([(opening.kind, encode_json(members)), *((each.kind, each.body) for each in others)])
    writer.close()


def test_an_episode_whose_replay_leads_elsewhere_is_closed_and_kept(tmp_path: Path) -> None:
    """REC-40."""

    async def scenario() -> None:
        spec = new_spec("CartPole.v1")
        async with open_house(tmp_path) as house:
            folder = house.places.journal_folder(spec.episode_id)
            async with house.player(spec) as player:
                player.say(type="start")
                await player.until(lambda: player.step >= 3)
                await killed(house, spec)
            begin_elsewhere(folder, spec)
            with pytest.raises(SessionFailed):
                await house.control.ensure(spec)
            with pytest.raises(EpisodeOver) as over:
                await house.control.ensure(spec)
        assert over.value.ended.reason == "not_resumable"
        assert over.value.ended.n_steps == read_episode_journal(folder).n_steps >= 3

    asyncio.run(scenario())


@pytest.mark.parametrize("game_id", ["Breakout.v0", "Hanoi.v0"], ids=["in a room", "alone"])
def test_an_episode_that_ended_while_its_session_was_dead_is_over_after_one_look(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, game_id: str
) -> None:
    """REC-31, REC-40: the journal is not read before the session is started, which finds the end and says nothing."""

    def starts_in_vain() -> int:
        return sum("before it was ready" in record.message for record in caplog.records)

    async def scenario() -> None:
        spec = new_spec(game_id)
        resume = SessionSpec(spec.episode_id, None)
        async with open_house(tmp_path) as house, asyncio.timeout(60):
            async with house.player(spec) as player:
                # Nothing moves yet: it dies outside its environment, which is what leaves the journal unread.
                await player.until(lambda: player.step == 0)
                await killed(house, spec)
            close_orphan(house.places.journal_folder(spec.episode_id), EndReason.ABANDONED, None)
            with caplog.at_level(logging.WARNING):
                for _ in range(2):
                    with pytest.raises(EpisodeOver) as over:
                        await house.control.ensure(resume)
                    assert over.value.ended.reason == "abandoned"
                    assert starts_in_vain() == 1
            assert await house.status() == []

    asyncio.run(scenario())


def test_a_game_that_does_not_open_in_time_is_refused_and_its_nursery_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path, SessionLimits(start_s=4.0)) as house:
            nursery = house.supervisor.nursery_pid
            assert nursery is not None
            asked = asyncio.ensure_future(house.control.ensure(spec_of(make_misbehaving_game("hang"))))
            async with asyncio.timeout(20):
                while not (templates := read_children(nursery)):
                    await asyncio.sleep(0.01)
                with pytest.raises(SessionFailed, match="in time"):
                    await asked
                assert await house.status() == []
                await until_ended(nursery)
                # What hangs ends with it.
                await until(lambda: not any(lives(template) for template in templates))

    asyncio.run(scenario())


def test_a_stopped_supervisor_leaves_episodes_that_can_be_resumed(tmp_path: Path) -> None:
    """REC-31: nothing was lost, nothing is locked."""

    async def scenario() -> None:
        spec = new_spec("Breakout.v0")
        async with open_house(tmp_path) as house, house.player(spec) as player:
            player.say(type="start")
            await player.until(lambda: player.step >= 30)
            shown = player.step
            await house.supervisor.stop()
            await player.until(lambda: player.closed is not None)
            assert player.closed is not None
            assert player.closed[1].startswith("restarting")
        resume = SessionSpec(spec.episode_id, None)
        async with open_house(tmp_path) as house, house.player(resume) as player:
            await player.until(lambda: player.newest(Welcome) is not None and player.step >= 0)
            assert player.step >= shown

    asyncio.run(scenario())


def test_an_episode_killed_before_its_first_record_was_whole_is_started_again(tmp_path: Path) -> None:
    """REC-31: an epoch whose OPEN is not complete is passed over."""

    async def scenario() -> None:
        spec = new_spec("Hanoi.v0")
        async with open_house(tmp_path) as house:
            JournalWriter.create(house.places.journal_folder(spec.episode_id), spec.episode_id, 1).close()
            async with house.player(spec) as player:
                await player.until(lambda: player.newest(Welcome) is not None)
                assert player.newest(Welcome).epoch == 2
        assert read_episode_journal(house.places.journal_folder(spec.episode_id)).n_steps == 0

    asyncio.run(scenario())


def test_no_more_sessions_run_than_may(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path, max_sessions=1) as house:
            await house.control.ensure(new_spec("Hanoi.v0"))
            with pytest.raises(SupervisorAway, match="All places are taken"):
                await house.control.ensure(new_spec("Hanoi.v0"))
            assert len(await house.status()) == 1

    asyncio.run(scenario())


def test_an_unknown_episode_is_not_started(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            with pytest.raises(SessionFailed, match="no episode"):
                await house.control.ensure(SessionSpec(new_spec("Hanoi.v0").episode_id, None))
            assert await house.status() == []

    asyncio.run(scenario())


def test_a_supervisor_that_is_gone_is_named_as_such(tmp_path: Path) -> None:
    control = ControlClient(tmp_path / "nobody.sock")
    with pytest.raises(SupervisorAway, match="try again"):
        control.capacity()


def test_a_killed_nursery_is_replaced_and_running_sessions_stay(tmp_path: Path) -> None:
    async def scenario() -> None:
        first, second = new_spec("Hanoi.v0"), new_spec("Hanoi.v0")
        async with open_house(tmp_path) as house, house.player(first) as player:
            await player.until(lambda: player.newest(Welcome) is not None)
            nursery = house.supervisor.nursery_pid
            assert nursery is not None
            os.kill(nursery, signal.SIGKILL)
            await until_ended(nursery)
            async with house.player(second) as other:
                await other.until(lambda: other.newest(Welcome) is not None)
            assert house.supervisor.nursery_pid not in (None, nursery)
            player.say(type="start")
            player.press("Digit1")
            await player.until(lambda: player.newest(Pending) == Pending(codes=("Digit1",)))

    asyncio.run(scenario())
