"""Several sealers of one machine, a database that others share, and one that is stopped meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.dataset.playing import record_play
from tests.postgresql import RestartablePostgresql, empty_database, find_programs, restartable_postgresql
from tests.server.sealing.bench import SealingBench

from skill_arcade.archive.layout import Table
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import Episode, VerificationResult
from skill_arcade.server.sealing.share import Share


@pytest.fixture(scope="module")
def postgresql() -> Iterator[RestartablePostgresql]:
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    with restartable_postgresql(programs) as server:
        yield server


@pytest.fixture
def bench(postgresql: RestartablePostgresql, tmp_path: Path) -> Iterator[SealingBench]:
    with empty_database(postgresql.url) as url:
        upgrade_schema(url)
        database = Database(url)
        yield SealingBench(tmp_path, database)
        database.dispose()


def test_sealers_share_the_episodes_and_go_on_when_the_database_is_back(
    bench: SealingBench, postgresql: RestartablePostgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-37: stopped at once (`-m immediate`), as when its machine crashes."""
    folders = [record_play(bench.journals, uuid4(), actions=[2] * 5) for _ in range(40)]
    is_stopped = threading.Event()
    verify = bench.verify

    def stop_the_database_in_between(episode: Episode) -> VerificationResult:
        if len(bench.verified) >= 10 and not is_stopped.is_set():
            is_stopped.set()
            postgresql.stop_immediately()
        return verify(episode)

    monkeypatch.setattr(bench, "verify", stop_the_database_in_between)
    sealers = [bench.make_sealer(Share(number, 2, 2)) for number in range(2)]

    def work_together() -> None:
        threads = [threading.Thread(target=sealer.work_until_idle) for sealer in sealers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)

    work_together()
    assert is_stopped.is_set()
    assert sum(folder.exists() for folder in folders) >= 20
    assert sealers[0].status().n_failed_now > 0
    postgresql.start()
    for _ in range(3):
        bench.monotonic_s += 60
        work_together()
    assert not any(folder.exists() for folder in folders)
    for folder in folders:
        row = bench.read_row(UUID(folder.name))
        assert (row.sealed, row.verification, row.n_steps) == (True, "verified", 5)
        assert bench.count_rows(row.id) == 5
    assert len(bench.list_sealed()) == len(Table) * len(folders)
