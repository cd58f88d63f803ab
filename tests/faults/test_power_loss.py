"""The power goes while people play: every step that was told to be on the disk is there, and they play on.

The disk is one that forgets whatever was not synced (`forgetful_files`); how often, `crash_points` says.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.faults.crash_points import CRASHES_OF_A_SERVER, SEED, tell_dice
from tests.faults.disk_checks import check_archive, copied_index
from tests.faults.forgetful_disk import ForgetfulDisk, forgetful_disk
from tests.faults.people import TAPS, People
from tests.faults.witness import check_record
from tests.serving import Server
from typing_extensions import override

from skill_arcade.bench.served import DidNotHappen
from skill_arcade.dataset import open_dataset

QUITS = 0.05
"""The chance that a move is the last of its episode: some are to be sealed when the power goes."""

MOST_CHANGES = 400
"""Writes, syncs and names until the power goes: some 150 come in a second of play, and as many with a start."""


class ServerOnADisk(Server):
    """What it says is not to be forgotten, and not to be counted among what is written."""

    @property
    @override
    def log(self) -> Path:
        """Beside the disk, not on it."""
        return self.data.parents[1] / "server.log"


@contextlib.contextmanager
def server_on(disk: ForgetfulDisk) -> Iterator[ServerOnADisk]:
    """Not started yet; nothing of it is left afterwards."""
    server = ServerOnADisk(disk.folder / "data")
    try:
        yield server
    finally:
        server.kill_everything()


def test_what_was_told_to_be_on_the_disk_survives_a_loss_of_power(tmp_path: Path) -> None:
    """REC-5, REC-31, REC-35, LIVE-36, LIVE-60."""
    tell_dice()
    with forgetful_disk(tmp_path / "disk") as disk, server_on(disk) as server:
        people = People(server.url, Random(SEED + 1), QUITS, TAPS)
        asyncio.run(play_and_lose_power(server, disk, people, Random(SEED)))
        server.stop()
        # Who was told the end just before the power went never comes back to an episode that does not know of it.
        server.settings = {"abandon_after_s": "0.1"}
        server.start()
        kept = {episode_id: seen for episode_id, seen in people.seen.items() if not seen.may_be_gone}
        server.await_sealed(kept)
        verified = {each["episode_id"]: each for each in json.loads(server.run_cli("verify", "--all", "--json").stdout)}
        assert {verified[each]["verification"] for each in kept} == {"verified"}, verified
        # Of one of which nothing was on the disk yet something may be there that nobody can read.
        left = [each for episode_id, each in verified.items() if episode_id not in kept]
        print("left over:", [each["detail"] for each in left])
        assert all(each["verification"] != "mismatch" for each in left), left
        dataset = open_dataset(server.data)
        n_steps = sum(check_record(dataset.episode(each), seen) for each, seen in kept.items())
    n_safe = sum(seen.durable_here for seen in kept.values())
    print(f"crash points: {CRASHES_OF_A_SERVER}, episodes: {len(kept)}, reconnects: {people.n_reconnects}")
    print(f"steps checked: {n_steps}, told to be on the disk: {n_safe}, lost of those: 0")


async def play_and_lose_power(server: Server, disk: ForgetfulDisk, people: People, dice: Random) -> None:
    """Lose the power during the very first start, then while people play and during other starts."""
    sealed: set[Path] = set()
    await lose_power(server, disk, people, dice, sealed)
    await asyncio.to_thread(server.start)
    await people.come()
    for _ in range(CRASHES_OF_A_SERVER - 1):
        await people.until_all_have_moved_on()
        await lose_power(server, disk, people, dice, sealed)
        if dice.random() < 0.2:
            await lose_power(server, disk, people, dice, sealed)
        await asyncio.to_thread(server.start)
    await people.until_all_have_moved_on()
    await people.leave()


async def lose_power(server: Server, disk: ForgetfulDisk, people: People, dice: Random, sealed: set[Path]) -> None:
    """Let the power go at some change, be it in the middle of a start; then the power is back, and no server runs."""
    disk.cut(dice.randint(1, MOST_CHANGES))
    starting = None
    if not server.pids():
        starting = asyncio.create_task(asyncio.to_thread(start, server))
    async with asyncio.timeout(60):
        while not disk.is_cut:
            await asyncio.sleep(0.005)
            if starting is not None and starting.done() and not people.games:
                disk.cut()  # nothing happens on a server on which nobody plays
    await asyncio.to_thread(server.kill_everything)
    if starting is not None:
        await starting
    people.lose_power()
    disk.restore(dice.randrange(2**31))
    check_archive(server.data, sealed)
    with copied_index(server.data):
        pass


def start(server: Server) -> None:
    """Start a server that may never come to it."""
    with contextlib.suppress(DidNotHappen):
        server.start()
