"""How many steps are run at once: more while they are quick, few enough that Stop is heard."""

from __future__ import annotations

import pytest

from engine.training.tempo import CHUNK_TIME, Tempo


def test_nothing_is_known_before_the_first_step() -> None:
    tempo = Tempo()
    assert (tempo.chunk, tempo.steps, tempo.steps_per_s, tempo.step_time) == (1, 0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("step_time", "chunk"), [(CHUNK_TIME / 100, 100), (CHUNK_TIME / 3, 3), (CHUNK_TIME, 1), (5.0, 1)]
)
def test_a_chunk_takes_as_long_as_it_should(step_time: float, chunk: int) -> None:
    tempo = Tempo()
    for _ in range(20):
        tempo.took(tempo.chunk, tempo.chunk * step_time * 0.999)
    assert tempo.chunk == chunk
    assert tempo.step_time == pytest.approx(step_time, rel=0.01)
    assert tempo.steps_per_s == pytest.approx(1 / step_time, rel=0.01)


def test_one_lucky_chunk_lets_it_grow_four_times_at_most() -> None:
    tempo = Tempo()
    tempo.took(1, 0.0)
    assert tempo.chunk == 4


def test_a_chunk_cut_short_by_an_epoch_says_nothing_of_the_next() -> None:
    tempo = Tempo()
    tempo.took(1, CHUNK_TIME / 8)
    assert tempo.chunk == 4
    tempo.took(3, 10.0)
    assert tempo.chunk == 4
    assert tempo.steps == 4
