"""The object store refuses, hangs, crawls, resets, and stores something else: play goes on, and everything arrives.

A few seconds of each in every `make test`, and half of the faults for each kind of store; all of them, and minutes of
everything at once, with `make test-faults`.
The seed is printed and can be set: ARCADE_KILL_SEED=… ARCADE_STORE_AWAY_S=… make test-faults
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from tests.faults.company import A_SECOND_STEPS, SEED, Company
from tests.faults.index_checks import await_sealed, check_index
from tests.faults.store_checks import check_nothing_is_left, check_promised, check_sealed
from tests.object_stores import SCHEMES, Emulator, Scheme, running_emulator, tell_missing
from tests.postgresql import empty_database, find_programs, running_postgresql
from tests.serving import Server, serving
from tests.store_faults import Fault, FaultProxy, fault_proxy

from skill_arcade.archive.opening import open_store
from skill_arcade.archive.store import BlobStore
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.dataset import open_dataset

AWAY_S = float(os.environ.get("ARCADE_STORE_AWAY_S", "2"))
"""For how long each fault lasts in a long run, and everything at once in any."""

IS_LONG = "ARCADE_STORE_AWAY_S" in os.environ
MIXED_CHANCE = 0.5
SHIP_INTERVAL_S = 0.5


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to every request.

    Attributes:
        fault: which.
        status: of a refusal.
        is_total: nothing is stored meanwhile that anybody is told of.
    """

    fault: Fault
    status: int = 503
    is_total: bool = True


TROUBLES = (
    Trouble(Fault.REFUSE, 500),
    Trouble(Fault.REFUSE, 503),
    Trouble(Fault.REFUSE, 429),
    Trouble(Fault.REFUSE, 403),  # permission lost
    Trouble(Fault.HANG),
    Trouble(Fault.CRAWL, is_total=False),  # a small segment gets through
    Trouble(Fault.RESET_AT_ONCE),
    Trouble(Fault.RESET_MIDWAY),
    Trouble(Fault.LOSE_ANSWER),
    Trouble(Fault.SHORTEN_UPLOAD),
    Trouble(Fault.FLIP_UPLOAD),
)
MIXED = tuple(fault for fault in Fault if fault is not Fault.HANG)
"""All of them but what lasts until all is well, so that nothing else would happen any more."""


@dataclass(frozen=True, slots=True)
class House:
    """A server whose store is behind a proxy, and who plays there.

    Attributes:
        scheme: of the store.
        server: with a database of its own.
        database_url: that database.
        store_url: the store.
        proxy: does the harm.
        store: the same store, past the proxy.
        company: who plays.
    """

    scheme: Scheme
    server: Server
    database_url: str
    store_url: str
    proxy: FaultProxy
    store: BlobStore
    company: Company


@pytest.fixture
def houses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[House]]:
    """One for each kind of store that there is an emulator of, side by side: most of the time they only wait."""
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    missing = {scheme: tell_missing(scheme) for scheme in SCHEMES}
    print(*(why for why in missing.values() if why))
    with ExitStack() as stack:
        postgresql_url = stack.enter_context(running_postgresql(programs))
        emulators = [stack.enter_context(running_emulator(scheme)) for scheme, why in missing.items() if why is None]
        for emulator in emulators:
            for name, value in emulator.environment().items():
                monkeypatch.setenv(name, value)
        database_urls = [stack.enter_context(empty_database(postgresql_url)) for _ in emulators]
        for database_url in database_urls:
            upgrade_schema(database_url)  # one after the other: Alembic works for one at a time in a process
        with ThreadPoolExecutor() as threads:
            coming = [
                house(tmp_path / each.scheme, url, each) for each, url in zip(emulators, database_urls, strict=True)
            ]
            there = list(threads.map(stack.enter_context, coming))
        yield there


