"""An episode's journals out of the store, for a server that has never seen them (REC-33)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4
from zlib import crc32

from skill_arcade.archive.layout import spool_key
from skill_arcade.archive.store import BlobNotFound, BlobStore
from skill_arcade.domain.errors import EpisodeNotFound, JournalCorrupt, RecordingError
from skill_arcade.domain.syncing import sync_file, sync_folder
from skill_arcade.recorder.chain import MissingEpoch, read_chain, write_generation
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.scanning import scan_journal
from skill_arcade.recorder.spool.manifest import (
    Manifest,
    SegmentHead,
    find_manifest,
    list_machines,
    read_head,
    read_manifest,
)
from skill_arcade.recorder.spool.segment import Chunk, Held, JournalName

__all__ = ["Restored", "clear_gone_machine", "is_shipped", "list_machines", "read_manifest", "restore_episode"]

RESTORING = "restoring"
"""Folder beside that of all journals, on the same disk, in which an episode's are put together."""

_SEGMENTS_AT_ONCE = 8
"""Segments that are read at the same time: an hour of play is in a thousand."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of the store; false where nothing did.

    Attributes:
        epochs: of which there is a journal here now, ascending.
        problems: what the store should have and does not give, a sentence each; empty where all is there. What the
            store cannot give ends a journal; a record that was wrong when it was shipped is left to its readers.
    """

    epochs: tuple[int, ...]
    problems: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.epochs)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One journal as the segments of one machine have it. Of several machines, all are the same up to the shorter."""

    machine: UUID
    held: Held


def restore_episode(
    store: BlobStore,
    episode_id: UUID,
    folder: Path,
    machines: Sequence[UUID] | None = None,
    *,
    generation: int | None = None,
) -> Restored:
    """Write the journals of one episode as far as any machine brought them into the store; they are on the disk then.

    Args:
        store: where the segments are.
        episode_id: which.
        folder: where the journals go: it appears whole, or not at all.
        machines: whose segments are read; None for all there are.
        generation: in which this server owns the episode, for the journals' next epoch (see `write_generation`).

    Returns:
        What came. Where not one byte could be had, there is no folder.

    Raises:
        RecordingError: the folder is there already, or a newer version of this program wrote a segment.
        StoreAway: the store cannot be used now; nothing is left behind.
    """
    if folder.exists():
        raise RecordingError(f"{folder} is there already: nothing is restored into it.")
    problems: list[str] = []
    copies = _find_copies(store, episode_id, list_machines(store) if machines is None else machines, problems)
    if not copies:
        return Restored((), tuple(problems))
    unfinished = folder.parent.with_name(RESTORING) / f"{episode_id}-{uuid4()}"
    unfinished.mkdir(parents=True)
    try:
        with ThreadPoolExecutor(_SEGMENTS_AT_ONCE, "restore") as threads:
            epochs = [
                name.epoch
                for name in sorted(copies)
                if _restore_journal(store, threads, copies[name], journal_path(unfinished, name.epoch), problems)
            ]
        _leave_what_stands_on_nothing(unfinished, epochs, problems)
        if epochs:
            _publish(unfinished, folder, generation)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Restored(tuple(epochs), tuple(problems))


def _leave_what_stands_on_nothing(folder: Path, epochs: list[int], problems: list[str]) -> None:
    """Leave epochs away that go on from one of which nothing came: what they hold cannot be used (REC-31).

    The next epoch goes on from what is left, which it could not if the newest were of no use.
    """
    while epochs:
        try:
            read_chain(folder)
        except MissingEpoch:
            epoch = epochs.pop()
            journal_path(folder, epoch).unlink()
            problems.append(f"Epoch {epoch} is left away: it goes on from another that is missing.")
        except EpisodeNotFound:
            return  # there are beginnings of journals, and whoever reads them says so
        else:
            return


def _publish(unfinished: Path, folder: Path, generation: int | None) -> None:
    if generation is not None:
        write_generation(unfinished, generation)
    sync_folder(unfinished)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished.rename(folder)
    sync_folder(folder.parent)


def is_shipped(store: BlobStore, episode_id: UUID) -> bool:
    """Whether the store has anything of an episode's journals, of whatever machine; raises as `restore_episode`."""
    return bool(_find_copies(store, episode_id, list_machines(store), []))


def clear_gone_machine(store: BlobStore, machine: UUID, is_released: Callable[[UUID], bool]) -> list[UUID]:
    """Delete the segments of a machine that will never come back, if nobody needs any of them.

    Args:
        store: where they are.
        machine: whose.
        is_released: whether an episode is sealed.

    Returns:
        The episodes for which they are still needed, ascending; they are deleted if there is none.

    Raises:
        RecordingError: its newest segment cannot be read, or a newer version of this program wrote it.
        StoreAway: the store cannot be used now; call again.
    """
    manifest = find_manifest(store, machine)
    if manifest.problems:
        raise JournalCorrupt(f"{manifest.problems[0]} The segments are left where they are.")
    held = {each.name.episode_id for each in manifest.index.holds} if manifest.index is not None else set()
    needed = sorted(each for each in held if not is_released(each))
    if not needed:
        for number in manifest.numbers:  # the newest one last: it tells where everything lies
            store.delete(spool_key(str(machine), number))
    return needed


