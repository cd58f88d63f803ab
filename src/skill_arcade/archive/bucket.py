"""A blob store in a bucket: what is promised of every store, made of the single requests that a bucket answers.

A client (`gcs`, `s3`) makes one request at a time and says what became of it. Here is what follows from that: trying
again, comparing what arrived with what was sent, and what to think of an answer that was lost.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeVar

from skill_arcade.archive.content import Content, MakeHasher, Stored
from skill_arcade.archive.patience import Patience
from skill_arcade.archive.store import BlobNotFound, check_key
from skill_arcade.domain.errors import StoreAway

T = TypeVar("T")

_MAX_DOUBTS = 10_000


class RequestFailed(StoreAway):
    """A request was not answered as it should be.

    Attributes:
        may_pass: the same request may succeed at once; not so where permission is missing, or the time is used up.
        may_have_arrived: the store may have done what was asked.
    """

    def __init__(self, sentence: str, *, may_pass: bool, may_have_arrived: bool) -> None:
        self.may_pass, self.may_have_arrived = may_pass, may_have_arrived
        super().__init__(sentence)


class AlreadyThere(Exception):
    """An object of this name is in the bucket: nothing was stored."""


class NotThere(Exception):
    """No object of this name is in the bucket."""


class Bucket(Protocol):
    """A bucket, one request at a time. Every method raises RequestFailed; several threads may call them at once."""

    @property
    def title(self) -> str:
        """What a sentence calls it: service and name."""
        ...

    @property
    def hashers(self) -> Mapping[str, MakeHasher]:
        """Makes what computes a checksum, for each algorithm in which the service tells them."""
        ...

    def put(self, name: str, content: Content) -> Stored:
        """Store an object unless there is one.

        Raises:
            AlreadyThere: there is one.
            StorageFull: there is no room.
        """
        ...

    def look(self, name: str) -> Stored:
        """What the bucket says of an object. Raises NotThere."""
        ...

    def read(self, name: str) -> tuple[bytes, Stored]:
        """A whole object, and what the bucket says of it. Raises NotThere."""
        ...

    def read_range(self, name: str, start: int, n_bytes: int) -> bytes:
        """Up to `n_bytes`, more than 0, from `start`; none where it ends before that. Raises NotThere."""
        ...

    def list_page(self, prefix: str, page: str | None) -> tuple[list[str], str | None]:
        """The next names, ascending, that begin so; and what to ask the page after them by, if there is one."""
        ...

    def delete(self, name: str, version: str | None) -> None:
        """Remove an object: this version of it, or whichever there is; nothing happens where there is none."""
        ...


class _Doubts:
    """Names of which it is not known what the bucket has, since an answer was lost or something wrong was stored."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._versions: dict[str, str | None] = {}

    def add(self, name: str) -> None:
        """An answer was lost. Of a name that is in doubt already, no less is known than before."""
        with self._lock:
            self._versions.setdefault(name, None)
            self._forget_oldest()

    def add_wrong(self, name: str, version: str | None) -> None:
        """This version of it is not what was sent."""
        with self._lock:
            self._versions[name] = version
            self._forget_oldest()

    def has(self, name: str) -> bool:
        """Whether a name is in doubt."""
        with self._lock:
            return name in self._versions

    def wrong_version(self, name: str) -> str | None:
        """The version that is known to be wrong, if there is one."""
        with self._lock:
            return self._versions.get(name)

    def settle(self, name: str) -> None:
        """It is known what the bucket has."""
        with self._lock:
            self._versions.pop(name, None)

    def _forget_oldest(self) -> None:
        """Whoever puts that much in vain has given up on the first long ago."""
        while len(self._versions) > _MAX_DOUBTS:
            del self._versions[next(iter(self._versions))]


