"""The object store of the settings, and what follows from where it is."""

from __future__ import annotations

from uuid import UUID, uuid4

from skill_arcade.archive.layout import STORE_ID_KEY
from skill_arcade.archive.opening import open_store
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.server.settings import Settings


def open_settings_store(settings: Settings) -> BlobStore:
    """Where recordings are kept: the store of the settings, or the data folder.

    Raises:
        DataFolderError: its address is wrong, or a library is missing.
    """
    return open_store(settings.store_url, settings.data)


def ships_journals(settings: Settings) -> bool:
    """Whether journals travel: only what is in the data folder anyway stays where it is."""
    return settings.store_url is not None


def read_store_id(store: BlobStore) -> UUID:
    """The store's own id, made when there is none yet.

    Raises:
        StoreAway: the store cannot be used now.
        DataFolderError: what lies there is no id.
    """
    store.put_if_absent(STORE_ID_KEY, str(uuid4()).encode())
    try:
        return UUID(store.get(STORE_ID_KEY).decode("ascii").strip())
    except ValueError:
        raise DataFolderError(f"What the store has under {STORE_ID_KEY!r} is no id: put it back.") from None
