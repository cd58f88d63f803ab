"""Tries a game out in a process of its own: its environment may hang, print or end the process, and disturbs nobody."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from multiprocessing.connection import Connection, wait

from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.examining.examination import Examination, examine_options
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.located_yaml import LocatedYaml

LIMIT_S = 60.0
"""An examination takes a second or two; what takes so long hangs."""


def try_out(definition: GameDefinition, source: LocatedYaml, *, limit_s: float = LIMIT_S) -> Examination:
    """What `examine_options` finds, in a process whose output goes nowhere.

    Its end, or its silence, is a fault of the environment like any other.

    Args:
        definition: the game.
        source: its file, for the line in the fault.
        limit_s: how long it may take.
    """
    # Not forked: NumPy and Arrow keep threads, which a fork would lose.
    context = multiprocessing.get_context("spawn")
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(target=_examine, args=(definition.to_json(), source, writing))
    process.start()
    writing.close()
    try:
        wait([reading, process.sentinel], limit_s)
        found = _receive(reading) if reading.poll() else None
        if found is not None:
            return found
        process.join(1)  # it closed its end of the pipe; its status may come a moment later
        return _fail(source, f"it {_describe_end(process.exitcode, limit_s)} when it was tried out")
    finally:
        process.kill()
        process.join()
        reading.close()


def _examine(definition: dict[str, object], source: LocatedYaml, writing: Connection) -> None:
    """In the child."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    try:
        found = examine_options(GameDefinition.from_json(definition), source)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told by the one who asked
        found = _fail(source, f"it raised {type(error).__name__}: {' '.join(str(error).split())}")
    fault = found.fault
    # The error itself cannot be pickled; what it is made of can.
    parts = None if fault is None else (fault.file, fault.line, fault.key, fault.problem)
    writing.send((replace(found, fault=None), parts))


def _receive(reading: Connection) -> Examination | None:
    try:
        found, parts = reading.recv()
    except EOFError:
        return None
    assert isinstance(found, Examination)
    return found if parts is None else replace(found, fault=GameFileError(*parts))


def _fail(source: LocatedYaml, problem: str) -> Examination:
    return Examination(problem=problem, fault=source.error_at(("environment",), problem))


def _describe_end(code: int | None, limit_s: float) -> str:
    if code is None:
        return f"did not answer for {limit_s:.0f} s"
    return f"ended its process ({signal.strsignal(-code) or -code if code < 0 else f'status {code}'})"
