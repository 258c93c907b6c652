"""What holds for every declared data set; a new one is tested by being there."""

from __future__ import annotations

import numpy as np
import pytest
from annotated_types import Ge, Le

from engine.data.bundle import DataSpec, TaskKind
from engine.data.load import describe, load
from engine.data.registry import datasets
from engine.data.settings import DataSettings

NAMES = list(datasets())
IN_TIME = [name for name, dataset in datasets().items() if dataset.outline(dataset.settings()).in_time]
PER_POSITION = ("shakespeare", "melodies", "copy")


def test_the_sets_of_the_first_release_are_there_in_order() -> None:
    plane = ["circle", "xor", "gauss", "spiral", "moons", "checkerboard", "blobs"]
    generated = [
        *plane,
        "line",
        "quadratic",
        "sine",
        "plane",
        "noise",
        "parity",
        "copy",
        "drawn_points",
        "drawn_pictures",
    ]
    tables = ["boston", "cancer", "diabetes", "iris", "mpg", "penguins", "titanic", "wine"]
    sequences = ["airline", "sunspots", "co2", "melodies", "shakespeare"]
    assert [*generated, *tables, *sequences, "digits", "mnist", "fashion"] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_declaration_is_complete(name: str) -> None:
    dataset = datasets()[name]
    assert dataset.name == name
    assert all((dataset.title, dataset.summary, dataset.source, dataset.licence))
    assert len(dataset.description) > 80
    assert not dataset.summary.endswith(".")
    assert dataset.description.endswith(".")
    assert not dataset.caution or dataset.caution.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_form_can_be_made_from_the_settings(name: str) -> None:
    for field in datasets()[name].settings.model_fields.values():
        assert field.title
        assert field.description
        if field.annotation in (int, float):
            assert {Ge, Le} <= {type(bound) for bound in field.metadata}
        assert not field.is_required()


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_description_is_what_loading_gives(name: str, normalize: bool) -> None:
    settings = DataSettings(dataset=name, validation_fraction=0.25, test_fraction=0.1, normalize=normalize)
    spec, bundle = describe(settings), load(settings)
    assert isinstance(spec, DataSpec)
    assert spec == bundle.spec
    assert spec.task is datasets()[name].task
    for key, array in {**bundle.inputs, **bundle.targets}.items():
        feature = bundle.features[key]
        assert array.shape == (spec.counts.total, *feature.shape)
        assert array.dtype == feature.dtype.numpy
        assert array.flags.c_contiguous
        assert np.isfinite(array).all()
        if feature.kind == "category":
            assert sorted(np.unique(array)) == list(range(len(feature.class_names)))
    assert set(bundle.scaling) == {k for k, f in spec.features.items() if normalize and f.kind == "numeric"}


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_between_0_and_1_when_scaled(name: str) -> None:
    bundle = load(DataSettings(dataset=name))
    feature = bundle.features["x"]
    if feature.kind == "image":
        assert bundle.inputs["x"].max() * feature.scale == pytest.approx(1.0)
    else:
        assert feature.scale == 1.0
    if feature.kind == "numeric":
        assert len(feature.column_names) == feature.shape[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(name: str) -> None:
    first, again, other = (load(DataSettings(dataset=name, seed=seed)) for seed in (3, 3, 4))
    for key in first.inputs:
        np.testing.assert_array_equal(first.inputs[key], again.inputs[key])
        if name not in ("mnist", "fashion", *IN_TIME):  # their split is the published one, or by time
            assert not np.array_equal(first.inputs[key], other.inputs[key])
    np.testing.assert_array_equal(first.targets["y"], again.targets["y"])


@pytest.mark.parametrize("name", NAMES)
def test_the_task_fits_the_target(name: str) -> None:
    spec = describe(DataSettings(dataset=name))
    target = spec.features["y"]
    if spec.task is TaskKind.REGRESSION:
        assert (target.kind, target.shape) == ("numeric", (len(target.column_names),))
    else:
        assert (target.kind, target.shape) == (
            "category",
            spec.features["x"].shape if name in PER_POSITION else (),
        )
        assert spec.task is TaskKind.for_classes(len(target.class_names))
