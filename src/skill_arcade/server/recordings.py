"""The recordings of the settings: sealed ones in the store, others in this machine's journals."""

from __future__ import annotations

from skill_arcade.dataset import Dataset, open_dataset
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.settings import Settings
from skill_arcade.server.store import open_settings_store


def open_recordings(settings: Settings) -> Dataset:
    """Everything that is kept, wherever the settings say that it is.

    Raises:
        DataFolderError: the store's address is wrong, or a library is missing.
    """
    return open_dataset(open_settings_store(settings), DataFolder(settings.data).journals)
