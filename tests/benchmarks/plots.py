"""Measures curves of a million points: appended while they are shown, zoomed and panned, with other runs behind them.

`python -m tests.benchmarks.plots [POINTS ..]` prints one line of JSON for each length of the curves. Times are
milliseconds: the median, `_p99`, and `_cpu99`, the processor time of the window's thread alone; `mb` is what the curves
themselves take.
"""

import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from PySide6.QtWidgets import QApplication

from app.main import make_application
from app.plots.curves import CurvesView, RunCurves
from app.plots.track import Track
from app.theme import Theme

SIZE: Final = (900, 280)
FRAMES: Final = 60
RUNS: Final = 3
EPOCHS: Final = 50.0
LOSS: Final = "loss"

Took = tuple[float, float]


def noisy(points: int, seed: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """A loss that falls, with the noise of batches."""
    generator = np.random.default_rng(seed)
    at = np.linspace(0, 1, points)
    values: np.ndarray[tuple[int], np.dtype[np.float64]] = 2.0 * np.exp(-5 * at) + 0.1 * generator.random(
        points
    )
    return values


class Bench:
    """A view with two long curves and three earlier runs."""

    def __init__(self, points: int) -> None:
        self.theme = Theme("dark")
        self.view = CurvesView(self.theme, (Track(LOSS, "Loss"),))
        self.view.resize(*SIZE)
        self.view.set_planned_epochs(EPOCHS)
        self.view.show()
        self.points = points
        self.figures: dict[str, float] = {"points": points, "scale": self.view.devicePixelRatioF()}

    def run(self) -> None:
        """All measurements."""
        x = np.linspace(0, EPOCHS / 2, self.points)
        values = [noisy(self.points, seed) for seed in range(RUNS + 1)]
        tracemalloc.start()
        begun = time.perf_counter()
        self.view.append(LOSS, "training", x, values[0])
        self.view.append(LOSS, "validation", x, values[0] + 0.1)
        self.figures["filled"] = round(1000 * (time.perf_counter() - begun), 1)
        self.figures["mb"] = round(tracemalloc.get_traced_memory()[0] / 1e6, 1)
        tracemalloc.stop()
        self._all("alone")
        self.view.set_runs(
            [
                RunCurves(f"run {k}", {(LOSS, "training"): (x, values[k] + 0.02 * k)})
                for k in range(1, RUNS + 1)
            ]
        )
        self._all("with_runs")

    def _all(self, what: str) -> None:
        self._note(f"append_{what}", self._times(self._appends()))
        self._note(f"zoom_{what}", self._times(self._zooms()))
        self._note(f"pan_{what}", self._times(self._pans()))
        self._note(f"point_{what}", self._times(self._points()))
        self.view.reset_view()

    def _times(self, acts: Iterator[Callable[[], object]]) -> list[Took]:
        times = []
        for act in acts:
            begun, spent = time.perf_counter(), time.thread_time()
            act()
            self.view.refresh_now()
            self.view.repaint()
            QApplication.processEvents()
            times.append((1000 * (time.perf_counter() - begun), 1000 * (time.thread_time() - spent)))
        return times

    def _appends(self) -> Iterator[Callable[[], object]]:
        at = self.view.panel(LOSS).extent()
        last = at[1] if at is not None else 0.0
        for index in range(FRAMES):
            place = last + 1e-4 * (index + 1)
            yield lambda place=place: self.view.append(LOSS, "training", place, 0.5)  # type: ignore[misc]  # mypy infers no lambda with a default

    def _zooms(self) -> Iterator[Callable[[], object]]:
        surface = self.view.panel(LOSS).surface
        for index in range(FRAMES):
            width = EPOCHS * 0.9 ** (index % 30)
            span = (EPOCHS / 4 - width / 4, EPOCHS / 4 + width / 4)
            yield lambda span=span: self._show(surface, span)  # type: ignore[misc]  # mypy infers no lambda with a default

    def _pans(self) -> Iterator[Callable[[], object]]:
        surface = self.view.panel(LOSS).surface
        for index in range(FRAMES):
            span = (0.1 * index, 0.1 * index + EPOCHS / 8)
            yield lambda span=span: self._show(surface, span)  # type: ignore[misc]  # mypy infers no lambda with a default

    def _points(self) -> Iterator[Callable[[], object]]:
        for index in range(FRAMES):
            yield lambda at=0.3 * index: self.view.point_at(at)  # type: ignore[misc]  # mypy infers no lambda with a default

    def _show(self, surface: object, span: tuple[float, float]) -> None:
        panel = self.view.panel(LOSS)
        panel.surface.set_range(span, panel.surface.y_range())
        panel.zoomed.emit(*span)

    def _note(self, name: str, times: list[Took]) -> None:
        taken = np.asarray(times)
        self.figures[name] = round(float(np.median(taken[:, 0])), 1)
        self.figures[f"{name}_p99"] = round(float(np.percentile(taken[:, 0], 99)), 1)
        self.figures[f"{name}_cpu99"] = round(float(np.percentile(taken[:, 1], 99)), 1)


if __name__ == "__main__":
    app = make_application()
    for asked in map(int, sys.argv[1:] or ("10000", "1000000")):
        bench = Bench(asked)
        bench.theme.apply(app)
        bench.run()
        print(json.dumps(bench.figures), flush=True)
