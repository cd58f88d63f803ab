"""`skill-arcade verify` where not all is well: damaged files, journals that go meanwhile, an index that knows more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.dataset.damaging import damage_footer, damage_pages
from tests.dataset.playing import record_play

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.cli.main import main
from skill_arcade.database.episodes import fetch_episode
from skill_arcade.dataset import Episode, VerificationResult, VerifierPool, VerifyingStopped
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import JournalWriter
from skill_arcade.recorder.records import RecordKind, encode_json
from skill_arcade.recorder.seal import SealedEpisode, seal_episode
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.settings import Settings

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKILL_ARCADE_DATA", str(tmp_path))
    DataFolder(tmp_path).prepare()
    return tmp_path


def record_sealed(data: Path) -> SealedEpisode:
    """An episode of 24 steps, whose journal is still there."""
    return seal_episode(record_play(data / "journal", uuid4()), LocalStore(data))


def answer(monkeypatch: pytest.MonkeyPatch, verdict: Verification) -> list[UUID]:
    """Let every episode have this verdict; which were asked for."""
    asked: list[UUID] = []

    def verify(_pool: VerifierPool, episode: Episode) -> VerificationResult:
        asked.append(episode.id)
        return VerificationResult(verdict, "because", None, 0, 0)

    monkeypatch.setattr(VerifierPool, "verify", verify)
    return asked


def read_verification(data: Path, episode_id: UUID) -> str:
    """What the index says."""
    database = open_database(Settings(data=data))
    with database.read() as session:
        row = fetch_episode(session, episode_id)
    database.dispose()
    assert row is not None
    return row.verification


@pytest.mark.parametrize(
    ("table", "damage"),
    [(Table.FRAMES, damage_pages), (Table.EPISODES, damage_pages), (Table.EPISODES, damage_footer)],
)
def test_a_damaged_file_is_told_in_a_sentence_and_the_others_are_verified(
    data: Path, capsys: Capture, table: Table, damage: Callable[[Path], None]
) -> None:
    damaged, sound = record_sealed(data), record_sealed(data)
    damage(LocalStore(data).local_path(damaged.place.key(table)))
    assert main(["verify", "--all"]) == 3
    told = capsys.readouterr()
    assert told.err == ""
    of_damaged, of_sound = sorted(told.out.splitlines(), key=lambda line: line.startswith(str(sound.episode_id)))
    assert of_sound == f"{sound.episode_id}  verified (24 steps)"
    assert of_damaged.startswith(f"{damaged.episode_id}  unreadable: Table {table} of episode {damaged.episode_id} ")
    assert of_damaged.endswith(": make its file readable, or put it back from a backup.")


def test_episodes_are_listed_also_where_one_is_damaged(data: Path, capsys: Capture) -> None:
    damaged, sound = record_sealed(data), record_sealed(data)
    damage_pages(LocalStore(data).local_path(damaged.place.key(Table.EPISODES)))
    assert main(["episodes", "--json"]) == 3
    told = capsys.readouterr()
    assert [each["episode_id"] for each in json.loads(told.out)] == [str(sound.episode_id)]
    assert told.err.startswith(f"not readable: {damaged.episode_id}: Table episodes of episode {damaged.episode_id} ")


def test_a_folder_for_pictures_that_cannot_be_made_is_told_in_a_sentence(data: Path, capsys: Capture) -> None:
    (data / "file").touch()
    episode_id = str(record_sealed(data).episode_id)
    assert main(["replay", episode_id, "--frames", str(data / "file" / "frames")]) == 1
    assert (
        capsys.readouterr().err == f"skill-arcade: Pictures cannot be written to {data}/file/frames: Not a directory.\n"
    )


@pytest.mark.parametrize("is_all", [False, True])
def test_a_journal_that_cannot_be_read_is_told_among_the_others(data: Path, capsys: Capture, *, is_all: bool) -> None:
    sound = record_play(data / "journal", uuid4())
    damaged = UUID(int=1)
    writer = JournalWriter.create(data / "journal" / str(damaged), damaged, 1)
    writer.write([(RecordKind.OPEN, encode_json({"format": 2}))])
    writer.close()
    assert main(["verify", "--json", *(["--all"] if is_all else [str(damaged), sound.name])]) == 3
    told = {each["episode_id"]: each for each in json.loads(capsys.readouterr().out)}
    assert told.keys() == {str(damaged), sound.name}
    assert told[sound.name]["verification"] == "verified"
    assert told[str(damaged)]["verification"] == "unreadable"
    assert "format 2" in told[str(damaged)]["detail"]


def test_what_a_server_seals_meanwhile_is_verified_all_the_same(
    data: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-37: journals go when they are sealed."""
    folder = record_play(data / "journal", uuid4())
    really_verify = VerifierPool.verify

    def verify(pool: VerifierPool, episode: Episode) -> VerificationResult:
        if folder.exists():
            seal_episode(folder, LocalStore(data))
            shutil.rmtree(folder)
        return really_verify(pool, episode)

    monkeypatch.setattr(VerifierPool, "verify", verify)
    assert main(["verify", "--all"]) == 0
    assert capsys.readouterr().out == f"{folder.name}  verified (24 steps)\n"


