"""Early stopping and the best weights: what happens when the watched figure gets better, and when it does not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from engine.compiler.lower import LoweringError
from engine.tensor.spec import Array
from engine.training.memory import BEST, Memory
from engine.training.settings import TrainingSettings


def require_watched(settings: TrainingSettings, figures: Collection[str]) -> None:
    """Raise LoweringError where a setting watches a figure that the run does not have (`figures`, by name)."""
    stops = settings.early_stopping_patience is not None or settings.keep_best
    for watched in (settings.schedule.monitoring(), settings.monitoring if stops else None):
        if watched is not None and watched.value(dict.fromkeys(figures, 0.0)) is None:
            known = ", ".join(f"{name}, val_{name}" for name in figures)
            raise LoweringError(
                f"Watch names a figure of the run ({known}), received {watched.monitor!r}; take val_loss if unsure."
            )


class Watch:
    """Compares the epochs of a run, as Keras' EarlyStopping does; `over` once it is time to stop.

    Args:
        settings: what to watch, how patiently, whether to keep the best weights.
        memory: what was best so far; belongs to the run, is changed here.
        kept: weights of the best epoch by arena, of a run that goes on.
    """

    def __init__(self, settings: TrainingSettings, memory: Memory, kept: Mapping[str, Array]) -> None:
        self._settings = settings
        self._monitoring = settings.monitoring
        self.memory = memory
        self.kept: dict[str, Array] = dict(kept)
        self.over = False

    def epoch_ended(
        self,
        values: Mapping[str, float],
        step: int,
        epoch: int,
        epochs: int,
        weights: Callable[[], dict[str, Array]],
    ) -> bool:
        """Whether the watched figure is the best so far.

        Args:
            values: figures of the last `epochs` epochs, which end at `step`.
            step: steps taken.
            epoch: epochs that are done.
            epochs: since the last call.
            weights: gives the weights by arena; asked only where they are to be kept.
        """
        value = self._monitoring.value(values)
        if value is None or epoch <= self._monitoring.start_from_epoch:
            return False
        memory = self.memory
        memory.wait += epochs
        better = self._monitoring.improves(value, memory.best)
        if better:
            memory.best, memory.best_step = value, step
            baseline = self._monitoring.baseline
            if baseline is None or self._monitoring.improves(value, baseline):
                memory.wait = 0
        if self._settings.keep_best and (better or not self.kept):
            self.kept = weights()
            memory.best_step = step
        patience = self._settings.early_stopping_patience
        self.over = not better and patience is not None and memory.wait >= patience and epoch > 1
        return better

    def states(self) -> dict[str, Array]:
        """The kept weights as states of a snapshot."""
        return {BEST + arena: array for arena, array in self.kept.items()}
