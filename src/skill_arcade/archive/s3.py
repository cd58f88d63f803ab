"""A bucket of S3, or of what speaks its protocol, by Amazon's own client."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from threading import Lock
from typing import Any, BinaryIO, Final

import boto3
import urllib3.exceptions
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    NoCredentialsError,
    PartialCredentialsError,
)

from skill_arcade.archive.bucket import AlreadyThere, NotThere
from skill_arcade.archive.content import Content, Hasher, MakeHasher, Stored
from skill_arcade.archive.failures import (
    explain_credentials,
    explain_damage,
    explain_setting,
    explain_silence,
    explain_status,
)
from skill_arcade.archive.patience import PacedBuffer, PacedFile, Patience
from skill_arcade.domain.errors import StorageFull

_LARGEST_BYTES: Final = 5 << 30
"""What S3 takes in one request, which alone is stored whole or not at all without anything to be cleared up."""

_ONE_PIECE_BYTES: Final = 256 << 10
"""So much is sent without asking first whether it is welcome, which takes one more way there and back."""

_CONNECTIONS = 32
_PAGE_NAMES: Final = 1000
_CRC32: Final = "crc32"
_MD5: Final = "md5"
_MD5_TAG = re.compile(r'"[0-9a-f]{32}"')
_VERSION: Final = "version:"
_LOG_IN = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role"
_BLOCK_BYTES: Final = 1 << 13
"""Small: how fast a transfer is, is looked at between two blocks."""


class S3Bucket:
    """One bucket; the client is made with the first request.

    Args:
        name: of the bucket.
        patience: how long a request may take.
        page_names: so many names are asked for at once; no service gives more than 1,000.

    The environment says where and as whom, as for every program of Amazon's: `AWS_ENDPOINT_URL_S3`, `AWS_REGION`, ….
    """

    def __init__(self, name: str, patience: Patience, page_names: int = _PAGE_NAMES) -> None:
        self._name, self._patience, self._page_names = name, patience, page_names
        self._endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None
        self._making = Lock()
        self._made: BaseClient | None = None

    @property
    def title(self) -> str:
        """See Bucket."""
        return f"S3 (bucket {self._name!r})"

    @property
    def hashers(self) -> Mapping[str, MakeHasher]:
        """See Bucket. MD5 too, since not everything that speaks the protocol computes what Amazon does."""
        return {_CRC32: _Crc32, _MD5: _make_md5}

    def put(self, name: str, content: Content) -> Stored:
        """See Bucket."""
        if content.size > _LARGEST_BYTES:
            raise StorageFull(f"{self.title} takes no more than 5 GiB at once, and {name} has {content.size} bytes.")
        with content.open() as file, self._asking(is_put=True):
            answer = self._client().put_object(
                Bucket=self._name,
                Key=name,
                Body=self._body(file, content.size),
                ContentLength=content.size,
                ContentType="application/octet-stream",
                IfNoneMatch="*",
                ChecksumAlgorithm="CRC32",
                ChecksumCRC32=content.checksums[_CRC32],
            )
        return _stored(answer, None)

    def look(self, name: str) -> Stored:
        """See Bucket."""
        with self._asking():
            answer = self._client().head_object(Bucket=self._name, Key=name, ChecksumMode="ENABLED")
        return _stored(answer, answer["ContentLength"])

    def read(self, name: str) -> tuple[bytes, Stored]:
        """See Bucket."""
        with self._asking():
            answer = self._client().get_object(Bucket=self._name, Key=name, ChecksumMode="ENABLED")
            return self._receive(answer), _stored(answer, answer["ContentLength"])

    def read_range(self, name: str, start: int, n_bytes: int) -> bytes:
        """See Bucket."""
        try:
            with self._asking():
                span = f"bytes={start}-{start + n_bytes - 1}"
                return self._receive(self._client().get_object(Bucket=self._name, Key=name, Range=span))
        except _BeyondTheEnd:
            return b""

    def list_page(self, prefix: str, page: str | None) -> tuple[list[str], str | None]:
        """See Bucket."""
        more = {} if page is None else {"ContinuationToken": page}
        with self._asking(is_list=True):
            answer = self._client().list_objects_v2(Bucket=self._name, Prefix=prefix, MaxKeys=self._page_names, **more)
        names = [each["Key"] for each in answer.get("Contents", ())]
        return names, answer.get("NextContinuationToken") if answer.get("IsTruncated") else None

    def delete(self, name: str, version: str | None) -> None:
        """See Bucket."""
        try:
            with self._asking():
                self._client().delete_object(Bucket=self._name, Key=name, **_only(version))
        except (NotThere, AlreadyThere):
            return  # gone, or another than was meant

    def _body(self, file: BinaryIO, size: int) -> bytes | PacedFile:
        return file.read() if size <= _ONE_PIECE_BYTES else PacedFile(file, self._patience)

    def _receive(self, answer: Mapping[str, Any]) -> bytes:
        buffer = PacedBuffer(self._patience)
        # Not the body as its own context: that would be the stream inside, which does not mind an early end.
        with closing(answer["Body"]) as body:
            while block := body.read(_BLOCK_BYTES):
                buffer.write(block)
        return buffer.take()

    def _client(self) -> BaseClient:
        with self._making:
            if self._made is None:
                self._made = self._make_client()
            return self._made

    def _make_client(self) -> BaseClient:
        config = Config(
            connect_timeout=self._patience.connect_s,
            read_timeout=self._patience.silence_s,
            retries={"total_max_attempts": 1},
            max_pool_connections=_CONNECTIONS,
            # Elsewhere than at Amazon, buckets have no host names of their own as a rule.
            s3={"addressing_style": "path" if self._endpoint else "auto"},
            # It is computed here, and told in a header: what is sent is then the content, and no frames around it.
            request_checksum_calculation="when_required",
        )
        # A session of its own: the one that boto3 shares is not for several threads to make clients of.
        try:
            return boto3.session.Session().client("s3", endpoint_url=self._endpoint, config=config)
        except (BotoCoreError, ValueError) as error:
            raise explain_setting(self.title, error) from error

    @contextmanager
    def _asking(self, *, is_put: bool = False, is_list: bool = False) -> Iterator[None]:
        """Turn what the client raises into what a bucket may raise."""
        try:
            yield
        except ClientError as error:
            told = error.response.get("Error", {})
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            code = str(told.get("Code", ""))
            if status == 412:
                raise AlreadyThere from error
            if status == 416:
                raise _BeyondTheEnd from error
            if status == 404 and not is_put and not is_list and code != "NoSuchBucket":
                raise NotThere from error
            raise explain_status(self.title, status, str(told.get("Message", "")), code) from error
        except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
            raise explain_credentials(self.title, error, _LOG_IN) from error
        except FlexibleChecksumError as error:
            raise explain_damage(self.title, error) from error
        except (BotoCoreError, OSError, urllib3.exceptions.HTTPError) as error:
            raise explain_silence(self.title, error) from error


class _BeyondTheEnd(Exception):
    """A range begins where the object ends, or behind that."""


class _Crc32:
    """CRC-32 as S3 tells it."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def _make_md5() -> Hasher:
    return hashlib.md5(usedforsecurity=False)


