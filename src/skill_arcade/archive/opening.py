"""Opens the store that an address means; the one place that loads a client of an object store, and only if needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skill_arcade.archive.address import BucketAddress, FolderAddress, parse_store_address
from skill_arcade.archive.bucket import Bucket, BucketStore
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.patience import Patience
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.errors import DataFolderError


def open_store(url: str | None, data_folder: Path) -> BlobStore:
    """The store at an address; nothing is asked of it yet.

    A process that forks opens its store in each fork: connections are not to be shared.

    Args:
        url: `gs://bucket/prefix`, `s3://bucket/prefix` or `file:///folder`; None for the data folder.
        data_folder: the data folder.

    Raises:
        DataFolderError: the address is wrong, or its client is not installed.
    """
    address = FolderAddress(data_folder) if url is None else parse_store_address(url)
    if isinstance(address, FolderAddress):
        return LocalStore(address.folder)
    return open_bucket_store(address, Patience())


def open_bucket_store(address: BucketAddress, patience: Patience) -> BucketStore:
    """The store in a bucket.

    Raises:
        DataFolderError: its client is not installed.
    """
    with _naming_missing(address):
        bucket = _open_bucket(address, patience)
    return BucketStore(bucket, address.prefix, patience)


def _open_bucket(address: BucketAddress, patience: Patience) -> Bucket:
    # Here and not above: either takes more than a tenth of a second to load, and 20 to 30 MB of memory.
    if address.scheme == "gs":
        from skill_arcade.archive.gcs import GcsBucket  # noqa: PLC0415

        return GcsBucket(address.bucket, patience)
    from skill_arcade.archive.s3 import S3Bucket  # noqa: PLC0415

    return S3Bucket(address.bucket, patience)


@contextmanager
def _naming_missing(address: BucketAddress) -> Iterator[None]:
    library, extra = {"gs": ("google-cloud-storage", "gcs"), "s3": ("boto3", "s3")}[address.scheme]
    try:
        yield
    except ImportError as error:
        raise DataFolderError(
            f"For {address.scheme}:// the library {library} is missing ({error}): pip install 'skill-arcade[{extra}]'."
        ) from error
