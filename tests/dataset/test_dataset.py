from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from PIL import Image
from tests.recorder.recordings import EPISODE, CountingJournal, observation_of, picture_of, step_of

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.dataset import Dataset, Episode, encode_png, open_dataset, write_frames
from skill_arcade.dataset.stored_file import open_stored_file
from skill_arcade.domain.episode import EndReason, PlayedBy, Status
from skill_arcade.domain.errors import EpisodeNotFound, RecordingError
from skill_arcade.domain.observation import Array, Observation
from skill_arcade.recorder.journal import JournalWriter
from skill_arcade.recorder.reading import scan_journal
from skill_arcade.recorder.records import RecordKind, encode_json, parse_json
from skill_arcade.recorder.seal import seal_episode

N_STEPS = 7


class FarStore:
    """A store that is no folder: what a reader gets of it comes in ranges."""

    is_local = False

    def __init__(self, near: LocalStore) -> None:
        self._near = near
        self.put_if_absent, self.get, self.get_range = near.put_if_absent, near.get, near.get_range
        self.size, self.list, self.delete, self.exists = near.size, near.list, near.delete, near.exists


def as_array(observation: Observation) -> Array:
    assert isinstance(observation, np.ndarray)
    return observation


@pytest.fixture(params=["journal", "sealed", "far store"])
def episode(request: pytest.FixtureRequest, tmp_path: Path) -> Episode:
    """The same episode in every form there is."""
    folder = tmp_path / "journal" / str(EPISODE)
    CountingJournal.begin(folder, has_observation=True).play(N_STEPS).end()
    if request.param == "journal":
        return open_dataset(tmp_path).episode(EPISODE)
    seal_episode(folder, LocalStore(tmp_path))
    store: BlobStore = FarStore(LocalStore(tmp_path))
    return open_dataset(store if request.param == "far store" else str(tmp_path)).episode(str(EPISODE))


def test_an_episode_tells_what_it_is(episode: Episode) -> None:
    """REC-41."""
    info = episode.info
    assert (episode.id, info.episode_id, episode.n_steps) == (EPISODE, EPISODE, N_STEPS)
    assert (info.game_id, info.seed, info.attempt_index, info.played_by) == (
        "Counting.v0",
        7,
        3,
        PlayedBy.HUMAN,
    )
    assert (info.status, info.end_reason) == (Status.INCOMPLETE, EndReason.PLAYER_QUIT)
    assert info.picture_format.shape == (4, 5)
    assert info.observation_kind.shape == (2,)
    assert info.environment == {"env_id": "Counting-v0", "kwargs": {"size": 5}, "adapter": "auto"}
    assert info.row["game"] == {"id": "Counting.v0", "deterministic": True}
    assert info.is_deterministic


def test_steps_are_a_table_or_arrays(episode: Episode) -> None:
    """REC-44."""
    assert episode.steps().column("reward").to_pylist() == [step_of(step).reward for step in range(N_STEPS)]
    arrays = episode.step_arrays()
    assert arrays["action"].dtype == np.int32
    assert np.array_equal(arrays["step"], np.arange(N_STEPS))
    shown = [step_of(step).shown_step for step in range(N_STEPS)]
    assert np.array_equal(np.isnan(arrays["shown_step"]), [each is None for each in shown])


def test_some_columns_of_the_steps_come_in_the_order_in_which_they_were_asked_for(episode: Episode) -> None:
    columns = ["reward", "step", "action"]
    assert episode.steps(columns).equals(episode.steps().select(columns))


def test_events_segments_and_clocks_are_tables(episode: Episode) -> None:
    """REC-42, REC-43, REC-45."""
    assert episode.events().column("seq").to_pylist() == [1, 2, 3]
    assert episode.segments().column("first_step").to_pylist() == [0]
    assert episode.clock_samples().num_rows == 0


