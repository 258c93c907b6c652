"""Sizes that a launch hands to its shader: another batch size is the same program, and two of them do not mix."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.model import ModelCompiler
from engine.layers.base import Layer
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.depthwise_conv2d import DepthwiseConv2D
from engine.layers.dropout import Dropout
from engine.layers.flatten import Flatten
from engine.layers.gru import GRU
from engine.layers.layer_normalization import LayerNormalization
from engine.layers.max_pooling2d import MaxPooling2D
from engine.models import Input, Model, Sequential
from engine.models.arrays import bundle
from engine.ops.reductions import sum_
from engine.program.builder import ProgramBuilder
from engine.program.program import Program
from engine.tensor.spec import Array, Shape, TensorSpec
from engine.training.features import feature_specs
from engine.training.objectives import objectives_of
from gl_kernels.device import GlDevice
from gl_kernels.executable import GlExecutable, launches_of
from gl_kernels.launch import Launch
from gl_kernels.shader import Shader
from gl_kernels.sizes import Size, Sizes, parts, signed, size
from tests.gl_kernels.running import compiled, normal

NETWORKS: dict[str, tuple[Shape, tuple[Layer, ...]]] = {
    "perceptron": ((24,), (Dense(units=32, activation="relu"), Dropout(), LayerNormalization())),
    "pictures": (
        (12, 12, 4),
        (Conv2D(filters=8, padding="same"), BatchNormalization(), MaxPooling2D(), Flatten()),
    ),
    "depthwise": ((8, 8, 4), (DepthwiseConv2D(), Flatten())),
    "sequence": ((6, 5), (GRU(units=16),)),
}


def model_of(name: str) -> Model:
    shape, layers = NETWORKS[name]
    model = Sequential([Input(shape), *layers, Dense(units=4)])
    model.compile(optimizer="adam", loss="mean_squared_error")
    return model


def step_of(model: Model, shape: Shape, batch: int) -> Program:
    """A training step on 256 examples."""
    inputs, targets = model._given(normal(256, *shape), normal(256, 4))
    data = bundle(inputs, targets, {}, 0)
    specs = feature_specs(data.spec)
    compiler = ModelCompiler(model.graph, specs, objectives_of(model.graph, data.spec, {}))
    return compiler.train(model.training.optimizer, 256, batch)


def shaders_of(gl: GlDevice, program: Program) -> dict[str, Shader]:
    launches, _ = launches_of(gl._planned(program), gl.tuning)
    return {launch.shader.key: launch.shader for launch in launches if isinstance(launch, Launch)}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("before", "batch"), [(64, 80), (128, 200)])
def test_another_batch_size_is_the_same_shaders(gl: GlDevice, name: str, before: int, batch: int) -> None:
    model, shape = model_of(name), NETWORKS[name][0]
    known = shaders_of(gl, step_of(model, shape, before))
    others = shaders_of(gl, step_of(model, shape, batch))
    assert {shader.name for key, shader in others.items() if key not in known} == set()


def test_layers_of_one_network_share_shaders(gl: GlDevice) -> None:
    model = Sequential([Input((8, 8, 4)), *(Conv2D(filters=4, padding="same") for _ in range(4)), Flatten()])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    inputs, targets = model._given(normal(64, 8, 8, 4), normal(64, 256))
    data = bundle(inputs, targets, {}, 0)
    objectives = objectives_of(model.graph, data.spec, {})
    step = ModelCompiler(model.graph, feature_specs(data.spec), objectives).train(
        model.training.optimizer, 64, 64
    )
    launches, _ = launches_of(gl._planned(step), gl.tuning)
    assert len(shaders_of(gl, step)) < 0.7 * len(launches)


def doubled(rows: int) -> Program:
    """Row sums of twice a state: a program whose shaders do not depend on the rows."""
    builder = ProgramBuilder("doubled")
    x = builder.state(f"x{rows}", TensorSpec((rows, 6)))
    builder.output("total", sum_(x * 2.0, axes=(0,)))
    builder.output("each", x * 2.0 + 1.0)
    return builder.finish()


def test_executables_of_two_sizes_take_turns_with_one_program(gl: GlDevice) -> None:
    few, many = normal(3, 6), normal(500, 6)
    with compiled(gl, doubled(3), {"x3": few}) as (one, _):
        before = gl.programs.compiled
        with compiled(gl, doubled(500), {"x500": many}) as (other, _):
            for _ in range(3):
                _check(one, few)
                _check(other, many)
        assert gl.programs.compiled - before <= 3  # four at a time; a long sum is cut into parts


def _check(executable: GlExecutable, x: Array) -> None:
    executable.run({})
    np.testing.assert_allclose(executable.output("each"), x * 2 + 1, rtol=1e-6)
    np.testing.assert_allclose(executable.output("total"), (x * 2).sum(0), rtol=1e-4, atol=1e-4)


def test_places_are_numbered_as_they_come() -> None:
    sizes = Sizes()
    options = sizes.options({"B": Size(7), "A": Size(5), "C": 3, "D": True})
    text = sizes.text(f"x[{size(9)} + {size(5)}] = {signed(2)};")
    assert options == {"A": "ll_sizes[0]", "B": "ll_sizes[1]", "C": 3, "D": True}
    assert text == "x[ll_sizes[2] + ll_sizes[3]] = int(ll_sizes[4]);"
    assert sizes.numbers == [5, 7, 9, 5, 2]
    assert sizes.declaration() == "layout(location = 1) uniform uint ll_sizes[5];"


def test_no_size_is_no_declaration() -> None:
    sizes = Sizes()
    assert sizes.text("y[e] = 7u;") == "y[e] = 7u;"
    assert sizes.declaration() == ""


@pytest.mark.parametrize(("count", "handed"), [(1, False), (2, True), (64, True)])
def test_one_part_is_known_when_the_shader_is_made(count: int, handed: bool) -> None:
    assert isinstance(parts(count), Size) is handed
    assert parts(count) == count
