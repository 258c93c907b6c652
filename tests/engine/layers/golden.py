"""Compares layers with what Keras computed: reads the files that tests/golden/make_<area>.py wrote.

A test module of an area is three lines:

    FILE = GoldenFile("dense")
    each = pytest.mark.parametrize(("number", "mode"), FILE.parameters())

    @each
    def test_as_keras(number: int, mode: str) -> None:
        check(FILE, number, mode)

`check` runs in double precision through the NumPy references. `check_on` runs all cases of a file as one program on a
device, with its fusion, its memory plan and its own kernels, in single precision.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.devices.base import Device
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, DType, Shape
from tests.engine.bench import LayerBench

FOLDER = Path(__file__).parents[2] / "golden"
FORWARD, GRADIENT = 1e-5, 1e-4  # relative to the number, or to a tenth of the largest one where that is more


@dataclass
class GoldenFile:
    """One file of golden values, read at its first use."""

    area: str

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """All arrays: `<case>/input0`, `<case>/used/output0`, `<case>/used/grad/weights/bias` and so on."""
        with np.load(FOLDER / f"{self.area}.npz") as file:
            return dict(file)

    @cached_property
    def cases(self) -> list[dict[str, Any]]:
        """Layer, settings, numbers of inputs and outputs, and which arrays a mode is compared with."""
        found: list[dict[str, Any]] = json.loads(self.arrays["cases"].tobytes())["cases"]
        return found

    def part(self, prefix: str) -> dict[str, Array]:
        """The arrays below `prefix`, by the rest of their names."""
        return {n.removeprefix(prefix): a for n, a in self.arrays.items() if n.startswith(prefix)}

    def parameters(self) -> list[Any]:
        """(number, mode) of every comparison, for `pytest.mark.parametrize`."""
        return [
            pytest.param(n, mode, id=f"{n}-{case['layer']}-{mode}")
            for n, case in enumerate(self.cases)
            for mode in case["modes"]
        ]


class GoldenBench(LayerBench):
    """A bench on which the weights are those that Keras had; it may continue another bench's program."""

    def __init__(self, known: dict[str, Array], *, training: bool, base: LayerBench | None = None) -> None:
        super().__init__(training=training)
        self.known = known
        if base is not None:
            self.builder: ProgramBuilder = base.builder
            self.values = base.values

    def weight(self, name: str, shape: Shape, initializer: Any, **options: Any) -> Tensor:
        """As on every bench, then given the value that Keras had."""
        assert name in self.known, f"Keras has {sorted(self.known)}"
        assert self.known[name].shape == shape, name
        tensor = super().weight(name, shape, initializer, **options)
        self.values[tensor.id] = self.known[name].astype(np.float64)
        return tensor


@dataclass
class Comparison:
    """Tensors of a built case with the values they must have."""

    label: str
    bench: GoldenBench
    pairs: list[tuple[str, Tensor, Array, float]] = field(
        default_factory=list
    )  # name, ours, Keras's, tolerance

    def add(self, name: str, ours: Tensor, expected: Array, tolerance: float) -> None:
        """One more pair."""
        self.pairs.append((name, ours, expected, tolerance))

    def compare(self, values: Sequence[Array]) -> None:
        """Assert that the values are the expected ones."""
        for (name, _, expected, tolerance), value in zip(self.pairs, values, strict=True):
            floor = 0.1 * float(np.abs(expected).max(initial=0.0))
            assert value.shape == expected.shape, f"{self.label} {name}"
            np.testing.assert_allclose(
                value,
                expected,
                rtol=tolerance,
                atol=tolerance * max(floor, 0.1),
                err_msg=f"{self.label} {name}",
            )