@pytest.mark.parametrize(("start", "stop"), [(0, None), (3, 5), (N_STEPS, None), (4, 4), (0, 99)])
def test_a_range_of_frames_is_read(episode: Episode, start: int, stop: int | None) -> None:
    """REC-2, REC-46."""
    frames = list(episode.frames(start, stop))
    numbers = range(start, min(N_STEPS + 1, N_STEPS + 1 if stop is None else stop))
    assert [number for number, _ in frames] == list(numbers)
    assert all(np.array_equal(picture, picture_of(number)) for number, picture in frames)
    observations = list(episode.observations(start, stop))
    assert [number for number, _ in observations] == list(numbers)
    assert all(np.array_equal(as_array(each), observation_of(number)) for number, each in observations)


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 9), (7, 300), (299, 301), (305, 312), (300, 600), (290, 617), (640, None)]
)
def test_frames_of_several_row_groups_are_read(tmp_path: Path, start: int, stop: int | None) -> None:
    """REC-46: a file of 300 frames a group, read a few at a time, from any of them to any other."""
    folder = tmp_path / "journal" / str(EPISODE)
    CountingJournal.begin(folder, has_observation=True).play(650).end()
    seal_episode(folder, LocalStore(tmp_path))
    frames = list(open_dataset(tmp_path).episode(EPISODE).frames(start, stop))
    assert [number for number, _ in frames] == list(range(start, 651 if stop is None else stop))
    assert all(np.array_equal(picture, picture_of(number)) for number, picture in frames)


def test_one_picture_and_one_observation_are_read(episode: Episode) -> None:
    """REC-60."""
    assert np.array_equal(episode.picture(N_STEPS), picture_of(N_STEPS))
    observation = as_array(episode.observation(4))
    assert np.array_equal(observation, observation_of(4))
    assert observation.dtype == np.dtype("float32")
    assert observation.shape == (2,)
    for step in (-1, N_STEPS + 1):
        with pytest.raises(IndexError, match="it has 0 to 7"):
            episode.picture(step)
        with pytest.raises(IndexError):
            episode.observation(step)


def test_where_the_observation_is_the_picture_it_is_in_rgb(tmp_path: Path) -> None:
    """REC-60."""
    CountingJournal.begin(tmp_path / "journal" / str(EPISODE)).play(2).end()
    episode = open_dataset(tmp_path).episode(EPISODE)
    observation = as_array(episode.observation(1))
    assert observation.shape == (4, 5, 3)
    assert np.array_equal(observation, episode.info.picture_format.to_rgb(picture_of(1)))


