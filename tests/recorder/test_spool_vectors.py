"""The golden segments of RECORDING.md, read and written."""

from __future__ import annotations

import json
import runpy
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from skill_arcade.archive.layout import spool_key
from skill_arcade.archive.local import LocalStore
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.spool.restore import list_machines, restore_episode
from skill_arcade.recorder.spool.segment import encode_segment, parse_segment

FOLDER = Path(__file__).parents[2] / "protocol" / "vectors" / "spool"
SEGMENTS: list[dict[str, Any]] = json.loads((FOLDER / "spool.json").read_text())["segments"]
EPISODES = sorted(path.name for path in (FOLDER / "journal").iterdir())


def named(segment: dict[str, Any]) -> str:
    return f"{segment['machine'][:8]} {segment['number']} REC-33"


@pytest.mark.parametrize("segment", SEGMENTS, ids=named)
def test_every_segment_is_read_as_the_vector_says(segment: dict[str, Any]) -> None:
    """REC-33."""
    data = (FOLDER / segment["file"]).read_bytes()
    index, offsets = parse_segment(data)
    assert (str(index.machine), index.number) == (segment["machine"], segment["number"])
    assert segment["file"] == spool_key(str(index.machine), index.number)
    assert list(offsets) == segment["offsets"]
    assert [
        {"episode_id": str(c.name.episode_id), "epoch": c.name.epoch, "from": c.start, "to": c.end, "crc": c.crc}
        for c in index.chunks
    ] == segment["chunks"]
    assert [
        {
            "episode_id": str(held.name.episode_id),
            "epoch": held.name.epoch,
            "to": held.n_bytes,
            "in": [list(some) for some in held.numbers],
        }
        for held in index.holds
    ] == segment["holds"]
    for chunk, at in zip(index.chunks, offsets, strict=True):
        assert zlib.crc32(data[at : at + chunk.end - chunk.start]) == chunk.crc


@pytest.mark.parametrize("segment", SEGMENTS, ids=named)
def test_writing_a_segment_gives_the_very_bytes(segment: dict[str, Any]) -> None:
    """REC-33."""
    data = (FOLDER / segment["file"]).read_bytes()
    index, offsets = parse_segment(data)
    bodies = [data[at : at + chunk.end - chunk.start] for chunk, at in zip(index.chunks, offsets, strict=True)]
    assert encode_segment(index, bodies) == data


@pytest.mark.parametrize("episode_id", EPISODES)
def test_the_journals_come_back_as_they_were(episode_id: str, tmp_path: Path) -> None:
    """REC-31, REC-33: of two machines, the one that has more of a journal is taken."""
    store = LocalStore(FOLDER)
    assert [str(machine) for machine in list_machines(store)] == sorted({each["machine"] for each in SEGMENTS})
    folder = tmp_path / "journal" / episode_id
    restored = restore_episode(store, UUID(episode_id), folder)
    expected = {path.name: path.read_bytes() for path in (FOLDER / "journal" / episode_id).iterdir()}
    assert restored.problems == ()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == expected
    journal = read_episode_journal(folder)
    assert journal.episode_id == UUID(episode_id)
    assert journal.damage == ()


def test_the_golden_segments_are_those_that_the_script_makes(tmp_path: Path) -> None:
    """What lies in stores changes in the script and in the files, or in neither."""
    script = runpy.run_path(str(FOLDER.parent / "make_spool_vectors.py"))
    script["main"].__globals__["HERE"] = tmp_path
    script["main"]()
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert made == {path.relative_to(FOLDER): path.read_bytes() for path in FOLDER.rglob("*.*")}
