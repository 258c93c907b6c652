"""Measures the window as it really runs, in a process of its own: start, click to curve, frames, memory.

`python -m tests.benchmarks.window start|frames|memory|click:EXAMPLE|curves:EXAMPLE|panels:EXAMPLE` prints one line of JSON;
all times are in milliseconds. `click:mnist-mlp` counts from the click on Train, `frames` from the first values;
`curves:spiral` trains with nothing but the curves in view, `panels:mnist-cnn` with all panels of the first layer open. The
display is the one of the environment: offscreen, or a virtual one that Xvfb gives.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QScrollArea, QWidget
from typing_extensions import override

from app import main
from app.document import Document
from app.plots.base import LiveView
from app.training import TrainState
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.layers.base import Role
from engine.training.reports import Progress

ROOT = Path(__file__).resolve().parents[2]
FRAME_MS = 16
FRAMES_FOR_S = 5.0
WARM_UP_STEPS = 60_000  # until what is imported late is there, and pictures and curves have their size
STEPS = 40_000
SETTLE_MS = 3_000  # until what has been opened shows something
SAMPLED_STEPS = 10_000  # at the start and at the end
PAGE = os.sysconf("SC_PAGE_SIZE")
# as main.py starts the window; and a worker finds a main module that it need not import, as that one is nearly empty
AS_MAIN = """
from app.memory import collect_later
collect_later()
import runpy
runpy.run_module("tests.benchmarks.window", run_name="__main__")
"""


def measure(what: str, environment: Mapping[str, str]) -> dict[str, float]:
    """Run one measurement in a new process; raises CalledProcessError where it fails."""
    command = [sys.executable, "-c", AS_MAIN, what, str(time.monotonic())]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, timeout=300
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


class Probe(QObject):
    """Watches the window that `app.main.run` makes, and writes figures down.

    Args:
        begun: `time.monotonic()` when the process was started.
    """

    def __init__(self, begun: float) -> None:
        super().__init__()
        self.begun = begun
        self.figures: dict[str, float] = {}
        self._frames: list[float] = []
        self._window: MainWindow | None = None

    @property
    def window(self) -> MainWindow:
        """The window, once it is there; looked for once, as each of its events asks for it."""
        if self._window is None:
            self._window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
        return self._window

    def finish(self) -> None:
        """Print the figures and end the application."""
        print(json.dumps(self.figures), flush=True)
        self.window.removeEventFilter(self)
        self.window.workspace.document.stack.setClean()
        answers = QTimer(self)
        answers.timeout.connect(self._discard)
        answers.start(50)
        self.window.close()

    def _discard(self) -> None:
        """Let go what trains and what was learned, where the window asks."""
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            buttons = QMessageBox.StandardButton
            known = [
                button
                for button in box.buttons()
                if box.standardButton(button) in (buttons.Discard, buttons.Close)
            ]
            for button in known[:1]:
                button.click()

    # -- start ----------------------------------------------------------------------------------
    def start(self) -> None:
        """Process to usable window, click to first progress; clicked at once, and again when the worker is warm."""
        self.figures["usable"] = self._since(self.begun)
        self._clicked = time.monotonic()
        self.window.training.progressed.connect(
            self._on_cold_progress, Qt.ConnectionType.SingleShotConnection
        )
        self.window.top_bar.train.click()

    def _on_cold_progress(self, _progress: object) -> None:
        self.figures["click_to_curve_at_once"] = self._since(self._clicked)
        self.window.training.ended.connect(self._on_cold_end, Qt.ConnectionType.SingleShotConnection)
        self.window.training.stop()

    def _on_cold_end(self, _ended: object) -> None:
        self._clicked = time.monotonic()
        self.window.training.progressed.connect(
            self._on_warm_progress, Qt.ConnectionType.SingleShotConnection
        )
        self.window.top_bar.train.click()

    def _on_warm_progress(self, _progress: object) -> None:
        self.figures["click_to_curve_warm"] = self._since(self._clicked)
        self.finish()

    # -- frames ---------------------------------------------------------------------------------
    def frames(self) -> None:
        """Train MNIST on the processor and note how evenly the event loop turns and how long painting takes."""
        self._train("mnist-mlp")
        self.window.training.progressed.connect(
            self._on_first_progress, Qt.ConnectionType.SingleShotConnection
        )

    def click(self, example: str) -> None:
        """The same from the click on, with all that a run brings into the window first."""
        self._train(example)
        self._on_first_progress()

    def curves(self, example: str) -> None:
        """Nothing but the curves is to be seen below the canvas, and they have been for a while."""
        self.window.tabs.current.dock.predictions.hide()
        self._train(example)
        self.window.tabs.current.dock.predictions.hide()
        QTimer.singleShot(SETTLE_MS, self._on_first_progress)

    def panels(self, example: str) -> None:
        """The same with all panels of the first layer open, predictions and pictures on the nodes beside them."""
        self._train(example)
        self.window.training.progressed.connect(self._on_any_progress)

    def _train(self, example: str) -> None:
        window = self.window
        document = Document(examples()[example].graph())
        document.set_training(document.training.model_copy(update={"epochs": 100_000, "device": "cpu"}))
        document.stack.setClean()
        window.open_document(document)
        window.training.state_changed.connect(self._on_state_changed)
        window.installEventFilter(self)
        window.top_bar.train.click()

    def _on_state_changed(self, state: TrainState) -> None:
        """Without its worker nothing comes that could be measured."""
        if state is TrainState.DIED:
            print("The worker ended by itself.", file=sys.stderr)
            QTimer.singleShot(0, self._give_up)

    def _give_up(self) -> None:
        """Let go of everything as a user would, but for the exit status."""
        self.window.close_unasked()
        QApplication.exit(1)

    def _on_any_progress(self, _progress: object) -> None:
        """Open one after the other, as soon as the run has something for it."""
        from app.inside.units_section import UnitsSection

        workspace = self.window.workspace
        units = self.window.findChild(UnitsSection)
        if units is None:
            layers = workspace.document.graph.nodes.values()
            workspace.choose(next(n.id for n in layers if n.role is Role.HIDDEN))
        elif not units.strip.count:
            units.unfold()
            self._look_at(workspace.inside)
        else:
            units.strip.chosen.emit(0)
            self.window.training.progressed.disconnect(self._on_any_progress)
            QTimer.singleShot(SETTLE_MS, self._on_first_progress)

    def _look_at(self, widget: QWidget) -> None:
        """Scroll to it."""
        area = next(a for a in self.window.findChildren(QScrollArea) if a.isAncestorOf(widget))
        content = area.widget()
        assert content is not None
        area.verticalScrollBar().setValue(widget.mapTo(content, QPoint(0, 0)).y())

    def _count_updates(self) -> None:
        """How often the run tells something, and how often curves and predictions are drawn anew."""
        run = self.window.workspace.run
        drawn = [view for view in self.window.findChildren(LiveView) if view.isVisible()]
        signals = {"report": run.progressed, "answer": run.pictured, "inside": run.seen}
        signals |= {f"drawn {type(view).__name__}": view.drawn for view in drawn}
        for name, signal in signals.items():
            signal.connect(lambda *_, name=name: self._updates.update([name]))

    def _on_first_progress(self, _progress: object = None) -> None:
        self._ticks: list[float] = []
        self._spent: list[float] = []
        self._frames.clear()
        self._updates: Counter[str] = Counter()
        self._count_updates()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start(FRAME_MS)

    def _on_tick(self) -> None:
        self._ticks.append(time.monotonic())
        self._spent.append(time.thread_time())
        if self._ticks[-1] - self._ticks[0] > FRAMES_FOR_S:
            self._timer.stop()
            self._note("turn", np.diff(self._ticks) * 1000)
            self._note("busy", np.diff(self._spent) * 1000)  # of each turn, this thread on the processor
            self._note("paint", np.asarray(self._frames) * 1000)
            took = self._ticks[-1] - self._ticks[0]
            self.figures |= {f"{name}s a second": round(n / took, 1) for name, n in self._updates.items()}
            self.finish()

    def _note(self, name: str, values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
        for share in (50, 99):
            self.figures[f"{name}_p{share}"] = round(float(np.percentile(values, share)), 1)
        self.figures[f"{name}_max"] = round(float(values.max()), 1)
        self.figures[f"{name}s"] = len(values)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.window or event.type() is not QEvent.Type.UpdateRequest:
            return False
        begun = time.thread_time()  # other programs do not count
        self.window.event(event)  # paints all that asked for it and puts it on the screen
        self._frames.append(time.thread_time() - begun)
        return True

    # -- memory ---------------------------------------------------------------------------------
    def memory(self) -> None:
        """Train xor for many steps and note how the two processes have grown, in percent."""
        document = Document(examples()["xor"].graph())
        document.set_training(document.training.model_copy(update={"epochs": 10**6, "device": "cpu"}))
        document.stack.setClean()
        self.window.open_document(document)
        self._samples: list[tuple[int, int, int]] = []
        self.window.training.progressed.connect(self._on_memory_progress)
        self.window.top_bar.train.click()

    def _on_memory_progress(self, progress: Progress) -> None:
        if progress.step < WARM_UP_STEPS:
            return
        worker = self.window.training.worker_pid
        assert worker is not None
        self._samples.append((progress.step, _resident(os.getpid()), _resident(worker)))
        if progress.step > WARM_UP_STEPS + STEPS + SAMPLED_STEPS:
            self.window.training.progressed.disconnect(self._on_memory_progress)
            self._note_growth()
            self.finish()

    def _note_growth(self) -> None:
        """Compare the least memory over many steps: arrays that live for a moment come and go in megabytes."""
        sizes = np.asarray(self._samples)
        early = sizes[sizes[:, 0] < sizes[0, 0] + SAMPLED_STEPS, 1:].min(axis=0)
        late = sizes[sizes[:, 0] > sizes[-1, 0] - SAMPLED_STEPS, 1:].min(axis=0)
        for name, before, now in zip(("window", "worker"), early, late, strict=True):
            self.figures[f"{name}_mb"] = round(float(now) / 1e6, 1)
            self.figures[f"{name}_growth_percent"] = round(100 * float(now - before) / float(before), 2)

    def _since(self, moment: float) -> float:
        return round(1000 * (time.monotonic() - moment))


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def when_usable(probe: Probe, then: Callable[[], None]) -> None:
    """Call `then` once the window is painted, its data is there and it has handled all that waited."""

    def look() -> None:
        window = probe.window
        is_seen = window.isVisible() and window.windowHandle().isExposed()
        if is_seen and window.workspace.run.bundle is not None:
            timer.stop()
            then()

    timer = QTimer(probe)
    timer.timeout.connect(look)
    timer.start(0)


if __name__ == "__main__":
    main.make_application()
    watcher = Probe(float(sys.argv[2]) if len(sys.argv) > 2 else time.monotonic())
    kind, _, example = sys.argv[1].partition(":")
    kinds = {"start": watcher.start, "frames": watcher.frames, "memory": watcher.memory}
    watched = {"click": watcher.click, "curves": watcher.curves, "panels": watcher.panels}
    what = kinds[kind] if kind in kinds else partial(watched[kind], example)
    when_usable(watcher, what)
    sys.exit(main.run([]))
