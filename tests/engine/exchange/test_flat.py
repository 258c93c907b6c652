"""Any network as operations: the same numbers as the layers, for any batch, with names that people know."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.lower import Forward, NodeBuilder
from engine.exchange.batches import Rows, sized
from engine.exchange.flat import Flat, flat, flattened, folded, run
from engine.exchange.net import Inlet, Net, Part
from engine.exchange.outgoing import Outgoing
from engine.formats.errors import FormatError
from engine.layers.base import Layer, LayerBuilder
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.host import HostLayer
from engine.layers.identity import Identity
from engine.layers.lstm import LSTM
from engine.layers.permute import Permute
from engine.layers.registry import layers
from engine.layers.text_vectorization import TextVectorization
from engine.ops.op import Tensor
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Storage
from engine.tensor.spec import Array, DType, TensorSpec
from tests.engine.exchange.cases import AREAS, known


@pytest.mark.parametrize("area", AREAS)
def test_operations_say_what_keras_said_of_every_layer(area: str) -> None:
    for case in known(area):
        found = run(folded(flat(case.out)), case.inputs)
        for one, other in zip(found, case.outputs, strict=bool(case.outputs)):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4, err_msg=case.name)


@pytest.mark.parametrize("name", [n for n, c in layers().items() if not issubclass(c, HostLayer)])
def test_every_layer_is_the_same_for_any_batch(name: str) -> None:
    """As the compiler lowers it for just that batch, which knows nothing of symbolic sizes."""
    layer = layers()[name]
    generator = np.random.default_rng(0)
    for sample in layer.declaration.samples if layer.declaration.inputs else ():
        one = layer.model_validate(dict(sample.settings))
        dtype = DType.INT32 if sample.integers else DType.FLOAT32
        inlets = tuple(Inlet(f"x{k}", shape[1:], dtype) for k, shape in enumerate(sample.inputs))
        for batch in (1, 4):
            arrays = [
                generator.integers(0, 5, (batch, *i.shape)).astype(np.int32)
                if sample.integers
                else generator.normal(size=(batch, *i.shape)).astype(np.float32)
                for i in inlets
            ]
            expected, weights = lowered(one, arrays, generator)
            net = Net(inlets, (Part("n", one, tuple((i.id, 0) for i in inlets)),), ends(len(expected)))
            for made, other in zip(run(flattened(net, weights), arrays), expected, strict=True):
                np.testing.assert_array_equal(made, other)


def ends(count: int) -> tuple[tuple[str, int], ...]:
    return tuple(("n", k) for k in range(count))


def lowered(
    layer: Layer, arrays: list[Array], generator: np.random.Generator
) -> tuple[list[Array], dict[str, Array]]:
    builder = ProgramBuilder("one")
    forward = Forward(builder, training=False, features={})
    inputs = [builder.feed(f"x{k}", TensorSpec(a.shape, DType(a.dtype.name))) for k, a in enumerate(arrays)]
    for k, tensor in enumerate(layer.build(NodeBuilder(forward, "n", layer), *inputs)):
        builder.output(str(k), tensor)
    program = builder.finish()
    states = {
        name: generator.uniform(0.5, 1.5, v.spec.shape).astype(np.float32)
        for name, v in program.named(Storage.STATE).items()
    }
    feeds = {f"x{k}": a for k, a in enumerate(arrays)}
    outputs, _ = interpret(program, feeds, {}, states)
    weights = {
        m.name: states[m.arena][m.offset : m.offset + m.spec.size].reshape(m.spec.shape)
        for m in program.members
    }
    return [outputs[str(k)] for k in range(len(outputs))], weights


def test_names_are_those_of_the_nodes_and_none_is_there_twice() -> None:
    found = of_two("Eyes", "Eyes/weight")
    assert found.inputs == ("pixels",)
    assert set(found.weights) == {"Eyes/weight", "Eyes/bias", "Eyes/weight/weight", "Eyes/weight/bias"}
    assert [o.outputs[0] for o in found.operations] == [
        "Eyes/matmul",
        "Eyes/add",
        "Eyes/weight/matmul",
        "Eyes/weight/add",
    ]
    assert [node for node, _ in found.grouped()] == ["a", "b"]
    assert found.values["Eyes/add"].shape == (Rows(), 2)


def of_two(first: str, second: str) -> Flat:
    generator = np.random.default_rng(0)
    net = Net(
        (Inlet("x", (3,)),),
        (Part("a", Dense(units=2), (("x", 0),)), Part("b", Dense(units=2), (("a", 0),))),
        (("b", 0),),
        names={"x": "pixels", "a": first, "b": second},
    )
    shapes = {"a/weight": (3, 2), "a/bias": (2,), "b/weight": (2, 2), "b/bias": (2,)}
    return flat(Outgoing(net, {n: generator.normal(size=s).astype(np.float32) for n, s in shapes.items()}))


def test_equal_names_are_told_apart() -> None:
    found = of_two("same", "same")
    assert len(set(found.values)) == len(found.values)
    assert len(found.weights) == 4


def test_outputs_have_the_names_of_targets_and_may_be_inputs() -> None:
    net = Net((Inlet("x", (3,)),), (Part("a", Identity(), (("x", 0),)),), (("a", 0), ("x", 0)))
    found = flattened(net, {}, ("x", "answer"))
    assert [name for name, _ in found.outputs] == ["x_1", "answer"]
    assert [value for _, value in found.outputs] == ["x", "x"]
    (one, other) = run(found, [np.ones((2, 3), np.float32)])
    assert one is other


def test_folding_leaves_only_what_depends_on_an_input() -> None:
    net = Net((Inlet("x", (3,)),), (Part("a", BatchNormalization(), (("x", 0),)),), (("a", 0),))
    generator = np.random.default_rng(1)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {f"a/{n}": generator.uniform(0.5, 1.5, 3).astype(np.float32) for n in names}
    whole = flattened(net, weights)
    small = folded(whole)
    assert [o.op.name for o in small.operations] == ["sub", "mul", "add"]
    assert set(small.weights) == {"a/moving_mean", "a/beta"}
    x = generator.normal(size=(5, 3)).astype(np.float32)
    np.testing.assert_array_equal(run(whole, [x])[0], run(small, [x])[0])


def test_a_constant_that_has_a_row_for_each_example_is_kept_once() -> None:
    net = Net((Inlet("x", (4, 3)),), (Part("a", LSTM(units=2), (("x", 0),)),), (("a", 0),))
    weights = {"a/weight": np.ones((3, 8)), "a/recurrent_weight": np.ones((2, 8)), "a/bias": np.ones(8)}
    found = flattened(net, weights)
    assert all(array.size <= 8 for array in found.constants.values())


def test_sizes_become_numbers_wherever_they_stand() -> None:
    assert sized({"shape": (Rows(3), 5), "axis": 1}, 2) == {"shape": (6, 5), "axis": 1}
    assert str(Rows()) == "batch"
    assert str(Rows(4)) == "4*batch"


def test_an_axis_that_is_the_batch_is_refused() -> None:
    class Strange(Layer):
        """Adds up all examples."""

        declaration = Identity.declaration

        def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
            """(batch, ..) -> the same shape."""
            return (inputs[0] * float(inputs[0].shape[0]),)

    net = Net((Inlet("x", (3,)),), (Part("a", Strange(), (("x", 0),)),), (("a", 0),), names={"a": "Odd"})
    with pytest.raises(FormatError, match=r"^Odd computes across the examples of a batch"):
        flattened(net, {})


def test_layers_that_cannot_be_built_say_why() -> None:
    net = Net((Inlet("x", (3,)),), (Part("a", Permute(dims=(2, 1)), (("x", 0),)),), (("a", 0),))
    with pytest.raises(FormatError, match=r"^a: Permute"):
        flattened(net, {})


def test_layers_on_text_come_before_the_network() -> None:
    words = TextVectorization(max_tokens=9, output_sequence_length=4)
    net = Net(
        (Inlet("said", (), DType.STRING), Inlet("x", (2,))),
        (
            Part("t", words, (("said", 0),)),
            Part("e", Embedding(input_dim=9, output_dim=2), (("t", 0),)),
            Part("i", Identity(), (("x", 0),)),
        ),
        (("e", 0), ("i", 0)),
        names={"t": "Words"},
    )
    found = flattened(net, {"e/embeddings": np.ones((9, 2), np.float32)})
    assert found.inputs == ("x", "Words")
    assert found.values["Words"].dtype is DType.INT32