@dataclass(frozen=True, slots=True)
class BucketStore:
    """Blobs as objects of a bucket, named by their keys behind the prefix.

    Threads share one client, each with a connection of its own while it waits; nothing else here changes but the
    doubts, under their lock.
    """

    bucket: Bucket
    prefix: str
    patience: Patience
    _doubts: _Doubts = field(default_factory=_Doubts, init=False, repr=False, compare=False)

    @property
    def is_local(self) -> bool:
        """See BlobStore."""
        return False

    def put_if_absent(self, key: str, content: bytes | Path) -> bool:
        """See BlobStore."""
        name = self._name(key)
        measured = Content.measure(content, self.bucket.hashers)
        return self._try(lambda: self._put(name, measured))

    def get(self, key: str) -> bytes:
        """See BlobStore."""
        return self._find(key, self._read_whole)

    def get_range(self, key: str, start: int, n_bytes: int) -> bytes:
        """See BlobStore."""
        if n_bytes <= 0:
            self.size(key)
            return b""
        return self._find(key, lambda name: self.bucket.read_range(name, start, n_bytes))

    def size(self, key: str) -> int:
        """See BlobStore."""
        size = self._find(key, self.bucket.look).size
        if size is None:
            raise self._odd("does not tell the size of an object")
        return size

    def list(self, prefix: str) -> Iterator[str]:
        """See BlobStore. Asks for a page when the one before has been used up."""
        whole = self._whole_prefix + prefix
        page: str | None = None
        while True:
            names, page = self._try(lambda page=page: self.bucket.list_page(whole, page))  # type: ignore[misc]
            yield from (name.removeprefix(self._whole_prefix) for name in names)
            if page is None:
                return

    def delete(self, key: str) -> None:
        """See BlobStore."""
        name = self._name(key)
        self._try(lambda: self.bucket.delete(name, None))
        self._doubts.settle(name)

    def exists(self, key: str) -> bool:
        """See BlobStore."""
        try:
            self._find(key, self.bucket.look)
        except BlobNotFound:
            return False
        return True

    @property
    def _whole_prefix(self) -> str:
        return f"{self.prefix}/" if self.prefix else ""

    def _name(self, key: str) -> str:
        return self._whole_prefix + check_key(key)

    def _find(self, key: str, ask: Callable[[str], T]) -> T:
        name = self._name(key)
        try:
            return self._try(lambda: ask(name))
        except NotThere:
            raise BlobNotFound(key) from None

    def _try(self, request: Callable[[], T]) -> T:
        begun_at_s = time.monotonic()
        for n_tried in count(1):
            try:
                return request()
            except RequestFailed as error:
                is_late = time.monotonic() - begun_at_s > self.patience.again_within_s
                if not error.may_pass or is_late or n_tried >= self.patience.n_attempts:
                    raise
            # Not all at once: whoever failed at the same moment as others would meet them again.
            time.sleep(random.uniform(0.5, 1.5) * self.patience.pause_s * 2 ** (n_tried - 1))
        raise AssertionError

    def _put(self, name: str, content: Content) -> bool:
        try:
            stored = self.bucket.put(name, content)
        except AlreadyThere:
            return self._is_ours(name, content)
        except RequestFailed as error:
            if error.may_have_arrived:
                self._doubts.add(name)
            raise
        self._doubts.add(name)  # it is there by now, and known to be right only when it was compared
        if not stored.can_be_compared(content):
            stored = self._look_again(name)
        if not self._is_same(stored, content):
            raise self._remove_wrong(name, stored)
        self._doubts.settle(name)
        return True

    def _is_ours(self, name: str, content: Content) -> bool:
        """Whether the object that is there came by an earlier attempt whose answer was lost."""
        if not self._doubts.has(name):
            return False
        stored = self._look_again(name)
        if stored.version is not None and stored.version == self._doubts.wrong_version(name):
            raise self._remove_wrong(name, stored)
        is_same = self._is_same(stored, content)
        self._doubts.settle(name)
        return is_same

    def _is_same(self, stored: Stored, content: Content) -> bool:
        if not stored.can_be_compared(content):
            raise RequestFailed(
                f"{self.bucket.title} tells no checksum of what it has stored, so that nothing can be kept there: "
                "let it compute MD5, or CRC-32.",
                may_pass=False,
                may_have_arrived=True,
            )
        return stored.is_same(content)

    def _look_again(self, name: str) -> Stored:
        try:
            return self.bucket.look(name)
        except NotThere:
            raise self._odd("says of an object first that it is there, and then that it is not") from None

    def _remove_wrong(self, name: str, stored: Stored) -> RequestFailed:
        """Remove exactly the version that is not what was sent; if that fails it is known, and tried with the next."""
        self._doubts.add_wrong(name, stored.version)
        self.bucket.delete(name, stored.version)
        self._doubts.settle(name)
        return self._odd("had stored something else than was sent, which was removed")

    def _read_whole(self, name: str) -> bytes:
        data, stored = self.bucket.read(name)
        if not stored.is_same(Content.measure(data, self.bucket.hashers)):
            raise self._odd("has another checksum for an object than what came of it")
        return data

    def _odd(self, what: str) -> RequestFailed:
        sentence = f"{self.bucket.title} {what}: try again, and look at the way there if it stays so."
        return RequestFailed(sentence, may_pass=True, may_have_arrived=True)
