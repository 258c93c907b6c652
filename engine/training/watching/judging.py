"""How right one answer of a network is on rows that are made up beside the run: its loss and metrics, as reported."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import numpy as np

from engine.compiler.losses import COUNT, Objective, ReportLayout, judge, report
from engine.compiler.lower import gather, lower
from engine.compiler.model import ModelCompiler
from engine.program.builder import ProgramBuilder
from engine.program.program import Program
from engine.tensor.spec import Array, DType, TensorSpec
from engine.training.watching.beside import Beside
from engine.training.watching.wish import UnseenError

PREFIX = "judged"
LOSS = "loss"
_numbers = count()  # two who ask for the same answer add up apart


class Judge:
    """Adds up over blocks of rows.

    Args:
        beside: the network that is judged.
        output: the answer that is judged ("y0").
        rows: of the data (n,), whose targets count.
        block: rows at a time.

    Raises:
        UnseenError: the network has no such answer.
    """

    def __init__(self, beside: Beside, output: str, rows: Array, block: int) -> None:
        objectives, place = beside.session.compiler.objectives, int(output.removeprefix("y"))
        if place >= len(objectives):
            raise UnseenError("This answer is no longer part of the network that trains. Choose another.")
        self.beside, self._rows, self._block = beside, rows, min(block, len(rows))
        self._objective: Objective = objectives[place]
        self._state = f"{PREFIX}{next(_numbers)}"
        self._known = self._answers()
        self._layout = ReportLayout((), 2)  # known once there is a program
        beside.executable(self._state, self._program)
        self._clear()

    def add(self, inputs: Mapping[str, Array], part: slice) -> None:
        """Judge what the network makes of these inputs (as it sees them) for a part of the rows."""
        there = len(self._rows[part])
        fill = np.resize(np.arange(there), self._block)
        self.beside.put(self._state, {name: array[fill] for name, array in inputs.items()})
        for name, array in self._known.items():
            self.beside.write(f"{self._state}/{name}", array[part][fill])
        present = (np.arange(self._block) < there).astype(np.float32)
        made = self.beside.executable(self._state, self._program)
        self.beside.run(made, self._block, sample_weight=present[None])

    def take(self) -> dict[str, float]:
        """Loss and metrics of what was added, by name; it begins anew."""
        sums = self.beside.read(self._state).astype(np.float64)
        self._clear()
        (loss,) = (e for e in self._layout.entries if e.metric is None)
        return {**self._layout.read(sums), LOSS: float(sums[loss.offset] / sums[COUNT])}

    def is_greater_better(self, figure: str) -> bool:
        """Whether the network is better when this figure is greater."""
        named = {metric.key(): metric for metric in self._objective.metrics}
        owners = [name for name in named if figure == name or figure.startswith(f"{name}_")]
        return bool(owners) and named[max(owners, key=len)].greater_is_better

    def _clear(self) -> None:
        self.beside.write(self._state, np.zeros(self._layout.size, np.float32))

    def _answers(self) -> dict[str, Array]:
        """The targets of the rows and what they weigh, as the network sees them."""
        bundle, objective = self.beside.session.bundle, self._objective
        stored = {**bundle.inputs, **bundle.targets}[objective.target]
        scale = bundle.features[objective.target].scale
        values = np.asarray(stored[self._rows])
        found = {objective.target: values if scale == 1.0 else values.astype(np.float32) * np.float32(scale)}
        if objective.sample_weight is not None:
            name, _ = objective.sample_weight
            known = {**bundle.inputs, **bundle.targets, **bundle.weights}
            found[name] = np.asarray(known[name][self._rows])
        return found

    def _program(self) -> Program:
        compiler: ModelCompiler = self.beside.session.compiler
        builder, objective = ProgramBuilder("judge"), self._objective
        index = builder.feed("index", TensorSpec((self._block,), DType.INT32))
        present = builder.feed("sample_weight", TensorSpec((self._block,)))
        weights = dict([objective.sample_weight] if objective.sample_weight is not None else [])
        answers = {objective.target: compiler.features[objective.target], **weights}
        features = {name: spec.as_seen for name, spec in {**compiler.inputs, **answers}.items()}
        batch = gather(builder, features, self._state, self._block, index)
        forward = lower(compiler.graph, builder, batch, training=False)
        parts = judge(forward, [objective], batch, present)
        self._layout = report(builder, forward, parts, present, self._state)
        return builder.finish()
