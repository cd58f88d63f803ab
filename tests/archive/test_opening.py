from __future__ import annotations

import sys
from pathlib import Path

import pytest

from skill_arcade.archive.address import BucketAddress, FolderAddress, parse_store_address
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.opening import open_store
from skill_arcade.domain.errors import DataFolderError, StoreAway


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("gs://my-bucket", BucketAddress("gs", "my-bucket", "")),
        ("gs://my_bucket.example.org/lab/2026", BucketAddress("gs", "my_bucket.example.org", "lab/2026")),
        ("s3://my-bucket/date=2026", BucketAddress("s3", "my-bucket", "date=2026")),
        ("file:///srv/my%20store", FolderAddress(Path("/srv/my store"))),
    ],
)
def test_an_address_means_a_bucket_or_a_folder(url: str, expected: BucketAddress | FolderAddress) -> None:
    assert parse_store_address(url) == expected
    assert not isinstance(expected, BucketAddress) or str(expected) == url


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("", "begins with gs://"),
        ("my-bucket", "begins with gs://"),
        ("azure://my-bucket", "begins with gs://"),
        ("gs:///prefix", "name of a bucket"),
        ("gs://Bucket", "name of a bucket"),
        ("gs://ab", "name of a bucket"),
        ("gs://my-bucket:443/prefix", "name of a bucket"),
        ("s3://my_bucket", "name of a bucket"),
        ("gs://my-bucket/", "single slashes"),
        ("gs://my-bucket/lab/", "single slashes"),
        ("gs://my-bucket//lab", "single slashes"),
        ("gs://my-bucket/../lab", "no part begins with a dot"),
        ("gs://my-bucket/lab\n", "single slashes"),
        ("gs://my-bucket/la b", "single slashes"),
        ("gs://my-bucket/lab?versions=true", "no query"),
        ("gs://my-bucket/lab#1", "no fragment"),
        ("s3://key:hunter2@my-bucket/lab", "no password"),
        ("file://store", "three slashes"),
        ("file://host/store", "three slashes"),
    ],
)
def test_what_is_no_address_is_refused_in_a_sentence_without_what_may_be_a_password(url: str, rule: str) -> None:
    with pytest.raises(DataFolderError, match=rule) as refused:
        open_store(url, Path("data"))
    assert "hunter2" not in str(refused.value)
    assert str(refused.value).endswith(".")


def test_without_an_address_the_data_folder_is_the_store(tmp_path: Path) -> None:
    assert open_store(None, tmp_path) == LocalStore(tmp_path)
    assert open_store(f"file://{tmp_path}/other", tmp_path) == LocalStore(tmp_path / "other")


@pytest.mark.parametrize(
    ("url", "module", "command"),
    [
        ("gs://my-bucket", "google.cloud", "pip install 'skill-arcade[gcs]'"),
        ("s3://my-bucket", "boto3", "pip install 'skill-arcade[s3]'"),
    ],
)
def test_a_missing_library_is_told_with_the_command_that_installs_it(
    url: str, module: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("skill_arcade.archive.gcs", "skill_arcade.archive.s3"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataFolderError) as refused:
        open_store(url, Path("data"))
    assert command in str(refused.value)


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine that has no account anywhere, and asks no network for one."""
    for name in (
        *("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"),
    ):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "CLOUDSDK_CONFIG": str(tmp_path),
        "NO_GCE_CHECK": "true",
        "PATH": str(tmp_path),
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize(
    ("url", "advice"),
    [("gs://my-bucket", "gcloud auth application-default login"), ("s3://my-bucket", "AWS_ACCESS_KEY_ID")],
)
def test_a_machine_without_an_account_is_told_how_to_get_one(
    url: str, advice: str, stranger: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = open_store(url, tmp_path)
    with pytest.raises(StoreAway, match=f"wants to know who asks.*{advice}"):
        store.put_if_absent("key", b"x")


@pytest.mark.parametrize(
    ("url", "name", "value"),
    [
        ("gs://my-bucket", "GOOGLE_APPLICATION_CREDENTIALS", "broken.json"),
        ("s3://my-bucket", "AWS_ENDPOINT_URL_S3", "nowhere"),
        ("s3://my-bucket", "AWS_PROFILE", "nobody"),
    ],
)
def test_an_environment_that_makes_no_sense_is_told(
    url: str, name: str, value: str, stranger: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken.json").write_text("no JSON")
    stranger.chdir(tmp_path)
    stranger.setenv(name, value)
    with pytest.raises(StoreAway, match=r"environment says|wants to know who asks"):
        open_store(url, tmp_path).get("key")
