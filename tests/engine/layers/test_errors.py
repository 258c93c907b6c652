"""Wrong inputs and settings are answered with one sentence: the rule, what was received, what to do."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine.layers.base import Role
from engine.layers.registry import layers
from engine.settings import problems
from engine.tensor.spec import Shape, ShapeError
from tests.engine.bench import LayerBench

INDICES = "int32"


def refusal(name: str, settings: dict[str, Any], *inputs: Shape, dtype: str = "float32") -> str:
    bench = LayerBench()
    tensors = [bench.input(np.zeros(shape, dtype)) for shape in inputs]
    with pytest.raises(ShapeError) as caught:
        layers()[name].model_validate(settings).build(bench, *tensors)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "settings", "inputs", "sentence"),
    [
        (
            "Conv2D",
            {},
            ((2, 784),),
            "Conv2D needs a picture (height × width × channels), received 784 per example. Put a Reshape before it.",
        ),
        (
            "Conv2D",
            {},
            ((2, 2, 8, 1),),
            "A window of 3 × 3 must fit into the picture, Conv2D received 2 × 8.",
        ),
        ("Conv2D", {"groups": 2}, ((2, 8, 8, 3),), "channels divisible by 2, received 3"),
        ("MaxPooling2D", {}, ((2, 1, 1, 3),), "A window of 2 × 2 must fit into the picture"),
        ("AveragePooling2D", {}, ((2, 3),), "received 3 per example. Put a Reshape before it."),
        ("GlobalAveragePooling2D", {}, ((2, 3, 3),), "received 3 × 3 per example"),
        ("Dense", {}, ((2,),), "received a single number per example"),
        ("BatchNormalization", {}, ((2,),), "received a single number per example"),
        ("LayerNormalization", {}, ((2,),), "received a single number per example"),
        ("Reshape", {"target_shape": (3, 3)}, ((2, 8),), "received 8 (8 per example) for 3 × 3"),
        ("Reshape", {"target_shape": (3, -1)}, ((2, 8),), "received 8 (8 per example) for 3 × -1"),
        ("Softmax", {"axis": 0}, ((2, 3),), "received axis 0 for 2 dimensions"),
        ("Softmax", {"axis": 5}, ((2, 3),), "received axis 5 for 2 dimensions"),
        ("Add", {}, ((2, 3), (2, 4)), "Add needs inputs of equal shape, received 3 and 4."),
        ("Add", {}, ((2, 3), (2, 3, 4)), "received 3 and 3 × 4"),
        (
            "Dot",
            {},
            ((2, 3), (2, 4)),
            "equally long dimensions to multiply, received 3 and 4 with axes (-1, -1)",
        ),
        ("Dot", {"axes": 0}, ((2, 3), (2, 3)), "received axis 0 for 3 per example"),
        ("Permute", {"dims": (2, 1)}, ((2, 3),), "needs as many in its input, received 3 per example"),
        (
            "RepeatVector",
            {},
            ((2, 3, 4),),
            "RepeatVector needs one row of numbers, received 3 × 4 per example",
        ),
        (
            "Cropping1D",
            {"cropping": (1, 2)},
            ((2, 3, 4),),
            "must leave something of its input, received 3 × 4",
        ),
        ("ZeroPadding2D", {}, ((2, 3, 4),), "needs a picture (height × width × channels), received 3 × 4"),
        (
            "UpSampling3D",
            {},
            ((2, 3, 4),),
            "needs a volume (depth × height × width × channels), received 3 × 4",
        ),
        ("Resizing", {}, ((2, 3),), "needs a picture (height × width × channels), received 3 per example"),
        ("SpatialDropout1D", {}, ((2, 3),), "needs a sequence (steps × channels), received 3 per example"),
        ("Dropout", {"noise_shape": (None, 2)}, ((2, 3),), "1 or the input's length in each dimension"),
        ("GroupNormalization", {"groups": 4}, ((2, 3, 6),), "channels that 4 groups can share, received 6."),
        ("InstanceNormalization", {}, ((2, 3),), "several places with channels, received 3 per example"),
        ("LayerNormalization", {"axis": (1, 1)}, ((2, 3),), "needs each axis once, received (1, 1)"),
        ("GLU", {}, ((2, 3),), "needs an even length to halve, received 3."),
        (
            "Slice",
            {"start": 3},
            ((2, 3),),
            "Slice must keep something, received 3 per example and 3 to the last.",
        ),
        ("Select", {"index": 3}, ((2, 3),), "Select needs an index below 3, received 3 for 3 per example."),
        ("Select", {"axis": 2}, ((2, 3),), "received axis 2 for 2 dimensions"),
        ("PReLU", {}, ((2,),), "PReLU needs at least one dimension beside the batch"),
        ("Multiply", {}, ((2, 3),), "two inputs or more, received 1"),
        ("Concatenate", {}, ((2, 3, 3), (2, 4, 3)), "equal but for dimension 2, received 3 × 3 and 4 × 3"),
        ("Concatenate", {"axis": 0}, ((2, 3), (2, 3)), "received axis 0"),
        ("Concatenate", {}, ((2, 3),), "two inputs or more"),
        ("Embedding", {}, ((2, 3),), "Embedding needs word or class numbers"),
    ],
)
def test_wrong_shapes(name: str, settings: dict[str, Any], inputs: tuple[Shape, ...], sentence: str) -> None:
    assert sentence in refusal(name, settings, *inputs)


# a layer that takes class numbers or text shows it by a sample
CALCULATING = [
    name
    for name, kind in layers().items()
    if kind.declaration.role is Role.HIDDEN
    and not any(s.integers or s.texts for s in kind.declaration.samples)
]


@pytest.mark.parametrize("name", CALCULATING)
def test_nothing_calculates_with_class_numbers(name: str) -> None:
    sample = layers()[name].declaration.samples[0]
    sentence = refusal(name, dict(sample.settings), *sample.inputs, dtype=INDICES)
    assert "Put an Embedding before it." in sentence


@pytest.mark.parametrize(
    ("name", "settings", "field", "sentence"),
    [
        ("Dense", {"units": 0}, "units", "Units must be at least 1, received 0."),
        ("Dense", {"units": 10**9}, "units", "Units must be at most 1000000, received 1000000000."),
        ("Dense", {"units": 2.5}, "units", "Units must be a whole number, received 2.5."),
        ("Dense", {"activation": "foo"}, "activation", "Activation must be one of 'linear', 'relu'"),
        ("Dense", {"use_bias": "perhaps"}, "use_bias", "Bias must be true or false, received 'perhaps'."),
        ("Dense", {"colour": 1}, "colour", "There is no setting 'colour' here; remove it."),
        ("Dropout", {"rate": 1.5}, "rate", "Rate must be at most 1, received 1.5."),
        ("Dropout", {"rate": float("nan")}, "rate", "Rate must be a finite number, received nan."),
        ("Conv2D", {"kernel_size": (0, 3)}, "kernel_size", "Window must be at least 1, received 0."),
        (
            "Conv2D",
            {"kernel_size": (3,)},
            "kernel_size",
            "Window is incomplete, received (3,); fill in all of it.",
        ),
        (
            "Conv2D",
            {"kernel_size": (1, 2, 3)},
            "kernel_size",
            "Window must be 2 numbers or fewer, received (1, 2, 3).",
        ),
        ("Conv2D", {"filters": 3, "groups": 2}, "", "received 3 filters in 2 groups; take 4 filters."),
        ("Conv2D", {"strides": 2, "dilation_rate": 2}, "", "Strides and dilation cannot both be above 1"),
        ("MaxPooling2D", {"strides": (0, 1)}, "strides", "Strides must be at least 1, received 0."),
        ("Permute", {"dims": (1, 3)}, "dims", "names each dimension from 1 on once, received (1, 3)"),
        ("GroupNormalization", {"groups": 0}, "groups", "at least 1, or -1 for each channel, received 0"),
        ("Resizing", {"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "", "either crops or pads"),
        ("Cropping2D", {"cropping": -1}, "cropping", "Cropping must be at least 0, received -1."),
        ("UpSampling2D", {"size": 0}, "size", "Factor must be at least 1, received 0."),
        ("Reshape", {"target_shape": (-1, -1)}, "target_shape", "at most one is -1, received (-1, -1)"),
        ("Reshape", {"target_shape": (0, 2)}, "target_shape", "Every length of a shape is at least 1"),
    ],
)
def test_wrong_settings(name: str, settings: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        layers()[name].model_validate(settings)
    found = problems(layers()[name], caught.value)
    assert sentence in found[field]


def test_one_number_stands_for_both_directions() -> None:
    assert layers()["Conv2D"].model_validate({"kernel_size": 5}) == layers()["Conv2D"].model_validate(
        {"kernel_size": (5, 5)}
    )


def test_a_long_value_is_shortened_in_the_sentence() -> None:
    with pytest.raises(ValidationError) as caught:
        layers()["Dense"].model_validate({"units": "x" * 1000})
    assert len(problems(layers()["Dense"], caught.value)["units"]) < 120
