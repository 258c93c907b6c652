"""Many models a launch: one work group each, with rows of states of their own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.program.program import Storage
from engine.tensor.spec import Array
from gl_kernels.context import GlContext
from gl_kernels.memory import GlMemory
from gl_kernels.programs import ProgramCache
from gl_kernels.whole.executable import WholeExecutable
from gl_kernels.whole.fused import Fused
from gl_kernels.whole.prepare import Prepared


class ManyWhole:
    """Implements `engine.training.sweep.ManyModels`."""

    def __init__(
        self,
        context: GlContext,
        programs: ProgramCache,
        prepared: Prepared,
        fused: Fused,
        memory: GlMemory,
        models: int,
    ) -> None:
        self._executable = WholeExecutable(context, programs, prepared, fused, memory, models)
        self._prepared, self._fused = prepared, fused
        self._rows: Array = np.zeros((models, fused.state_words), np.float32)
        self._current = True  # whether the rows here are those on the device
        self._changed = True  # whether they must be written before the next launch
        self._beside: dict[str, Array] = {}  # states that no step looks at

    def write(self, name: str, array: Array) -> None:
        """A state of all models: (models, ...)."""
        flat = array.reshape(len(array), -1)
        if name not in self._fused.states:
            self._beside[name] = array.copy()
            return
        self._fetch()
        start = self._fused.states[name]
        for s in self._prepared.stretches[name]:
            self._rows[:, start + s.start : start + s.start + s.count] = flat[:, s.place : s.place + s.count]
        self._changed = True

    def read(self, name: str) -> Array:
        """A state of all models, with zeros in the gaps between weights."""
        if name not in self._fused.states:
            return self._beside[name].copy()
        self._fetch()
        start, length = self._fused.states[name], self._prepared.lengths[name]
        flat = np.zeros((len(self._rows), length), np.float32)
        for s in self._prepared.stretches[name]:
            flat[:, s.place : s.place + s.count] = self._rows[:, start + s.start : start + s.start + s.count]
        shape = self._prepared.program.named(Storage.STATE)[name].spec.shape
        return flat if len(shape) == 1 else flat.reshape(-1, *shape)

    def run(self, feeds: Mapping[str, Array], steps: int) -> None:
        """Run steps of all models; feeds are (steps, models, ..), or (steps, 1, ..) where they are the same for all."""
        if self._changed:
            self._executable.write_rows(self._rows)
            self._changed = False
        self._executable.stage(feeds, steps)
        self._executable.launch(steps)
        self._current = False

    def close(self) -> None:
        """Free everything."""
        self._executable.close()

    def _fetch(self) -> None:
        if not self._current:
            self._rows = self._executable.read_rows()
            self._current = True
