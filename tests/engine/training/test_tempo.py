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
    tempo.took(1, 10.0)
    assert tempo.chunk == 4
    assert tempo.steps == 2


def test_a_chunk_that_is_cut_so_that_a_report_is_in_time_still_says_how_fast_steps_are() -> None:
    tempo = Tempo()
    for _ in range(8):
        tempo.took(tempo.chunk, tempo.chunk * CHUNK_TIME / 100.5)
    assert tempo.chunk == 100
    for _ in range(8):
        steps = tempo.chunk_within(5 / 3 * CHUNK_TIME)
        tempo.took(steps, steps * CHUNK_TIME / 50.5)  # twice as slow from now on
    assert tempo.chunk == 50


@pytest.mark.parametrize(
    ("chunks_left", "steps"),
    [(2.0, 100), (1.66, 83), (1.0, 100), (0.5, 50), (0.001, 1), (0.0, 100), (-3.0, 100)],
)
def test_chunks_are_cut_alike_so_that_the_last_ends_in_time(chunks_left: float, steps: int) -> None:
    tempo = Tempo()
    tempo.chunk = 100
    assert tempo.chunk_within(chunks_left * CHUNK_TIME) == steps
