"""What every store of blobs promises; one suite for all of them."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.object_stores import SCHEMES, StartEmulator

from skill_arcade.archive.opening import open_store
from skill_arcade.archive.store import BlobNotFound, BlobStore


@pytest.fixture(params=["local", *SCHEMES])
def store(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start_emulator: StartEmulator,
) -> BlobStore:
    """Each kind of store, anew and empty: a folder, and a prefix of a bucket of each emulator."""
    if request.param == "local":
        return open_store(None, tmp_path / "store")
    emulator = start_emulator(request.param)
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    return open_store(f"{emulator.make_bucket()}/some/prefix", tmp_path)


def test_a_store_says_whether_it_is_a_folder_here(store: BlobStore, request: pytest.FixtureRequest) -> None:
    assert store.is_local == ("local" in request.node.name)


def test_a_blob_comes_back_as_it_was_put(store: BlobStore, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"from a file")
    assert store.put_if_absent("a/bytes", b"from memory")
    assert store.put_if_absent("a/file", path)
    assert store.get("a/bytes") == b"from memory"
    assert store.get("a/file") == b"from a file"


def test_an_empty_blob_is_a_blob(store: BlobStore) -> None:
    assert store.put_if_absent("empty", b"")
    assert store.exists("empty")
    assert store.get("empty") == b""
    assert store.size("empty") == 0


@pytest.mark.parametrize("n_bytes", [300_000, 9 << 20])
def test_a_large_blob_comes_back_as_it_was_put(store: BlobStore, tmp_path: Path, n_bytes: int) -> None:
    """Clients send what is large in another way than what is small."""
    content = random.Random(n_bytes).randbytes(n_bytes)
    path = tmp_path / "file"
    path.write_bytes(content)
    assert store.put_if_absent("large", path)
    assert not store.put_if_absent("large", content[::-1])
    assert store.size("large") == n_bytes
    assert store.get("large") == content
    assert store.get_range("large", n_bytes - 10, 20) == content[-10:]


def test_a_blob_that_is_put_again_as_it_is_was_there_before(store: BlobStore) -> None:
    assert store.put_if_absent("key", b"same")
    assert not store.put_if_absent("key", b"same")


def test_the_first_put_wins(store: BlobStore) -> None:
    """REC-32: put only if absent."""
    assert store.put_if_absent("key", b"first")
    assert not store.put_if_absent("key", b"second")
    assert store.get("key") == b"first"


def test_of_many_puts_at_once_exactly_one_wins(store: BlobStore) -> None:
    """REC-32."""
    bodies = [bytes([i]) * 10_000 for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda body: store.put_if_absent("race/key", body), bodies))
    assert sum(won) == 1
    assert store.get("race/key") == bodies[won.index(True)]


@pytest.mark.parametrize(
    ("start", "n_bytes", "expected"),
    [(0, 3, b"abc"), (2, 2, b"cd"), (4, 9, b"ef"), (6, 1, b""), (9, 1, b""), (2, 0, b"")],
)
def test_a_range_ends_where_the_blob_ends(store: BlobStore, start: int, n_bytes: int, expected: bytes) -> None:
    store.put_if_absent("key", b"abcdef")
    assert store.get_range("key", start, n_bytes) == expected
    assert store.size("key") == 6


def test_keys_are_listed_in_order_by_their_beginning(store: BlobStore) -> None:
    keys = ["a/b/2", "a/b/10", "a/bc", "a.x", "b"]
    for key in keys:
        store.put_if_absent(key, b"x")
    assert list(store.list("")) == sorted(keys)
    assert list(store.list("a/b")) == ["a/b/10", "a/b/2", "a/bc"]
    assert list(store.list("a/b/")) == ["a/b/10", "a/b/2"]
    assert list(store.list("c/d")) == []


def test_a_range_of_an_empty_blob_is_empty(store: BlobStore) -> None:
    store.put_if_absent("empty", b"")
    assert store.get_range("empty", 0, 10) == b""


def test_what_was_deleted_is_gone_and_can_be_put_again(store: BlobStore) -> None:
    store.put_if_absent("a/key", b"old")
    store.delete("a/key")
    assert not store.exists("a/key")
    assert list(store.list("")) == []
    store.delete("a/key")
    assert store.put_if_absent("a/key", b"new")
    assert store.get("a/key") == b"new"


def test_what_is_not_there_is_told(store: BlobStore) -> None:
    store.put_if_absent("folder/key", b"x")
    for key in ("missing", "folder", "folder/key/below"):
        assert not store.exists(key)
        for ask in (store.get, store.size, lambda key: store.get_range(key, 0, 1)):
            with pytest.raises(BlobNotFound, match=key):
                ask(key)


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", ".hidden", "a\0b"])
def test_what_is_no_key_is_refused(store: BlobStore, key: str) -> None:
    for ask in (store.get, store.size, store.exists, store.delete, lambda key: store.put_if_absent(key, b"x")):
        with pytest.raises(ValueError, match="is no key"):
            ask(key)
