"""Preprocessing layers are those of Keras: tests/golden/make_preprocessing.py and make_text.py."""

from __future__ import annotations

import itertools
import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from engine.devices.cpu.device import CpuDevice
from engine.layers.augmentation import fitted, read
from engine.layers.discretization import Discretization
from engine.layers.host import HostLayer
from engine.layers.lookup import Lookup
from engine.layers.normalization import Normalization
from engine.layers.registry import layers
from engine.ops.op import Tensor
from engine.tensor.spec import Array, DType, Shape, TensorSpec
from tests.engine.bench import Bench, LayerBench
from tests.engine.layers.golden import FOLDER, GoldenFile, check, check_on

FILE = GoldenFile("preprocessing")
FILLS = ("reflect", "wrap", "constant", "nearest")


@pytest.mark.parametrize(("number", "mode"), FILE.parameters())
def test_as_keras(number: int, mode: str) -> None:
    check(FILE, number, mode)


def test_as_keras_on_the_cpu_device() -> None:
    check_on(CpuDevice(), FILE)


# -- pictures with given random numbers --------------------------------------------------------------------
@cache
def pictures() -> dict[str, Array]:
    with np.load(FOLDER / "pictures.npz") as file:
        return dict(file)


class GivenBench(LayerBench):
    """A bench on which the random numbers are given."""

    def __init__(self, *numbers: Array) -> None:
        super().__init__(training=True)
        self.numbers = list(numbers)

    def uniform(self, shape: Shape) -> Tensor:
        """The next of them."""
        return self.input(self.numbers.pop(0).reshape(shape))


def built(name: str, settings: dict[str, Any], *numbers: Array) -> Array:
    bench = GivenBench(*numbers)
    (y,) = layers()[name].model_validate(settings).build(bench, bench.input(pictures()["images"]))
    return bench.run(y)[0]


@pytest.mark.parametrize(("fill", "between"), list(itertools.product(FILLS, ("nearest", "bilinear"))))
def test_affine_transforms(fill: str, between: str) -> None:
    bench = Bench()
    images, transforms = bench.input(pictures()["images"]), pictures()["transforms"]
    columns = [bench.input(transforms[:, k : k + 1]) for k in range(6)]
    y = read(images, columns, interpolation=between, fill_mode=fill, fill_value=0.25)
    np.testing.assert_allclose(bench.run(y)[0], pictures()[f"affine/{fill}/{between}"], rtol=1e-5, atol=2e-5)


def test_contrast() -> None:
    drawn = pictures()["factors"] - 0.5  # of the range from 1 - 0.5 to 1 + 0.5
    y = built("RandomContrast", {"factor": 0.5, "value_range": [-1.0, 1.0]}, drawn)
    np.testing.assert_allclose(y, pictures()["contrast"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", ["horizontal", "vertical", "horizontal_and_vertical"])
def test_flips(mode: str) -> None:
    y = built("RandomFlip", {"mode": mode}, np.array([0.5, 0.7, 0.1]))
    np.testing.assert_array_equal(y.astype(np.float32), pictures()[f"flip/{mode}"])


@pytest.mark.parametrize(("height", "width"), [(3, 4), (8, 8), (2, 9), (6, 5)])
def test_windows_are_fitted(height: int, width: int) -> None:
    bench = Bench()
    y = fitted(bench.input(pictures()["images"]), (height, width))
    expected = pictures()[f"fitted/{height}/{width}"]
    np.testing.assert_allclose(bench.run(y)[0], expected, rtol=1e-5, atol=1e-5)


def test_crops_are_windows_at_the_drawn_places() -> None:
    images = pictures()["images"]
    y = built(
        "RandomCrop", {"height": 3, "width": 2}, np.array([0.0, 0.3, 0.999]), np.array([0.26, 0.999, 0.0])
    )
    for k, (top, left) in enumerate([(0, 1), (1, 3), (3, 0)]):
        np.testing.assert_array_equal(y[k].astype(np.float32), images[k, top : top + 3, left : left + 2])


# -- adapted to data ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("bins", "epsilon"), [(4, 0.01), (7, 0.1), (50, 0.001)])
def test_bins_are_those_of_keras(bins: int, epsilon: float) -> None:
    layer = Discretization(num_bins=bins, epsilon=epsilon)
    learned = layer.adapt([pictures()["values"]])["bin_boundaries"]
    np.testing.assert_allclose(learned, pictures()[f"bins/{bins}/{epsilon}"], rtol=1e-6)


@pytest.mark.parametrize("axis", [-1, 1, None])
def test_means_and_variances_are_those_of_keras(axis: int | None) -> None:
    images = pictures()["images"]
    learned = Normalization(axis=axis).adapt([images[:1], images[1:]])
    np.testing.assert_allclose(learned["mean"], pictures()[f"mean/{axis}"], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(learned["variance"], pictures()[f"variance/{axis}"], rtol=1e-5)


# -- layers that need TensorFlow ---------------------------------------------------------------------------
def texts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "text.json").read_text("utf-8"))["cases"]
    return found


def array_of(values: Any) -> Array:
    array = np.array(values)
    return array.astype(DType.STRING.numpy) if array.dtype.kind == "U" else array


@pytest.mark.parametrize("case", texts(), ids=lambda c: f"{c['layer']}-{c['number']}")
def test_text_as_keras(case: dict[str, Any]) -> None:
    layer = layers()[case["layer"]].model_validate(case["settings"])
    assert isinstance(layer, HostLayer)
    tables = layer.adapt([array_of(part) for part in case["adapt"]]) if case["adapt"] else {}
    values = array_of(case["input"])
    output = layer.compute(values, tables)
    dtype = DType.STRING if values.dtype.kind == "T" else DType.INT32
    spec = layer.output_spec(TensorSpec(values.shape, dtype))
    assert output.shape == spec.shape
    if spec.dtype is DType.STRING:
        assert output.tolist() == case["output"]
        return
    assert output.dtype == spec.dtype.numpy
    expected = np.array(case["output"])
    padded = np.zeros(spec.shape, expected.dtype)  # a learned vocabulary leaves places open up to the limit
    padded[..., : expected.shape[-1]] = expected
    np.testing.assert_allclose(output, padded, rtol=1e-6)


@pytest.mark.parametrize(
    "case", [c for c in texts() if c["vocabulary"]], ids=lambda c: f"{c['layer']}-{c['number']}"
)
def test_vocabularies_as_keras(case: dict[str, Any]) -> None:
    layer = layers()[case["layer"]].model_validate(case["settings"])
    assert isinstance(layer, Lookup)
    tables = layer.adapt([array_of(part) for part in case["adapt"]])
    assert layer.vocabulary_of(tables) == case["vocabulary"]
