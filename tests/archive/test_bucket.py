"""What a store makes of the answers of a bucket, real ones and odd ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from tests.object_stores import SCHEMES, Scheme, StartEmulator

from skill_arcade.archive.bucket import AlreadyThere, Bucket, BucketStore, NotThere, RequestFailed
from skill_arcade.archive.content import Content, MakeHasher, Stored
from skill_arcade.archive.gcs import GcsBucket
from skill_arcade.archive.patience import Patience
from skill_arcade.archive.s3 import S3Bucket
from skill_arcade.domain.errors import StoreAway

IMPATIENT = Patience(pause_s=0)


class Length:
    """A checksum that is easily fooled: the number of bytes."""

    def __init__(self) -> None:
        self._n_bytes = 0

    def update(self, data: bytes, /) -> None:
        self._n_bytes += len(data)

    def digest(self) -> bytes:
        return bytes([self._n_bytes])


@dataclass
class FakeBucket:
    """Keeps objects in a dict; what it tells of them can be chosen.

    Attributes:
        tells_on_put: whether a put's answer has a checksum.
        tells_on_look: whether there is one when it is looked for.
        n_failures: so many puts fail from now on, after they stored what was sent.
    """

    tells_on_put: bool = True
    tells_on_look: bool = True
    n_failures: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    title: str = "A bucket"
    hashers: Mapping[str, MakeHasher] = field(default_factory=lambda: {"length": Length})

    def put(self, name: str, content: Content) -> Stored:
        if name in self.objects:
            raise AlreadyThere
        with content.open() as file:
            self.objects[name] = file.read()
        if self.n_failures:
            self.n_failures -= 1
            raise RequestFailed("lost", may_pass=True, may_have_arrived=True)
        return self._tell(name, told=self.tells_on_put)

    def look(self, name: str) -> Stored:
        if name not in self.objects:
            raise NotThere
        return self._tell(name, told=self.tells_on_look)

    def read(self, name: str) -> tuple[bytes, Stored]:
        return self.objects[name], self.look(name)

    def read_range(self, name: str, start: int, n_bytes: int) -> bytes:
        return self.objects[name][start : start + n_bytes]

    def list_page(self, prefix: str, page: str | None) -> tuple[list[str], str | None]:
        del page
        return sorted(name for name in self.objects if name.startswith(prefix)), None

    def delete(self, name: str, version: str | None) -> None:
        del version
        self.objects.pop(name, None)

    def _tell(self, name: str, *, told: bool) -> Stored:
        checksums = Content.measure(self.objects[name], self.hashers).checksums
        return Stored(len(self.objects[name]), "1", checksums if told else {})


def open_fake(**options: bool | int) -> tuple[FakeBucket, BucketStore]:
    bucket = FakeBucket(**options)  # type: ignore[arg-type]
    return bucket, BucketStore(bucket, "", IMPATIENT)


def test_a_checksum_that_is_not_told_at_once_is_asked_for() -> None:
    _bucket, store = open_fake(tells_on_put=False)
    assert store.put_if_absent("key", b"content")
    assert not store.put_if_absent("key", b"content")


def test_nothing_counts_as_stored_where_no_checksum_is_told() -> None:
    """Neither by the put that stored it nor by a later one, to which it would look like somebody else's."""
    bucket, store = open_fake(tells_on_put=False, tells_on_look=False)
    for _ in range(2):
        with pytest.raises(StoreAway, match="tells no checksum"):
            store.put_if_absent("key", b"content")
    bucket.tells_on_look = True
    assert store.put_if_absent("key", b"content")


def test_what_cannot_be_looked_for_after_a_put_stays_in_doubt() -> None:
    bucket, store = open_fake(tells_on_put=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeBucket, "look", fail)
        with pytest.raises(StoreAway, match="lost"):
            store.put_if_absent("key", b"content")
    assert bucket.objects == {"key": b"content"}
    assert store.put_if_absent("key", b"content")


def fail(_bucket: object, _name: str) -> Stored:
    raise RequestFailed("lost", may_pass=True, may_have_arrived=True)


def test_a_doubt_is_settled_by_the_next_put_and_then_forgotten() -> None:
    """REC-32."""
    _bucket, store = open_fake(n_failures=1)
    assert store.put_if_absent("key", b"content"), "tried again at once"
    assert not store.put_if_absent("key", b"content")


def test_in_doubt_other_bytes_are_not_ours() -> None:
    """Who tries again must send the same: a segment that has grown meanwhile is another one."""
    bucket, store = open_fake(n_failures=1)
    hurried = BucketStore(bucket, "", Patience(n_attempts=1))
    with pytest.raises(StoreAway):
        hurried.put_if_absent("key", b"content")
    assert not hurried.put_if_absent("key", b"content, and more")
    assert store.get("key") == b"content"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_more_keys_than_fit_into_one_answer_are_listed(
    scheme: Scheme, start_emulator: StartEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = start_emulator(scheme)
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    make: type[GcsBucket | S3Bucket] = GcsBucket if scheme == "gs" else S3Bucket
    bucket: Bucket = make(emulator.make_bucket().partition("://")[2], Patience(), page_names=3)
    store = BucketStore(bucket, "prefix", Patience())
    keys = [f"spool/{number:012d}.seg" for number in range(9)]
    for key in (*keys, "spool-of-another", "archive/x"):
        store.put_if_absent(key, b"x")
    assert list(store.list("spool/")) == keys
    assert list(store.list("spool/000000000008")) == keys[8:]
    assert list(store.list("nothing/")) == []