def _find_copies(
    store: BlobStore, episode_id: UUID, machines: Sequence[UUID], problems: list[str]
) -> dict[JournalName, list[_Copy]]:
    """Who has how much of each of the episode's journals; the longest first.

    A damaged segment is a problem of this episode only where it may have had something of it.
    """
    copies: dict[JournalName, list[_Copy]] = {}
    problems_of_others: list[str] = []
    for machine in machines:
        manifest = find_manifest(store, machine)
        some = manifest.index.holds if manifest.index is not None else ()
        mine = [held for held in some if held.name.episode_id == episode_id]
        for held in mine:
            copies.setdefault(held.name, []).append(_Copy(machine, held))
        is_mine = bool(mine) or _is_named_in_damaged(store, machine, manifest, episode_id)
        (problems if is_mine else problems_of_others).extend(manifest.problems)
    if not copies:
        problems.extend(problems_of_others)  # so damaged, perhaps, that not even its name is left
    for each in copies.values():
        each.sort(key=lambda copy: copy.held.n_bytes, reverse=True)
    return copies


def _is_named_in_damaged(store: BlobStore, machine: UUID, manifest: Manifest, episode_id: UUID) -> bool:
    """Whether the id of an episode stands in a segment that cannot be read, newer than the newest that can."""
    newest = manifest.index.number if manifest.index is not None else 0
    for number in manifest.numbers:
        if number > newest:
            try:
                data = store.get(spool_key(str(machine), number))
            except BlobNotFound:
                continue
            if str(episode_id).encode() in data:
                return True
    return False


def _restore_journal(
    store: BlobStore, threads: Executor, copies: Sequence[_Copy], path: Path, problems: list[str]
) -> bool:
    """Write one journal from the best of its copies; whether anything of it could be had."""
    wanted = copies[0].held
    tried: list[tuple[int, Path, str]] = []
    for i, copy in enumerate(copies):
        part = path.with_suffix(f".{i}")
        problem = _write_copy(store, threads, copy, part)
        n_sound = _count_sound_bytes(part)
        tried.append((n_sound, part, problem or "a record in it is wrong"))
        if n_sound == wanted.n_bytes:
            break
    n_sound, best, problem = max(tried, key=lambda each: each[0])
    if n_sound < wanted.n_bytes:
        problems.append(f"Epoch {wanted.name.epoch}: of {wanted.n_bytes} bytes {n_sound} could be had: {problem}.")
    if best.stat().st_size > 0:
        sync_file(best)
        best.rename(path)
    for _, part, _problem in tried:
        part.unlink(missing_ok=True)
    return path.exists()


def _write_copy(store: BlobStore, threads: Executor, copy: _Copy, path: Path) -> str | None:
    """Write a journal as one machine has it, as far as its bytes follow each other; what is wrong where they end."""
    problem: str | None = None
    n_bytes = 0
    with path.open("wb") as file:
        for chunk, found in _fetch_chunks(store, threads, copy):
            if isinstance(found, str):
                problem = problem or found
            elif chunk is not None and chunk.start <= n_bytes < chunk.end:
                file.write(found[n_bytes - chunk.start :])
                n_bytes = chunk.end
            if n_bytes >= copy.held.n_bytes:
                break
        file.truncate(min(n_bytes, copy.held.n_bytes))
    if n_bytes >= copy.held.n_bytes:
        return None
    return problem or f"what follows is in no segment of machine {copy.machine}"


def _fetch_chunks(store: BlobStore, threads: Executor, copy: _Copy) -> Iterator[tuple[Chunk | None, bytes | str]]:
    """The chunks of a journal in the order of their segments, with their bytes, or with what is wrong."""
    numbers = (number for first, last in copy.held.numbers for number in range(first, last + 1))
    while some := list(islice(numbers, _SEGMENTS_AT_ONCE)):
        for found in threads.map(lambda number: _fetch_of_segment(store, copy, number), some):
            yield from found


def _fetch_of_segment(store: BlobStore, copy: _Copy, number: int) -> list[tuple[Chunk | None, bytes | str]]:
    try:
        head = read_head(store, copy.machine, number)
    except BlobNotFound:
        return []  # it had none of these bytes, or they are missed where they should follow
    except JournalCorrupt as error:
        return [(None, str(error).rstrip("."))]
    places = zip(head.index.chunks, head.offsets, strict=True)
    return [(chunk, _fetch(store, copy, head, chunk, at)) for chunk, at in places if chunk.name == copy.held.name]


def _fetch(store: BlobStore, copy: _Copy, head: SegmentHead, chunk: Chunk, offset: int) -> bytes | str:
    """The bytes of a chunk; a sentence if they are not what they were."""
    n_bytes = chunk.end - chunk.start
    body = head.data[offset : offset + n_bytes]
    if len(body) < n_bytes:
        try:
            body = store.get_range(spool_key(str(copy.machine), head.index.number), offset, n_bytes)
        except BlobNotFound as error:
            return str(error).rstrip(".")
    if len(body) != n_bytes or crc32(body) != chunk.crc:
        return (
            f"bytes {chunk.start} to {chunk.end} in segment {head.index.number} of machine {copy.machine} are damaged"
        )
    return body


def _count_sound_bytes(path: Path) -> int:
    """How far every record's checksum is right. What follows is left there: it is what was shipped (REC-13)."""
    scan = scan_journal(path)
    try:
        for _record in scan:
            pass
    except RecordingError:
        return path.stat().st_size  # a newer version wrote it, which can tell more of it
    return scan.cursor.n_bytes
