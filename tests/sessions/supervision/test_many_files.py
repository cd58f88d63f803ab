"""A supervisor that has more files open than `select` can number."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.sessions.live_session import new_spec, open_house, until_ended

_SELECTABLE = 1024


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 2 * _SELECTABLE, reason="no more than 2,048 files may be open"
)
def test_a_nursery_is_replaced_while_more_files_are_open_than_select_can_number(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            nursery = house.supervisor.nursery_pid
            assert nursery is not None
            with ExitStack() as held:
                for _ in range(_SELECTABLE):
                    held.callback(os.close, os.open("/dev/null", os.O_RDONLY))
                os.kill(nursery, signal.SIGKILL)
                await until_ended(nursery)
                await house.control.ensure(new_spec("Hanoi.v0"))
                assert len(await house.status()) == 1

    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * _SELECTABLE), hard))
    try:
        asyncio.run(scenario())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
