"""ONNX files of ours: what the checker of ONNX accepts and ONNX Runtime computes as we do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import strategies as st
from onnx import ModelProto

from engine.data.bundle import Feature
from engine.exchange.flat import Flat, FlatValue, Operation, flat, run
from engine.exchange.formats import write_network
from engine.exchange.meaning import Meaning
from engine.exchange.net import Inlet, Net, Part
from engine.exchange.onnx.writing import REFUSED, WRITERS, model_of_flat, onnx_model, speakable, write_onnx
from engine.exchange.outgoing import Outgoing
from engine.formats.errors import FormatError
from engine.graph.facts import layer_facts
from engine.layers.activation import Activation
from engine.layers.adaptive_max_pooling2d import AdaptiveMaxPooling2D
from engine.layers.average_pooling2d import AveragePooling2D
from engine.layers.base import Layer, LayerBuilder
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.center_crop import CenterCrop
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.elu import ELU
from engine.layers.flatten import Flatten
from engine.layers.global_average_pooling1d import GlobalAveragePooling1D
from engine.layers.gru import GRU
from engine.layers.identity import Identity
from engine.layers.layer_normalization import LayerNormalization
from engine.layers.lstm import LSTM
from engine.layers.masking import Masking
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.permute import Permute
from engine.layers.registry import layers
from engine.layers.simple_rnn import SimpleRNN
from engine.layers.zero_padding2d import ZeroPadding2D
from engine.models.exchange import import_model
from engine.ops.op import Op, Sample, Tensor
from engine.ops.registry import ops
from engine.tensor.spec import Array, DType, TensorSpec
from tests.engine.exchange.cases import AREAS, Known, known
from tests.engine.ops.samples import arrays


def said(model: ModelProto, inputs: Sequence[Array]) -> list[Array]:
    """What ONNX Runtime computes, after the checker of ONNX has looked at the file."""
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    named = {i.name: array for i, array in zip(session.get_inputs(), inputs, strict=True)}
    found: list[Array] = session.run(None, named)
    return found


def agree(found: Sequence[Array], expected: Sequence[Array], name: str = "") -> None:
    for one, other in zip(found, expected, strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype), name
        scale = max(1.0, float(np.abs(other).max(initial=0.0)))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5 * scale, err_msg=name)


def together(cases: Sequence[Known]) -> Outgoing:
    """Networks of one layer each as one network, so that one session runs them all."""
    inlets: list[Inlet] = []
    parts: list[Part] = []
    ends: list[tuple[str, int]] = []
    weights: dict[str, Array] = {}
    names: dict[str, str] = {}
    for k, case in enumerate(cases):
        net = case.out.net
        inlets += [replace(i, id=f"{k}{i.id}") for i in net.inlets]
        for part in net.parts:
            read = tuple((f"{k}{end[0]}", end[1]) for end in part.inputs)
            parts.append(replace(part, id=f"{k}{part.id}", inputs=read))
            names[f"{k}{part.id}"] = f"{net.names[part.id]} of {k}"
        ends += [(f"{k}{end[0]}", end[1]) for end in net.outputs]
        weights |= {f"{k}{name}": array for name, array in case.out.weights.items()}
    return Outgoing(Net(tuple(inlets), tuple(parts), tuple(ends), names=names), weights)


@pytest.mark.parametrize("area", AREAS)
def test_every_layer_says_what_it_says_here(area: str) -> None:
    cases = sorted(known(area), key=lambda c: len(c.inputs[0]))
    for _, group in itertools.groupby(cases, lambda c: len(c.inputs[0])):
        chosen = list(group)
        out = together(chosen)
        inputs = [array for case in chosen for array in case.inputs]
        found = said(onnx_model(out), inputs)
        names = [case.name for case in chosen for _ in case.out.net.outputs]
        for one, other, name in zip(found, run(flat(out), inputs), names, strict=True):
            agree([one], [other], name)


def test_every_op_is_written_or_refused_with_a_reason() -> None:
    assert set(WRITERS) | set(REFUSED) == set(ops())
    assert not set(WRITERS) & set(REFUSED)


# -- single ops, also those that no layer has yet -----------------------------------------------------------
@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_op_is_written_as_it_is_computed(name: str) -> None:
    op = ops()[name]
    for number, sample in enumerate(op.samples):
        given, network = arrays(op, sample), of_op(op, sample)
        expected = op.evaluate(*given, **sample.attrs)[: len(network.outputs)]
        agree(said(model_of_flat(network), given), expected, f"{name} {number}")


def of_op(op: Op, sample: Sample) -> Flat:
    """One op, on inputs whose sizes are all fixed."""
    attrs = {**op.defaults, **sample.attrs}
    reads = {f"x{k}": s for k, s in enumerate(sample.inputs)}
    makes = {f"y{k}": s for k, s in enumerate(op.infer(sample.inputs, attrs))}
    shown = list(makes)[: len(makes) - op.auxiliary]
    return Flat(
        {n: FlatValue(n, s.shape, s.dtype) for n, s in (reads | makes).items()},
        tuple(reads),
        tuple((f"out {n}", n) for n in shown),
        {},
        {},
        (Operation(op, tuple(reads), tuple(makes), attrs, "n"),),
        {"n": op.name},
    )


def test_a_random_op_is_refused_by_the_name_of_its_layer() -> None:
    sample = ops()["uniform"].samples[0]
    with pytest.raises(FormatError, match=r"^uniform can't be written as ONNX: it draws random numbers"):
        model_of_flat(of_op(ops()["uniform"], sample))


# -- operators that people know, and few transpositions ----------------------------------------------------
def drawn(*chain: Layer, shape: tuple[int, ...], dtype: DType = DType.FLOAT32) -> Outgoing:
    """Layers one after the other, with weights that are not zero."""
    generator = np.random.default_rng(3)
    net = Net((Inlet("x", shape, dtype),), (), ())
    parts: list[Part] = []
    end: tuple[str, int] = ("x", 0)
    weights: dict[str, Array] = {}
    spec = TensorSpec(shape, dtype)
    for k, layer in enumerate(chain):
        facts = layer_facts(layer, (spec,))
        assert not facts.error, facts.error
        parts.append(Part(f"n{k}", layer, (end,)))
        weights |= {
            f"n{k}/{n}": generator.uniform(0.2, 0.8, w.shape).astype(np.float32)
            for n, w in facts.weights.items()
        }
        end, spec = (f"n{k}", 0), facts.outputs[0]
    names = {f"n{k}": layer.title() for k, layer in enumerate(chain)}
    return Outgoing(replace(net, parts=tuple(parts), outputs=(end,), names=names), weights)


def kinds(out: Outgoing, rows: int = 3) -> list[str]:
    """The operators of the file, which says what we say."""
    (inlet,) = out.net.inlets
    x = np.random.default_rng(0).normal(size=(rows, *inlet.shape)).astype(np.float32)
    model = onnx_model(out)
    agree(said(model, [x]), run(flat(out), [x]))
    return [node.op_type for node in model.graph.node]


def test_a_picture_network_is_put_in_order_once() -> None:
    out = drawn(
        Conv2D(filters=4, kernel_size=(3, 3), padding="same", activation="relu"),
        BatchNormalization(),
        MaxPooling2D(),
        Conv2D(filters=2, kernel_size=(3, 3)),
        Flatten(),
        Dense(units=5, activation="softmax"),
        shape=(8, 6, 3),
    )
    assert kinds(out) == [
        "Transpose",
        "Conv",
        "Relu",
        "BatchNormalization",
        "MaxPool",
        "Conv",
        "Reshape",  # what the picture's order does to its rows is in the weights of the product
        "Gemm",
        "Softmax",
    ]


def test_a_normalization_keeps_its_own_numbers() -> None:
    out = drawn(BatchNormalization(epsilon=0.01), shape=(4,))
    (node,) = onnx_model(out).graph.node
    arrays = {t.name: onnx.numpy_helper.to_array(t) for t in onnx_model(out).graph.initializer}
    given = [arrays[name] for name in node.input[1:]]
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    for array, name in zip(given, names, strict=True):
        np.testing.assert_array_equal(array, out.weights[f"n0/{name}"])
    assert node.attribute[0].f == np.float32(0.01)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (LSTM(units=3), "LSTM"),
        (LSTM(units=3, return_sequences=True, go_backwards=True, use_bias=False), "LSTM"),
        (GRU(units=3, reset_after=False), "GRU"),
        (GRU(units=3, return_sequences=True), "GRU"),
        (SimpleRNN(units=3, activation="relu"), "RNN"),
        (LSTM(units=3, recurrent_activation="hard_sigmoid"), "LSTM"),
        (GRU(units=3, recurrent_activation="hard_sigmoid", activation="softsign"), "GRU"),
        (LSTM(units=3, activation="gelu"), "Scan"),
        (LayerNormalization(), "LayerNormalization"),
        (LayerNormalization(center=False), "LayerNormalization"),
        (LayerNormalization(scale=False), "LayerNormalization"),
        (GlobalAveragePooling1D(), "ReduceMean"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_onnx_has_is_one_operator(layer: Layer, expected: str) -> None:
    assert kinds(drawn(layer, shape=(4, 5))).count(expected) == 1


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("ELU", {"alpha": 0.3}, "Elu"),
        ("ELU", {}, "Elu"),
        ("CELU", {"alpha": 2.5}, "Celu"),
        ("LeakyReLU", {"negative_slope": 0.02}, "LeakyRelu"),
        ("SELU", {}, "Selu"),
        ("HardSigmoid", {}, "HardSigmoid"),
        ("HardSwish", {}, "HardSwish"),
        ("Softsign", {}, "Softsign"),
        ("Activation", {"activation": "elu"}, "Elu"),
        ("Activation", {"activation": "hard_sigmoid"}, "HardSigmoid"),
    ],
)
def test_a_formula_that_onnx_has_is_one_operator(name: str, settings: dict[str, Any], expected: str) -> None:
    assert kinds(drawn(layers()[name].model_validate(settings), shape=(4,))) == [expected]


@pytest.mark.parametrize("pool", [MaxPooling2D, AveragePooling2D])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_zeros_around_a_picture_are_no_padding_of_the_pooling_behind(pool: type[Layer], padding: str) -> None:
    """ONNX Runtime has joined the two, with other results where numbers are below zero."""
    conv = Conv2D(filters=2, kernel_size=(1, 1))
    pooling = pool.model_validate({"pool_size": (2, 2), "strides": (1, 1), "padding": padding})
    for border in (1, 2):
        frame = ZeroPadding2D(padding=((border, border), (border, border)))
        kinds(drawn(conv, frame, pooling, shape=(5, 4, 2)))


def test_a_product_at_every_place_needs_no_reshape() -> None:
    assert kinds(drawn(Dense(units=2), shape=(4, 5))) == ["MatMul", "Add"]
    assert kinds(drawn(Dense(units=3, use_bias=False), shape=(2, 4, 5))) == ["MatMul"]


def test_a_formula_is_found_between_convolutions_without_putting_axes_in_order() -> None:
    conv = Conv2D(filters=2, kernel_size=(2, 2))
    found = kinds(drawn(conv, ELU(), conv, Flatten(), Dense(units=2), shape=(5, 5, 1)))
    assert found == ["Transpose", "Conv", "Elu", "Conv", "Reshape", "Gemm"]


def test_a_recurrence_that_skips_steps_is_a_scan() -> None:
    out = drawn(Masking(), LSTM(units=3, return_sequences=True), shape=(4, 2))
    x = np.random.default_rng(0).normal(size=(3, 4, 2)).astype(np.float32)
    x[1, 2:] = 0.0
    model = onnx_model(out)
    agree(said(model, [x]), run(flat(out), [x]))
    assert "Scan" in [n.op_type for n in model.graph.node]


def test_nodes_have_the_names_of_the_layers_and_tensors_those_of_inputs_and_targets() -> None:
    out = drawn(Dense(units=2), Activation(activation="gelu"), shape=(3,))
    names = {"x": "sizes", "n0": 'Say "cheese"', "n1": "GELU"}
    out = replace(out, net=replace(out.net, names=names), targets=("price",))
    graph = onnx_model(out).graph
    assert graph.node[0].name == 'Say "cheese"'
    assert all(node.name.startswith("GELU/") for node in graph.node[1:])
    assert len({node.name for node in graph.node}) == len(graph.node)
    assert [i.name for i in graph.input] == ["sizes"]
    assert [o.name for o in graph.output] == ["price"]
    (length, width) = graph.input[0].type.tensor_type.shape.dim
    assert (length.dim_param, width.dim_value) == ("batch", 3)
    assert {t.name for t in graph.initializer} >= {'Say "cheese"/weight', 'Say "cheese"/bias'}


NAMES = st.text(max_size=12) | st.sampled_from(
    ["x", "y", "", "a/b", "\ud800", "x_1", "number 1", "\x00", "graph"]
)


@hypothesis.settings(max_examples=30, deadline=None)
@hypothesis.given(st.lists(NAMES, min_size=4, max_size=4))
def test_any_names_make_a_file_that_runs(names: list[str]) -> None:
    """Names come from people; equal ones, odd ones and those that we use ourselves."""
    out = drawn(Dense(units=2, activation="gelu"), Dense(units=2), shape=(3,))
    given = dict(zip(("x", "n0", "n1"), names, strict=False))
    out = speakable(replace(out, net=replace(out.net, names=given), targets=(names[3],)))
    x = np.ones((2, 3), np.float32)
    agree(said(onnx_model(out), [x]), run(flat(out), [x]))


def test_an_input_may_be_an_output_and_an_output_there_twice() -> None:
    net = Net((Inlet("x", (3,)),), (Part("n", Permute(dims=(1,)), (("x", 0),)),), (("n", 0), ("x", 0)))
    out = Outgoing(net, {}, targets=("y", "x"))
    model = onnx_model(out)
    x = np.ones((2, 3), np.float32)
    agree(said(model, [x]), [x, x])
    assert [o.name for o in model.graph.output] == ["y", "x_1"]


def test_any_number_of_examples() -> None:
    out = drawn(Conv2D(filters=2, kernel_size=(2, 2)), Flatten(), Dense(units=2), shape=(4, 4, 1))
    for rows in (1, 2, 9):
        kinds(out, rows)


def test_a_file_is_the_same_whenever_it_is_written(tmp_path: Path) -> None:
    out = drawn(Dense(units=2), LSTM_OF_ROWS, shape=(3, 2))
    for name in ("a.onnx", "b.onnx"):
        write_network(out, tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


LSTM_OF_ROWS = LSTM(units=2)


def test_what_was_there_stays_where_the_network_can_not_be_written(tmp_path: Path) -> None:
    class Strange(Layer):
        """Draws numbers when it is used."""

        declaration = Identity.declaration

        def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
            """(batch, n) -> the same shape."""
            return (inputs[0] + b.uniform((1, 3)),)

    path = tmp_path / "net.onnx"
    path.write_bytes(b"before")
    with pytest.raises(FormatError, match=r"^Strange draws random numbers"):
        write_onnx(drawn(Strange(), shape=(3,)), path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_more_than_two_gigabytes_are_refused(tmp_path: Path) -> None:
    out = drawn(Dense(units=2), shape=(3,))
    huge = np.broadcast_to(np.float32(1.0), (2**15, 2**15))  # takes no memory
    out = replace(out, weights={"n0/weight": huge, "n0/bias": out.weights["n0/bias"]})
    with pytest.raises(FormatError, match=r"at most 2 GB, and the weights of the network are 4\.0 GB"):
        write_onnx(out, tmp_path / "net.onnx")


def test_the_file_says_what_its_numbers_mean(tmp_path: Path) -> None:
    out = drawn(Dense(units=2), shape=(3,))
    features = {
        "x": Feature("x", "numeric", (3,), column_names=("a", "b", "c")),
        "y": Feature("y", "category", (), DType.INT32, class_names=("Katze", "Hund \N{DOG FACE}")),
    }
    named = replace(out.net, names={"x": "x"})
    out = replace(out, net=named, targets=("y",), meaning=Meaning("Pets", features))
    write_network(out, tmp_path / "pets.onnx")
    props = onnx.load(tmp_path / "pets.onnx").metadata_props
    said_of = {p.key: json.loads(p.value) for p in props if not p.key.startswith("meaning")}
    assert said_of == {
        "columns of input x": ["a", "b", "c"],
        "classes of output y": ["Katze", "Hund \N{DOG FACE}"],
    }


# -- what others make of it ----------------------------------------------------------------------------------
@pytest.mark.parametrize("area", [a for a in AREAS if a != "recurrent"])
def test_what_is_written_can_be_read_again(area: str, tmp_path: Path) -> None:
    cases = sorted(known(area), key=lambda c: len(c.inputs[0]))
    for _, group in itertools.groupby(cases, lambda c: len(c.inputs[0])):
        some = list(group)
        out = together(some)
        write_network(out, tmp_path / "all.onnx")
        model = import_model(tmp_path / "all.onnx")
        found = model.predict([array for case in some for array in case.inputs])
        names = [case.name for case in some for _ in case.out.net.outputs]
        expected = run(flat(out), [array for case in some for array in case.inputs])
        listed = found if isinstance(found, list) else [found]
        for one, other, name in zip(listed, expected, names, strict=True):
            agree([one], [other], name)


def test_the_examples_come_first_wherever_an_op_works() -> None:
    """Readers take the first axis for the batch; a recurrence alone has the time there."""
    out = drawn(LSTM(units=2, return_sequences=True, go_backwards=True), Dense(units=2), shape=(4, 3))
    model = onnx.shape_inference.infer_shapes(onnx_model(out))
    first = {v.name: v.type.tensor_type.shape.dim[0].dim_param for v in model.graph.value_info}
    sliced = [n for n in model.graph.node if n.op_type in ("Slice", "Reshape", "Add", "Gemm")]
    assert sliced
    for node in sliced[:1]:
        assert first[node.output[0]] == "batch"


def test_places_that_are_known_need_no_arithmetic() -> None:
    for layer in (AdaptiveMaxPooling2D(output_size=(3, 2)), CenterCrop(height=7, width=4)):
        assert not {"Range", "Shape", "Cast"} & set(kinds(drawn(layer, shape=(4, 5, 2))))
