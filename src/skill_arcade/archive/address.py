"""Where a store is, as one writes it in a setting or hands it to `open_dataset`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import unquote

from typing_extensions import override

from skill_arcade.domain.errors import DataFolderError

_BUCKETS = {
    "gs": re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"),
    "s3": re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
}
_PREFIX_PART = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]*")

BucketScheme: TypeAlias = Literal["gs", "s3"]


@dataclass(frozen=True, slots=True)
class FolderAddress:
    """A folder of this machine."""

    folder: Path


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """A bucket, and what the names of all objects in it begin with.

    Attributes:
        scheme: whose bucket: gs (Google Cloud Storage), or s3 (S3 and what speaks its protocol).
        bucket: its name.
        prefix: parts with slashes between them, without one at either end; empty for the whole bucket.
    """

    scheme: BucketScheme
    bucket: str
    prefix: str

    @override
    def __str__(self) -> str:
        """As it is written."""
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")


def is_address(text: str) -> bool:
    """Whether a text means an address of a store, right or wrong, and not a path."""
    return "://" in text


def parse_store_address(url: str) -> FolderAddress | BucketAddress:
    """What an address means: `gs://bucket/prefix`, `s3://bucket/prefix` or `file:///folder`.

    Raises:
        DataFolderError: it is none of these. What stands in it is not repeated: it may be a password.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"gs", "s3", "file"}:
        raise _wrong("it begins with gs://, s3:// or file://")
    if any(sign in rest for sign in "?#@"):
        raise _wrong("it holds no password, no query and no fragment: accounts are set by the environment")
    if scheme == "file":
        return FolderAddress(_parse_folder(rest))
    bucket, slash, prefix = rest.partition("/")
    if _BUCKETS[scheme].fullmatch(bucket) is None:
        raise _wrong("after the two slashes stands the name of a bucket: small letters, digits, dots and hyphens")
    if slash and not all(_PREFIX_PART.fullmatch(part) for part in prefix.split("/")):
        raise _wrong(
            "after the bucket stand letters, digits, - _ = and . between single slashes, with none at the end, "
            "and no part begins with a dot"
        )
    return BucketAddress("gs" if scheme == "gs" else "s3", bucket, prefix)


def _parse_folder(rest: str) -> Path:
    folder = unquote(rest)
    if not folder.startswith("/") or "\0" in folder:
        raise _wrong("after file:// stands a folder from the root, so that there are three slashes: file:///srv/store")
    return Path(folder)


def _wrong(rule: str) -> DataFolderError:
    return DataFolderError(f"The address of the store (SKILL_ARCADE_STORE_URL) is wrong: {rule}.")
