"""The database is away, takes no changes, drops connections, lets others wait: play goes on, and everything arrives.

Six seconds away in every `make test`, ten minutes with `make test-faults`.
The seed is printed and can be set: ARCADE_KILL_SEED=… ARCADE_AWAY_S=… ARCADE_CUTS=… make test-faults
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from tests.faults.company import A_SECOND_STEPS, SEED, Company
from tests.faults.database_faults import DatabaseFaults
from tests.faults.index_checks import await_sealed, check_index, has_steps
from tests.postgresql import RestartablePostgresql, find_programs, restartable_postgresql
from tests.serving import Server, serving

from skill_arcade.database.schema import upgrade_schema
from skill_arcade.dataset import open_dataset

AWAY_S = float(os.environ.get("ARCADE_AWAY_S", "6"))
CUTS = int(os.environ.get("ARCADE_CUTS", "8"))
CROSSINGS = int(os.environ.get("ARCADE_CROSSINGS", "1"))
LOCKED_STEPS = 3 * A_SECOND_STEPS
"""Longer than a lock is waited for."""

LIMITS = "options=-c%20lock_timeout%3D1500ms%20-c%20statement_timeout%3D30s"
"""Of the servers' connections: locks are given up sooner than by default, so that they are given up here at all."""


@pytest.fixture
def postgresql() -> Iterator[RestartablePostgresql]:
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    with restartable_postgresql(programs) as server:
        upgrade_schema(server.url)
        yield server


def test_whatever_happens_to_the_database_play_goes_on_and_everything_arrives(
    tmp_path: Path, postgresql: RestartablePostgresql
) -> None:
    """REC-1, REC-2, REC-5, REC-61, LIVE-3, LIVE-25, LIVE-36, LIVE-60, LIVE-70, LIVE-71."""
    print(f"ARCADE_KILL_SEED={SEED} ARCADE_AWAY_S={AWAY_S:g} ARCADE_CUTS={CUTS}")
    with serving(tmp_path / "data", database_url=f"{postgresql.url}&{LIMITS}") as server:
        company = asyncio.run(play_through_everything(server, postgresql))
        print(*sorted(set(company.refusals)), sep="\n")
        await_sealed(postgresql.url, company.seen)
        dataset = open_dataset(server.data)
        check_index(postgresql.url, dataset, company.seen)
        assert company.check_records(dataset) > AWAY_S * A_SECOND_STEPS


async def play_through_everything(server: Server, postgresql: RestartablePostgresql) -> Company:
    """One fault after the other, with the same players; after each it is as good as before."""
    company = Company(server.url, Random(SEED))
    faults = DatabaseFaults(postgresql.url, Random(SEED + 1))
    async with company.playing():
        await company.visit()
        await play_without(company, postgresql)
        await await_all_good(postgresql.url, company)
        await play_while_nothing_can_be_changed(company, faults)
        await await_all_good(postgresql.url, company)
        await play_while_connections_are_cut(company, faults)
        await await_all_good(postgresql.url, company)
        await play_while_others_lock(company, faults)
        await await_all_good(postgresql.url, company)
    return company


async def play_without(company: Company, postgresql: RestartablePostgresql) -> None:
    """It was killed in the middle of whatever it did, and is away; one episode ends meanwhile, one loses its line."""
    async with company.visiting() as play_to_the_end, company.coming_back() as cut_a_line:
        await asyncio.to_thread(postgresql.stop_immediately)
        await play_to_the_end()
        await company.play_on(round(AWAY_S * A_SECOND_STEPS))
        await company.try_to_come()
        cut_a_line()
        await company.play_on(A_SECOND_STEPS)
        await asyncio.to_thread(postgresql.start)


async def play_while_nothing_can_be_changed(company: Company, faults: DatabaseFaults) -> None:
    """It answers, and takes no changes."""
    async with company.visiting() as play_to_the_end, lasting(faults.read_only()):
        await play_to_the_end()
        await company.play_on(A_SECOND_STEPS)
        await company.try_to_come()
    # Connections that have begun meanwhile are left with the first change that they do not take.
    await company.visit()


async def play_while_connections_are_cut(company: Company, faults: DatabaseFaults) -> None:
    """Whoever comes meanwhile gets in sooner or later."""
    cutting = asyncio.create_task(asyncio.to_thread(faults.cut, CUTS))
    while not cutting.done():
        await company.visit()
    await cutting


async def play_while_others_lock(company: Company, faults: DatabaseFaults) -> None:
    """Somebody else works with the same rows: in another order, and for longer than anybody waits."""
    for _ in range(CROSSINGS):
        await asyncio.to_thread(faults.cross)
    async with company.visiting() as play_to_the_end, lasting(faults.locked()):
        await play_to_the_end()
        await company.play_on(LOCKED_STEPS)


@asynccontextmanager
async def lasting(fault: AbstractContextManager[None]) -> AsyncIterator[None]:
    """A fault while others play: what it takes to begin and to end it is not waited for by them."""
    with ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, fault)
        try:
            yield
        finally:
            await asyncio.to_thread(stack.close)


async def await_all_good(url: str, company: Company) -> None:
    """Whoever comes gets in at once, and all that was played by now gets into the index."""
    n_refusals = len(company.refusals)
    await company.visit()
    assert len(company.refusals) == n_refusals, company.refusals[n_refusals:]
    expected = {stay.game.episode_id: stay.game.step for stay in company.stays}
    await company.until(lambda: has_steps(url, expected))
