"""What an import costs: whoever only reads recordings, and whoever waits for a server that starts."""

import subprocess
import sys

import pytest

SERVER_ONLY = ("ale_py", "alembic", "fastapi", "gymnasium", "sqlalchemy", "sqlmodel", "starlette", "uvicorn")


def find_imported(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after one statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(run.stdout.split())


def test_importing_the_package_imports_no_library_at_all() -> None:
    imported = find_imported("import skill_arcade")
    assert imported.isdisjoint({"numpy", "pyarrow", "pydantic", "yaml", *SERVER_ONLY})


@pytest.mark.parametrize("room", ["analysis", "client", "dataset", "domain", "wire"])
def test_a_room_for_readers_and_players_imports_nothing_of_the_server(room: str) -> None:
    imported = find_imported(f"import skill_arcade.{room}")
    assert imported.isdisjoint(SERVER_ONLY)


@pytest.mark.parametrize("process", ["gateway_process", "shipper_process"])
def test_a_process_that_players_wait_for_loads_no_migrations_and_no_reader_of_recordings(process: str) -> None:
    imported = find_imported(f"import skill_arcade.server.{process}")
    assert imported.isdisjoint({"alembic", "pyarrow", "gymnasium", "ale_py"})


def test_the_gateways_process_is_started_before_anything_heavy_is_loaded() -> None:
    imported = find_imported("import skill_arcade.server.serve")
    assert imported.isdisjoint({"numpy", "pyarrow", *SERVER_ONLY})
