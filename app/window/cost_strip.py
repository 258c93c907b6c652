"""The line above the canvas: what the network costs, and what a run of it would take before Train is pressed."""

from typing import Final

from PySide6.QtCore import QObject

from app.canvas import CanvasPanel, short_count
from app.document import Document
from app.training import TrainingController
from app.window.run_bar import duration_text, memory_text
from engine.training.identity import Identity, identity
from engine.training.settings import TrainingSettings
from engine.worker.messages import Planned

_Asked = tuple[Identity, TrainingSettings, object]
_MICRO: Final = 1e-4  # seconds, below which hundredths of milliseconds tell nothing


class CostStrip(QObject):
    """Writes counts as soon as they are known, and memory and times once a worker has measured this very network."""

    def __init__(
        self,
        document: Document,
        canvas: CanvasPanel,
        training: TrainingController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._canvas = canvas
        self._training = training
        self._plan: Planned | None = None
        self._measured: _Asked | None = None
        document.inferred.connect(self._show)
        document.section_changed.connect(self._show)  # what was measured holds for other settings no longer
        training.planned.connect(self._on_training_planned)

    def close(self) -> None:
        """Ends listening to the worker."""
        self._training.planned.disconnect(self._on_training_planned)

    def plan(self) -> Planned | None:
        """What a run of the network as it is now would take, if that was measured."""
        return self._plan if self._plan is not None and self._measured == self._now() else None

    def _now(self) -> _Asked:
        nodes, edges, _ = self._document.graph.snapshot()
        return identity(nodes, edges), self._document.training, self._document.data

    def _on_training_planned(self, planned: Planned) -> None:
        self._plan, self._measured = planned, self._now()
        self._show()

    def _show(self, _changed: object = None) -> None:
        found, plan = self._document.inference, self.plan()
        parts = [self.tr("{count} parameters").format(count=short_count(found.parameters))]
        parts.append(self.tr("{count} multiply-adds").format(count=short_count(found.multiply_adds)))
        if plan is not None:
            parts.append(self.tr("{size} on the device").format(size=memory_text(plan.started.nbytes)))
            parts.append(self.tr("{time} a step").format(time=short_time(plan.seconds)))
            parts.append(self.tr("{time} an epoch").format(time=short_time(plan.epoch)))
        line = " \N{MIDDLE DOT} ".join(parts)
        self._canvas.set_strip(line)  # a narrow one shows the first parts
        self._canvas.strip.setToolTip(line if plan is None else f"{line}\n{self._explained(plan)}")

    def _explained(self, plan: Planned) -> str:
        started = plan.started
        whole = plan.epoch * started.epochs
        words = self.tr("Measured on {device}: {epochs} epochs would take about {time}.")
        line = words.format(device=started.device, epochs=started.epochs, time=duration_text(whole))
        return f"{line}\n{started.why}"


def short_time(seconds: float) -> str:
    """`4.2 µs`, `0.41 ms`, `12 ms`, `1.8 s`, `3 min 20 s`."""
    if 0.0 < seconds < _MICRO:
        number = 1e6 * seconds
        return f"{number:.1f} \N{MICRO SIGN}s" if number < 10 else f"{number:.0f} \N{MICRO SIGN}s"
    if seconds < 1.0:
        number = 1000 * seconds
        return f"{number:.2f} ms" if number < 10 else f"{number:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 10 else duration_text(seconds)
