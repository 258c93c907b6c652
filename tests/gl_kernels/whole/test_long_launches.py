"""Some drivers end a shader's loops after so many iterations, without a word: launches must stay below that."""

from __future__ import annotations

from engine.tensor.spec import Array
from tests.engine.training.networks import session, settings, with_everything

STEPS = 3000


def after(pieces: list[int]) -> dict[str, Array]:
    s = session(with_everything(), training=settings(epochs=10_000), device="gl")
    for steps in pieces:
        s.advance(steps)
    states = s.states()
    s.close()
    return states


def test_many_steps_at_once_are_what_few_at_a_time_are() -> None:
    at_once, in_pieces = after([STEPS]), after([100] * (STEPS // 100))
    for name, array in in_pieces.items():
        assert array.tobytes() == at_once[name].tobytes(), name
