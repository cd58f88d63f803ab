"""A disk that is full while people play: they are told, the games wait, nothing is lost, and they go on."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.dataset.playing import record_play
from tests.faults.disk_checks import check_archive
from tests.faults.people import sit_down
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.witness import Seen, check_record
from tests.recorder.recordings import EPISODE, CountingJournal
from tests.serving import Server, serving

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.archive.layout import Table
from skill_arcade.client import ArcadeClient, LiveGame, Refused
from skill_arcade.database.episodes import fetch_keys
from skill_arcade.database.steps import count_steps
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import Episode, VerificationResult, open_dataset
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.shipper import Shipper
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.sealer_process import make_sealer
from skill_arcade.server.sealing.share import Share
from skill_arcade.server.settings import Settings
from skill_arcade.server.store import open_settings_store

DISK_BYTES = 24 * 1024 * 1024
PAGE_BYTES = 4096
A_SECOND_STEPS = 60
"""Of a game in real time. A file's last page still has room when the disk has none: for some forty steps."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", DISK_BYTES) as mounted:
        yield mounted


def test_a_full_disk_pauses_the_games_and_they_go_on_when_there_is_room(disk: SmallDisk) -> None:
    """REC-1, REC-15, LIVE-3, LIVE-19, LIVE-21."""
    with serving(disk.folder / "data", min_free_mb="4") as server:
        seen = asyncio.run(play_over_a_full_disk(server, disk))
        server.await_sealed(seen)
        verified = server.run_cli("verify", "--all", "--json")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        dataset = open_dataset(server.data)
        assert sum(check_record(dataset.episode(each), one) for each, one in seen.items()) > 4 * A_SECOND_STEPS


async def play_over_a_full_disk(server: Server, disk: SmallDisk) -> dict[str, Seen]:
    """Two play in real time, one in turns, and one wants to begin; what each saw of the own episode."""
    async with ArcadeClient(server.url) as arcade, AsyncExitStack() as stack:
        await arcade.login_as_guest()
        games: list[LiveGame] = []
        seen: dict[str, Seen] = {}
        for game_id in ("Breakout.v0", "Pong.v0", "Hanoi.v0"):
            one = Seen()
            games.append(await sit_down(arcade, one, stack, game_id=game_id))
            seen[games[-1].episode_id] = one
            await games[-1].start()
        in_time, in_turns = games[:2], games[2]
        for game in in_time:
            await game.wait_until(lambda game=game: game.step >= A_SECOND_STEPS)  # type: ignore[misc]
        for _ in range(2):
            await asyncio.to_thread(disk.fill)
            full_at = [game.step for game in in_time]
            for game, step in zip(in_time, full_at, strict=True):
                await game.wait_until(lambda game=game: is_told(game))  # type: ignore[misc]
                assert game.step <= step + A_SECOND_STEPS
            await move_until_told(in_turns)
            shown = [game.step for game in games]
            await in_time[0].press("ArrowLeft")
            await refuse_newcomers(arcade)
            assert [game.step for game in games] == shown, "no step is made that cannot be recorded"
            disk.free()
            await asyncio.gather(*(game.resume() for game in games))
            for game, step in zip(in_time, shown, strict=False):
                await game.wait_until(lambda game=game, at=step: game.step >= at + A_SECOND_STEPS)  # type: ignore[misc]
            await move(in_turns)
        for game in games:
            assert game.n_reconnects == 0
            await game.quit()
        return seen


def is_told(game: LiveGame) -> bool:
    """Whether the player knows why the game stands still."""
    return game.progress.state is not None and game.progress.state.reason == "storage_full"


async def move(game: LiveGame) -> None:
    """Make a move, and see it."""
    before = game.step
    for key in ("Digit1", "Digit2"):
        await game.tap(key)
    await game.wait_until(lambda: game.step > before or is_told(game))


async def move_until_told(game: LiveGame) -> None:
    """In turns nothing is written until somebody does something; then it is told at once, or written."""
    n_moves = 0
    while not is_told(game):
        await move(game)
        n_moves += 1
        assert n_moves < 20, "more than the last page of the journal has room for"


async def refuse_newcomers(arcade: ArcadeClient) -> None:
    """Nobody begins what could not be recorded; who cannot even log in is told that it is the server's fault."""
    with pytest.raises(Refused) as refused:
        await arcade.ticket(game_id="Breakout.v0")
    assert (refused.value.status, refused.value.code) == (507, "storage_full")
    async with ArcadeClient(arcade._base_url) as newcomer:
        try:
            await newcomer.login_as_guest()
        except Refused as no_login:
            assert no_login.status in (503, 507), no_login  # noqa: PT017 - the database may have had room for it


def test_a_disk_that_gets_full_while_an_episode_is_sealed_leaves_nothing_that_counts_as_sealed(
    disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-35, REC-37: with less room than it takes, at any point, the journal stays; with enough it is sealed."""
    settings = Settings(data=disk.folder / "data")
    folder = DataFolder(settings.data)
    folder.prepare()
    folder.read_machine_id()
    monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
    database = open_database(settings)
    episode_id = uuid4()
    journal = record_play(folder.journals, episode_id)
    n_steps, n_failures, room_bytes = read_episode_journal(journal).n_steps, 0, 0
    while journal.exists():
        disk.fill(room_bytes)
        sealer = make_sealer(settings, database, open_settings_store(settings), verify, Share(0, 1, n_at_once=1))
        sealer.work_until_idle()
        disk.free()
        check_archive(settings.data, set())
        assert read_n_steps(settings.data, episode_id) == n_steps
        n_failures += journal.exists()
        room_bytes += PAGE_BYTES
    database.dispose()
    assert n_failures > len(Table), "each of its files has been one too many"
    assert open_dataset(settings.data).episode(episode_id).is_sealed


def verify(episode: Episode) -> VerificationResult:
    """As if it had been replayed."""
    return VerificationResult(Verification.VERIFIED, None, None, episode.n_steps, episode.n_steps + 1)


def read_n_steps(data: Path, episode_id: UUID) -> int:
    """From wherever the episode is now."""
    return open_dataset(data).episode(episode_id).n_steps


def test_steps_wait_for_a_database_whose_disk_is_full(disk: SmallDisk) -> None:
    """REC-61, LIVE-60: and what is on the disk is told all the same."""
    settings = Settings(data=disk.folder / "data")
    folder = DataFolder(settings.data)
    folder.prepare()
    database = open_database(settings)
    now_s = 0.0
    index = EpisodeIndex(database, read_utc_clock, folder.read_machine_id())
    shipper = Shipper(folder.journals, index, monotonic_s=lambda: now_s)
    journal = CountingJournal.begin(folder.journals / str(EPISODE)).play(10)
    shipper.sync()
    shipper.write_rows()
    n_failures = 0
    for room_bytes in range(0, 16 * PAGE_BYTES, PAGE_BYTES):
        journal.play(200)
        disk.fill(room_bytes)
        shipper.sync()
        shipper.write_rows()
        n_failures += count_indexed(database) < journal.n_steps
        disk.free()
        now_s += 60.0
        shipper.write_rows()
        assert count_indexed(database) == journal.n_steps
    assert n_failures > 0
    assert shipper.status().n_given_up == 0
    assert journal_path(folder.journals / str(EPISODE), 1).stat().st_size == journal.writer.n_bytes
    database.dispose()


def count_indexed(database: Database) -> int:
    """Steps of the counting game in SQL."""
    with database.read() as session:
        return count_steps(session, fetch_keys(session, [EPISODE])[EPISODE])