@contextmanager
def house(folder: Path, database_url: str, emulator: Emulator) -> Iterator[House]:
    """Everything running, and nobody there yet."""
    folder.mkdir()
    store_url = f"{emulator.make_bucket()}/recordings"
    with (
        fault_proxy(emulator.port, SEED) as proxy,
        serving(
            folder / "data",
            variables=emulator.behind(proxy.port).environment(),
            database_url=database_url,
            store_url=store_url,
            ship_interval_s=str(SHIP_INTERVAL_S),
        ) as server,
    ):
        store, company = open_store(store_url, folder), Company(server.url, Random(SEED))
        yield House(emulator.scheme, server, database_url, store_url, proxy, store, company)


def test_whatever_happens_to_the_store_play_goes_on_and_everything_arrives(houses: list[House]) -> None:
    """REC-1, REC-2, REC-5, REC-33, REC-35, REC-37, LIVE-25, LIVE-60."""
    print(f"ARCADE_KILL_SEED={SEED} ARCADE_STORE_AWAY_S={AWAY_S:g}")
    asyncio.run(play_in_all(houses))
    for each in houses:
        company = each.company
        print(each.scheme, {str(fault): n for fault, n in each.proxy.n_faults.items()}, dict(each.proxy.n_requests))
        await_sealed(each.database_url, company.seen)
        assert each.server.stop() == 0  # else segments that nobody needs go while they are looked at
        check_nothing_is_left(each.store, set(company.seen))
        dataset = open_dataset(each.store_url)
        check_index(each.database_url, dataset, company.seen)
        assert company.check_records(dataset) > AWAY_S * A_SECOND_STEPS
        assert not company.refusals, "nobody needs the store to begin"


async def play_in_all(houses: Sequence[House]) -> None:
    """At the same time."""
    async with asyncio.TaskGroup() as group:
        for each in houses:
            group.create_task(play_through(choose(each.scheme), each))


def choose(scheme: Scheme) -> Sequence[Trouble]:
    """All troubles in a long run; else those of this store, so that all are had in one run."""
    if IS_LONG:
        return TROUBLES
    shuffled = list(TROUBLES)
    Random(SEED).shuffle(shuffled)
    return shuffled[SCHEMES.index(scheme) :: len(SCHEMES)]


async def play_through(troubles: Sequence[Trouble], house: House) -> None:
    """One trouble after the other, then all at once, with the same players."""
    company = house.company
    async with company.playing():
        await await_stored(company)
        for trouble in troubles:
            await play_in(trouble, house)
            await await_stored(company)
        await play_in_everything(house)
        await await_stored(company)


async def play_in(trouble: Trouble, house: House) -> None:
    """An episode ends meanwhile, and what had come into the store before stays what it is."""
    company, proxy, fault = house.company, house.proxy, trouble.fault
    n_before = proxy.n_faults[fault]
    async with company.visiting() as play_to_the_end:
        proxy.fail_with(fault, status=trouble.status)
        await play_to_the_end()
        # What was on its way then has arrived by now.
        stood_at = [(stay, stay.game.step) for stay in company.stays]
        await company.play_on(round((AWAY_S if IS_LONG else 0.5) * A_SECOND_STEPS))
        await company.until(lambda: proxy.n_faults[fault] > n_before)
        await asyncio.to_thread(check_trusted, house)
        if trouble.is_total:
            for stay, step in stood_at:
                assert stay.seen.durable_store <= step, f"{trouble}: what is not in the store is said to be"
    proxy.heal()


async def play_in_everything(house: House) -> None:
    """Each request may meet anything."""
    house.proxy.fail_with(*MIXED, chance=MIXED_CHANCE)
    for _ in range(round(AWAY_S)):
        await house.company.visit()
        await house.company.play_on(A_SECOND_STEPS)
        await asyncio.to_thread(check_trusted, house)
    house.proxy.heal()


def check_trusted(house: House) -> None:
    """Whoever reads now what is in the store finds what is called sealed whole, and what was told to be in there."""
    promised = {stay.game.episode_id: stay.seen.durable_store for stay in house.company.stays}
    assert check_sealed(house.store) <= set(house.company.seen)
    check_promised(house.store, promised)


async def await_stored(company: Company) -> None:
    """All is well: what was played by now gets into the store, and everybody is told."""
    for stay in company.stays:
        step = stay.game.step
        await stay.game.wait_until(lambda s=stay, at=step: s.seen.durable_store >= at)  # type: ignore[misc]
