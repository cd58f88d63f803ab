from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from errno import EACCES
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col
from tests.contracts.made_up import make_rows
from tests.recorder.recordings import EPISODE, PROVENANCE, CountingJournal
from tests.server.sealing.bench import DAY_S, ELSEWHERE, Killed, SealingBench

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.database.ownership import claim, fetch_ownership
from skill_arcade.database.tables import Episode
from skill_arcade.dataset import Episode as DatasetEpisode
from skill_arcade.dataset import VerificationResult, open_dataset
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import StorageFull
from skill_arcade.domain.generation import EPOCHS_OF_A_GENERATION
from skill_arcade.recorder.chain import write_generation
from skill_arcade.recorder.episode_facts import facts_of_journal
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.reading import EpisodeJournal, find_adoption, read_episode_journal
from skill_arcade.recorder.seal import seal_tables
from skill_arcade.server.sealing import episode_sealer as episode_sealer_module
from skill_arcade.server.sealing import workshop as workshop_module
from skill_arcade.server.sealing.episode_sealer import EpisodeSealer
from skill_arcade.server.sealing.workshop import Workshop


def test_an_ended_episode_is_sealed_verified_indexed_and_its_journal_goes_rec_37(bench: SealingBench) -> None:
    CountingJournal.begin(bench.folder).play(20).end()
    assert bench.run() == 1
    assert not bench.folder.exists()
    assert len(bench.list_sealed()) == len(Table)
    row = bench.read_row()
    assert (row.sealed, row.verification, row.status, row.n_steps) == (True, "verified", "incomplete", 20)
    assert bench.count_rows() == 20
    episode = open_dataset(bench.root).episode(EPISODE)
    assert episode.is_sealed
    assert episode.info.verification == Verification.VERIFIED
    assert bench.run() == 0


def test_an_episode_that_is_being_played_is_left_alone(bench: SealingBench) -> None:
    journal = CountingJournal.begin(bench.folder).play(5)
    assert bench.run() == 0
    journal.writer.close()
    assert bench.run() == 0
    assert bench.folder.exists()


