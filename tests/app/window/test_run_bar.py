"""What the bar at the top says of a run."""

import pytest

from app.theme import Theme
from app.window.run_bar import RunBar, duration_text, time_left
from engine.training.reports import Progress


@pytest.mark.parametrize(
    ("step", "rate", "words"),
    [
        (0, 0.0, ""),  # nothing is known
        (1, 20.0, ""),  # the first step, which is slow
        (1, 0.2, "1 min 35 s"),  # a step that takes five seconds is worth a word
        (200, 10.0, "0 s"),
        (10, 5.0, "2 s"),
        (4, 8.0, ""),
    ],
)
def test_time_left_is_said_once_something_is_known(step: int, rate: float, words: str) -> None:
    assert time_left(Progress(step, step / 10, {}, rate), 2, 10.0) == words


def test_what_took_less_than_a_second_is_not_said_to_have_taken_none() -> None:
    assert [duration_text(s) for s in (0.0, 0.01, 0.44, 1.2, 200.0)] == [
        "0 s",
        "0.1 s",
        "0.4 s",
        "1 s",
        "3 min 20 s",
    ]


def test_progress_does_without_the_time(theme: Theme) -> None:
    bar = RunBar(theme)
    bar.show_epochs(2)
    bar.show_progress(Progress(1, 0.1, {}, 20.0), 10.0)
    assert bar.progress.caption() == "epoch 1 of 2 · step 1"
    bar.show_progress(Progress(15, 1.5, {}, 5.0), 10.0)
    assert bar.progress.caption() == "epoch 2 of 2 · step 15 · 1 s left"
    bar.deleteLater()
