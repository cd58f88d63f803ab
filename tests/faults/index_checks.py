"""What the index has of episodes that were played, and whether it is what their records have (REC-61)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from tests.waiting import await_true

from skill_arcade.database.episodes import fetch_episode, fetch_keys
from skill_arcade.database.steps import fetch_steps
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import Dataset

SEALING_PATIENCE_S = 240.0
"""What failed for long is tried once a minute."""


def has_steps(url: str, expected: Mapping[str, int]) -> bool:
    """Whether the index has the first so many steps of each of these episodes, without a gap."""
    with _opened(url) as database, database.read() as session:
        keys = fetch_keys(session, map(UUID, expected))
        numbers = {each: [row.step for row in fetch_steps(session, keys[UUID(each)])] for each in expected}
    return all(numbers[each][:n_steps] == list(range(n_steps)) for each, n_steps in expected.items())


def await_sealed(url: str, episode_ids: Collection[str]) -> None:
    """Wait until the index says of all these episodes that they are sealed and verified, or cannot be."""
    with _opened(url) as database:

        def are_sealed() -> bool:
            with database.read() as session:
                rows = [fetch_episode(session, UUID(each)) for each in episode_ids]
            return all(row is not None and row.sealed and row.verification != "pending" for row in rows)

        await_true(are_sealed, patience_s=SEALING_PATIENCE_S)


def check_index(url: str, dataset: Dataset, episode_ids: Collection[str]) -> None:
    """Assert that SQL has of all these episodes what their records have, each step once, and nothing to be done."""
    with _opened(url) as database, database.read() as session:
        for each in episode_ids:
            row = fetch_episode(session, UUID(each))
            assert row is not None
            assert (row.sealed, row.verification) == (True, "verified"), row
            key = fetch_keys(session, [row.id])[row.id]
            indexed = [(step.step, step.action, step.reward) for step in fetch_steps(session, key)]
            recorded = dataset.episode(each).steps(["step", "action", "reward"]).to_pylist()
            assert indexed == [(step["step"], step["action"], step["reward"]) for step in recorded]


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()
