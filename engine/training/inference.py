"""What a network answers, and how right it is: the programs beside the training step that learn nothing.

Each is compiled when somebody first asks for it, may be ended half-way, and leaves the states as they were.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.compiler.model import DATA, EVALUATION, ModelCompiler
from engine.devices.base import Device, Executable, Foresees, Interrupted, Memory, Watch
from engine.tensor.spec import Array
from engine.training.feeding import Feeding
from engine.training.sums import Figures

EVALUATION_BATCH = 250  # small enough that a large convolutional network takes no longer than Stop may
Taps = tuple[tuple[str, str], ...]  # (layer, port) of what is wanted beside the predictions
GoOn = Callable[[], bool]


def always() -> bool:
    """Never interrupt."""
    return True


class Inference:
    """Evaluations and predictions on a session's memory.

    Args:
        device: of the session.
        compiler: of its network.
        memory: that holds its states.
        feeding: what brings rows of the data set to the device.
    """

    def __init__(self, device: Device, compiler: ModelCompiler, memory: Memory, feeding: Feeding) -> None:
        self._device, self._compiler = device, compiler
        self._memory, self._feeding = memory, feeding
        self._evaluate: Executable | None = None
        self._evaluation_batch = 0
        self._predictors: dict[tuple[int, int, str, Taps], Executable] = {}

    @property
    def executables(self) -> list[Executable]:
        """Those that are compiled."""
        return [*([self._evaluate] if self._evaluate else []), *self._predictors.values()]

    def foresee(self, judged: int, pictured: int) -> None:
        """Let the device compile, beside the steps, what so many rows will be judged and predicted with."""
        if not isinstance(self._device, Foresees):
            return
        rows, programs = self._feeding.rows, []
        if judged and self._evaluate is None:
            programs.append(self._compiler.evaluate(rows, min(EVALUATION_BATCH, judged)))
        if pictured:
            programs.append(self._compiler.predict(rows, min(EVALUATION_BATCH, pictured), DATA, ()))
        self._device.foresee(programs)

    def judge(self, rows: range, go_on: GoOn) -> Figures:
        """Loss and metrics over some rows, in inference mode.

        Empty for no rows, and where `go_on`, asked before each batch, said no.
        """
        if not rows:
            return Figures()
        if self._evaluate is None:
            self._evaluation_batch = min(EVALUATION_BATCH, len(rows))
            program = self._compiler.evaluate(self._feeding.rows, self._evaluation_batch)
            try:
                self._evaluate = self._device.compile(program, self._memory, _asking(go_on))
            except Interrupted:
                return Figures()
        index, weight = _padded_batches(rows, self._evaluation_batch)
        zero = np.zeros(1, np.int32)
        k = 0
        for part in self._feeding.batches(index):
            for row in part:
                if not go_on():
                    take(self._memory, EVALUATION)
                    return Figures()
                feeds = {"index": row[None], "sample_weight": weight[k : k + 1], "step": zero, "seed": zero}
                self._evaluate.run(feeds, 1)
                k += 1
        sums, layout = take(self._memory, EVALUATION), self._compiler.layout
        return Figures(layout.read(sums), layout.arrays(sums))

    def predict_rows(self, rows: range, go_on: GoOn) -> dict[str, Array]:
        """Predictions for rows of the data set: `y0` .. with `len(rows)` rows; empty where `go_on` said no."""
        return self._predict(DATA, self._feeding.rows, np.arange(rows.start, rows.stop), (), go_on)

    def predict(self, name: str, rows: int, taps: Taps, go_on: GoOn) -> dict[str, Array]:
        """The same for all `rows` rows that the memory holds under `name`, with the outputs that are tapped."""
        return self._predict(name, rows, np.arange(rows), taps, go_on)

    def _predict(self, prefix: str, rows: int, index: Array, taps: Taps, go_on: GoOn) -> dict[str, Array]:
        batch = min(EVALUATION_BATCH, len(index))
        key = (rows, batch, prefix, taps)
        if key not in self._predictors:
            program = self._compiler.predict(rows, batch, prefix, taps)
            try:
                self._predictors[key] = self._device.compile(program, self._memory, _asking(go_on))
            except Interrupted:
                return {}
        executable = self._predictors[key]
        parts: dict[str, list[Array]] = {}
        zero = np.zeros(1, np.int32)
        for start in range(0, len(index), batch):
            if not go_on():
                return {}
            chunk = np.resize(index[start : start + batch], batch).astype(np.int32)
            if prefix == DATA:
                ((chunk,),) = self._feeding.batches(chunk[None])
            executable.run({"index": chunk[None], "step": zero, "seed": zero}, 1)
            for name in (*(f"y{k}" for k in range(self.outputs)), *(f"{n}/{p}" for n, p in taps)):
                parts.setdefault(name, []).append(executable.output(name)[: len(index) - start])
        return {name: np.concatenate(arrays) for name, arrays in parts.items()}

    @property
    def outputs(self) -> int:
        """Number of predictions: `y0`, `y1` .."""
        return max(1, len(self._compiler.objectives))


def take(memory: Memory, state: str) -> Array:
    """What a state has summed up, float64; it begins anew."""
    sums = memory.read(state)
    memory.write(state, np.zeros_like(sums))
    return sums.astype(np.float64)


def _asking(go_on: GoOn) -> Watch | None:
    """A watch that ends a preparation when `go_on` says no; none where it never does."""
    if go_on is always:
        return None

    def watch(_done: int, _total: int) -> None:
        if not go_on():
            raise Interrupted

    return watch


def _padded_batches(rows: range, batch: int) -> tuple[Array, Array]:
    """Indices (steps, batch) and weights: the last batch is filled up with rows of weight 0."""
    steps = -(-len(rows) // batch)
    index = np.full(steps * batch, rows.start, np.int32)
    index[: len(rows)] = np.arange(rows.start, rows.stop)
    weight = np.zeros(steps * batch, np.float32)
    weight[: len(rows)] = 1.0
    return index.reshape(steps, batch), weight.reshape(steps, batch)
