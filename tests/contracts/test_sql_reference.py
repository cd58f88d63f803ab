"""docs/reference/sql.md is true on both databases: its queries run, and its tables have the columns that it tells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import inspect, text
from tests.contracts.made_up import NOW, STEPS, make_episode
from tests.contracts.sql_blocks import FILE, read_sql_blocks

from skill_arcade.database.episodes import keep_episode
from skill_arcade.database.servers import ServerRow, register_server
from skill_arcade.database.steps import StepRow, insert_steps
from skill_arcade.database.transactions import Database

BLOCKS = read_sql_blocks()

EXPECTED = {
    "A player's episodes of a game": 2,
    "The steps of one episode": 3,
    "The first reward": 1,
    "How people get better": 1,
    "How often each action was taken": 3,
    "What runs, and where": 1,
    "Whose episodes": 2,
}
"""Rows that each query finds among what is written here."""


def test_every_query_of_the_reference_runs_and_finds_what_it_says(database: Database) -> None:
    key, row = make_episode(database)
    ended = replace(row, id=uuid4(), status="won", played_by="human", verification="verified", server_id=UUID(int=1))
    with database.write() as work:
        insert_steps(work, {key: [StepRow(0, 2, 0.0, 0, 1_767_225_599_000_001, None), *_after_the_first()]})
        keep_episode(work, ended)
        register_server(work, ServerRow(UUID(int=1), "one", "1", NOW), NOW)
    assert row.user_id is not None
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    with database.read() as session:
        for block in (each for each in BLOCKS if each.is_for(database.url)):
            query = block.query.replace("EPISODE", row.id.hex).replace("PERSON", row.user_id.hex)
            statement = text(query.replace(":", r"\:"))
            found[block.title] = [dict(each) for each in session._session.connection().execute(statement).mappings()]
    assert {title: len(rows) for title, rows in found.items()} == EXPECTED
    (first,) = found["The first reward"]
    assert (first["step"], first["reward"], float(first["seconds"])) == (1, 1.5, 1.0)
    assert [str(each["episode_id"]) for each in found["Whose episodes"]] == [str(row.id), str(ended.id)]


def _after_the_first() -> list[StepRow]:
    return [step._replace(step=step.step + 1) for step in STEPS]


def test_every_column_that_the_reference_tells_is_there_and_none_is_left_out(database: Database) -> None:
    sections = re.split(r"^## `(\w+)`$", FILE.read_text().partition("## Queries")[0], flags=re.MULTILINE)[1:]
    told = {name: _columns_of(content) for name, content in zip(sections[::2], sections[1::2], strict=True)}
    with database.read() as session:
        inspector = inspect(session._session.connection())
        found = {name: {column["name"] for column in inspector.get_columns(name)} for name in told}
        own = set(re.findall(r"`(\w+)`", FILE.read_text().partition("The other tables (")[2].partition(")")[0]))
        assert set(inspector.get_table_names()) == (told.keys() - {"transition"}) | own
    assert told == found


def _columns_of(section: str) -> set[str]:
    firsts = re.findall(r"^\| (`[^|]+) \|", section, flags=re.MULTILINE)
    return {name for first in firsts for name in re.findall(r"`(\w+)`", first)}