def _stored(answer: Mapping[str, Any], size: int | None) -> Stored:
    tag, version = str(answer.get("ETag", "")), answer.get("VersionId", "null")
    checksums: dict[str, str] = {}
    # A sum of the parts' checksums has their number behind a hyphen.
    if "-" not in answer.get("ChecksumCRC32", "-"):
        checksums[_CRC32] = answer["ChecksumCRC32"]
    if _MD5_TAG.fullmatch(tag) and not _has_key_of_its_own(answer):
        checksums[_MD5] = base64.b64encode(bytes.fromhex(tag.strip('"'))).decode("ascii")
    return Stored(size, tag if version == "null" else f"{_VERSION}{version}", checksums)


def _has_key_of_its_own(answer: Mapping[str, Any]) -> bool:
    """Whether an object's tag is no MD5 of its content, since that is kept encrypted by a key of the owner's."""
    return str(answer.get("ServerSideEncryption", "")).startswith("aws:kms") or "SSECustomerAlgorithm" in answer


def _only(version: str | None) -> dict[str, str]:
    """What confines a request to a version: its id where the bucket keeps all versions, else the object's tag."""
    if version is None:
        return {}
    if version.startswith(_VERSION):
        return {"VersionId": version.removeprefix(_VERSION)}
    return {"IfMatch": version}
