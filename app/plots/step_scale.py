"""Steps for epochs: both are positions on the same axis, and only its numbers change."""

import numpy as np

MOST = 4096  # pairs that are kept; of more, every second one goes


class StepScale:
    """Which step belongs to which epoch, from pairs that both grow; beyond them it goes on as it went."""

    def __init__(self) -> None:
        self._epochs: list[float] = [0.0]
        self._steps: list[float] = [0.0]

    def add(self, epoch: float, step: float) -> None:
        """Take in a pair; one that lies before others replaces them, for training went back in time."""
        while len(self._epochs) > 1 and self._epochs[-1] >= epoch:
            self._epochs.pop()
            self._steps.pop()
        if epoch > self._epochs[-1] and step > self._steps[-1]:
            self._epochs.append(epoch)
            self._steps.append(step)
        if len(self._epochs) > MOST:
            self._epochs, self._steps = self._epochs[::2], self._steps[::2]

    def clear(self) -> None:
        """Forget all pairs."""
        self._epochs, self._steps = [0.0], [0.0]

    def step(self, epoch: float) -> float:
        """The step of an epoch."""
        return _between(epoch, self._epochs, self._steps)

    def epoch(self, step: float) -> float:
        """The epoch of a step."""
        return _between(step, self._steps, self._epochs)


def _between(value: float, xs: list[float], ys: list[float]) -> float:
    if len(xs) < 2:
        return value
    if value > xs[-1]:
        return ys[-1] + (value - xs[-1]) * ys[-1] / xs[-1]
    if value < xs[0]:
        return value * ys[1] / xs[1]
    return float(np.interp(value, xs, ys))