def build(file: GoldenFile, number: int, mode: str, base: LayerBench | None = None) -> Comparison:
    """The case with all that is compared: outputs, masks, penalties, gradients, updated statistics."""
    case = file.cases[number]
    place = f"{number}/{case['modes'][mode]}/"
    bench = GoldenBench(file.part(f"{number}/weights/"), training=mode == "trained", base=base)
    layer = layers()[case["layer"]].model_validate(case["settings"])
    bench.frozen = layer.freezes
    inputs = [bench.input(file.arrays[f"{number}/input{i}"]) for i in range(case["inputs"])]
    for i, tensor in enumerate(inputs):
        if f"{number}/mask{i}" in file.arrays:
            bench.set_mask(tensor, bench.input(file.arrays[f"{number}/mask{i}"]))
    outputs = build_layer(layer, bench, inputs)
    assert len(outputs) == case["outputs"]
    assert set(bench.weights) == set(bench.known)
    comparison = Comparison(f"{case['layer']} {case['settings']} {mode}", bench)
    for k, output in enumerate(outputs):
        comparison.add(f"output {k}", output, file.arrays[f"{place}output{k}"], FORWARD)
        _add_mask(comparison, output, file.arrays.get(f"{place}mask{k}"), k)
    _add_gradients(comparison, file, number, place, inputs, outputs)
    after = file.part(f"{number}/after/") if mode == "trained" else {}
    assert set(after) <= set(bench.updates)
    for name, tensor in bench.updates.items():
        comparison.add(f"new {name}", tensor, after.get(name, bench.known[name]), FORWARD)
    return comparison


def build_layer(layer: Layer, bench: GoldenBench, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The outputs; the mask of the first input is on the first output where the declaration says so."""
    outputs = layer.build(bench, *inputs)
    if not type(layer).declaration.masking:
        return outputs
    if outputs[0].id not in bench.masks:
        bench.set_mask(outputs[0], bench.mask(inputs[0]))
    return outputs


def _add_mask(comparison: Comparison, output: Tensor, expected: Array | None, k: int) -> None:
    mask = comparison.bench.mask(output)
    assert (mask is None) == (expected is None), f"{comparison.label}: mask of output {k}"
    if mask is not None and expected is not None:
        comparison.add(f"mask {k}", mask, expected.astype(np.float32), FORWARD)


def _add_gradients(
    comparison: Comparison,
    file: GoldenFile,
    number: int,
    place: str,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
) -> None:
    bench = comparison.bench
    total = bench.builder.constant(0.0)
    for k, output in enumerate(outputs):
        if output.dtype is DType.FLOAT32:
            product = output * bench.input(file.arrays[f"{number}/cotangent{k}"])
            total = total + sum_(product, axes=tuple(range(output.spec.rank)))
    if bench.penalties:
        penalty = sum(bench.penalties[1:], start=bench.penalties[0])
        total = total + penalty
        comparison.add("losses", penalty, file.arrays[f"{place}loss"], FORWARD)
    else:
        assert not file.arrays.get(f"{place}loss", np.zeros(()))
    grads = file.part(f"{place}grad/")
    ours = {f"input{i}": t for i, t in enumerate(inputs)} | {
        f"weights/{n}": t for n, t in bench.weights.items()
    }
    for (name, expected), grad in zip(
        grads.items(), differentiate(bench.builder, total, [ours[n] for n in grads]), strict=True
    ):
        comparison.add(f"gradient of {name}", grad, expected, GRADIENT)


def check(file: GoldenFile, number: int, mode: str) -> None:
    """Compare one case in the mode `used` or `trained`."""
    comparison = build(file, number, mode)
    comparison.compare(comparison.bench.run(*(ours for _, ours, _, _ in comparison.pairs)))


def check_on(device: Device, file: GoldenFile, numbers: Sequence[int] | None = None) -> None:
    """Compare all cases of a file (or some), in all their modes, as one program on a device."""
    base = LayerBench()
    chosen = range(len(file.cases)) if numbers is None else numbers
    comparisons = [build(file, n, mode, base) for n in chosen for mode in file.cases[n]["modes"]]
    builder = base.builder
    for c, comparison in enumerate(comparisons):
        for p, (_, ours, _, _) in enumerate(comparison.pairs):
            builder.output(f"{c}/{p}", ours)
    program = builder.finish()
    memory = device.memory()
    try:
        for i, value in base.values.items():
            memory.write(program.values[i].name, value.astype(program.values[i].spec.dtype.numpy))
        executable = device.compile(program, memory)
        executable.run({})
        for c, comparison in enumerate(comparisons):
            comparison.compare([executable.output(f"{c}/{p}") for p in range(len(comparison.pairs))])
        executable.close()
    finally:
        memory.close()
