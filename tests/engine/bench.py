"""A bench for anything written in ops: known inputs go in, results and gradients are checked in double precision.

Programs are run node by node through the NumPy references with float64 in place of float32, so that finite differences
are sharp enough to tell a wrong gradient from rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.compiler.differentiate import differentiate
from engine.layers.base import Adapt, Layer
from engine.layers.constraints import Constraint
from engine.layers.initializers import Initializer
from engine.layers.regularizers import Regularizer
from engine.ops.elementwise import mul
from engine.ops.op import Builder, Tensor
from engine.ops.reductions import sum_
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, DType, Shape, TensorSpec

STEP = 1e-4  # of the finite differences
SINGLE = np.float32


class Bench:
    """A program under construction together with the values of its inputs."""

    def __init__(self) -> None:
        self.builder = ProgramBuilder("bench")
        self.values: dict[int, Array] = {}

    def input(self, value: Array | float) -> Tensor:
        """A tensor of that value; int32 and text stay what they are, all else counts as float32."""
        array = np.asarray(value)
        if array.dtype.kind in "UT":
            tensor = self.builder.state(f"input {len(self.values)}", TensorSpec(array.shape, DType.STRING))
            self.values[tensor.id] = array.astype(DType.STRING.numpy)
            return tensor
        dtype = DType.INT32 if array.dtype == np.int32 else DType.FLOAT32
        tensor = self.builder.state(f"input {len(self.values)}", TensorSpec(array.shape, dtype))
        self.values[tensor.id] = array if dtype is DType.INT32 else array.astype(np.float64)
        return tensor

    def run(self, *wanted: Tensor) -> list[Array]:
        """The values of tensors."""
        known = {**self.builder.finish().constants, **self.values}
        for node in self.builder.nodes:
            specs = [self.builder.tensor(i).spec for i in node.outputs]
            kinds = [np.float64 if s.dtype is DType.FLOAT32 else s.dtype.numpy for s in specs]
            outputs = [np.empty(s.shape, k) for s, k in zip(specs, kinds, strict=True)]
            node.op.compute([known[i] for i in node.inputs], outputs, node.attrs)
            known.update(zip(node.outputs, outputs, strict=True))
        return [known[t.id] for t in wanted]

    def check_gradients(
        self, output: Tensor, inputs: Sequence[Tensor], generator: np.random.Generator
    ) -> None:
        """Compare gradients of a random projection of `output` with central differences along random directions."""
        weights = self.builder.constant(generator.normal(size=output.shape))
        loss = sum_(mul(output, weights), axes=tuple(range(output.spec.rank)), keepdims=False)
        grads = self.run(*differentiate(self.builder, loss, inputs))
        for tensor, grad in zip(inputs, grads, strict=True):
            assert grad.shape == tensor.shape
            direction = generator.normal(size=tensor.shape)
            value = self.values[tensor.id]
            ends = []
            for sign in (1.0, -1.0):
                self.values[tensor.id] = value + sign * STEP * direction
                ends.append(float(self.run(loss)[0]))
            self.values[tensor.id] = value
            slope = (ends[0] - ends[1]) / (2.0 * STEP)
            np.testing.assert_allclose(float((grad * direction).sum()), slope, rtol=2e-4, atol=2e-5)


class LayerBench(Bench):
    """The `LayerBuilder` a single layer is tried with; weights start at random, so that none hides a mistake."""

    def __init__(self, *, training: bool = True, seed: int = 0) -> None:
        super().__init__()
        self.training = training
        self.generator = np.random.default_rng(seed)
        self.weights: dict[str, Tensor] = {}
        self.fixed: set[str] = set()
        self.frozen = False
        self.penalties: list[Tensor] = []
        self.masks: dict[int, Tensor | None] = {}
        self.updates: dict[str, Tensor] = {}

    @property
    def ops(self) -> Builder:
        """The program under construction."""
        return self.builder

    def weight(
        self,
        name: str,
        shape: Shape,
        initializer: Initializer | str,
        *,
        trainable: bool = True,
        regularizer: Regularizer | None = None,
        constraint: Constraint | None = None,
        of: Layer | None = None,
    ) -> Tensor:
        """A weight in (0.5, 1.5), which is fit for a variance, too."""
        if name not in self.weights:
            self.weights[name] = self.input(self.generator.uniform(0.5, 1.5, shape).astype(SINGLE))
            if not trainable:
                self.fixed.add(name)
            if regularizer is not None:
                self.penalties.append(regularizer.penalty(self.weights[name]))
        return self.weights[name]

    def add_loss(self, penalty: Tensor) -> None:
        """Remembered for the test."""
        self.penalties.append(penalty)

    def mask(self, x: Tensor) -> Tensor | None:
        """The mask that the test or a layer before gave the tensor."""
        return self.masks.get(x.id)

    def set_mask(self, y: Tensor, mask: Tensor | None) -> None:
        """Remembered."""
        self.masks[y.id] = mask

    def update(self, name: str, value: Tensor) -> None:
        """Remembered for the test."""
        self.updates[name] = value

    def uniform(self, shape: Shape) -> Tensor:
        """Random numbers."""
        return self.input(self.generator.uniform(size=shape).astype(SINGLE))

    def normal(self, shape: Shape) -> Tensor:
        """Random numbers of the standard normal distribution."""
        return self.input(self.generator.normal(size=shape).astype(SINGLE))

    def feature(self, name: str) -> Tensor:
        """Two examples of three numbers."""
        return self.input(self.generator.normal(size=(2, 3)).astype(SINGLE))

    def adapted(self, adapt: Adapt, x: Tensor, part: str = "") -> None:
        """Nothing: the weights are random."""

    def hosted(self, x: Tensor, spec: TensorSpec, compute: Callable[[Array], Array]) -> Tensor:
        """Computed at once."""
        result = self.input(compute(self.values[x.id]))
        assert result.spec == spec
        return result

    def trainable(self) -> list[Tensor]:
        """Weights that training changes."""
        return [t for name, t in self.weights.items() if name not in self.fixed]
