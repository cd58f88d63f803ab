"""Damages sealed files as a bad disk would."""

from __future__ import annotations

from pathlib import Path

_MAGIC_BYTES = 4


def damage_pages(path: Path) -> None:
    """Overwrite all of a Parquet file but its footer: where everything is can still be read, and nothing else."""
    data = path.read_bytes()
    footer_at = len(data) - 2 * _MAGIC_BYTES - int.from_bytes(data[-8:-4], "little")
    _overwrite(path, data[:_MAGIC_BYTES] + b"\xff" * (footer_at - _MAGIC_BYTES) + data[footer_at:])


def damage_footer(path: Path) -> None:
    """Overwrite the last bytes of a Parquet file, by which it is known as one."""
    _overwrite(path, path.read_bytes()[:-_MAGIC_BYTES] + bytes(_MAGIC_BYTES))


def _overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)