@pytest.mark.parametrize("dies_in", ["may_seal", "seal_tables", "seal_row", "index", "remove_folder", "rmtree"])
def test_a_sealer_may_be_killed_at_any_stage_and_the_next_one_finishes_rec_37(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    places: dict[str, Any] = {
        "may_seal": EpisodeIndex,
        "seal_tables": workshop_module,
        "seal_row": workshop_module,
        "index": Workshop,
        "remove_folder": episode_sealer_module,
    }
    CountingJournal.begin(bench.folder).play(20).end()
    with monkeypatch.context() as context:
        if dies_in == "rmtree":
            removed = bench.root / "removed"

            def remove(path: Path | str, **_options: object) -> None:
                if removed in Path(path).parents and Path(path).exists():
                    die()

            context.setattr(shutil, "rmtree", remove)
        else:
            context.setattr(places[dies_in], dies_in, die)
        with pytest.raises(Killed):
            bench.run()
    bench.restart()
    assert not bench.folder.exists()
    assert len(bench.list_sealed()) == len(Table)
    assert bench.count_rows() == 20
    bench.monotonic_s += 60
    bench.run()
    assert list((bench.root / "removed").glob("*")) == []


def test_an_episode_that_is_sealed_already_is_not_verified_again(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    CountingJournal.begin(bench.folder).play(3).end()
    with monkeypatch.context() as context:
        context.setattr(episode_sealer_module, "remove_folder", lambda *_: None)
        bench.run()
    assert bench.folder.exists()
    bench.restart()
    assert not bench.folder.exists()
    assert len(bench.verified) == 1


def test_a_record_that_does_not_replay_keeps_its_journal(bench: SealingBench) -> None:
    bench.verdict = Verification.MISMATCH
    CountingJournal.begin(bench.folder).play(3).end()
    for _ in range(3):
        bench.monotonic_s += 1000
        bench.run()
    assert bench.folder.exists()
    assert len(bench.verified) == 1
    row = bench.read_row()
    assert (row.sealed, row.verification) == (True, "mismatch")
    assert (bench.sealer.status().n_sealed, bench.sealer.status().n_kept) == (1, 1)
    bench.restart()
    assert (bench.sealer.status().n_sealed, bench.sealer.status().n_kept) == (0, 1)


def test_a_record_that_was_not_compared_keeps_its_journal_until_it_is_verified_rec_37(bench: SealingBench) -> None:
    """The replay took too long, or ended its process."""
    bench.verdict = Verification.UNVERIFIABLE
    CountingJournal.begin(bench.folder).play(3).end()
    bench.run()
    bench.restart()
    assert bench.folder.exists()
    EpisodeIndex(bench.database, bench.clock).note_verification(EPISODE, Verification.VERIFIED, None)
    bench.restart()
    assert not bench.folder.exists()
    assert len(bench.verified) == 1


@pytest.mark.parametrize("is_far", [False, True])
@pytest.mark.parametrize("table", [None, Table.STEPS, Table.FRAMES])
def test_a_game_that_is_not_deterministic_is_compared_with_its_journal_before_that_goes_rec_37(
    bench: SealingBench, table: Table | None, is_far: bool
) -> None:
    if is_far:
        bench.use_far_store()
    bench.verdict = Verification.UNVERIFIABLE
    provenance = {**PROVENANCE, "game": {"id": "Counting.v0", "deterministic": False}}
    CountingJournal.begin(bench.folder, provenance=provenance).play(3).end()
    if table is not None:
        other = bench.root / "other"
        CountingJournal.begin(other, provenance=provenance).play(4).end()
        store = LocalStore(bench.root / "other-store")
        key = seal_tables(read_episode_journal(other), store).key(table)
        (bench.staging if is_far else LocalStore(bench.root)).put_if_absent(key, store.get(key))
    bench.run()
    assert bench.folder.exists() is (table is not None)
    bench.restart()
    assert bench.folder.exists() is (table is not None)


def test_with_recording_off_nothing_is_kept(bench: SealingBench) -> None:
    provenance = {**PROVENANCE, "recording": False}
    CountingJournal.begin(bench.folder, provenance=provenance).play(3).end()
    bench.run()
    assert not bench.folder.exists()
    assert bench.list_sealed() == []
    assert bench.find_row() is None


def test_a_full_store_loses_nothing_and_is_tried_again_later(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    CountingJournal.begin(bench.folder).play(3).end()
    tries: list[Path] = []

    def fail(journal: EpisodeJournal, _store: LocalStore) -> None:
        tries.append(journal.folder)
        raise StorageFull("There is no room.")

    with monkeypatch.context() as context:
        context.setattr(workshop_module, "seal_tables", fail)
        assert bench.run() == 0
        assert bench.run() == 0
        assert len(tries) == 1
    bench.monotonic_s += 60
    assert bench.run() == 1


def test_one_episode_that_cannot_be_sealed_does_not_hold_up_the_others(bench: SealingBench) -> None:
    broken = bench.journals / str(UUID(int=1))
    CountingJournal.begin(broken, provenance={**PROVENANCE, "started_utc": None}).end()
    CountingJournal.begin(bench.folder).play(3).end()
    assert bench.run() == 1
    assert broken.exists()


def test_a_journal_that_may_not_be_opened_does_not_hold_up_the_others(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One of another user, say, after the server was once started as root."""
    foreign = bench.journals / str(UUID(int=1))
    CountingJournal.begin(foreign).play(3).end()
    CountingJournal.begin(bench.folder).play(3).end()
    seal = EpisodeSealer._seal_claimed

    def open_it(self: EpisodeSealer, folder: Path) -> object:
        if folder == foreign:
            raise PermissionError(EACCES, "Permission denied", str(folder))
        return seal(self, folder)

    monkeypatch.setattr(EpisodeSealer, "_seal_claimed", open_it)
    assert bench.run() == 1
    assert foreign.exists()
    assert f"{foreign.name} is not sealed yet: [Errno 13] Permission denied" in caplog.text


def test_an_episode_that_waits_for_its_player_is_not_read_again_and_again(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    n_read = 0

    def count(folder: Path) -> EpisodeJournal:
        nonlocal n_read
        n_read += 1
        return read_episode_journal(folder)

    monkeypatch.setattr(episode_sealer_module, "read_episode_journal", count)
    for _ in range(3):
        assert bench.run() == 0
    assert n_read == 1
    assert bench.sealer.status().n_waiting == 0
    CountingJournal.begin(bench.folder, epoch=2, adopts=find_adoption(bench.folder), segment=1).end()
    assert bench.run() == 1


# ------------------------------------------------------------------------------------------------------- abandonment


def let_time_pass(bench: SealingBench, seconds: float) -> None:
    """On both clocks."""
    bench.monotonic_s += seconds
    bench.clock.now += timedelta(seconds=seconds)


def test_an_episode_nobody_came_back_to_is_closed_as_abandoned_and_sealed_rec_40(bench: SealingBench) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    assert bench.run() == 0
    let_time_pass(bench, DAY_S - 60)
    assert bench.run() == 0
    let_time_pass(bench, 120)
    assert bench.run() == 1
    row = bench.read_row()
    assert (row.status, row.end_reason, row.end_detail, row.n_steps) == ("incomplete", "abandoned", None, 3)


@pytest.mark.parametrize("days", [1, -1])
def test_a_wall_clock_that_jumps_by_a_day_abandons_nobody_rec_40(bench: SealingBench, days: int) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    assert bench.run() == 0
    bench.clock.now += timedelta(days=days, minutes=1)
    for _ in range(20):
        let_time_pass(bench, 3600)
        assert bench.run() == 0
    let_time_pass(bench, 5 * 3600)
    assert bench.run() == 1, "after a day on the monotonic clock it is abandoned, whatever the wall clock says"


def test_an_episode_of_another_server_is_not_closed_but_set_aside_rec_30_rec_32(
    bench: SealingBench, caplog: pytest.LogCaptureFixture
) -> None:
    """Its player went on there."""
    CountingJournal.begin(bench.folder).play(3).writer.close()
    index(bench, read_episode_journal(bench.folder), 3)
    assert bench.run() == 0
    take_over(bench)
    let_time_pass(bench, DAY_S + 60)
    assert bench.run() == 0
    check_set_aside(bench, caplog)
    assert bench.read_row().status == "running"


# ------------------------------------------------------------------------------------------------------------ fencing


def index(bench: SealingBench, journal: EpisodeJournal, n_steps: int) -> None:
    """What this server's shipper does while it is played."""
    facts = facts_of_journal(journal)
    update = LiveUpdate(journal.episode_id, facts.epoch, 0, make_rows(n_steps), facts)
    assert not EpisodeIndex(bench.database, bench.clock, bench.server_id).append([update])


def take_over(bench: SealingBench, server_id: UUID = ELSEWHERE) -> int:
    with bench.database.write() as work:
        owned = fetch_ownership(work, EPISODE)
        assert owned is not None
        generation = claim(work, EPISODE, server_id, owned.generation)
    assert generation is not None
    return generation


def check_set_aside(bench: SealingBench, caplog: pytest.LogCaptureFixture) -> None:
    assert not bench.folder.exists()
    (aside,) = bench.set_aside.iterdir()
    assert aside.name.startswith(f"{EPISODE}.")
    assert (aside / "000001.journal").exists()
    told = [each.getMessage() for each in caplog.records if "another server" in each.getMessage()]
    assert len(told) == 1
    assert bench.list_sealed() == []
    assert bench.sealer.status().n_set_aside == 1
    bench.run()
    assert bench.sealer.status().n_waiting == 0


def test_an_episode_that_another_server_has_taken_over_is_never_sealed_here_rec_30_rec_32(
    bench: SealingBench, caplog: pytest.LogCaptureFixture
) -> None:
    """This server was cut off while it was played, and comes back with an end of its own."""
    journal = CountingJournal.begin(bench.folder).play(3)
    index(bench, read_episode_journal(bench.folder), 3)
    take_over(bench)
    journal.play(4).end()
    assert bench.run() == 0
    check_set_aside(bench, caplog)


def test_an_episode_with_recording_off_that_another_server_has_stays_in_the_index(
    bench: SealingBench, caplog: pytest.LogCaptureFixture
) -> None:
    journal = CountingJournal.begin(bench.folder, provenance={**PROVENANCE, "recording": False}).play(3)
    index(bench, read_episode_journal(bench.folder), 3)
    take_over(bench)
    journal.end()
    assert bench.run() == 0
    check_set_aside(bench, caplog)
    assert bench.find_row() is not None


def take_over_ended(bench: SealingBench) -> None:
    """What another server does that takes this one for gone, and seals what it has found in the store."""
    statement = update(Episode).where(col(Episode.id) == EPISODE)
    with bench.database.write() as work:
        work.run(statement.values(server_id=ELSEWHERE, generation=1))


def test_an_episode_that_is_taken_over_while_it_is_verified_is_not_sealed_here_rec_32(
    bench: SealingBench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = bench.verify

    def verify_and_lose(episode: DatasetEpisode) -> VerificationResult:
        take_over_ended(bench)
        return verify(episode)

    monkeypatch.setattr(bench, "verify", verify_and_lose)
    bench.use_far_store()
    CountingJournal.begin(bench.folder).play(3).end()
    assert bench.run() == 0
    assert not bench.folder.exists()
    assert len(list(bench.set_aside.iterdir())) == 1
    assert "another server" in caplog.text
    assert not any("/episodes/" in key for key in bench.list_sealed())
    assert not bench.read_row().sealed


def test_once_it_is_in_the_store_an_episode_is_sealed_whoever_has_it_rec_35(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_it = Workshop.index

    def lose_then_index(self: Workshop, sealed_index: EpisodeIndex, place: SealedPlace) -> None:
        take_over_ended(bench)
        index_it(self, sealed_index, place)

    monkeypatch.setattr(Workshop, "index", lose_then_index)
    bench.use_far_store()
    CountingJournal.begin(bench.folder).play(3).end()
    assert bench.run() == 1
    row = bench.read_row()
    assert (row.sealed, row.verification, row.n_steps) == (True, "verified", 3)
    assert not bench.folder.exists()


def test_an_episode_that_is_let_go_of_while_it_is_read_is_no_failure(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The server's other processes remove journals, too."""
    CountingJournal.begin(bench.folder).play(3).end()

    def read(folder: Path) -> EpisodeJournal:
        shutil.rmtree(folder)
        return read_episode_journal(folder)

    monkeypatch.setattr(episode_sealer_module, "read_episode_journal", read)
    assert bench.run() == 0
    assert not [each for each in caplog.records if each.levelname in {"ERROR", "WARNING"}]
    bench.monotonic_s += 2
    bench.run()
    assert bench.sealer.status().n_waiting == 0


def test_a_database_that_is_this_servers_alone_is_not_asked_whose_an_episode_is(
    bench: SealingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would cost a transaction for each."""
    asked: list[object] = []
    monkeypatch.setattr(EpisodeIndex, "may_seal", lambda *arguments: asked.append(arguments))
    bench.is_shared = False
    CountingJournal.begin(bench.folder).play(3).end()
    assert bench.restart() == 1
    assert asked == []
    assert bench.read_row().sealed


def test_an_episode_that_was_taken_over_is_closed_and_sealed_by_its_new_server_rec_32(bench: SealingBench) -> None:
    """Its first epoch is another server's; nobody has played on here."""
    CountingJournal.begin(bench.folder).play(3).writer.close()
    bench.server_id = ELSEWHERE
    index(bench, read_episode_journal(bench.folder), 3)
    bench.server_id = UUID(int=1)
    write_generation(bench.folder, take_over(bench, bench.server_id))
    assert bench.restart() == 0
    let_time_pass(bench, DAY_S + 60)
    assert bench.run() == 1
    row = bench.read_row()
    assert (row.sealed, row.end_reason, row.epoch) == (True, "abandoned", EPOCHS_OF_A_GENERATION + 1)


def test_an_episode_that_had_ended_before_it_was_taken_over_is_sealed_with_that_end_rec_32_rec_40(
    bench: SealingBench,
) -> None:
    """Its server was lost right after the last step: the store has the END, the index does not know of it."""
    CountingJournal.begin(bench.folder).play(3).writer.close()
    bench.server_id = ELSEWHERE
    index(bench, read_episode_journal(bench.folder), 3)
    bench.server_id = UUID(int=1)
    shutil.rmtree(bench.folder)
    CountingJournal.begin(bench.folder).play(5).end()
    write_generation(bench.folder, take_over(bench, bench.server_id))
    assert bench.restart() == 1
    row = bench.read_row()
    assert (row.sealed, row.verification, row.end_reason, row.n_steps) == (True, "verified", "player_quit", 5)
    assert bench.count_rows() == 5
    assert not bench.folder.exists()


def test_what_another_server_has_made_of_an_episode_is_no_damage_of_what_is_left_here(
    bench: SealingBench, caplog: pytest.LogCaptureFixture
) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    journal = read_episode_journal(bench.folder)
    index(bench, journal, 3)
    take_over(bench)
    facts = replace(facts_of_journal(journal), epoch=EPOCHS_OF_A_GENERATION + 1, n_steps=9)
    update_there = LiveUpdate(EPISODE, facts.epoch, 0, make_rows(9), facts)
    assert not EpisodeIndex(bench.database, bench.clock, ELSEWHERE).append([update_there])
    bench.run()
    assert "is damaged" not in caplog.text


# ------------------------------------------------------------------------------------------------------------- damage


def damage(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(bytes(data))


def test_damage_is_named_in_the_log_the_index_and_the_record_and_the_journal_stays_rec_13_rec_37(
    bench: SealingBench, caplog: pytest.LogCaptureFixture
) -> None:
    journal = CountingJournal.begin(bench.folder).play(4)
    at = journal.writer.n_bytes
    journal.play(4).end()
    damage(journal.writer.path, at + 20)
    cut = read_episode_journal(bench.folder)
    assert (cut.end, cut.n_steps) == (None, 4)
    told = f"Damaged: epoch 1, byte {cut.adopted[-1].n_bytes}: A record is wrong: its checksum, or its length."
    bench.run()
    let_time_pass(bench, DAY_S + 60)
    assert bench.run() == 1
    row = bench.read_row()
    assert (row.sealed, row.verification, row.n_steps) == (True, "verified", cut.n_steps)
    assert row.verification_detail is not None
    assert row.verification_detail.startswith(told)
    assert row.end_detail == told
    info = open_dataset(bench.root).episode(EPISODE).info
    assert info.verification_detail == row.verification_detail
    assert bench.folder.exists()
    assert f"its journal is kept (REC-37): {told}" in caplog.text
    bench.restart()
    assert bench.folder.exists()
    assert bench.sealer.status().n_kept == 1


@pytest.mark.parametrize("is_indexed", [False, True])
def test_a_newest_epoch_that_has_lost_its_open_is_named_and_not_forgotten_rec_31(
    bench: SealingBench, is_indexed: bool
) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    second = CountingJournal.begin(bench.folder, 2, find_adoption(bench.folder), segment=1).play(4)
    second.writer.close()
    if is_indexed:
        index(bench, read_episode_journal(bench.folder), 7)
    damage(second.writer.path, 100)
    bench.run()
    let_time_pass(bench, DAY_S + 60)
    bench.run()
    detail = bench.read_row().verification_detail or ""
    assert "Damaged: epoch 2, byte 0: Its beginning, with OPEN, cannot be read." in detail
    assert bench.folder.exists()


@pytest.mark.parametrize("n_left", [0, 20, 40])
def test_a_newest_epoch_that_became_empty_is_named_if_the_index_knows_more_rec_31(
    bench: SealingBench, n_left: int, caplog: pytest.LogCaptureFixture
) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    second = CountingJournal.begin(bench.folder, 2, find_adoption(bench.folder), segment=1).play(4)
    second.writer.close()
    index(bench, read_episode_journal(bench.folder), 7)
    second.writer.path.write_bytes(second.writer.path.read_bytes()[:n_left])
    bench.run()
    told = "epoch 2, byte 0: The index knows 7 steps, up to this epoch; in the journals are 3."
    assert f"{EPISODE} is damaged: {told}" in caplog.text
    let_time_pass(bench, DAY_S + 60)
    assert bench.run() == 1
    row = bench.read_row()
    assert (row.n_steps, row.end_detail, row.verification_detail) == (3, f"Damaged: {told}", f"Damaged: {told}")
    assert bench.folder.exists()
    bench.restart()
    assert bench.folder.exists()


def test_an_epoch_that_was_killed_before_its_first_record_was_whole_is_no_damage_rec_31(bench: SealingBench) -> None:
    CountingJournal.begin(bench.folder).play(3).writer.close()
    index(bench, read_episode_journal(bench.folder), 3)
    journal_path(bench.folder, 2).touch()
    bench.run()
    let_time_pass(bench, DAY_S + 60)
    assert bench.run() == 1
    assert bench.read_row().verification_detail is None
    assert not bench.folder.exists()


@pytest.mark.parametrize("is_indexed", [False, True])
@pytest.mark.parametrize("harm", ["emptied", "damaged"])
def test_an_only_journal_that_cannot_be_read_any_more_is_told_again_and_again_rec_31(
    bench: SealingBench, caplog: pytest.LogCaptureFixture, harm: str, is_indexed: bool
) -> None:
    journal = CountingJournal.begin(bench.folder).play(3)
    journal.end()
    if is_indexed:
        index(bench, read_episode_journal(bench.folder), 3)
    if harm == "emptied":
        journal.writer.path.write_bytes(b"")
    else:
        damage(journal.writer.path, 100)
    for _ in range(3):
        bench.run()
        let_time_pass(bench, 3600)
    told = [each.getMessage() for each in caplog.records if "can be read any more" in each.getMessage()]
    assert bool(told) is (is_indexed or harm == "damaged")  # else nobody can tell it from one that never began
    if told:
        assert len(told) == 3
        assert ("the index knows 3 steps of it, up to epoch 1" in told[0]) is is_indexed
        assert ("epoch 1, byte 0: Its beginning, with OPEN, cannot be read." in told[0]) is (harm == "damaged")
        assert bench.sealer.status().reasons == {"RecordingError": 1}
    assert bench.folder.exists()
