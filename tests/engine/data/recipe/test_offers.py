"""What one click does where nothing can be learned from a file yet."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.load import load
from engine.data.recipe.offers import Offer, offers
from engine.data.recipe.plan import plan
from engine.data.recipe.reading import survey_source
from engine.data.settings import DataSettings
from engine.data.sources.registry import open_source


def _offered(path: Path) -> tuple[Offer, ...]:
    data = DataSettings(path=str(path))
    with open_source(path, {}) as source:
        return offers(source, plan(source.columns, survey_source(source), data.recipe), data)


def test_a_series_alone_is_predicted_from_its_own_past(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    months = (f"{1949 + k // 12}-{1 + k % 12:02},{100 + k % 12 + k // 3}\n" for k in range(60))
    path.write_text("month,passengers\n" + "".join(months))
    (offer,) = _offered(path)
    assert offer.label == "Predict 'passengers' from its own past"
    bundle = load(offer.settings)
    assert next(iter(bundle.inputs.values())).shape[1:] == (12, 1)


def test_an_array_alone_is_read_column_by_column(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.random.default_rng(0).normal(size=(50, 4)))
    (offer,) = _offered(path)
    bundle = load(offer.settings)
    assert [f.column_names for f in bundle.features.values()] == [("a 1", "a 2", "a 3"), ("a 4",)]


def test_pictures_alone_need_classes_and_there_is_no_click_for_that(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((50, 8, 8), np.uint8))
    assert _offered(path) == ()


def test_nothing_is_offered_where_all_is_well(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n3,4\n" * 20)
    assert _offered(path) == ()
