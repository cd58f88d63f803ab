"""How processes log: for people, or an object a line for a collector; never a token."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.sessions.live_session import new_spec, open_house

from skill_arcade.domain.log_line import JsonLine, TextLine, TokenFilter, about, format_time_utc
from skill_arcade.domain.log_output import read_log_format
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.sessions.supervision.control import SessionFailed

EPISODE = UUID("01234567-89ab-4def-8123-456789abcdef")
SECRET = "abc-_1"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The logger of this process, which afterwards is as it was."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)


def make_record(message: str, *arguments: object, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("skill_arcade.some.room", level, "", 0, message, arguments, None)


def fail(sentence: str) -> None:
    raise ValueError(sentence)


def failing(sentence: str) -> logging.LogRecord:
    """A line about an exception."""
    record = make_record("it failed", level=logging.ERROR)
    try:
        fail(sentence)
    except ValueError:
        record.exc_info = sys.exc_info()
    return record


@pytest.mark.parametrize(
    ("message", "arguments", "expected"),
    [
        (
            '"WebSocket %s" [accepted]',
            ("/ws/Pong.v0?token=abc-_1",),
            '"WebSocket /ws/Pong.v0?token=…" [accepted]',
        ),
        ("GET /?a=1&admin=xyz HTTP/1.1", (), "GET /?a=1&admin=… HTTP/1.1"),
        ("nothing to hide: %d", (5,), "nothing to hide: 5"),
    ],
)
def test_tokens_in_addresses_are_taken_out_of_every_line(
    message: str, arguments: tuple[object, ...], expected: str
) -> None:
    record = make_record(message, *arguments)
    assert TokenFilter().filter(record)
    assert record.getMessage() == expected
    assert json.loads(JsonLine("gateway").format(record))["message"] == expected


@pytest.mark.parametrize("formatter", [TextLine("gateway"), JsonLine("gateway")], ids=["text", "json"])
def test_tokens_are_taken_out_of_exceptions_too(formatter: logging.Formatter) -> None:
    line = formatter.format(failing(f"GET /ws/Pong.v0?token={SECRET}"))
    assert SECRET not in line
    assert "ValueError: GET /ws/Pong.v0?token=" in line


def test_a_line_for_people_has_time_process_level_and_message() -> None:
    line = TextLine("gateway").format(make_record("%d games", 3, level=logging.WARNING))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} gateway WARNING 3 games", line)


def test_a_line_for_a_collector_is_one_object_with_all_that_is_known() -> None:
    record = make_record("%s is sealed: %s", EPISODE, "verified")
    record.created = 1_769_860_800.1239
    record.__dict__.update(about(EPISODE))
    assert json.loads(JsonLine("sealer").format(record)) == {
        "time": "2026-01-31T12:00:00.123Z",
        "severity": "INFO",
        "process": "sealer",
        "pid": record.process,
        "logger": "skill_arcade.some.room",
        "message": f"{EPISODE} is sealed: verified",
        "episode_id": str(EPISODE),
    }


def test_a_line_about_no_episode_names_none() -> None:
    assert "episode_id" not in json.loads(JsonLine("serve").format(make_record("x")))


def test_an_exception_is_one_member_of_one_line() -> None:
    line = JsonLine("serve").format(failing("two\nlines"))
    assert "\n" not in line
    exception = json.loads(line)["exception"]
    assert exception.startswith("Traceback (most recent call last):\n")
    assert exception.endswith("ValueError: two\nlines")


@pytest.mark.parametrize(
    ("level", "severity"),
    [(10, "DEBUG"), (20, "INFO"), (25, "INFO"), (30, "WARNING"), (40, "ERROR"), (50, "CRITICAL"), (5, "DEFAULT")],
)
def test_severities_are_those_of_cloud_logging(level: int, severity: str) -> None:
    assert json.loads(JsonLine("serve").format(make_record("x", level=level)))["severity"] == severity


@pytest.mark.parametrize("message", ["…", "\ud800", "a\u2028b", '"}', "\0\x1b[31m"])
def test_whatever_a_message_holds_its_line_is_ascii_and_one_object(message: str) -> None:
    line = JsonLine("serve").format(make_record(message))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == message


def test_times_are_of_utc_and_have_three_decimals() -> None:
    assert format_time_utc(0) == "1970-01-01T00:00:00.000Z"
    assert format_time_utc(0.9999) == "1970-01-01T00:00:00.999Z"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_process_tells_those_that_it_starts_how_to_log(root: logging.Logger, log_format: str) -> None:
    set_up_logging("serve", "warning", log_format)
    assert read_log_format() == log_format
    assert root.level == logging.WARNING


def test_what_python_itself_says_is_an_object_a_line_too() -> None:
    program = """
import logging, threading, warnings
from skill_arcade.server.logging_setup import set_up_logging
set_up_logging("serve", "info", "json")
warnings.warn("this goes away")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
logging.getLogger("x").info("a line")
raise ValueError("at the end")
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    assert [line["severity"] for line in lines] == ["WARNING", "CRITICAL", "INFO", "CRITICAL"]
    assert "this goes away" in lines[0]["message"]
    assert "ZeroDivisionError" in lines[1]["exception"]
    assert lines[3]["exception"].endswith("ValueError: at the end")


def test_sessions_log_as_their_supervisor_does_and_name_their_episode(
    tmp_path: Path, root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = new_spec("Hanoi.v0")

    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            # Where its socket should be is a folder: it cannot be opened, however often that is tried.
            house.places.session_socket(spec.episode_id).mkdir()
            with pytest.raises(SessionFailed):
                await house.control.ensure(spec)

    set_up_logging("serve", "info", "json")
    asyncio.run(scenario())
    told = capfd.readouterr().err
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert len(lines) == len(told.splitlines()), told
    by_sessions = [line for line in lines if line["process"] == "session"]
    assert by_sessions[0]["message"] == f"the episode {spec.episode_id} could not be opened"
    assert "Traceback" in by_sessions[0]["exception"]
    about_it = [line for line in lines if str(spec.episode_id) in line["message"]]
    assert {line["process"] for line in about_it} == {"session", "serve"}
    assert {line["episode_id"] for line in about_it} == {str(spec.episode_id)}


def test_an_episode_is_named_by_its_id_in_any_form() -> None:
    episode_id = uuid4()
    assert about(episode_id) == about(str(episode_id)) == {"episode_id": str(episode_id)}
