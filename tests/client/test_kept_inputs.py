"""What a client keeps for a server that may lose it (LIVE-36)."""

from __future__ import annotations

import pytest

from skill_arcade.client.kept_inputs import MAX_KEPT, NEWEST_KEPT, KeptInputs, Offer
from skill_arcade.wire.from_client import Input, Resend, encode_client_message, parse_client_message
from skill_arcade.wire.limits import MAX_MESSAGE_BYTES


def press(seq: int, held: tuple[str, ...] = ()) -> Input:
    return Input(seq=seq, kind="down", client_us=seq, shown_step=0, held=held, code="KeyA", key="a")


def filled(count: int, held: tuple[str, ...] = ()) -> KeptInputs:
    kept = KeptInputs()
    for seq in range(1, count + 1):
        kept.add(press(seq, held), may_act=True)
    return kept


def steps_of(kept: KeptInputs, after: int = 0) -> list[tuple[int, int | None]]:
    """Number and step of every input after one, as they are offered."""
    steps: list[tuple[int, int | None]] = []
    while batch := kept.batch_after(after):
        steps += [(each.seq, each.applied_step) for each in batch]
        after = batch[-1].seq
    return steps


def test_an_input_acted_in_the_step_before_the_first_picture_that_shows_it() -> None:
    """LIVE-36."""
    kept = filled(3)
    kept.learn(10, 1)
    kept.learn(12, 2)
    kept.learn(13, 2)
    assert steps_of(kept) == [(1, 9), (2, 11), (3, None)]


def test_inputs_whose_step_is_in_the_store_are_forgotten_and_later_ones_kept() -> None:
    """LIVE-36."""
    kept = filled(3)
    kept.learn(10, 1)
    kept.learn(12, 2)
    kept.forget_before(10)
    assert steps_of(kept) == [(2, 11), (3, None)]
    kept.forget_before(5)
    kept.forget_before(100)
    assert steps_of(kept) == [(3, None)]


def test_one_that_made_no_step_is_kept_until_the_step_it_came_before_is_in_the_store() -> None:
    """LIVE-36."""
    kept = KeptInputs()
    kept.add(press(1), may_act=False)
    kept.learn(500, 1)
    kept.forget_before(499)
    assert steps_of(kept) == [(1, None)]
    kept.forget_before(500)
    assert steps_of(kept) == []


def test_what_was_not_acted_on_when_the_game_stopped_has_no_step() -> None:
    """LIVE-36."""
    kept = filled(2)
    kept.learn(10, 1)
    kept.stand_still()
    kept.learn(11, 2)
    assert steps_of(kept) == [(1, 9), (2, None)]


def test_what_was_offered_without_a_step_never_gets_one() -> None:
    """LIVE-36: the server has recorded that it made none."""
    kept = filled(2)
    kept.learn(10, 1)
    assert kept.offer_after(1, 3, 10) == Offer(known_until=None, next_seq=3)
    kept.learn(11, 2)
    assert steps_of(kept) == [(1, 9), (2, None)]


def test_inputs_behind_one_that_is_missing_are_numbered_anew_and_say_no_step() -> None:
    """LIVE-30, LIVE-36: those before were another client's, which is gone."""
    kept = KeptInputs()
    for seq in (51, 52):
        kept.add(press(seq), may_act=True)
    kept.learn(1200, 52)
    assert kept.offer_after(45, 53, 900) == Offer(known_until=900, next_seq=48)
    assert steps_of(kept, 45) == [(46, None), (47, None)]


def test_a_client_that_has_none_to_offer_knows_no_step_after_the_servers() -> None:
    """LIVE-36."""
    assert KeptInputs().offer_after(45, 51, 900) == Offer(known_until=900, next_seq=46)
    assert KeptInputs().offer_after(50, 51, 900) == Offer(known_until=None, next_seq=51)


def test_an_input_whose_step_was_lost_and_went_otherwise_has_none() -> None:
    """LIVE-36."""
    kept = filled(3)
    for step, seq in ((90, 1), (95, 2), (100, 3), (80, 0), (92, 3)):
        kept.learn(step, seq)
    assert steps_of(kept) == [(1, 89), (2, None), (3, None)]
    kept.forget_before(92)
    assert len(kept) == 0


def test_beyond_what_can_be_kept_the_middle_goes_and_is_counted() -> None:
    """LIVE-36: for the same server nothing is missing; another one gets steps as far as all inputs are there."""
    kept = KeptInputs()
    for seq in range(1, MAX_KEPT + 11):
        kept.add(press(seq), may_act=True)
        kept.learn(seq, seq)
    assert (len(kept), kept.n_dropped) == (MAX_KEPT, 10)
    newest = MAX_KEPT + 10
    assert kept.offer_after(newest - 2, newest + 1, newest) == Offer(known_until=None, next_seq=newest + 1)
    first_missing = MAX_KEPT - NEWEST_KEPT + 1
    assert kept.offer_after(0, newest + 1, 0) == Offer(known_until=first_missing - 2, next_seq=MAX_KEPT + 1)
    steps = steps_of(kept)
    assert steps[first_missing - 2] == (first_missing - 1, first_missing - 2)
    assert steps[first_missing - 1] == (first_missing, None)
    assert [seq for seq, _ in steps] == list(range(1, MAX_KEPT + 1))


def test_what_went_on_elsewhere_is_not_offered() -> None:
    """LIVE-36."""
    kept = filled(3)
    kept.forget_all()
    assert kept.batch_after(0) == ()


@pytest.mark.parametrize(
    ("held", "most"), [((), 60), (tuple(f"{number:x<32}" for number in range(16)), 30)], ids=["short", "long"]
)
def test_a_resend_has_no_more_inputs_and_bytes_than_a_server_takes(held: tuple[str, ...], most: int) -> None:
    """LIVE-12, LIVE-36."""
    kept = filled(130, held)
    kept.learn(2**32 - 1, 130)
    sent = 0
    while batch := kept.batch_after(sent):
        text = encode_client_message(Resend(inputs=batch, last_step=2**32 - 1))
        assert len(batch) <= most
        assert len(text) <= MAX_MESSAGE_BYTES
        parse_client_message(text.encode())
        sent = batch[-1].seq
    assert sent == 130
