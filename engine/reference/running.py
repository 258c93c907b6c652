"""Runs declarations on small inputs, the plain way, so that the pages show what really comes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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


@dataclass(frozen=True)
class Run:
    """What went into a layer and what came out, batches first; `weights` by name."""

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    weights: dict[str, Shape]


class TrainingBuilder(SpecBuilder):
    """Records a layer as it is in a training step: dropout drops, noise is added."""

    @property
    def training(self) -> bool:
        """True."""
        return True


def sample_inputs(sample: LayerSample) -> tuple[Array, ...]:
    """Inputs for a sample: a gentle wave with some noise, so that order and place can be recognised."""
    generator = np.random.default_rng(_SEED)
    if sample.integers:
        return tuple(generator.integers(0, 5, shape, np.int32) for shape in sample.inputs)
    return tuple(_wave(shape, index, generator) for index, shape in enumerate(sample.inputs))


def run_layer(layer: Layer, inputs: Sequence[Array], *, training: bool = False) -> Run:
    """The layer on these inputs, its weights as they are at the start.

    Raises:
        ShapeError: the layer can't take these inputs.
    """
    builder = TrainingBuilder({}) if training else SpecBuilder({})
    feeds = {f"input/{index}": array for index, array in enumerate(inputs)}
    handles = [builder.program.feed(name, spec_of(array)) for name, array in feeds.items()]
    outputs = layer.build(builder, *handles)
    for index, tensor in enumerate(outputs):
        builder.program.output(str(index), tensor)
    results = execute(builder.program, feeds, start_of(builder))
    weights = {name: spec.shape for name, spec in builder.weights.items()}
    return Run(tuple(inputs), tuple(results[str(i)] for i in range(len(outputs))), weights)


def slope_of(layer: Layer, x: Array) -> Array:
    """The derivative of the sum of a layer's results with respect to its one input."""
    builder = TrainingBuilder({})
    given = builder.program.feed("x", spec_of(x))
    (slope,) = differentiate(builder.program, _sum(layer.build(builder, given)[0]), [given])
    builder.program.output("slope", slope)
    return execute(builder.program, {"x": x}, start_of(builder))["slope"]


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
    """The spec of an array; all but whole numbers count as float32."""
    return TensorSpec(array.shape, DType.INT32 if array.dtype.kind in "iu" else DType.FLOAT32)


def _sum(x: Tensor) -> Tensor:
    return sum_(x, axes=tuple(range(x.spec.rank)), keepdims=False)


def _zeros(program: Program) -> dict[str, Array]:
    return {n: np.zeros(v.spec.shape, v.spec.dtype.numpy) for n, v in program.named(Storage.STATE).items()}


def _random(name: str, spec: TensorSpec, generator: np.random.Generator) -> Array:
    values = generator.normal(size=spec.shape) if "normal" in name else generator.uniform(size=spec.shape)
    return values.astype(spec.dtype.numpy)


def _wave(shape: Shape, index: int, generator: np.random.Generator) -> Array:
    places = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
    noise = generator.normal(0.0, 0.25, shape)
    return (np.sin(0.9 * places + 1.3 * index) + noise).astype(np.float32)
