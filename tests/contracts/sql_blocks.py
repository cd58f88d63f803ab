"""The queries of docs/reference/sql.md, by the heading that they stand under."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "reference" / "sql.md"

_HEADING_OR_BLOCK = re.compile(
    r"^#+ (?P<title>[^\n]+)$|^```sql(?P<only> \w+)?\n(?P<query>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class SqlBlock:
    """One query.

    Attributes:
        title: the heading above it.
        only: `sqlite` or `postgresql`, where it is made for one of them.
        query: with EPISODE and PERSON where ids belong.
    """

    title: str
    only: str | None
    query: str

    def is_for(self, url: str) -> bool:
        """Whether it is made for the database behind this URL."""
        return self.only is None or url.startswith(self.only)


def read_sql_blocks() -> list[SqlBlock]:
    """All of them, in order."""
    title, blocks = "", []
    for match in _HEADING_OR_BLOCK.finditer(FILE.read_text()):
        if match["title"]:
            title = match["title"]
        else:
            blocks.append(SqlBlock(title, match["only"].strip() if match["only"] else None, match["query"]))
    return blocks


def read_sql_block(title: str, url: str) -> str:
    """The first query under this heading that is made for this database."""
    return next(block.query for block in read_sql_blocks() if block.title == title and block.is_for(url))
