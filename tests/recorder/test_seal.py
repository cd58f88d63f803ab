from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.recorder.recordings import (
    EPISODE,
    PALETTE,
    PROVENANCE,
    CountingJournal,
    observation_of,
    picture_of,
    segment_of,
    step_of,
)
from typing_extensions import override

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.domain.episode import EndReason, Verification
from skill_arcade.domain.errors import RecordingError, StorageFull
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.episode_row import build_episode_row
from skill_arcade.recorder.reading import find_adoption, read_episode_journal
from skill_arcade.recorder.records import RecordKind
from skill_arcade.recorder.seal import (
    SealedEpisode,
    Unsealable,
    naming_unsealable,
    seal_episode,
    seal_row,
    seal_tables,
)
from skill_arcade.recorder.table_file import frames_in_group
from skill_arcade.recorder.tables import CLOCK_SAMPLES, EPISODES, SEGMENTS

N_STEPS = 9
CLOCK = {
    "segment": 1,
    "t0_client_us": 1,
    "t1_server_us": 2,
    "t2_server_us": 3,
    "t3_client_us": 4,
    "clock_step_us": 5,
}


def record(folder: Path, **options: Any) -> Path:
    """An ended episode of two epochs."""
    first = CountingJournal.begin(folder, **options).play(5)
    first.add(RecordKind.DRAWN, {"segment": 0, "steps": [0, 2, 5], "at_us": [10, 12, 15]})
    first.writer.close()
    second = CountingJournal.begin(folder, 2, find_adoption(folder), segment=1, **options)
    second.add(RecordKind.CLOCK, CLOCK)
    pause = {"kind": "pause", "t_received_ns": 77, "step": 5, "segment": 1, "detail": {"reason": "blur"}}
    second.add(RecordKind.EVENT, pause)
    second.add(RecordKind.DRAWN, {"segment": 1, "steps": [5, 7], "at_us": [900, 901]})
    second.play(N_STEPS - 5)
    second.add(RecordKind.DRAWN, {"segment": 1, "steps": [7], "at_us": [907]})
    second.end()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "data")


