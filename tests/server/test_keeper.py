from __future__ import annotations

import asyncio
import errno
import logging
import os
import sys
from typing import Any

import pytest

from skill_arcade.server.keeper import LONGEST_WAIT_S, QUICK_RESTARTS, Keeper, compute_wait_s


def test_a_process_that_keeps_dying_is_started_ever_more_slowly_and_never_given_up() -> None:
    waits_s = [compute_wait_s(n_deaths) for n_deaths in range(1, 40)]
    assert waits_s[:QUICK_RESTARTS] == [0.0] * QUICK_RESTARTS
    assert waits_s[QUICK_RESTARTS : QUICK_RESTARTS + 3] == [0.2, 0.4, 0.8]
    assert waits_s == sorted(waits_s)
    assert waits_s[-1] == LONGEST_WAIT_S


def test_a_process_that_cannot_be_started_is_tried_again_and_stopping_does_not_fail(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    n_tries = 0

    async def scenario() -> None:
        tried_often = asyncio.Event()

        async def fail(*_: object, **__: object) -> None:
            nonlocal n_tries
            n_tries += 1
            if n_tries > QUICK_RESTARTS:
                tried_often.set()
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

        monkeypatch.setattr(asyncio, "create_subprocess_exec", fail)
        keeper = Keeper("sealer", [], {})
        keeper.start()
        async with asyncio.timeout(10):
            await tried_often.wait()
        await keeper.stop()

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert n_tries == QUICK_RESTARTS + 1
    assert "sealer could not be started" in caplog.text
    assert "Resource temporarily unavailable" in caplog.text


def test_a_pipe_that_cannot_be_made_is_a_death_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        tried_again = asyncio.Event()
        n_tries = 0

        def fail() -> None:
            nonlocal n_tries
            n_tries += 1
            if n_tries > 1:
                tried_again.set()
            raise OSError(errno.EMFILE, "Too many open files")

        keeper = Keeper("sealer", [], {})
        with monkeypatch.context() as context:
            context.setattr(os, "pipe", fail)
            keeper.start()
            async with asyncio.timeout(10):
                await tried_again.wait()
            await keeper.stop()

    asyncio.run(scenario())


def test_a_process_whose_work_is_done_is_not_started_again_and_one_that_failed_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statuses = [1, -9, 0]

    class Ended:
        def __init__(self) -> None:
            self.returncode = statuses.pop(0)

        async def wait(self) -> int:
            return self.returncode

    async def scenario() -> None:
        async def start(*_: object, **__: object) -> Ended:
            return Ended()

        monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
        keeper = Keeper("examiner", [], {}, until_done=True)
        keeper.start()
        assert keeper._task is not None
        async with asyncio.timeout(10):
            await keeper._task
        assert statuses == []
        await keeper.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize(("is_started", "status"), [(True, 0), (False, 3)])
def test_a_process_that_was_prepared_gets_the_word_to_begin_when_it_is_started(
    monkeypatch: pytest.MonkeyPatch, is_started: bool, status: int
) -> None:
    read_word = "import os, sys; sys.exit(0 if os.read(int(sys.argv[1]), 1) else 3)"
    run = asyncio.create_subprocess_exec

    async def start(*command: str, **options: Any) -> asyncio.subprocess.Process:
        process = await run(sys.executable, "-c", read_word, command[3], **options)
        monkeypatch.setattr(process, "terminate", lambda: None)  # it is to end by itself
        return process

    async def scenario() -> None:
        keeper = Keeper("examiner", [], {}, until_done=True)
        keeper.prepare()
        while keeper._process is None:
            await asyncio.sleep(0.01)
        if is_started:
            keeper.start()
            assert keeper._task is not None
            await keeper._task
        await keeper.stop()
        assert keeper._process.returncode == status

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    asyncio.run(asyncio.wait_for(scenario(), 30))
