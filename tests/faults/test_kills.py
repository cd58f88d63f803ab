"""Processes killed at random moments while people play; nothing that was acked may be lost or doubled.

Fifty kills in every `make test`, a thousand with `make test-faults`.
The seed is printed and can be set: ARCADE_KILL_SEED=… ARCADE_KILLS=… make test-faults
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from pathlib import Path
from random import Random, SystemRandom

from tests.faults.parts import choose_victims
from tests.faults.people import People
from tests.faults.witness import check_record
from tests.serving import Server, serving
from tests.waiting import await_true

from skill_arcade.bench.served import DidNotHappen
from skill_arcade.dataset import open_dataset

KILLS = int(os.environ.get("ARCADE_KILLS", "50"))
SEED = int(os.environ.get("ARCADE_KILL_SEED", str(SystemRandom().randrange(2**31))))
QUITS = 0.02
"""The chance that a move is the last of its episode: sealing is to have work."""


def test_whatever_is_killed_nothing_acked_is_lost_and_the_players_go_on(tmp_path: Path) -> None:
    """REC-1, REC-2, REC-5, LIVE-19, LIVE-23, LIVE-30, LIVE-60, LIVE-61, LIVE-71."""
    print(f"ARCADE_KILL_SEED={SEED} ARCADE_KILLS={KILLS}")
    with serving(tmp_path / "data") as server:
        people = People(server.url, Random(SEED + 1), QUITS)
        kills = asyncio.run(play_and_kill(server, people, Random(SEED)))
        print(dict(kills), "reconnects:", people.n_reconnects, "episodes:", len(people.seen))
        server.stop()
        server.start()
        server.await_sealed(list(people.seen))
        result = server.run_cli("verify", "--all", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    dataset = open_dataset(tmp_path / "data")
    n_steps = sum(check_record(dataset.episode(each), seen) for each, seen in people.seen.items())
    n_shown = sum(len(seen.shown) for seen in people.seen.values())
    print(f"steps checked: {n_steps}, pictures compared: {n_shown}, lost: 0, doubled: 0")
    assert n_steps > KILLS


async def play_and_kill(server: Server, people: People, dice: Random) -> Counter[str]:
    """How often each kind of process was killed."""
    kills: Counter[str] = Counter()
    await people.come()
    for _ in range(KILLS):
        if dice.random() < 0.8:
            # Else the next blow falls while they are still getting up.
            await people.until_all_have_moved_on()
        await asyncio.sleep(dice.uniform(0.02, 0.5))
        kills[await asyncio.to_thread(kill_something, server, dice)] += 1
        people.check()
    await people.leave()
    return kills


def kill_something(server: Server, dice: Random) -> str:
    """Kill, and see to it that there is a server again, as whatever keeps services running would do."""
    kind, pids = choose_victims(server, dice)
    assert server.process is not None
    if kind == "everything":
        server.kill_everything()
        server.start()
    else:
        server.kill(pids)
        if server.process.pid in pids:
            await_end_of_the_others(server) if dice.random() < 0.5 else start_beside_the_others(server)
    return kind


def await_end_of_the_others(server: Server) -> None:
    """Whoever has lost its supervisor ends by itself."""
    assert server.process is not None
    server.process.wait()
    await_true(lambda: not server.pids(), tell=lambda: f"left without a supervisor: {server.pids()}")
    server.start()


def start_beside_the_others(server: Server) -> None:
    """Start another server at once, and again while the port is in use: what is left of the last one still ends."""
    assert server.process is not None
    server.process.wait()
    others = set(server.pids())
    is_started = False
    while not is_started:
        with contextlib.suppress(DidNotHappen):
            server.start()
        # The one that answered may have been a gateway of the others.
        await_true(lambda: not server.is_alive or not others & set(server.pids()))
        is_started = server.is_alive
    server.await_health()
