"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

from skill_arcade.database.storable_text import make_storable


class UtcTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides; SQLite alone would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored: it would be read as UTC")
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ToldText(TypeDecorator[str]):
    """Text that somebody else wrote: what a database cannot hold of it becomes U+FFFD, and no row fails for it."""

    impl = String
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else make_storable(value)


def json_column_type() -> TypeEngine[Any]:
    """JSON that comes back as it was, each number and the order of the names too; Python None is SQL NULL."""
    return JSON(none_as_null=True)


def comparable_json_column_type() -> TypeEngine[Any]:
    """JSON that SQL can compare: JSONB on PostgreSQL, which sorts the names and writes out large numbers."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
