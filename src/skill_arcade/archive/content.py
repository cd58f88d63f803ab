"""What is sent to a bucket, and what a bucket says it has, so that the two can be compared."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol, Self, TypeAlias

_BLOCK_BYTES = 1 << 20


class Hasher(Protocol):
    """Computes a checksum, block by block."""

    def update(self, data: bytes, /) -> object:
        """Take the next bytes."""
        ...

    def digest(self) -> bytes:
        """The checksum of all bytes so far."""
        ...


MakeHasher: TypeAlias = Callable[[], Hasher]


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes to be stored, measured.

    Attributes:
        source: the bytes, or the file that has them.
        size: how many.
        checksums: by the algorithm's name, in base64.
    """

    source: bytes | Path
    size: int
    checksums: Mapping[str, str]

    @classmethod
    def measure(cls, source: bytes | Path, hashers: Mapping[str, MakeHasher]) -> Self:
        """Measure what is to be sent.

        Args:
            source: the bytes, or the file that has them.
            hashers: makes a hasher, for each algorithm.

        Raises:
            OSError: the file cannot be read.
        """
        made = {name: make() for name, make in hashers.items()}
        size = 0
        with _open(source) as file:
            while block := file.read(_BLOCK_BYTES):
                size += len(block)
                for hasher in made.values():
                    hasher.update(block)
        digests = {name: base64.b64encode(hasher.digest()).decode("ascii") for name, hasher in made.items()}
        return cls(source, size, digests)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes, from their beginning. Raises OSError where the file cannot be read."""
        with _open(self.source) as file:
            yield file


@dataclass(frozen=True, slots=True)
class Stored:
    """What a bucket says of one of its objects.

    Attributes:
        size: in bytes; None where it was not told.
        version: of all objects that ever had this name, the one that is meant; None where it was not told.
        checksums: those that were told, as in `Content`.
    """

    size: int | None
    version: str | None
    checksums: Mapping[str, str] = field(default_factory=dict)

    def can_be_compared(self, content: Content) -> bool:
        """Whether a checksum was told that is known of the content too."""
        return not self.checksums.keys().isdisjoint(content.checksums)

    def is_same(self, content: Content) -> bool:
        """Whether all that is known of both is equal."""
        shared = self.checksums.keys() & content.checksums.keys()
        has_same_size = self.size is None or self.size == content.size
        return has_same_size and all(self.checksums[name] == content.checksums[name] for name in shared)


def _open(source: bytes | Path) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
