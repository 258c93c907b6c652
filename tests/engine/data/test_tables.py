"""The bundled tables: the counts and means that their authors publish, and what became of the missing values."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.archive import read_table
from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.tensor.spec import Array


def whole(name: str, **options: str | bool) -> DataBundle:
    """All rows as training rows, in the units of the data."""
    return load(DataSettings(dataset=name, options=options, validation_fraction=0, normalize=False))


def column(bundle: DataBundle, name: str) -> Array:
    return bundle.inputs["x"][:, bundle.features["x"].column_names.index(name)]


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("wine", (178, 13), {"A": 59, "B": 71, "C": 48}),
        ("cancer", (569, 30), {"benign": 357, "malignant": 212}),
        ("penguins", (342, 9), {"Adelie": 151, "Chinstrap": 68, "Gentoo": 123}),
        ("titanic", (1_312, 7), {"died": 862, "survived": 450}),
    ],
)
def test_classes_have_the_published_counts(
    name: str, shape: tuple[int, int], classes: dict[str, int]
) -> None:
    bundle = whole(name)
    assert bundle.inputs["x"].shape == shape
    names = bundle.features["y"].class_names
    assert dict(zip(names, np.bincount(bundle.targets["y"]).tolist(), strict=True)) == classes


@pytest.mark.parametrize(
    ("name", "mean"),
    [
        ("alcohol", 13.0006),
        ("proline", 746.893),
    ],
)
def test_wine_has_the_published_means(name: str, mean: float) -> None:
    assert column(whole("wine"), name).mean(dtype=np.float64) == pytest.approx(mean, rel=1e-4)


def test_malignant_cells_are_larger() -> None:
    bundle = whole("cancer")
    radius, malignant = column(bundle, "mean radius"), bundle.targets["y"] == 1
    assert radius[malignant].mean() == pytest.approx(17.46, abs=0.01)
    assert radius[~malignant].mean() == pytest.approx(12.15, abs=0.01)


def test_diabetes_is_in_the_units_of_the_laboratory() -> None:
    bundle = whole("diabetes")
    assert bundle.inputs["x"].shape == (442, 10)
    assert (column(bundle, "age").min(), column(bundle, "age").max()) == (19, 79)
    assert set(column(bundle, "sex").tolist()) == {1.0, 2.0}
    y = bundle.targets["y"]
    assert (y.min(), y.max()) == (25, 346)
    assert y.mean() == pytest.approx(152.133, abs=1e-3)


def test_mpg_has_its_origins_written_out() -> None:
    bundle = whole("mpg")
    assert bundle.inputs["x"].shape == (392, 9)
    counts = {name: int(column(bundle, f"origin={name}").sum()) for name in ("USA", "Europe", "Japan")}
    assert counts == {"USA": 245, "Europe": 68, "Japan": 79}
    assert bundle.targets["y"].mean() == pytest.approx(23.4459, abs=1e-4)


# -- missing values ------------------------------------------------------------------------------------
def test_penguins_lack_19_values_as_published() -> None:
    _, *rows = read_table("penguins")
    assert (len(rows), sum(cell == "NA" for row in rows for cell in row)) == (344, 19)


def test_penguins_of_unknown_sex_have_neither_and_can_be_left_out() -> None:
    kept, known = whole("penguins"), whole("penguins", unknown_sex="leave out")
    sexes = [column(kept, "sex=female") + column(kept, "sex=male") for kept in (kept, known)]
    assert [int((both == 0).sum()) for both in sexes] == [9, 0]
    assert [len(both) for both in sexes] == [342, 333]
    assert whole("penguins", island=False).features["x"].shape == (6,)


def test_unknown_ages_of_the_titanic_are_marked_and_lean_to_one_side() -> None:
    bundle = whole("titanic")
    unknown, survived = column(bundle, "age unknown") == 1, bundle.targets["y"] == 1
    assert int(unknown.sum()) == 556
    assert set(column(bundle, "age")[unknown].tolist()) == {30.0}
    assert (survived[unknown].mean(), survived[~unknown].mean()) == (
        pytest.approx(0.25, abs=0.005),
        pytest.approx(0.41, abs=0.005),
    )


@pytest.mark.parametrize(("way", "shape"), [("leave out", (756, 6)), ("ignore ages", (1_312, 5))])
def test_ages_can_be_left_out(way: str, shape: tuple[int, int]) -> None:
    assert whole("titanic", missing_age=way).inputs["x"].shape == shape
