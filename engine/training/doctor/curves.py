"""What the curves of a run say: whether it learns by heart, learns nothing, or has stopped to get better.

Every rule looks at medians of neighbouring epochs, so that one lucky epoch decides nothing, and names the numbers that
it was decided by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.graph.diagnostics import Remedy
from engine.graph.edits import SetSection
from engine.schedules.reduce_lr_on_plateau import ReduceLROnPlateau
from engine.training.doctor.observation import Observation
from engine.training.reports import EpochEnded
from engine.training.settings import TrainingSettings

LEAST = 6  # epochs that say something
SINCE_BEST = 0.1  # of all epochs without a better one, and
FEWEST_SINCE = 3  # so many at least, are more than chance
RISEN = 0.05  # of the best validation loss
STILL = 0.005  # of all progress so far, in the last third of the epochs
DONE = 0.01  # of the first loss: there is nothing left to learn
HARDLY_BETTER = 0.05  # of the way from the constant answer to none wrong
SECTION = "training"
LARGEST = float(np.finfo(np.float32).max)  # that a loss can be, since devices count in float32
Floats = NDArray[np.float64]


def of_curves(
    ends: Sequence[EpochEnded], settings: TrainingSettings, constant: float | None = None
) -> Iterator[Observation]:
    """What is noticed about the epochs of a run.

    Args:
        ends: in order; losses are "loss" and "val_loss".
        settings: of the run, from which remedies are made.
        constant: the training loss of the best answer that looks at no input, if known.
    """
    ends = [e for e in ends if abs(e.values.get("loss", np.nan)) <= LARGEST]
    if len(ends) < LEAST:
        return
    training = _smoothed([e.values["loss"] for e in ends])
    validation = _smoothed([e.values["val_loss"] for e in ends if "val_loss" in e.values])
    rules: tuple[Callable[[], Observation | None], ...] = (
        lambda: _overfitting(ends, training, validation, settings),
        lambda: _underfitting(ends, training, constant, settings),
        lambda: _plateau(ends, training, constant, settings),
    )
    found = [seen for rule in rules if (seen := rule()) is not None]
    named = {seen.kind for seen in found}
    yield from (seen for seen in found if seen.kind != "plateau" or named == {"plateau"})


def _smoothed(values: Sequence[float]) -> Floats:
    """Medians of odd windows of a twentieth of the epochs, three at least; not finite where too much is not."""
    half = max(1, len(values) // 40)
    array = np.asarray(values, np.float64)
    count = len(array)
    if count <= 2 * half:
        return np.array([_median(array[max(0, i - half) : i + half + 1]) for i in range(count)])
    first = [_median(array[: i + half + 1]) for i in range(half)]
    last = [_median(array[i - half :]) for i in range(count - half, count)]
    return np.concatenate([first, _median(sliding_window_view(array, 2 * half + 1)), last])


def _median(windows: Floats) -> Floats:
    """Along the last axis."""
    with np.errstate(invalid="ignore", over="ignore"):  # a window at an end is even: inf and -inf have a mean
        return np.asarray(np.median(windows, axis=-1))


def _overfitting(
    ends: Sequence[EpochEnded], training: Floats, validation: Floats, settings: TrainingSettings
) -> Observation | None:
    if len(validation) != len(ends) or not (np.abs(validation) <= LARGEST).all():
        return None
    best = int(validation.argmin())
    since = len(ends) - 1 - best
    low, now = float(validation[best]), float(validation[-1])
    scale = max(abs(low), 0.1 * float(np.ptp(validation[: best + 1])))
    risen = now - low > RISEN * scale
    fallen = training[best] - training[-1] > RISEN * abs(training[best])
    if since < max(FEWEST_SINCE, SINCE_BEST * len(ends)) or not (risen and fallen):
        return None
    return Observation(
        "overfitting",
        f"Overfitting: since epoch {ends[best].epoch} the validation loss rose from {low:.3g} to {now:.3g}, "
        f"while the training loss fell from {training[best]:.3g} to {training[-1]:.3g}.",
        "It learns the training examples by heart. Stop earlier, use more data or augmentation, dropout, a penalty "
        "on weights, or a smaller network.",
        remedies=_with(
            settings,
            "Keep the best epoch",
            keep_best=True,
            early_stopping_patience=settings.early_stopping_patience or max(5, len(ends) // 10),
        ),
    )


def _underfitting(
    ends: Sequence[EpochEnded], training: Floats, constant: float | None, settings: TrainingSettings
) -> Observation | None:
    if constant is None or constant <= 0.0 or training[-1] < (1.0 - HARDLY_BETTER) * constant:
        return None
    falling = training[-1] < training[len(training) // 2] * (1.0 - STILL)
    return Observation(
        "underfitting",
        f"Underfitting: after {ends[-1].epoch} epochs the training loss is {training[-1]:.3g}; an answer that looks at "
        f"no input at all would have {constant:.3g}.",
        "Train longer; it still gets better."
        if falling
        else "Use a larger network or another learning rate, or look whether the inputs have to do with the target.",
        remedies=_with(settings, "Train twice as long", epochs=min(2 * settings.epochs, 1_000_000))
        if falling
        else (),
    )


def _plateau(
    ends: Sequence[EpochEnded], training: Floats, constant: float | None, settings: TrainingSettings
) -> Observation | None:
    late = training[-max(LEAST, len(training) // 3) :]
    progress = float(training[0] - training.min())
    worst = constant if constant is not None else float(training[0])
    if len(training) < 2 * LEAST or progress <= 0.0 or late[-1] <= DONE * abs(worst):
        return None
    if float(late[0] - late[-1]) > STILL * progress:
        return None
    calm = isinstance(settings.schedule, ReduceLROnPlateau)
    return Observation(
        "plateau",
        f"Plateau: the training loss stands at {late[-1]:.3g} since epoch {ends[-len(late)].epoch}.",
        "A smaller learning rate may find the way on; if not, this is what the network can do.",
        remedies=() if calm else _with(settings, "Lower the rate on plateaus", schedule=ReduceLROnPlateau()),
    )


def _with(settings: TrainingSettings, label: str, **changes: object) -> tuple[Remedy, ...]:
    """The remedy that makes these changes of the settings; none where they are made already."""
    changed = settings.model_copy(update=changes)
    return () if changed == settings else (Remedy(label, SetSection(SECTION, changed)),)
