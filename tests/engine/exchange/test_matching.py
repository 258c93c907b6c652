"""Weights of other programs find their places in a network, by name and else by shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from engine import layers
from engine.exchange.matching import Matched, in_order, matched
from engine.formats.errors import FormatError
from engine.graph.facts import layer_facts
from engine.graph.features import FeatureSpec
from engine.layers.registry import layers as known_layers
from engine.layers.torch_form import from_torch, to_torch
from engine.models import Input, Model
from engine.tensor.spec import Array, DType, TensorSpec

FEATURES = {"x": FeatureSpec((6, 6, 2))}


def network() -> Model:
    x = Input((6, 6, 2), name="x")
    y = layers.Conv2D(filters=3)(x)
    y = layers.BatchNormalization()(y)
    y = layers.Flatten()(y)
    y = layers.Dense(units=5, activation="relu")(y)
    return Model(x, layers.Dense(units=4)(y))


def numbers(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    generator = np.random.default_rng(3)
    return {name: generator.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def torch_state(first: str = "conv2d", last: str = "out") -> dict[str, Array]:
    return numbers(
        {
            f"{first}.weight": (3, 2, 3, 3),
            f"{first}.bias": (3,),
            "bn.weight": (3,),
            "bn.bias": (3,),
            "bn.running_mean": (3,),
            "bn.running_var": (3,),
            "bn.num_batches_tracked": (),
            "dense.weight": (5, 48),
            "dense.bias": (5,),
            f"{last}.weight": (4, 5),
            f"{last}.bias": (4,),
        }
    )


def found(state: Mapping[str, Array], model: Model | None = None) -> Matched:
    return matched(state, (model or network()).graph, FEATURES)


def by_shown(result: Matched) -> dict[str, Array]:
    return {m.shown: result.weights[m.weight] for m in result.matches}


def test_a_state_of_pytorch_is_turned_into_our_layout() -> None:
    state = torch_state()
    result = found(state)
    arrays = by_shown(result)
    np.testing.assert_array_equal(arrays["conv2d/weight"], state["conv2d.weight"].transpose(2, 3, 1, 0))
    np.testing.assert_array_equal(arrays["dense/weight"], state["dense.weight"].T)
    np.testing.assert_array_equal(arrays["batch_normalization/moving_variance"], state["bn.running_var"])
    assert result.unmatched == result.ignored == result.misfits == ()
    assert result.summary()[0] == "10 of 10 weights of the network are in the file."


def test_what_agrees_by_name_is_told_from_what_fits_by_shape() -> None:
    kinds = {m.shown: m.by for m in found(torch_state()).matches}
    assert kinds["conv2d/weight"] == kinds["dense/bias"] == "name"
    assert kinds["batch_normalization/gamma"] == "shape"


def test_names_need_not_agree_where_shapes_do() -> None:
    arrays = list(torch_state().values())
    groups = ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.n"]
    groups += ["2.weight", "2.bias", "3.weight", "3.bias"]
    state = {f"net.{g}": a for g, a in zip(groups, arrays, strict=True) if g != "1.n"}
    result = found(state)
    assert {m.by for m in result.matches} == {"shape"}
    assert len(result.matches) == 10
    assert "look whether" in result.summary()[1]


def test_names_of_keras_are_known() -> None:
    state = numbers({"conv2d/kernel:0": (3, 3, 2, 3), "conv2d/bias:0": (3,), "dense_1/vars/0": (5, 4)})
    arrays = by_shown(found(state))
    assert set(arrays) == {"conv2d/weight", "conv2d/bias", "dense_1/weight"}
    np.testing.assert_array_equal(arrays["conv2d/weight"], state["conv2d/kernel:0"])


def test_a_name_with_another_shape_is_reported_and_not_used() -> None:
    state = torch_state()
    state["conv2d.weight"] = np.zeros((8, 2, 3, 3), np.float32)
    result = found(state)
    assert result.misfits == ("conv2d.weight is 8 × 2 × 3 × 3, and the network needs 3 × 2 × 3 × 3.",)
    assert result.unmatched == ("conv2d/weight",)


def test_what_is_left_over_is_named() -> None:
    state = torch_state() | numbers({"head.weight": (7, 7), "head.bias": (7,)})
    result = found(state)
    assert result.ignored == ("head.weight", "head.bias")
    assert result.summary()[-1] == "In the file, and not used: head.weight, head.bias."


def test_layers_inside_a_group_are_found_by_their_path() -> None:
    inner_x = Input((4,))
    inner = Model(inner_x, layers.Dense(units=4)(inner_x))
    x = Input((4,), name="x")
    model = Model(x, layers.Dense(units=2)(inner(x)))
    state = numbers(
        {"net.group.dense.weight": (4, 4), "net.dense.weight": (2, 4), "other.dense.weight": (4, 4)}
    )
    result = matched(state, model.graph, {"x": FeatureSpec((4,))})
    arrays = by_shown(result)
    np.testing.assert_array_equal(arrays["group/dense/weight"], state["net.group.dense.weight"].T)
    assert result.ignored == ("other.dense.weight",)
    assert result.unmatched == ("group/dense/bias", "dense/bias")


def test_two_layers_of_that_name_in_the_file_are_no_match_by_name() -> None:
    x = Input((3,), name="x")
    model = Model(x, layers.Dense(units=3)(x))
    state = numbers({"a.dense.weight": (3, 3), "a.dense.bias": (3,)})
    state |= numbers({"b.dense.weight": (3, 3), "b.dense.bias": (3,)})
    result = matched(state, model.graph, {"x": FeatureSpec((3,))})
    assert {m.by for m in result.matches} == {"shape"}
    assert result.matches[0].sources == ("a.dense.weight", "a.dense.bias")


def test_nothing_that_fits_is_one_sentence() -> None:
    with pytest.raises(
        FormatError, match=r"None of the 1 arrays .* a weight of the network \(the first is w, 9"
    ):
        found(numbers({"w": (9,)}))


def test_a_network_without_weights_is_one_sentence() -> None:
    x = Input((3,), name="x")
    with pytest.raises(FormatError, match="no layer with weights"):
        matched(numbers({"w": (3,)}), Model(x, layers.ReLU()(x)).graph, {"x": FeatureSpec((3,))})


def test_people_number_two_before_ten() -> None:
    assert in_order(["l10.w", "a", "l2.w"]) == ["a", "l2.w", "l10.w"]


@pytest.mark.parametrize("name", sorted(known_layers()))
def test_weights_go_to_the_layout_of_pytorch_and_back(name: str) -> None:
    kind = known_layers()[name]
    for sample in kind.declaration.samples:
        layer = kind.model_validate(sample.settings)
        dtype = DType.INT32 if sample.integers else DType.STRING if sample.texts else DType.FLOAT32
        specs = tuple(TensorSpec(shape[1:], dtype) for shape in sample.inputs)
        form = layer.torch_form(specs)
        if form is None:
            continue
        shapes = {n: w.shape for n, w in layer_facts(layer, specs).weights.items()}
        ours = numbers(shapes)
        back = from_torch(form, to_torch(form, ours), shapes)
        assert set(back) == set(ours)
        for weight, array in ours.items():
            np.testing.assert_array_equal(back[weight], array)
