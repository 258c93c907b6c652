"""Runs declarations on small inputs, the plain way, so that the pages show what really comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.compiler.differentiate import differentiate
from engine.graph.facts import SpecBuilder
from engine.layers.base import Layer, LayerSample
from engine.layers.initializers import initial
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, Shape, TensorSpec

_SEED = 7
_SLANTS = (0.9, 0.55, 0.4, 0.3, 0.2)  # of the stripes, from the last dimension on
_TEXTS = ("so far", "the end", "so", "a start", "the far end")


@dataclass(frozen=True)
class Run:
    """What went into a layer and what came out, batches first; `weights` by name."""

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    weights: dict[str, Shape]


class RunningBuilder(SpecBuilder):
    """Records a layer and the values it will be run with; what layers do on the host is computed at once."""

    def __init__(self, inputs: Sequence[Array], *, training: bool) -> None:
        super().__init__({})
        self._training = training
        self._known: dict[int, Array] = {}
        self.feeds: dict[str, Array] = {}
        self.inputs = [self._feed(f"input/{index}", array) for index, array in enumerate(inputs)]

    @property
    def training(self) -> bool:
        """As asked for: dropout drops, noise is added."""
        return self._training

    def hosted(self, x: Tensor, spec: TensorSpec, compute: Callable[[Array], Array]) -> Tensor:
        """What was computed."""
        return self._feed(f"hosted/{x.id}", compute(self._known[x.id]))

    def run(self, outputs: Mapping[str, Tensor]) -> dict[str, Array]:
        """The values of tensors by the names they are given here; weights are as they are at the start."""
        found = {name: self._known[tensor.id] for name, tensor in outputs.items() if tensor.id in self._known}
        rest = {name: tensor for name, tensor in outputs.items() if name not in found}
        if rest:
            for name, tensor in rest.items():
                self.program.output(name, tensor)
            found |= execute(self.program, self.feeds, start_of(self))
        return found

    def _feed(self, name: str, array: Array) -> Tensor:
        tensor = self.program.feed(name, spec_of(array))
        self._known[tensor.id] = self.feeds[name] = array
        return tensor


def sample_inputs(sample: LayerSample) -> tuple[Array, ...]:
    """Inputs for a sample: a gentle wave with some noise, so that order and place can be recognised."""
    generator = np.random.default_rng(_SEED)
    if sample.texts:
        return tuple(np.resize(np.asarray(_TEXTS, DType.STRING.numpy), shape) for shape in sample.inputs)
    if sample.integers:
        return tuple(generator.integers(0, 5, shape, np.int32) for shape in sample.inputs)
    return tuple(_wave(shape, index, generator) for index, shape in enumerate(sample.inputs))


def run_layer(layer: Layer, inputs: Sequence[Array], *, training: bool = False) -> Run:
    """The layer on these inputs, its weights as they are at the start.

    Raises:
        ShapeError: the layer can't take these inputs.
    """
    builder = RunningBuilder(inputs, training=training)
    outputs = layer.build(builder, *builder.inputs)
    results = builder.run({str(index): tensor for index, tensor in enumerate(outputs)})
    weights = {name: spec.shape for name, spec in builder.weights.items()}
    return Run(tuple(inputs), tuple(results[str(i)] for i in range(len(outputs))), weights)


def slope_of(layer: Layer, x: Array) -> Array:
    """The derivative of the sum of a layer's results with respect to its one input."""
    builder = RunningBuilder([x], training=True)
    (slope,) = differentiate(builder.program, _sum(layer.build(builder, *builder.inputs)[0]), builder.inputs)
    return builder.run({"slope": slope})["slope"]


def start_of(builder: SpecBuilder) -> dict[str, Array]:
    """The weights a layer asked for, drawn by their initializers."""
    generator = np.random.default_rng(_SEED)
    return {name: initial(spec.initializer, spec.shape, generator) for name, spec in builder.weights.items()}


def function_of(function: Callable[[Tensor], Tensor], x: Array) -> tuple[Array, Array]:
    """A function of one tensor at `x`, and the derivative of the sum of its results."""
    builder = ProgramBuilder("reference")
    given = builder.feed("x", spec_of(x))
    result = function(given)
    total = _sum(result)
    (slope,) = differentiate(builder, total, [given])
    builder.output("y", result)
    builder.output("slope", slope)
    found = execute(builder, {"x": x}, {})
    return found["y"], found["slope"]


def execute(builder: ProgramBuilder, feeds: dict[str, Array], states: dict[str, Array]) -> dict[str, Array]:
    """The outputs of what was built; random numbers that nobody gave are drawn."""
    program = builder.finish()
    generator = np.random.default_rng(_SEED)
    for name, value in program.named(Storage.FEED).items():
        if name not in feeds:
            feeds = {**feeds, name: _random(name, value.spec, generator)}
    return interpret(program, feeds, {}, {**_zeros(program), **states})[0]


def spec_of(array: Array) -> TensorSpec:
    """The spec of an array; numbers that are not whole count as float32."""
    kind = array.dtype.kind
    return TensorSpec(
        array.shape, DType.STRING if kind == "T" else DType.INT32 if kind in "iu" else DType.FLOAT32
    )


def _sum(x: Tensor) -> Tensor:
    return sum_(x, axes=tuple(range(x.spec.rank)), keepdims=False)


def _zeros(program: Program) -> dict[str, Array]:
    return {n: np.zeros(v.spec.shape, v.spec.dtype.numpy) for n, v in program.named(Storage.STATE).items()}


def _random(name: str, spec: TensorSpec, generator: np.random.Generator) -> Array:
    values = generator.normal(size=spec.shape) if "normal" in name else generator.uniform(size=spec.shape)
    return values.astype(spec.dtype.numpy)


def _wave(shape: Shape, index: int, generator: np.random.Generator) -> Array:
    """Slanting stripes, other ones in every channel, example and input."""
    phase: Array = np.full(shape, 1.3 * index)
    for place, slant in zip(reversed(np.indices(shape)), _SLANTS, strict=False):
        phase = phase + slant * place
    stripes: Array = np.sin(phase) + generator.normal(0.0, 0.1, shape)
    return stripes.astype(np.float32)
