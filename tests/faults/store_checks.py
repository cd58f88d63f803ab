"""What a reader would trust of an object store, looked at past whatever stands before it: is it sound?"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID
from zlib import crc32

import pyarrow.parquet as pq

from skill_arcade.archive.layout import Table, parse_table_key, spool_key, table_prefix
from skill_arcade.archive.store import BlobNotFound, BlobStore
from skill_arcade.domain.errors import StoreAway
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.spool.manifest import list_machines, list_numbers
from skill_arcade.recorder.spool.restore import restore_episode
from skill_arcade.recorder.spool.segment import parse_segment


def check_sealed(store: BlobStore) -> set[str]:
    """REC-35: an episode whose file of `episodes` can be read has all its files, whole, and once; those episodes.

    What arrived wrong lies there for a moment, until it is removed. It has another checksum than the store says, so
    that nobody is given it.
    """
    places = [parse_table_key(key)[1] for key in store.list(table_prefix(Table.EPISODES))]
    sealed = []
    for place in places:
        try:
            row = store.get(place.key(Table.EPISODES))
        except (StoreAway, BlobNotFound):
            continue
        pq.read_table(io.BytesIO(row))
        for table in Table:
            pq.read_table(io.BytesIO(store.get(place.key(table))))
        sealed.append(str(place.episode_id))
    assert len(sealed) == len(set(sealed)), "an episode was sealed twice"
    return set(sealed)


def check_promised(store: BlobStore, promised: Mapping[str, int]) -> None:
    """REC-5, REC-33: whoever has nothing but the store can go on with every step that was told to be in it.

    Args:
        store: as it is at this moment.
        promised: by episode that is being played, how many steps those were.
    """
    for episode_id, n_steps in promised.items():
        with TemporaryDirectory() as folder:
            restored = Path(folder) / "journals" / episode_id
            restore_episode(store, UUID(episode_id), restored)
            found = read_episode_journal(restored).n_steps if restored.exists() else 0
        assert found >= n_steps, f"{episode_id}: {found} steps in the store, {n_steps} were told to be"


def check_nothing_is_left(store: BlobStore, expected: set[str]) -> None:
    """Assert that the archive has exactly these episodes, and the segments that there are can all be read."""
    assert check_sealed(store) == expected
    files = Counter(parse_table_key(key)[0] for table in Table for key in store.list(table_prefix(table)))
    assert files == {table: len(expected) for table in Table}, "files that belong to nothing"
    for machine in list_machines(store):
        for number in list_numbers(store, machine):
            data = store.get(spool_key(str(machine), number))
            index, offsets = parse_segment(data)
            for chunk, at in zip(index.chunks, offsets, strict=True):
                assert crc32(data[at : at + chunk.end - chunk.start]) == chunk.crc, f"segment {number}"