def test_a_mistyped_id_is_told_before_anything_is_replayed(
    data: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(monkeypatch, Verification.VERIFIED)
    assert main(["verify", str(record_sealed(data).episode_id), "nope"]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "skill-arcade: There is no episode 'nope'.\n")
    assert asked == []


def test_what_was_found_is_printed_also_where_the_index_cannot_be_told(
    data: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_sealed(data)
    assert main(["reindex"]) == 0
    capsys.readouterr()

    def fail(*_: object) -> None:
        raise DataFolderError("The database does not answer.")

    answer(monkeypatch, Verification.VERIFIED)
    monkeypatch.setattr(EpisodeIndex, "note_verification", fail)
    assert main(["verify", "--all", "--json"]) == 1
    told = capsys.readouterr()
    assert [each["verification"] for each in json.loads(told.out)] == ["verified"]
    assert told.err == "skill-arcade: The database does not answer.\n"


def test_what_was_found_is_told_also_where_verifying_is_stopped_half_way(
    data: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted((record_sealed(data) for _ in range(2)), key=lambda sealed: sealed.episode_id)
    assert main(["reindex"]) == 0
    capsys.readouterr()

    def verify(_pool: VerifierPool, episode: Episode) -> VerificationResult:
        if episode.id == second.episode_id:
            raise VerifyingStopped("Somebody has stopped it.")
        return VerificationResult(Verification.VERIFIED, None, None, 24, 25)

    monkeypatch.setattr(VerifierPool, "verify", verify)
    ids = [str(each.episode_id) for each in (first, second)]
    assert main(["verify", "--json", *ids]) == 1
    told = capsys.readouterr()
    assert [each["episode_id"] for each in json.loads(told.out)] == ids[:1]
    assert told.err == "skill-arcade: Somebody has stopped it.\n"
    assert read_verification(data, first.episode_id) == Verification.VERIFIED
    assert read_verification(data, second.episode_id) == Verification.PENDING


@pytest.mark.parametrize("known", [Verification.VERIFIED, Verification.MISMATCH])
def test_the_index_keeps_what_it_knows_better(data: Path, monkeypatch: pytest.MonkeyPatch, known: Verification) -> None:
    """REC-41: an episode that was compared before is not forgotten where its environment is not here today."""
    episode_id = record_sealed(data).episode_id
    assert main(["reindex"]) == 0
    for verdict in (Verification.UNVERIFIABLE, known, Verification.UNVERIFIABLE):
        answer(monkeypatch, verdict)
        main(["verify", str(episode_id)])
    assert read_verification(data, episode_id) == known
