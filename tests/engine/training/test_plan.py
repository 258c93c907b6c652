"""What a step takes, measured with a clock of our own."""

import pytest

from engine.training.plan import BLOCKS, LONG_STEP, judging_seconds, step_seconds


class Steps:
    """Takes a known time for each step, and more for the first one."""

    def __init__(self, seconds: float, first: float = 0.0) -> None:
        self.seconds, self.first = seconds, first
        self.now, self.steps = 0.0, 0

    def advance(self, steps: int) -> None:
        self.now += steps * self.seconds + (self.first if self.steps == 0 else 0.0)
        self.steps += steps

    def report(self) -> object:
        return None


@pytest.mark.parametrize("seconds", [1e-5, 1e-3, 0.1])
def test_the_time_of_a_step_is_found_whatever_the_first_one_takes(seconds: float) -> None:
    steps = Steps(seconds, first=0.02)
    assert step_seconds(steps, clock=lambda: steps.now) == pytest.approx(seconds)


def test_one_long_step_is_enough_and_the_measurement_can_be_ended() -> None:
    long = Steps(3 * LONG_STEP)
    assert step_seconds(long, clock=lambda: long.now) == pytest.approx(3 * LONG_STEP)
    assert long.steps == 1
    short, asked = Steps(0.001), []

    def enough() -> None:
        asked.append(short.steps)
        if len(asked) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        step_seconds(short, enough, lambda: short.now)
    assert len(asked) == 2 < BLOCKS


class Judge:
    """Takes a known time for each row, and more for the first batch."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now, self.rows = seconds, 0.0, 0

    def judge(self, rows: range, go_on: object) -> object:
        self.now += len(rows) * self.seconds + (0.0 if self.rows else 1.0)
        self.rows += len(rows)
        return go_on


@pytest.mark.parametrize("rows", [7, 250, 10_000])
def test_a_validation_is_foreseen_from_one_batch_of_it(rows: int) -> None:
    judge = Judge(0.001)
    assert judging_seconds(judge, range(rows), clock=lambda: judge.now) == pytest.approx(0.001 * rows)
    assert judge.rows <= 2 * 250
    assert judging_seconds(judge, range(0), clock=lambda: judge.now) == 0.0
