"""All that is watched together takes no more of the time than it may, whatever it costs; what is new comes at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.picturing import AFTER_FIRST, LARGE_SHARE, SMALL_SHARE, Picturing
from engine.training.reports import Pictured, Probe
from engine.training.watching.beside import Beside
from engine.training.watching.wish import Wish, Work
from tests.engine.training.networks import session

STEPS = 1_000
TURNS = 12  # that there is time for, for each


@dataclass
class Clock:
    """Time that passes when it is told to."""

    now: float = 0.0
    watched: dict[str, float] = field(default_factory=dict)

    def __call__(self) -> float:
        return self.now

    def spend(self, seconds: float, what: str) -> None:
        """Let something take so long."""
        self.now += seconds
        self.watched[what] = self.watched.get(what, 0.0) + seconds


@dataclass(frozen=True)
class Costly(Wish):
    """Takes `seconds` a piece and never ends."""

    clock: Clock = field(default_factory=Clock, compare=False)
    seconds: float = 0.02

    def begin(self) -> Work:
        """Spends time."""
        return _Spending(self)


class _Spending(Work):
    def __init__(self, wish: Costly) -> None:
        self._wish = wish

    @property
    def restless(self) -> bool:
        return True

    def renew(self) -> None:
        pass

    def advance(self, beside: Beside) -> Mapping[str, Array] | None:
        self._wish.clock.spend(self._wish.seconds, self._wish.name)
        return {"x": np.zeros(1)}


@pytest.mark.parametrize("seconds", [0.002, 0.02, 0.4])
def test_wishes_together_take_their_share_and_each_gets_its_turns(seconds: float) -> None:
    clock = Clock()
    wishes = [Costly(name, clock, seconds) for name in "abcde"]
    picturing = Picturing(
        Control(wishes={w.name: w for w in wishes}, watch_validation=False), clock, lambda: True
    )
    run = session()
    for _ in range(STEPS):
        clock.now += 5 * seconds * TURNS / SMALL_SHARE / STEPS
        run.step += 1
        list(picturing.take(run))
    spent = sum(clock.watched.values()) - 5 * seconds  # the first of each comes at once
    assert spent <= 1.05 * SMALL_SHARE * clock.now
    counts = [clock.watched[w.name] / seconds for w in wishes]
    assert min(counts) >= 2
    assert max(counts) - min(counts) <= 2
    run.close()


def test_what_is_new_comes_at_once_although_others_have_spent_all() -> None:
    clock = Clock()
    control = Control(wishes={"a": Costly("a", clock, 1.0)}, watch_validation=False)
    picturing = Picturing(control, clock, lambda: True)
    run = session()
    assert len(list(picturing.take(run))) == 1
    run.step += 1
    clock.now += AFTER_FIRST / 2
    assert not list(picturing.take(run))
    control.wishes["b"] = Costly("b", clock, 1.0)
    (new,) = picturing.take(run)
    assert isinstance(new, Pictured)
    assert new.probe == "b"
    run.close()


def test_predictions_have_a_share_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    run = session()

    def predict(name: str, *_rest: object) -> dict[str, Array]:
        clock.spend(0.05, name)
        return {"y0": np.zeros((1, 1))}

    monkeypatch.setattr(run, "predict", predict)
    probes = {name: Probe(name, {"x": np.zeros((1, 2), np.float32)}, every_s=0.0) for name in "pq"}
    picturing = Picturing(Control(probes=probes, watch_validation=False), clock, lambda: True)
    for _ in range(STEPS):
        clock.now += 0.04
        run.step += 1
        list(picturing.take(run))
    assert sum(clock.watched.values()) <= 1.05 * LARGE_SHARE * clock.now + 0.1
    assert clock.watched["p"] == pytest.approx(clock.watched["q"], abs=0.051)
    run.close()