def read(store: LocalStore, sealed: SealedEpisode, table: Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.ParquetFile(store.local_path(sealed.place.key(table))).read().to_pylist()
    return rows


def test_a_sealed_episode_is_six_files_under_game_and_date(tmp_path: Path, store: LocalStore) -> None:
    """REC-35: the date is that of the start, by UTC."""
    sealed = seal_episode(record(tmp_path / "journal"), store)
    partition = f"game_id=Counting.v0/date=2026-01-31/{EPISODE}.parquet"
    assert sealed.keys == tuple(f"archive/{table}/{partition}" for table in Table)
    assert list(store.list("")) == sorted(sealed.keys)


def test_the_row_of_the_episode_says_all_that_is_known(tmp_path: Path, store: LocalStore) -> None:
    """REC-41; what is in the path is not in the file (REC-36)."""
    sealed = seal_episode(record(tmp_path / "journal"), store, Verification.MISMATCH, "at step 3")
    (row,) = read(store, sealed, Table.EPISODES)
    assert row["episode_id"] == str(EPISODE)
    assert "date" not in row
    assert "game_id" not in row
    assert row["started_utc"] == dt.datetime(2026, 1, 31, 23, 59, 59, 500_000, dt.UTC)
    assert row["ended_utc"] == dt.datetime(2026, 2, 1, 0, 0, 9, 250_000, dt.UTC)
    assert row["palette"] == PALETTE
    assert (row["n_steps"], row["status"], row["end_reason"]) == (9, "incomplete", "player_quit")
    assert (row["verification"], row["verification_detail"]) == ("mismatch", "at step 3")
    assert row["env_kwargs"] == '{"size":5}'
    assert row["action_meanings"] == ["NOOP", "FIRE"]
    # What only a client knows, the first segment with an answer tells.
    assert (row["browser"], row["refresh_hz"], row["played_by"]) == ("Firefox", 60.0, "human")
    assert row["time_zone"] is None
    assert row["adopted"].startswith('[{"epoch":1,"n_bytes":')


def test_every_step_and_picture_is_in_the_tables(tmp_path: Path, store: LocalStore) -> None:
    """REC-1, REC-2, REC-44, REC-46."""
    sealed = seal_episode(record(tmp_path / "journal", has_observation=True), store)
    steps = read(store, sealed, Table.STEPS)
    assert [row["step"] for row in steps] == list(range(N_STEPS))
    for row in steps:
        step = step_of(row["step"])
        for name in (
            "action",
            "reward",
            "invalid",
            "lives",
            "t_tick_ns",
            "input_seq",
            "shown_step",
            "state_hash",
        ):
            assert row[name] == getattr(step, name)
    assert [row["segment"] for row in steps] == [0] * 5 + [1] * 4
    assert [row["epoch"] for row in steps] == [1] * 5 + [2] * 4
    frames = read(store, sealed, Table.FRAMES)
    assert [row["step"] for row in frames] == list(range(N_STEPS + 1))
    for row in frames:
        assert row["picture"] == picture_of(row["step"]).tobytes()
        assert row["observation"] == observation_of(row["step"]).tolist()


def test_a_picture_was_drawn_when_it_was_first_reported_by_the_clock_of_that_segment(
    tmp_path: Path, store: LocalStore
) -> None:
    """REC-26, REC-44, REC-46: picture 7 was reported before it was made: that was one that was set aside."""
    sealed = seal_episode(record(tmp_path / "journal"), store)
    drawn = [(row["drawn_at_client_us"], row["drawn_segment"]) for row in read(store, sealed, Table.FRAMES)]
    never = (None, None)
    assert drawn == [(10, 0), never, (12, 0), never, never, (15, 0), never, (907, 1), never, never]
    steps = read(store, sealed, Table.STEPS)
    assert [(row["drawn_at_client_us"], row["drawn_segment"]) for row in steps] == drawn[1:]


def test_segments_clocks_and_events_are_in_the_tables(tmp_path: Path, store: LocalStore) -> None:
    """REC-42, REC-43, REC-45."""
    sealed = seal_episode(record(tmp_path / "journal"), store)
    segments = read(store, sealed, Table.SEGMENTS)
    assert [row["first_step"] for row in segments] == [0, 5]
    assert segments[0]["client"] == '{"browser":"Firefox","refresh_hz":60,"played_by":"human"}'
    assert read(store, sealed, Table.CLOCK_SAMPLES) == [{"episode_id": str(EPISODE), **CLOCK}]
    events = read(store, sealed, Table.EVENTS)
    assert [(row["kind"], row["seq"]) for row in events] == [
        ("down", 1),
        ("down", 2),
        ("pause", None),
        ("down", 3),
    ]
    assert events[0]["held"] == '["Space"]'
    assert (events[2]["step"], events[2]["detail"]) == (5, '{"reason":"blur"}')


def read_columns(table: Table) -> set[str]:
    """Those that RECORDING.md lists: the first sentence of the table's rule without what stands in brackets."""
    text = (Path(__file__).parents[2] / "protocol" / "RECORDING.md").read_text()
    rule = next(part for part in text.split("\n- **REC-") if f"** `{table}`" in part[:20])
    listed = re.sub(r"\([^()]*\)", "", rule).partition(":")[2].partition(".")[0]
    parts = [part.split() for part in re.split(r",(?:\s+and\b)?|\s+and\s+", listed)]
    return {words[0].strip("`:") for words in parts if words and words[0] != "where"}


def test_the_columns_and_their_types_are_those_of_the_protocol(tmp_path: Path, store: LocalStore) -> None:
    """REC-35, REC-41 to REC-46: every column named there is there and no other, but for those of the path (REC-36).

    None has a type that Spark refuses.
    """
    sealed = seal_episode(record(tmp_path / "journal", has_observation=True), store)
    for table in Table:
        schema = pq.read_schema(store.local_path(sealed.place.key(table)))
        assert set(schema.names) == read_columns(table) - {"game_id", "date"}, table
        assert not [field.name for field in schema if "[ns" in str(field.type)]
    assert EPISODES.names[0] == SEGMENTS.names[0] == CLOCK_SAMPLES.names[0] == "episode_id"


class StoppingStore(LocalStore):
    """A store whose process is killed after so many puts."""

    def __init__(self, root: Path, n_puts: int) -> None:
        super().__init__(root)
        object.__setattr__(self, "left", iter(range(n_puts)))

    left: Iterator[int]

    @override
    def put_if_absent(self, key: str, content: bytes | Path) -> bool:
        if next(self.left, None) is None:
            raise StorageFull("no room")
        return super().put_if_absent(key, content)


def test_sealing_that_was_cut_short_after_any_file_gives_the_same_rows_when_repeated(tmp_path: Path) -> None:
    """REC-35, REC-37: and until the last file is there, the episode is not sealed."""
    folder = record(tmp_path / "journal", has_observation=True)
    whole = LocalStore(tmp_path / "whole")
    expected = seal_episode(folder, whole)
    for n_puts in range(len(Table)):
        root = tmp_path / f"cut-{n_puts}"
        with pytest.raises(StorageFull):
            seal_episode(folder, StoppingStore(root, n_puts))
        store = LocalStore(root)
        assert not store.exists(expected.place.key(Table.EPISODES))
        again = seal_episode(folder, store)
        for table in Table:
            assert read(store, again, table) == read(whole, expected, table)


def test_sealing_twice_changes_no_file(tmp_path: Path, store: LocalStore) -> None:
    """REC-35: files never change."""
    folder = record(tmp_path / "journal")
    sealed = seal_episode(folder, store)
    before = {key: store.get(key) for key in sealed.keys}
    seal_episode(folder, store, Verification.VERIFIED)
    assert {key: store.get(key) for key in sealed.keys} == before


def test_a_journal_gives_the_same_files_wherever_it_is_sealed(tmp_path: Path, store: LocalStore) -> None:
    """REC-37: to the byte, by the same version of this program."""
    folder = record(tmp_path / "journal", has_observation=True)
    elsewhere = LocalStore(tmp_path / "elsewhere")
    sealed = seal_episode(folder, store)
    seal_episode(folder, elsewhere)
    assert {key: store.get(key) for key in sealed.keys} == {key: elsewhere.get(key) for key in sealed.keys}


def test_the_row_comes_last(tmp_path: Path, store: LocalStore) -> None:
    """REC-35: verification can come between the two phases, and goes into the row."""
    folder = record(tmp_path / "journal")
    with pytest.raises(RecordingError, match="seal the tables first"):
        seal_row(read_episode_journal(folder), store)
    place = seal_tables(read_episode_journal(folder), store)
    assert not store.exists(place.key(Table.EPISODES))
    sealed = seal_row(read_episode_journal(folder), store, Verification.VERIFIED)
    assert read(store, sealed, Table.EPISODES)[0]["verification"] == "verified"


def test_an_episode_that_runs_is_not_sealed(tmp_path: Path, store: LocalStore) -> None:
    journal = CountingJournal.begin(tmp_path / "journal").play(1)
    with pytest.raises(RecordingError, match="not ended"):
        seal_tables(read_episode_journal(tmp_path / "journal"), store)
    journal.add(RecordKind.END, {"status": "incomplete", "end_reason": "player_quit", "score": 0.0})
    with pytest.raises(RecordingError, match="still being written"):
        seal_tables(read_episode_journal(tmp_path / "journal"), store)
    journal.writer.close()


def test_an_episode_without_a_single_picture_can_be_sealed(tmp_path: Path, store: LocalStore) -> None:
    """REC-37: a game that crashed at its reset leaves a record too."""
    journal = CountingJournal.begin(tmp_path / "journal")
    journal.writer.close()
    close_orphan(tmp_path / "journal", EndReason.ENVIRONMENT_CRASHED, None)
    sealed = seal_episode(tmp_path / "journal", store)
    assert len(read(store, sealed, Table.FRAMES)) == 1
    assert read(store, sealed, Table.STEPS) == []


def test_actions_that_are_lists_are_lists_of_numbers(tmp_path: Path, store: LocalStore) -> None:
    """REC-44."""
    journal = CountingJournal.begin(tmp_path / "journal")
    journal.writer.write(journal.group(0, action=(0.5, 1), executed_action=(0.25, 1), info={"a": "é"}))
    journal.n_steps = 1
    journal.end()
    sealed = seal_episode(tmp_path / "journal", store)
    (row,) = read(store, sealed, Table.STEPS)
    assert (row["action"], row["executed_action"], row["info"]) == ([0.5, 1.0], [0.25, 1.0], '{"a":"é"}')


def test_half_a_surrogate_pair_in_an_event_does_not_stop_sealing(tmp_path: Path, store: LocalStore) -> None:
    """REC-45: Parquet's strings are UTF-8, a browser's are not."""
    journal = CountingJournal.begin(tmp_path / "journal")
    journal.add(RecordKind.EVENT, {"kind": "down", "key": "\ud83d", "held": ["\ud83d"], "segment": 0, "seq": 1})
    journal.end()
    sealed = seal_episode(tmp_path / "journal", store)
    (event,) = read(store, sealed, Table.EVENTS)
    assert (event["key"], event["held"]) == ("?", '["?"]')


def test_half_a_surrogate_pair_in_an_environments_info_does_not_stop_sealing(tmp_path: Path, store: LocalStore) -> None:
    """REC-44."""
    journal = CountingJournal.begin(tmp_path / "journal")
    journal.writer.write(journal.group(0, info={"\ud83d": "a\ud83d"}))
    journal.n_steps = 1
    journal.end()
    (row,) = read(store, seal_episode(tmp_path / "journal", store), Table.STEPS)
    assert row["info"] == '{"?":"a?"}'


@pytest.mark.parametrize("refresh_hz", ["sixty", 10**400, [60], True], ids=["text", "huge", "list", "bool"])
def test_a_number_of_a_client_that_fits_no_column_is_null_and_the_next_one_counts(
    tmp_path: Path, store: LocalStore, refresh_hz: object
) -> None:
    """REC-41, REC-42, REC-45."""
    folder = tmp_path / "journal"
    journal = CountingJournal.begin(folder).play(2)
    journal.add(RecordKind.EVENT, {"kind": "pointer", "seq": 9, "segment": 0, "x": "left", "t_client_us": 2**70})
    journal.add(RecordKind.SEGMENT, segment_of(1, 1, 2, client_us=2**64, client_utc_ms="now"))
    journal.end()
    lies = {"browser": "Firefox", "refresh_hz": refresh_hz, "device_pixel_ratio": "two"}
    whole = replace(read_episode_journal(folder), segments=(segment_of(0, 1, 0, client=lies), segment_of(1, 1, 2)))
    row = build_episode_row(whole, Verification.PENDING, None)
    assert (row["refresh_hz"], row["device_pixel_ratio"]) == (60, None)
    sealed = seal_episode(folder, store)
    assert [row["client_us"] for row in read(store, sealed, Table.SEGMENTS)] == [1_000, None]
    event = read(store, sealed, Table.EVENTS)[-1]
    assert (event["kind"], event["x"], event["t_client_us"]) == ("pointer", None, None)


def test_what_only_the_server_can_have_written_wrong_is_told_and_not_hidden(tmp_path: Path, store: LocalStore) -> None:
    with pytest.raises(Unsealable, match=str(EPISODE)), naming_unsealable(str(EPISODE)):
        seal_episode(record_with(tmp_path / "journal", {"seed": "seven"}), store)


def test_a_game_id_with_a_slash_is_one_folder(tmp_path: Path, store: LocalStore) -> None:
    """REC-35, REC-36."""
    provenance = {"game_id": "ALE/Pong-v5"}
    folder = record_with(tmp_path / "journal", provenance)
    sealed = seal_episode(folder, store)
    assert "/game_id=ALE%2FPong-v5/" in sealed.keys[0]


def record_with(folder: Path, changes: dict[str, Any]) -> Path:
    CountingJournal.begin(folder, provenance={**PROVENANCE, **changes}).play(1).end()
    return folder


def test_a_group_of_large_pictures_has_fewer_of_them() -> None:
    """REC-46: ten seconds of a small picture; never more than 24 MiB."""
    assert frames_in_group(160 * 210) == 300
    assert frames_in_group(600 * 400 * 3) == 34
    assert frames_in_group(1 << 30) == 1


def test_frames_are_in_groups_of_their_own(tmp_path: Path, store: LocalStore) -> None:
    """REC-46: a reader finds a picture without decoding all of them."""
    CountingJournal.begin(tmp_path / "journal").play(1300).end()
    sealed = seal_episode(tmp_path / "journal", store)
    file = pq.ParquetFile(store.local_path(sealed.place.key(Table.FRAMES)))
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [300, 300, 300, 300, 101]
    column = file.metadata.row_group(0).column(2)
    assert (column.path_in_schema, column.compression, column.has_dictionary_page) == (
        "picture",
        "ZSTD",
        False,
    )
    assert np.array_equal(
        np.frombuffer(file.read_row_group(4).to_pylist()[-1]["picture"], np.uint8),
        picture_of(1300).reshape(-1),
    )


def test_the_segment_of_a_later_page_is_told(tmp_path: Path, store: LocalStore) -> None:
    """REC-18, REC-44."""
    journal = CountingJournal.begin(tmp_path / "journal").play(2)
    journal.add(RecordKind.SEGMENT, segment_of(1, 1, 2, cause="reconnected", page_load="page-2", gap_ns=5))
    journal.play(2).end()
    sealed = seal_episode(tmp_path / "journal", store)
    assert [row["segment"] for row in read(store, sealed, Table.STEPS)] == [0, 0, 1, 1]
    assert [row["gap_ns"] for row in read(store, sealed, Table.SEGMENTS)] == [None, 5]
