"""What TensorFlow.js ignores or fails with is refused with the reason, or said by another layer that is the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.exchange.formats import formats, read_network, write_network
from engine.exchange.net import Inlet, Net, Part
from engine.exchange.outgoing import Outgoing
from engine.exchange.tfjs.lacks import does_nothing, left_out, rewritten
from engine.formats.errors import FormatError
from engine.graph.facts import layer_facts
from engine.layers.host import HostLayer
from engine.layers.registry import layers
from engine.models import Input, Sequential
from engine.tensor.spec import Shape, TensorSpec


def network(kind: str, settings: dict[str, Any], *shapes: Shape) -> Outgoing:
    layer = layers()[kind].model_validate(settings)
    inlets = tuple(Inlet(f"x{k}", shape) for k, shape in enumerate(shapes))
    facts = layer_facts(layer, tuple(TensorSpec(shape) for shape in shapes))
    weights = {f"n/{name}": np.ones(spec.shape, np.float32) for name, spec in facts.weights.items()}
    part = Part("n", layer, tuple((i.id, 0) for i in inlets))
    return Outgoing(Net(inlets, (part,), (("n", 0),), names={"n": "it"}), weights)


def written(folder: Path, out: Outgoing) -> dict[str, Any]:
    write_network(out, folder / "model.json")
    whole = json.loads((folder / "model.json").read_text())
    found: dict[str, Any] = whole["modelTopology"]["model_config"]["config"]["layers"][-1]
    return found


@pytest.mark.parametrize(
    ("kind", "settings", "shapes", "words"),
    [
        ("Conv1D", {"padding": "causal"}, [(6, 2)], "causal padding"),
        ("Conv1D", {"groups": 2, "filters": 4}, [(6, 2)], "groups"),
        ("Conv2D", {"groups": 2, "filters": 4}, [(6, 6, 2)], "groups"),
        ("Conv3D", {"groups": 2, "filters": 4}, [(4, 4, 4, 2)], "groups"),
        ("Conv2DTranspose", {"strides": [2, 2], "output_padding": [1, 1]}, [(4, 4, 2)], "output padding"),
        ("Conv2DTranspose", {"dilation_rate": [2, 2]}, [(4, 4, 2)], "dilation"),
        ("DepthwiseConv2D", {"dilation_rate": [2, 2]}, [(6, 6, 2)], "dilation"),
        ("ReLU", {"threshold": 0.5}, [(4,)], "threshold"),
        ("ReLU", {"negative_slope": 0.5, "max_value": 1.0}, [(4,)], "slope"),
        ("ELU", {"alpha": 0.7}, [(4,)], "alpha"),
        ("Softmax", {"axis": [1]}, [(3, 4)], "axis"),
        ("BatchNormalization", {"axis": 1}, [(3, 4)], "axis"),
        ("UpSampling2D", {"interpolation": "bilinear"}, [(3, 4, 2)], "interpolation"),
        ("Dot", {"axes": [1, 1]}, [(3, 4, 2), (3, 4, 2)], "dimensions"),
        ("Resizing", {"height": 2, "width": 2}, [(3, 4, 2)], "does not have"),
        ("CenterCrop", {"height": 2, "width": 2}, [(3, 4, 2)], "does not have"),
    ],
)
def test_what_it_does_not_do_is_refused_and_nothing_is_written(
    tmp_path: Path, kind: str, settings: dict[str, Any], shapes: list[Shape], words: str
) -> None:
    with pytest.raises(FormatError, match=words):
        written(tmp_path, network(kind, settings, *shapes))
    assert not list(tmp_path.iterdir())


def test_a_leaky_relu_is_called_so(tmp_path: Path) -> None:
    layer = written(tmp_path, network("ReLU", {"negative_slope": 0.25}, (4,)))
    assert (layer["class_name"], layer["config"]["alpha"]) == ("LeakyReLU", 0.25)


def test_nothing_is_flattened_where_there_is_nothing_to_flatten(tmp_path: Path) -> None:
    layer = written(tmp_path, network("Flatten", {}, (4,)))
    assert (layer["class_name"], layer["config"]["activation"]) == ("Activation", "linear")


def idle_on() -> dict[str, Shape]:
    """Every layer that TensorFlow.js lacks and can do without, with a shape that it takes."""
    shapes: tuple[Shape, ...] = ((4,), (4, 3), (4, 4, 3), (2, 4, 4, 3))
    return {
        kind: shape
        for kind, layer in layers().items()
        if not issubclass(layer, HostLayer) and len(layer().input_ports()) == 1
        for shape in shapes
        if does_nothing(layer(), (TensorSpec(shape),))
    }


IDLE = idle_on()


def test_augmentation_and_dropout_of_whole_maps_are_what_it_can_do_without() -> None:
    assert {"RandomFlip", "RandomRotation", "SpatialDropout2D", "SpatialDropout3D", "Identity"} <= set(IDLE)
    assert not {"RandomCrop", "Dropout", "Dense", "Cropping1D", "GroupNormalization"} & set(IDLE)


@pytest.mark.parametrize("kind", sorted(IDLE))
def test_what_does_nothing_in_use_is_left_out_and_said(tmp_path: Path, kind: str) -> None:
    shape = IDLE[kind]
    out = network(kind, {}, shape)
    layer = written(tmp_path, out)
    assert (layer["class_name"], layer["config"]["activation"]) == ("Activation", "linear")
    x = np.random.default_rng(0).random((2, *shape), np.float32)
    model = Sequential([Input(shape), layers()[kind]()])
    np.testing.assert_array_equal(model.predict(x), x)  # it does nothing when the network is used
    said = [f.name for f in formats().values() if f.left_out and f.left_out(out) == [kind]]
    assert said == ([] if kind == "Identity" else ["tfjs"])  # which does nothing in training either


def test_what_is_left_out_of_a_group_is_said(tmp_path: Path) -> None:
    content = {
        "parts": [{"id": "flip", "layer": "RandomFlip"}],
        "wires": [["", "input", "flip", "input"]],
        "inlets": ["input"],
        "outlets": [{"name": "output", "part": "flip", "port": "output"}],
    }
    group = layers()["Group"].model_validate({"content": content})
    net = Net((Inlet("x0", (4, 4, 3)),), (Part("n", group, (("x0", 0),)),), (("n", 0),))
    assert left_out(Outgoing(net, {})) == ["RandomFlip"]


def test_one_number_is_flattened_to_a_row_of_one(tmp_path: Path) -> None:
    layer = written(tmp_path, network("Flatten", {}, ()))
    assert (layer["class_name"], layer["config"]["target_shape"]) == ("Reshape", [1])


@pytest.mark.parametrize("axis", [-1, 3])
def test_the_last_axis_may_be_counted_from_both_ends(tmp_path: Path, axis: int) -> None:
    layer = written(tmp_path, network("BatchNormalization", {"axis": axis}, (4, 4, 2)))
    assert layer["config"]["axis"] == -1
    read_network(tmp_path / "model.json")


def test_regularizers_of_outputs_are_for_training_alone() -> None:
    kind, config = rewritten("Dense", {"units": 2, "activity_regularizer": {"class_name": "L2"}}, ())
    assert (kind, config) == ("Dense", {"units": 2, "activity_regularizer": None})


def test_a_target_shape_that_tensorflow_js_saved(tmp_path: Path) -> None:
    out = network("Reshape", {"target_shape": [-1, 2]}, (4,))
    write_network(out, tmp_path / "model.json")
    text = (tmp_path / "model.json").read_text()
    assert '"target_shape": [-1, 2]' in text
    (tmp_path / "model.json").write_text(text.replace('"target_shape": [-1, 2]', '"target_shape": [null, 2]'))
    assert read_network(tmp_path / "model.json").notes == ()
