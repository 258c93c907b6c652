"""The little picture of a data set: something for every kind, and always between 0 and 1."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.data.bundle import DataBundle, Feature, FeatureKind, TaskKind
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.data.sketch import MOST_CELLS, MOST_PICTURES, MOST_POINTS, MOST_ROWS, Sketch, sketch, sketch_of
from engine.tensor.spec import Array, DType

SMALL = sorted(datasets().keys() - {"mnist", "fashion"})
KINDS = {
    "spiral": "points",
    "line": "points",
    "plane": "points",
    "airline": "curve",
    "parity": "cells",
    "digits": "pictures",
    "iris": None,
}


def bundle(x: Array, y: Array, kind: FeatureKind = "numeric", *, classes: bool = False) -> DataBundle:
    features = {
        "x": Feature("x", kind, x.shape[1:], DType(x.dtype.name)),
        "y": Feature(
            "y", "category" if classes else "numeric", y.shape[1:], class_names=("a", "b") * classes
        ),
    }
    task = TaskKind.BINARY if classes else TaskKind.REGRESSION
    rows = range(len(x))
    return DataBundle({"x": x}, {"y": y}, features, task, rows, rows[:0], rows[:0], {})


def within(found: Sketch) -> bool:
    return all(bool(((part >= 0) & (part <= 1)).all()) for part in (found.values, found.shades))


@pytest.mark.parametrize("name", SMALL)
def test_no_data_set_is_beyond_a_sketch(name: str) -> None:
    found = sketch(DataSettings(dataset=name))
    assert found is None or within(found)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_has_its_picture(name: str) -> None:
    found = sketch(DataSettings(dataset=name))
    assert (found.kind if found else None) == KINDS[name]


def test_a_class_has_a_colour_and_a_number_a_shade() -> None:
    x = np.array([[-2.0, 0.0], [2.0, 1.0]], np.float32)
    coloured = sketch_of(bundle(x, np.array([1, 0], np.int32), classes=True))
    shaded = sketch_of(bundle(x, np.array([[5.0], [3.0]], np.float32)))
    assert coloured is not None
    assert shaded is not None
    np.testing.assert_array_equal(coloured.classes, [1, 0])
    np.testing.assert_array_equal(coloured.values, [[0.0, 0.5], [1.0, 0.75]])
    np.testing.assert_array_equal(shaded.shades, [1.0, 0.0])
    assert not len(shaded.classes)


@pytest.mark.parametrize("columns", [1, 2])
def test_columns_that_never_change_divide_by_nothing(columns: int) -> None:
    found = sketch_of(bundle(np.zeros((4, columns), np.float32), np.full((4, 1), 7.0, np.float32)))
    assert found is not None
    assert within(found)


def test_it_takes_the_first_rows_of_much() -> None:
    many = sketch_of(bundle(np.eye(5_000, 2, dtype=np.float32), np.zeros((5_000, 1))))
    wide = sketch_of(bundle(np.zeros((50, 99), np.float32), np.zeros((50, 1))))
    assert many is not None
    assert wide is not None
    assert many.values.shape == (MOST_POINTS, 2)
    assert wide.values.shape == (MOST_ROWS, MOST_CELLS)


def test_pictures_are_shown_as_they_are() -> None:
    found = sketch(DataSettings(dataset="digits"))
    assert found is not None
    assert len(found.pictures) == MOST_PICTURES
    assert all(picture.dtype == np.uint8 for picture in found.pictures)


def test_what_has_no_picture() -> None:
    table = bundle(np.full((3, 4), 0.5, np.float32), np.zeros((3, 1)))
    assert sketch_of(table) is None
    assert sketch_of(dataclasses.replace(table, targets={})) is None
    assert sketch_of(bundle(np.zeros((0, 2), np.float32), np.zeros((0, 1)))) is None
    curves_of_classes = bundle(np.zeros((3, 8, 1), np.float32), np.array([0, 1, 0], np.int32), classes=True)
    assert sketch_of(curves_of_classes) is None
