"""Whether this server belongs to the others of its database: the same secret, the same store."""

from __future__ import annotations

import platform
from datetime import datetime
from uuid import UUID

from skill_arcade import __version__
from skill_arcade.accounts.clock import Clock, read_utc_clock
from skill_arcade.accounts.secret import Secret
from skill_arcade.database.installation import Installation, check_installation
from skill_arcade.database.orphans import adopt_running
from skill_arcade.database.servers import ServerRow, register_server
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.server.services import Services
from skill_arcade.server.store import read_store_id


def join_installation(services: Services, clock: Clock = read_utc_clock) -> None:
    """Make this server known to the database, if it belongs there.

    The embedded database has one server, whatever its id is: the running episodes in it are that server's.

    Raises:
        DataFolderError: its secret or its store is not that of the servers before it.
        StoreAway: the store cannot be used now.
    """
    is_shared = services.settings.database_url is not None
    store_id = read_store_id(services.store) if is_shared else None
    now = clock()
    with services.database.write() as work:
        if store_id is not None:
            known = check_installation(work, store_id, services.secret.fingerprint, now)
            _require_same(known, store_id, services.secret)
        register_server(work, describe_server(services.server_id, now), now)
        if not is_shared:
            adopt_running(work, services.server_id)


def describe_server(server_id: UUID, now: datetime) -> ServerRow:
    """This server, as others are told of it; it has started now."""
    return ServerRow(server_id, platform.node(), __version__, now)


def _require_same(known: Installation, store_id: UUID, secret: Secret) -> None:
    if known.secret_fingerprint != secret.fingerprint:
        raise DataFolderError(
            "The secret of this server is not that of the others of its database: give all of them the same "
            "SKILL_ARCADE_SECRET, or put the file `secret` of the first one into the data folder."
        )
    if known.store_id != store_id:
        raise DataFolderError(
            "The store of this server is not that of the others of its database: give all of them the same "
            "SKILL_ARCADE_STORE_URL."
        )
