"""A bucket of Google Cloud Storage, by Google's own client over HTTP."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

import google.auth
import google_crc32c
import urllib3.exceptions
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.cloud import storage
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from typing_extensions import override

from skill_arcade.archive.bucket import AlreadyThere, NotThere
from skill_arcade.archive.content import Content, MakeHasher, Stored
from skill_arcade.archive.failures import explain_credentials, explain_setting, explain_silence, explain_status
from skill_arcade.archive.patience import PacedBuffer, PacedFile, Patience

_EMULATOR = "STORAGE_EMULATOR_HOST"
_ONE_REQUEST_BYTES: Final = 8 << 20
"""What is larger the client sends in pieces of this size, as Google calls it: in a resumable upload."""

_CONNECTIONS = 32
_LOG_IN = "run `gcloud auth application-default login`, or give the machine a service account"
_PAGE_NAMES: Final = 1000
_CRC32C: Final = "crc32c"
_NO_BUCKET: Final = "specified bucket"
"""Of an answer 404, where it is not the object that is missing."""

_NETWORK = (OSError, urllib3.exceptions.HTTPError)
"""What the client raises where no answer came, or half of one; what requests raises are OSErrors too."""


class GcsBucket:
    """One bucket; the client is made with the first request, which may fail for want of credentials.

    Args:
        name: of the bucket.
        patience: how long a request may take.
        page_names: so many names are asked for at once; no service gives more than 1,000.

    Where the environment names an emulator (`STORAGE_EMULATOR_HOST`) when this is made, that is asked, as nobody.
    """

    def __init__(self, name: str, patience: Patience, page_names: int = _PAGE_NAMES) -> None:
        self._name, self._patience, self._page_names = name, patience, page_names
        self._emulator = os.environ.get(_EMULATOR)
        self._timeout = (patience.connect_s, patience.silence_s)
        self._making = Lock()
        self._made: storage.Client | None = None

    @property
    def title(self) -> str:
        """See Bucket."""
        return f"Google Cloud Storage (bucket {self._name!r})"

    @property
    def hashers(self) -> Mapping[str, MakeHasher]:
        """See Bucket."""
        return {_CRC32C: google_crc32c.Checksum}

    def put(self, name: str, content: Content) -> Stored:
        """See Bucket."""
        blob = self._blob(name)
        if content.size > _ONE_REQUEST_BYTES:
            self._refuse_present(name)
            blob.chunk_size = _ONE_REQUEST_BYTES
        with content.open() as file, self._asking(is_put=True):
            blob.upload_from_file(
                file,
                size=content.size,
                content_type="application/octet-stream",
                if_generation_match=0,
                # In one request the client computes it once more, and Google refuses what does not fit. In several it
                # is told of the whole; left to itself, the client would remove what is wrong, and whatever else has
                # that name by then.
                checksum=_CRC32C if content.size <= _ONE_REQUEST_BYTES else None,
                crc32c_checksum_value=content.checksums[_CRC32C],
                timeout=self._timeout,
                retry=None,
            )
        return _stored(blob)

    def look(self, name: str) -> Stored:
        """See Bucket."""
        blob = self._blob(name)
        with self._asking():
            blob.reload(timeout=self._timeout, retry=None)
        return _stored(blob)

    def read(self, name: str) -> tuple[bytes, Stored]:
        """See Bucket."""
        blob, buffer = self._blob(name), PacedBuffer(self._patience)
        with self._asking():
            blob.download_to_file(buffer, raw_download=True, checksum=None, timeout=self._timeout, retry=None)
        # Of the answer's headers the client keeps the checksum, and not the size.
        return buffer.take(), Stored(None, None, _checksums(blob))

    def read_range(self, name: str, start: int, n_bytes: int) -> bytes:
        """See Bucket."""
        blob, buffer = self._blob(name), PacedBuffer(self._patience)
        try:
            with self._asking():
                blob.download_to_file(
                    buffer,
                    start=start,
                    end=start + n_bytes - 1,
                    raw_download=True,
                    checksum=None,
                    timeout=self._timeout,
                    retry=None,
                )
        except _BeyondTheEnd:
            return b""
        return buffer.take()

    def list_page(self, prefix: str, page: str | None) -> tuple[list[str], str | None]:
        """See Bucket."""
        client = self._client()
        with self._asking(is_list=True):
            found = client.list_blobs(
                self._name,
                prefix=prefix,
                page_token=page,
                page_size=self._page_names,
                fields="items(name),nextPageToken",
                timeout=self._timeout,
                retry=None,
            )
            names = [blob.name for blob in next(found.pages, ())]
        return names, found.next_page_token

    def delete(self, name: str, version: str | None) -> None:
        """See Bucket."""
        blob = self._blob(name)
        generation = None if version is None else int(version)
        try:
            with self._asking():
                blob.delete(if_generation_match=generation, timeout=self._timeout, retry=None)
        except (NotThere, AlreadyThere):
            return  # gone, or another than was meant

    def _refuse_present(self, name: str) -> None:
        """Send nothing large in vain: Google compares the condition when all of it has come."""
        try:
            self.look(name)
        except NotThere:
            return
        raise AlreadyThere

    def _blob(self, name: str) -> storage.Blob:
        return self._client().bucket(self._name).blob(name)

    def _client(self) -> storage.Client:
        with self._making:
            if self._made is None:
                self._made = self._make_client()
            return self._made

    def _make_client(self) -> storage.Client:
        try:
            credentials, _project = (
                (AnonymousCredentials(), None)  # type: ignore[no-untyped-call]
                if self._emulator
                else google.auth.default(storage.Client.SCOPE)
            )
        except DefaultCredentialsError as error:
            raise explain_credentials(self.title, error, _LOG_IN) from error
        except (GoogleAuthError, OSError, ValueError) as error:
            raise explain_setting(self.title, error) from error
        # Else the client asks for the bucket's own data with every first request, in a thread of its own, to name the
        # bucket in traces that nobody collects; and needs a permission for that which nothing else here does.
        os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        session = AuthorizedSession(credentials, refresh_timeout=self._patience.silence_s)  # type: ignore[no-untyped-call]
        for scheme in ("http://", "https://"):
            session.mount(scheme, _PacedAdapter(self._patience))
        options = {"api_endpoint": self._emulator} if self._emulator else None
        # Of no project: that is asked for only where buckets are made.
        return storage.Client(project=None, credentials=credentials, _http=session, client_options=options)

    @contextmanager
    def _asking(self, *, is_put: bool = False, is_list: bool = False) -> Iterator[None]:
        """Turn what the client raises into what a bucket may raise."""
        try:
            yield
        except GoogleAPICallError as error:
            status, said = int(error.code or 0), _said(error)
            if status == 412:
                raise AlreadyThere from error
            if status == 416:
                raise _BeyondTheEnd from error
            if status == 404 and not is_put and not is_list and _NO_BUCKET not in said:
                raise NotThere from error
            raise explain_status(self.title, status, said) from error
        except GoogleAuthError as error:
            if error.retryable:
                raise explain_silence(self.title, error) from error
            raise explain_credentials(self.title, error, _LOG_IN) from error
        except (*_NETWORK, ValueError) as error:  # ValueError: an answer that is no JSON
            raise explain_silence(self.title, error) from error


class _BeyondTheEnd(Exception):
    """A range begins where the object ends, or behind that."""


class _PacedAdapter(HTTPAdapter):
    """Sends a body in blocks. In one piece, all of it would have to be sent within the time for a connection."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(pool_maxsize=_CONNECTIONS, max_retries=0)
        self._patience = patience

    @override
    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        if isinstance(request.body, bytes):
            # The header with its length is there already, so that it is not sent in chunks of unknown number.
            request.body = PacedFile(io.BytesIO(request.body), self._patience)
        return super().send(request, *args, **options)


def _stored(blob: storage.Blob) -> Stored:
    generation = blob.generation
    return Stored(blob.size, None if generation is None else str(generation), _checksums(blob))


def _checksums(blob: storage.Blob) -> dict[str, str]:
    return {_CRC32C: blob.crc32c} if blob.crc32c else {}


def _said(error: GoogleAPICallError) -> str:
    """The service's own words, without the request's address, in which there may be the key to an upload."""
    try:
        return str(error.response.json()["error"]["message"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
