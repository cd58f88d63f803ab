"""What the stores in buckets do when the way to them, or they themselves, fail; before real emulators."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.object_stores import SCHEMES, Emulator, StartEmulator
from tests.store_faults import Fault, FaultProxy, fault_proxy

from skill_arcade.archive.address import BucketAddress, parse_store_address
from skill_arcade.archive.bucket import BucketStore
from skill_arcade.archive.opening import open_bucket_store
from skill_arcade.archive.patience import Patience
from skill_arcade.archive.store import BlobNotFound
from skill_arcade.domain.errors import StorageFull, StoreAway

SEED = 20261123
IMPATIENT = Patience(pause_s=0.01, connect_s=5, silence_s=5, slow_s=0.5, least_bytes_per_s=40_000)
HASTY = Patience(pause_s=0.01, again_within_s=0, connect_s=5, silence_s=0.5)
CRAWL_BYTES_PER_S = 8_000
SMALL, LARGE, LARGER = 5_000, 400_000, 9 << 20
"""In one piece; in blocks; in several requests to Google."""

SIZES = pytest.mark.parametrize(
    ("ways", "n_bytes"),
    [("gs", SMALL), ("gs", LARGE), ("gs", LARGER), ("s3", SMALL), ("s3", LARGE)],
    indirect=["ways"],
)

PASSING = (Fault.RESET_AT_ONCE, Fault.RESET_MIDWAY, Fault.LOSE_ANSWER, Fault.SHORTEN_UPLOAD, Fault.FLIP_UPLOAD)
"""Faults of an upload that are over with the next attempt."""


@dataclass(frozen=True, slots=True)
class Ways:
    """A bucket, and the ways to it.

    Attributes:
        proxy: does harm.
        address: of the bucket.
        store: the bucket by the proxy.
        direct: past it.
        open_by_proxy: the bucket by the proxy, with another patience.
    """

    proxy: FaultProxy
    address: BucketAddress
    store: BucketStore
    direct: BucketStore
    open_by_proxy: Callable[[Patience], BucketStore]

    @property
    def n_puts(self) -> int:
        """Requests PUT in which something of LARGER is sent."""
        return 2 if self.address.scheme == "gs" else 1

    def holds(self, key: str, content: bytes) -> bool:
        """Whether the bucket has this; anything else but nothing at all is an error."""
        if not self.direct.exists(key):
            return False
        assert self.direct.get(key) == content
        return True


@pytest.fixture(params=SCHEMES)
def ways(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, start_emulator: StartEmulator
) -> Iterator[Ways]:
    emulator = start_emulator(request.param)
    address = parse_store_address(f"{emulator.make_bucket()}/prefix")
    assert isinstance(address, BucketAddress)

    def use(way: Emulator) -> None:
        for name, value in way.environment().items():
            monkeypatch.setenv(name, value)

    use(emulator)
    direct = open_bucket_store(address, Patience())
    with fault_proxy(emulator.port, SEED) as proxy:
        use(emulator.behind(proxy.port))
        store = open_bucket_store(address, IMPATIENT)
        yield Ways(proxy, address, store, direct, lambda patience: open_bucket_store(address, patience))


def bytes_of(n_bytes: int) -> bytes:
    return random.Random(n_bytes).randbytes(n_bytes)


@SIZES
@pytest.mark.parametrize("fault", PASSING)
def test_a_put_that_fails_stores_all_or_nothing_and_works_afterwards(ways: Ways, fault: Fault, n_bytes: int) -> None:
    """REC-32: nothing that is half or wrong counts as stored, and what was stored is known as ours."""
    content = bytes_of(n_bytes)
    ways.proxy.fail_with(fault)
    with pytest.raises(StoreAway):
        ways.store.put_if_absent("a/key", content)
    assert ways.proxy.n_faults[fault] > 0
    was_stored = ways.holds("a/key", content)
    is_looked_for_first = n_bytes == LARGER  # and that answer is lost as well
    assert was_stored == (fault is Fault.LOSE_ANSWER and not is_looked_for_first)
    ways.proxy.heal()
    assert ways.store.put_if_absent("a/key", content)
    assert ways.holds("a/key", content)
    assert not ways.store.put_if_absent("a/key", content)


@pytest.mark.parametrize("n_bytes", [SMALL, LARGE])
@pytest.mark.parametrize("fault", [Fault.HANG, Fault.CRAWL])
def test_a_put_that_comes_to_no_end_is_given_up_and_works_afterwards(ways: Ways, fault: Fault, n_bytes: int) -> None:
    content, hasty = bytes_of(n_bytes), ways.open_by_proxy(HASTY)
    ways.proxy.fail_with(fault, crawl_bytes_per_s=CRAWL_BYTES_PER_S)
    with pytest.raises(StoreAway, match=r"could not be reached"):
        hasty.put_if_absent("a/key", content)
    assert ways.proxy.n_faults[fault] > 0
    ways.holds("a/key", content)
    ways.proxy.heal()
    # What was under way when it was given up may arrive now; it is known as ours all the same.
    assert ask_until_answered(lambda: hasty.put_if_absent("a/key", content))
    assert ways.holds("a/key", content)


def test_an_upload_may_take_longer_than_any_of_its_blocks(ways: Ways) -> None:
    """A line that is slow and steady: libraries that send a body in one piece end it with the time for a connection."""
    store, content = ways.open_by_proxy(Patience(connect_s=1, silence_s=10)), bytes_of(8_000_000)
    ways.proxy.fail_with(Fault.CRAWL, crawl_bytes_per_s=2_500_000, methods=frozenset({"POST", "PUT"}))
    assert store.put_if_absent("key", content)
    assert ways.proxy.n_faults[Fault.CRAWL] > 0
    assert ways.holds("key", content)


def test_each_question_is_one_request(ways: Ways) -> None:
    """Requests cost money, each; what is large is looked for before it is sent to Google in pieces."""
    before = sum(ways.proxy.n_requests.values())
    for n_asked, ask in enumerate(requests_of(ways.store, "another"), start=1):
        ask()
        assert sum(ways.proxy.n_requests.values()) == before + n_asked


def test_the_last_answer_of_several_requests_may_be_lost(ways: Ways) -> None:
    content = bytes_of(LARGER)
    ways.proxy.fail_with(Fault.LOSE_ANSWER, n_requests=1, methods=frozenset({"PUT"}), n_spared=ways.n_puts - 1)
    assert ways.store.put_if_absent("key", content)
    assert ways.proxy.n_faults[Fault.LOSE_ANSWER] == 1
    assert ways.holds("key", content)


@SIZES
@pytest.mark.parametrize("fault", PASSING)
def test_a_put_that_fails_once_is_tried_again_by_itself(ways: Ways, fault: Fault, n_bytes: int, tmp_path: Path) -> None:
    content = bytes_of(n_bytes)
    path = tmp_path / "file"
    path.write_bytes(content)
    ways.proxy.fail_with(fault, n_requests=1, methods=frozenset({"POST", "PUT"}))
    assert ways.store.put_if_absent("a/key", path)
    # The first of several requests to Google has no content.
    assert ways.proxy.n_faults[fault] == 1 or n_bytes == LARGER
    assert ways.holds("a/key", content)


@pytest.mark.parametrize(("status", "retry_after_s"), [(429, None), (429, 3600), (500, None), (503, None), (503, 3600)])
def test_a_store_in_trouble_is_asked_again_a_few_times(ways: Ways, status: int, retry_after_s: int | None) -> None:
    ways.proxy.fail_with(Fault.REFUSE, status=status, retry_after_s=retry_after_s, n_requests=2)
    assert ways.store.put_if_absent("key", b"content")
    ways.proxy.fail_with(Fault.REFUSE, status=status, retry_after_s=retry_after_s)
    for ask in requests_of(ways.store, "key"):
        before = ways.proxy.n_faults[Fault.REFUSE]
        with pytest.raises(StoreAway, match=rf"\({status} .*again"):
            ask()
        assert ways.proxy.n_faults[Fault.REFUSE] == before + IMPATIENT.n_attempts
    ways.proxy.heal()
    assert ways.store.get("key") == b"content"


@pytest.mark.parametrize(("status", "advice"), [(403, "let this account"), (400, "changes what is sent")])
def test_a_store_that_refuses_is_not_asked_again_and_says_what_to_do(ways: Ways, status: int, advice: str) -> None:
    ways.store.put_if_absent("key", b"content")
    ways.proxy.fail_with(Fault.REFUSE, status=status)
    for ask in requests_of(ways.store, "key"):
        before = ways.proxy.n_faults[Fault.REFUSE]
        with pytest.raises(StoreAway, match=rf"bucket 'test-\w+'\) refused .*{status}.*: .*{advice}"):
            ask()
        # Amazon's client asks by itself, after 400, whether the bucket is in another region.
        assert ways.proxy.n_faults[Fault.REFUSE] - before < IMPATIENT.n_attempts
    ways.proxy.heal()
    assert ways.store.get("key") == b"content"


def test_a_store_that_does_not_know_who_asks_says_what_to_do(ways: Ways) -> None:
    ways.proxy.fail_with(Fault.REFUSE, status=401)
    for ask in requests_of(ways.store, "key"):
        with pytest.raises(StoreAway, match=r"refused .*401.* credentials|wants to know who asks.* service account"):
            ask()


def test_a_full_store_says_so(ways: Ways) -> None:
    ways.proxy.fail_with(Fault.REFUSE, status=507)
    with pytest.raises(StorageFull, match="is full"):
        ways.store.put_if_absent("key", b"content")


@pytest.mark.parametrize("fault", [Fault.RESET_AT_ONCE, Fault.LOSE_ANSWER, Fault.HANG])
def test_whatever_is_asked_of_a_store_that_does_not_answer_ends(ways: Ways, fault: Fault) -> None:
    ways.store.put_if_absent("key", b"content")
    ways.proxy.fail_with(fault)
    for ask in requests_of(ways.open_by_proxy(HASTY), "key"):
        with pytest.raises(StoreAway, match=r"could not be reached \(.+\): look at the network"):
            ask()
    ways.proxy.heal()
    ways.store.delete("key")
    assert not ways.store.exists("key")


@pytest.mark.parametrize("n_bytes", [SMALL, LARGE])
@pytest.mark.parametrize("fault", [Fault.CUT_DOWNLOAD, Fault.FLIP_DOWNLOAD, Fault.RESET_MIDWAY, Fault.CRAWL])
def test_a_blob_that_arrives_damaged_is_never_given(ways: Ways, fault: Fault, n_bytes: int) -> None:
    content = bytes_of(n_bytes)
    ways.direct.put_if_absent("key", content)
    ways.proxy.fail_with(fault, crawl_bytes_per_s=CRAWL_BYTES_PER_S)
    with pytest.raises(StoreAway):
        ways.store.get("key")
    assert ways.proxy.n_faults[fault] > 0
    ways.proxy.fail_with(fault, n_requests=1, crawl_bytes_per_s=CRAWL_BYTES_PER_S)
    assert ways.store.get("key") == content


@pytest.mark.parametrize("fault", [Fault.CUT_DOWNLOAD, Fault.RESET_MIDWAY, Fault.CRAWL])
def test_a_range_that_breaks_off_is_never_given(ways: Ways, fault: Fault) -> None:
    content = bytes_of(LARGE)
    ways.direct.put_if_absent("key", content)
    ways.proxy.fail_with(fault, crawl_bytes_per_s=CRAWL_BYTES_PER_S)
    with pytest.raises(StoreAway):
        ways.store.get_range("key", 100, 50_000)
    ways.proxy.heal()
    assert ways.store.get_range("key", 100, 50_000) == content[100:50_100]


def test_a_lost_answer_is_not_taken_for_ours_where_the_blob_is_anothers(ways: Ways) -> None:
    """REC-32: False only tells that this call did not store it; here it must."""
    ways.proxy.fail_with(Fault.RESET_AT_ONCE)
    with pytest.raises(StoreAway):
        ways.store.put_if_absent("key", b"ours")
    ways.direct.put_if_absent("key", b"theirs")
    ways.proxy.heal()
    assert not ways.store.put_if_absent("key", b"ours")
    assert ways.store.get("key") == b"theirs"


def test_what_was_stored_wrong_is_removed_later_where_that_fails_at_once(ways: Ways) -> None:
    content = bytes_of(LARGE)
    ways.proxy.fail_with(Fault.FLIP_UPLOAD, methods=frozenset({"POST", "PUT"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(ways.store.bucket), "delete", unable_to_delete)
        with pytest.raises(StoreAway, match="unable"):
            ways.store.put_if_absent("key", content)
    assert ways.direct.exists("key")
    ways.proxy.fail_with(Fault.LOSE_ANSWER)
    with pytest.raises(StoreAway):
        ways.store.put_if_absent("key", content)
    ways.proxy.heal()
    assert ways.store.put_if_absent("key", content)
    assert ways.holds("key", content)


def unable_to_delete(_bucket: object, _name: str, _version: str | None) -> None:
    raise StoreAway("unable")


def test_a_bucket_that_is_not_there_is_named_and_looks_like_no_empty_store(ways: Ways) -> None:
    store = open_bucket_store(BucketAddress(ways.address.scheme, "no-such-bucket", ""), IMPATIENT)
    for ask in (lambda: store.put_if_absent("key", b"x"), lambda: list(store.list(""))):
        with pytest.raises(StoreAway, match=r"no-such-bucket.*404.*make the bucket"):
            ask()


def test_blobs_put_through_many_faults_by_many_threads_are_all_there_once(ways: Ways) -> None:
    """REC-32: what is tried again until it works is stored once and whole."""
    print(f"seed {SEED}")
    blobs = {f"spool/{number:03d}": bytes_of(3_000 + 997 * number) for number in range(40)}
    ways.proxy.fail_with(Fault.REFUSE, *PASSING, Fault.CUT_DOWNLOAD, Fault.FLIP_DOWNLOAD, chance=0.4)

    with ThreadPoolExecutor(8) as pool:
        stored = list(
            pool.map(lambda key: ask_until_answered(lambda: ways.store.put_if_absent(key, blobs[key])), blobs)
        )
        assert stored == [True] * len(blobs)
        gotten = list(pool.map(lambda key: ask_until_answered(lambda: ways.store.get(key)), blobs))
        assert gotten == list(blobs.values())
    assert sum(ways.proxy.n_faults.values()) > len(blobs) // 2
    assert list(ways.direct.list("")) == sorted(blobs)
    assert all(ways.holds(key, content) for key, content in blobs.items())


def ask_until_answered(ask: Callable[[], object]) -> object:
    """Ask again and again, as whoever keeps recordings does."""
    while True:
        try:
            return ask()
        except StoreAway:
            continue


def requests_of(store: BucketStore, key: str) -> list[Callable[[], object]]:
    """Everything that one can ask of a store, the deletion last."""
    return [
        lambda: store.put_if_absent("another", bytes_of(SMALL)),
        lambda: store.get(key),
        lambda: store.get_range(key, 0, 3),
        lambda: store.size(key),
        lambda: store.exists(key),
        lambda: list(store.list("")),
        lambda: store.delete(key),
    ]


def test_what_is_missing_is_missing_and_not_away(ways: Ways) -> None:
    with pytest.raises(BlobNotFound, match="'a/key'"):
        ways.store.get("a/key")
