"""A store that is not a folder: made and verified on this machine, then brought there, whatever fails on the way."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.recorder.recordings import EPISODE, CountingJournal
from tests.server.sealing.bench import FarStore, Killed, SealingBench

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.database.episodes import delete_episode
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import EpisodeMoved, RecordingError, StoreAway
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.seal import find_place, seal_episode, seal_tables
from skill_arcade.server.sealing.upload import Upload

N_STEPS = 700
"""Pictures of more than one row group."""


@pytest.fixture
def far(bench: SealingBench) -> FarStore:
    return bench.use_far_store()


def begin(bench: SealingBench) -> dict[str, bytes]:
    """An ended episode; the files that it has to come to, but for the one of `episodes`."""
    CountingJournal.begin(bench.folder).play(20).end()
    expected = LocalStore(bench.root / "expected")
    sealed = seal_episode(bench.folder, expected)
    return {key: expected.get(key) for key in sealed.keys if "/episodes/" not in key}


def check_sealed(bench: SealingBench, far: FarStore, expected: dict[str, bytes]) -> None:
    """All files are in the store as they should be, the index says so, and nothing is left on this machine."""
    assert len(bench.list_sealed()) == len(Table)
    assert {key: far.near.get(key) for key in expected} == expected
    row = bench.read_row()
    assert (row.sealed, row.verification, row.n_steps) == (True, "verified", 20)
    assert bench.count_rows() == 20
    assert not bench.folder.exists()
    assert list(bench.staging.list("archive/")) == []


def test_an_episode_is_made_here_brought_to_the_store_and_nothing_is_fetched_from_there_rec_35_rec_37(
    bench: SealingBench, far: FarStore
) -> None:
    expected = begin(bench)
    assert bench.run() == 1
    check_sealed(bench, far, expected)
    assert [key.split("/")[1] for method, key in far.calls if method == "put"] == [table.value for table in Table]
    assert {method for method, _ in far.calls} == {"exists", "put"}
    assert far.count("exists") == 1


def start_anew(bench: SealingBench, far: FarStore, root: Path) -> None:
    """The same with empty folders."""
    root.mkdir()
    bench.root, bench.journals, bench.folder = root, root / "journal", root / "journal" / str(EPISODE)
    bench.staging, far.near = LocalStore(root / "staging"), LocalStore(root / "far")
    with bench.database.write() as work:
        delete_episode(work, EPISODE)
    bench.sealer = bench.make_sealer()


@pytest.mark.parametrize("is_done_first", [False, True], ids=["before", "after"])
def test_a_sealer_may_be_killed_at_any_call_of_the_store_rec_35_rec_37(
    bench: SealingBench, far: FarStore, is_done_first: bool, tmp_path: Path
) -> None:
    expected = begin(bench)
    bench.run()
    n_calls = len(far.calls)
    assert n_calls == 7
    for k in range(n_calls):
        start_anew(bench, far, tmp_path / f"try-{k}")
        begin(bench)
        far.calls, far.fails_at, far.is_done_first, far.error = [], k, is_done_first, Killed()
        with pytest.raises(Killed):
            bench.run()
        assert bench.folder.exists()
        is_sealed = any("/episodes/" in key for key in bench.list_sealed())
        assert len(bench.list_sealed()) == len(Table) or not is_sealed
        far.fails_at, far.calls = None, []
        bench.verified.clear()
        assert bench.restart() == 1
        check_sealed(bench, far, expected)
        assert len(bench.verified) == (k == 0), "what was verified before is not verified again"
        # Who was killed left no word of what it had stored: what is there is compared, once.
        n_stored = k if is_done_first else max(0, k - 1)
        assert far.count("get") <= n_stored


@pytest.mark.parametrize("is_done_first", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [StoreAway("The store answers with 503."), OSError(5, "Input/output error")])
def test_a_call_of_the_store_that_fails_is_made_again_later_and_nothing_else_is(
    bench: SealingBench, far: FarStore, is_done_first: bool, error: Exception, tmp_path: Path
) -> None:
    for k in range(7):
        start_anew(bench, far, tmp_path / f"try-{k}")
        expected = begin(bench)
        bench.verified.clear()
        far.calls, far.fails_at, far.is_done_first, far.error = [], k, is_done_first, error
        assert bench.run() == 0
        status = bench.sealer.status()
        assert (status.n_waiting, status.n_failed_now, dict(status.reasons)) == (1, 1, {type(error).__name__: 1})
        bench.monotonic_s += 60
        assert bench.run() == 1
        check_sealed(bench, far, expected)
        assert len(bench.verified) == 1
        assert far.count("put") <= len(Table) + 1
        if not is_done_first:
            assert far.count("get") == 0


def test_a_store_that_is_away_for_hours_loses_nothing_and_costs_one_verification(
    bench: SealingBench, far: FarStore, caplog: pytest.LogCaptureFixture
) -> None:
    expected = begin(bench)
    far.is_away, far.error = True, StoreAway("The store cannot be reached.")
    for _ in range(200):
        bench.run()
        bench.monotonic_s += 60
    assert "is not sealed yet: The store cannot be reached." in caplog.text
    assert bench.folder.exists()
    far.is_away = False
    assert bench.run() == 1
    check_sealed(bench, far, expected)
    assert len(bench.verified) == 1


def test_a_journal_that_is_kept_leaves_nothing_in_staging_and_is_not_fetched_at_the_next_start(
    bench: SealingBench, far: FarStore
) -> None:
    begin(bench)
    bench.verdict = Verification.MISMATCH
    bench.run()
    assert bench.folder.exists()
    assert len(bench.list_sealed()) == len(Table)
    assert list(bench.staging.list("archive/")) == []
    far.calls.clear()
    bench.restart()
    assert bench.folder.exists()
    assert [method for method, _ in far.calls] == ["exists"]


def test_what_was_staged_and_is_broken_is_made_anew(bench: SealingBench, far: FarStore) -> None:
    expected = begin(bench)
    far.fails_at = 1
    with pytest.raises(Killed):
        bench.run()
    far.fails_at = None
    place = find_place(read_episode_journal(bench.folder))
    bench.staging.delete(place.key(Table.EPISODES))
    steps = bench.staging.local_path(place.key(Table.STEPS))
    steps.write_bytes(b"PAR1" + bytes(100))
    assert bench.restart() == 0
    bench.monotonic_s += 60
    assert bench.run() == 1
    check_sealed(bench, far, expected)


# ----------------------------------------------------------------------------------- what lies in the store already


@pytest.fixture
def made(bench: SealingBench) -> SealedPlace:
    """The tables of an ended episode, made on this machine and not brought anywhere."""
    CountingJournal.begin(bench.folder).play(N_STEPS).end()
    place = find_place(read_episode_journal(bench.folder))
    seal_episode(bench.folder, bench.staging)
    return place


def rewrite(path: Path, **options: object) -> bytes:
    """The same rows as another version of the library might write them."""
    other = path.with_suffix(".other")
    pq.write_table(pq.ParquetFile(path).read(), other, **options)
    data = other.read_bytes()
    other.unlink()
    return data


@pytest.mark.parametrize("table", [Table.STEPS, Table.FRAMES])
def test_a_table_with_the_same_rows_in_other_bytes_stays_as_it_is_rec_37(
    bench: SealingBench, far: FarStore, made: SealedPlace, table: Table
) -> None:
    """An earlier try by another version of the library."""
    key = made.key(table)
    earlier = rewrite(bench.staging.local_path(key), compression="snappy", row_group_size=100)
    assert earlier != bench.staging.get(key)
    far.near.put_if_absent(key, earlier)
    Upload(bench.staging, far).bring(made, lambda: True)
    assert far.near.get(key) == earlier
    assert far.near.exists(made.key(Table.EPISODES))
    assert far.count("delete") == 0


@pytest.mark.parametrize("what", ["other rows", "fewer rows", "other columns", "no Parquet", "half"])
def test_a_table_with_other_rows_is_replaced_before_anybody_reads_it(
    bench: SealingBench, far: FarStore, made: SealedPlace, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = made.key(Table.STEPS)
    path = bench.staging.local_path(key)
    table = pq.ParquetFile(path).read()
    others = {
        "other rows": table.set_column(2, "action", table.column("step")),
        "fewer rows": table.slice(0, N_STEPS - 1),
        "other columns": table.drop_columns(["reward"]),
    }
    if what in others:
        other = bench.root / "other.parquet"
        pq.write_table(others[what], other)
        data = other.read_bytes()
    else:
        data = b"nothing of the kind" if what == "no Parquet" else path.read_bytes()[: path.stat().st_size // 2]
    far.near.put_if_absent(key, data)
    Upload(bench.staging, far).bring(made, lambda: True)
    assert far.near.get(key) == path.read_bytes()
    assert f"{key}: replaced in the store" in caplog.text


def test_what_another_server_has_taken_over_meanwhile_is_not_sealed_and_nothing_of_its_is_replaced_rec_32(
    bench: SealingBench, far: FarStore, made: SealedPlace
) -> None:
    with pytest.raises(EpisodeMoved):
        Upload(bench.staging, far).bring(made, lambda: False)
    assert not far.near.exists(made.key(Table.EPISODES))
    far.near.delete(made.key(Table.STEPS))
    far.near.put_if_absent(made.key(Table.STEPS), b"of the other server")
    with pytest.raises(EpisodeMoved):
        Upload(bench.staging, far).bring(made, lambda: False)
    assert far.near.get(made.key(Table.STEPS)) == b"of the other server"


def test_of_a_sealed_episode_nothing_is_ever_replaced_rec_35(
    bench: SealingBench, far: FarStore, made: SealedPlace
) -> None:
    other = bench.root / "other"
    CountingJournal.begin(other).play(N_STEPS - 1).end()
    seal_episode(other, far.near)
    before = {key: far.near.get(key) for key in bench.list_sealed()}
    with pytest.raises(RecordingError, match="is sealed in the store already, and not as it was here"):
        Upload(bench.staging, far).bring(made, lambda: True)
    assert {key: far.near.get(key) for key in bench.list_sealed()} == before


def test_an_episode_that_is_sealed_in_the_store_with_a_table_missing_here_is_brought_once(
    bench: SealingBench, far: FarStore, made: SealedPlace
) -> None:
    upload = Upload(bench.staging, far)
    upload.bring(made, lambda: True)
    far.calls.clear()
    upload.bring(made, lambda: True)
    assert far.calls == []
    upload.forget(made)
    assert list(bench.staging.list("archive/")) == []
    seal_tables(read_episode_journal(bench.folder), bench.staging)
