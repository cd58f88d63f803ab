from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from tests.recorder.recordings import EPISODE, CountingJournal, picture_of

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.journal import JournalWriter
from skill_arcade.recorder.picture_blocks import iterate_picture_blocks
from skill_arcade.recorder.reading import find_adoption, read_episode_journal
from skill_arcade.recorder.records import RecordKind, encode_json, encode_picture
from skill_arcade.wire.picture import encode_change, picture_words

OUTSIDE = "a word list points outside the picture"


def raw(word_list: bytes) -> bytes:
    """A word list as a payload."""
    deflate = zlib.compressobj(4, zlib.DEFLATED, -12)
    return deflate.compress(word_list) + deflate.flush()


def entries(*gaps_and_words: tuple[int, int]) -> bytes:
    """A word list, whatever it points at."""
    gaps = b"".join(gap.to_bytes(2, "little") for gap, _ in gaps_and_words)
    words = b"".join(word.to_bytes(8, "little") for _, word in gaps_and_words)
    return len(gaps_and_words).to_bytes(4, "little") + gaps + words


def read_blocks(folder: Path, n_in_block: int) -> list[bytes]:
    blocks = iterate_picture_blocks(read_episode_journal(folder), n_in_block)
    return [row.tobytes() for block in blocks for row in block]


@pytest.mark.parametrize("n_in_block", [1, 2, 7, 21, 600])
def test_blocks_hold_every_picture_once_and_in_order(tmp_path: Path, n_in_block: int) -> None:
    """REC-2, REC-21: 20 bytes are two words and a half, and what fills the third one up is in no picture."""
    CountingJournal.begin(tmp_path).play(20).end()
    assert read_blocks(tmp_path, n_in_block) == [picture_of(step).tobytes() for step in range(21)]


def test_blocks_are_never_larger_than_asked_for(tmp_path: Path) -> None:
    CountingJournal.begin(tmp_path).play(20).end()
    blocks = iterate_picture_blocks(read_episode_journal(tmp_path), 8)
    assert [block.shape for block in blocks] == [(8, 20), (8, 20), (5, 20)]


@pytest.mark.parametrize("n_in_block", [1, 3, 5, 6, 100])
def test_the_picture_with_which_an_epoch_begins_is_not_counted_twice(tmp_path: Path, n_in_block: int) -> None:
    """REC-17, REC-30: also where a block ends right there."""
    CountingJournal.begin(tmp_path).play(5).writer.close()
    CountingJournal.begin(tmp_path, 2, find_adoption(tmp_path), segment=1).play(4).writer.close()
    CountingJournal.begin(tmp_path, 3, find_adoption(tmp_path), segment=2).play(3).end()
    assert read_blocks(tmp_path, n_in_block) == [picture_of(step).tobytes() for step in range(13)]


def test_key_pictures_within_an_epoch_and_pictures_without_a_change_are_read(tmp_path: Path) -> None:
    """REC-21: a writer may set KEY at any picture; a payload is empty where nothing changed."""
    journal = CountingJournal.begin(tmp_path)
    still, other = picture_words(picture_of(0)), picture_words(picture_of(9))
    payloads = [(False, b""), (False, encode_change(other, still)), (True, encode_change(still, None)), (False, b"")]
    for step, (key, payload) in enumerate(payloads):
        records = journal.group(step)[:-1]
        journal.writer.write([*records, (RecordKind.PICTURE, encode_picture(step + 1, key, payload))])
    journal.n_steps = 4
    journal.end()
    expected = [picture_of(number).tobytes() for number in (0, 0, 9, 0, 0)]
    for n_in_block in (1, 2, 3, 10):
        assert read_blocks(tmp_path, n_in_block) == expected


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (raw(entries((1, 7), (0, 7))), OUTSIDE),
        (raw(entries((4, 7))), OUTSIDE),
        (raw(entries((1, 1), (2, 2), (1, 3))), OUTSIDE),
        (raw(entries((1, 1))[:-1]), "a word list of 1 entries has 14 bytes, not 13"),
        (raw(bytes(200)), "too long for this picture"),
        (b"\xff", "not a DEFLATE stream"),
    ],
)
@pytest.mark.parametrize("n_in_block", [1, 600])
def test_a_payload_that_is_no_picture_is_named(tmp_path: Path, payload: bytes, why: str, n_in_block: int) -> None:
    """REC-21: with the same words as when pictures are read one by one."""
    journal = CountingJournal.begin(tmp_path).play(6)
    journal.writer.write([*journal.group(6)[:-1], (RecordKind.PICTURE, encode_picture(7, key=False, payload=payload))])
    journal.n_steps = 7
    journal.play(4).end()
    with pytest.raises(JournalCorrupt, match=f"Picture 7 of epoch 1 cannot be read: .*{why}"):
        read_blocks(tmp_path, n_in_block)
    with pytest.raises(JournalCorrupt, match=f"Picture 7 of epoch 1 cannot be read: .*{why}"):
        list(read_episode_journal(tmp_path).pictures)


@pytest.mark.parametrize("n_in_block", [1, 2, 3, 600])
def test_an_epoch_that_begins_with_another_picture_is_corrupt(tmp_path: Path, n_in_block: int) -> None:
    """REC-17."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    journal = read_episode_journal(tmp_path)
    opening = {"format": 1, "episode_id": str(EPISODE), "epoch": 2, "adopts": journal.adopted[-1].to_json()}
    wrong = encode_picture(2, key=True, payload=encode_change(picture_words(picture_of(7)), None))
    writer = JournalWriter.create(tmp_path, EPISODE, 2)
    writer.write(
        [
            (RecordKind.OPEN, encode_json({**opening, "provenance": journal.provenance})),
            (RecordKind.PICTURE, wrong),
        ]
    )
    writer.close()
    with pytest.raises(JournalCorrupt, match="Epoch 2 begins with another picture 2"):
        read_blocks(tmp_path, n_in_block)
