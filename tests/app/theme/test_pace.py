"""Who draws leaves the frames to others afterwards."""

from types import SimpleNamespace

import pytest

from app.theme import pace as module
from app.theme.pace import MOST_S, SHARE, Pace


def test_after_something_was_drawn_others_wait_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    pace = Pace()
    assert pace.wait_ms() == 0
    pace.rest(0.010)
    assert pace.wait_ms() == pytest.approx(10 * SHARE, abs=1)
    now[0] += 0.010 * SHARE
    assert pace.wait_ms() <= 1
    pace.rest(3600.0)
    assert pace.wait_ms() == pytest.approx(1000 * MOST_S, abs=1)