def test_frames_are_written_as_png_that_others_read(episode: Episode, tmp_path: Path) -> None:
    """REC-60."""
    assert write_frames(episode, tmp_path / "png", stop=3) == 3
    assert sorted(path.name for path in (tmp_path / "png").iterdir()) == [
        "000000.png",
        "000001.png",
        "000002.png",
    ]
    with Image.open(tmp_path / "png" / "000002.png") as image:
        assert (image.mode, image.size) == ("RGB", (5, 4))
        assert np.array_equal(np.asarray(image), episode.info.picture_format.to_rgb(picture_of(2)))


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 3, 3), (210, 160, 3)])
def test_a_png_is_read_bit_for_bit(shape: tuple[int, int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(encode_png(rgb))) as image:
        image.load()
        assert np.array_equal(np.asarray(image), rgb)


def test_only_rgb_becomes_a_png() -> None:
    with pytest.raises(ValueError, match="uint8"):
        encode_png(np.zeros((3, 3), dtype=np.uint8))


def record(data: Path, n_steps: int, *, sealed: bool, ended: bool = True) -> UUID:
    episode_id = uuid4()
    folder = data / "journal" / str(episode_id)
    source = CountingJournal.begin(data / "scratch" / str(episode_id)).play(n_steps)
    # The journal is that of another episode until its header and OPEN say otherwise.
    source.end() if ended else source.writer.close()
    writer = JournalWriter.create(folder, episode_id, 1)
    for each in scan_journal(source.writer.path):
        body = each.body
        if each.kind is RecordKind.OPEN:
            body = encode_json({**parse_json(body), "episode_id": str(episode_id)})
        writer.write([(each.kind, body)])
    writer.close()
    if sealed:
        seal_episode(folder, LocalStore(data))
    return episode_id


@pytest.fixture
def data(tmp_path: Path) -> tuple[Dataset, dict[UUID, int]]:
    """A data folder with two sealed episodes and two that are not."""
    lengths = {
        record(tmp_path, 3, sealed=True): 3,
        record(tmp_path, 4, sealed=True): 4,
        record(tmp_path, 5, sealed=False): 5,
        record(tmp_path, 6, sealed=False, ended=False): 6,
    }
    return open_dataset(tmp_path), lengths


def test_every_episode_is_listed_once_sealed_or_not(data: tuple[Dataset, dict[UUID, int]]) -> None:
    """REC-35: journals of sealed episodes may be there still."""
    dataset, lengths = data
    episodes = list(dataset.episodes())
    assert {episode.id: episode.n_steps for episode in episodes} == lengths
    assert [episode.is_sealed for episode in episodes] == [True, True, False, False]
    table = dataset.episodes_table()
    assert dict(zip(table.column("episode_id").to_pylist(), table.column("n_steps").to_pylist(), strict=True)) == {
        str(episode_id): n_steps for episode_id, n_steps in lengths.items()
    }
    assert sorted(table.column("status").to_pylist()) == ["incomplete"] * 3 + ["running"]


def test_an_episode_is_found_faster_with_its_place_and_rightly_with_a_wrong_one(
    data: tuple[Dataset, dict[UUID, int]],
) -> None:
    dataset, lengths = data
    for episode in dataset.episodes():
        if episode.is_sealed:
            place = SealedPlace("Counting.v0", episode.info.row["date"], episode.id)
            assert dataset.episode(episode.id, place).n_steps == lengths[episode.id]
            wrong = SealedPlace("Other.v0", episode.info.row["date"], episode.id)
            assert dataset.episode(episode.id, wrong).n_steps == lengths[episode.id]


@pytest.mark.parametrize("episode_id", ["no uuid", "../../etc", "6f1f0a5e-2f0c-4c3e-9f55-0d1b3c7a9e11"])
def test_an_unknown_episode_is_told(tmp_path: Path, episode_id: str) -> None:
    with pytest.raises(EpisodeNotFound):
        open_dataset(tmp_path).episode(episode_id)


def test_one_damaged_episode_is_told_and_the_others_are_listed(tmp_path: Path) -> None:
    sound = record(tmp_path, 2, sealed=False)
    begun = JournalWriter.create(tmp_path / "journal" / str(uuid4()), uuid4(), 1)
    damaged = JournalWriter.create(tmp_path / "journal" / str(uuid4()), uuid4(), 1)
    damaged.write([(RecordKind.OPEN, encode_json({"format": 2}))])
    with pytest.warns(UserWarning, match="format 2"):
        episodes = list(open_dataset(tmp_path).episodes())
    assert [episode.id for episode in episodes] == [sound]
    begun.close()
    damaged.close()


def test_an_episode_that_is_sealed_while_others_are_looked_at_is_listed(tmp_path: Path) -> None:
    """REC-37: it was in journals when the sealed ones were looked for, and is no longer."""
    first, other = record(tmp_path, 3, sealed=True), record(tmp_path, 4, sealed=False)
    episodes = open_dataset(tmp_path).episodes()
    assert next(episodes).id == first
    take_to_the_archive(tmp_path, other)
    (second,) = episodes
    assert (second.id, second.is_sealed, second.n_steps) == (other, True, 4)


def test_an_episode_that_is_sealed_while_it_is_looked_for_is_found(tmp_path: Path) -> None:
    """REC-37: neither was it among the sealed ones, nor are its journals there any more."""
    episode_id = record(tmp_path, 4, sealed=False)
    near = LocalStore(tmp_path)
    store = FarStore(near)

    def list_then_seal(prefix: str) -> Iterator[str]:
        found = near.list(prefix)
        if (tmp_path / "journal" / str(episode_id)).exists():
            take_to_the_archive(tmp_path, episode_id)
        return found

    store.list = list_then_seal
    episode = Dataset(store, tmp_path / "journal").episode(episode_id)
    assert (episode.id, episode.is_sealed, episode.n_steps) == (episode_id, True, 4)


def take_to_the_archive(data: Path, episode_id: UUID) -> None:
    """As a sealer does."""
    folder = data / "journal" / str(episode_id)
    seal_episode(folder, LocalStore(data))
    shutil.rmtree(folder)


def test_a_journal_that_goes_while_it_is_read_is_told(tmp_path: Path) -> None:
    episode_id = record(tmp_path, 4, sealed=False, ended=False)
    episode = open_dataset(tmp_path).episode(episode_id)
    shutil.rmtree(tmp_path / "journal" / str(episode_id))
    reads: list[Callable[[], object]] = [lambda: episode.info, episode.steps, lambda: list(episode.frames(0, 9))]
    for read in reads:
        with pytest.raises(RecordingError, match=f"^The journal of episode {episode_id} cannot be read"):
            read()


def test_a_far_file_is_read_by_ranges(tmp_path: Path) -> None:
    """REC-36."""
    near = LocalStore(tmp_path)
    CountingJournal.begin(tmp_path / "journal" / "x").play(2).end()
    sealed = seal_episode(tmp_path / "journal" / "x", near)
    key = sealed.place.key(Table.FRAMES)
    file = open_stored_file(FarStore(near), key)
    assert file.read() == near.get(key)
    file.seek(4)
    assert file.read(3) == near.get_range(key, 4, 3)
