"""Bundled data as a table: the same cells as the data set's arrays, under names that mean something."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.bundled import CLASS, SHOWN_NUMBERS, open_bundled
from engine.data.errors import DataError
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.data.sources.base import Kind

SMALL = sorted(datasets().keys() - {"mnist", "fashion"})


@pytest.mark.parametrize("name", SMALL)
def test_every_set_is_a_table(name: str) -> None:
    source = open_bundled(DataSettings(dataset=name))
    rows, names = source.count(), [c.name for c in source.columns]
    assert rows > 1
    assert len(set(names)) == len(names)
    assert all(name.strip() for name in names)
    assert {"input", "target"} <= set(source.roles.values())
    assert source.roles.keys() == set(names)
    assert not source.changed()
    page, read = source.page(rows - 1, 9), source.read(names, rows - 1, rows + 9)
    assert [len(row) for row in page] == [len(names)]
    assert {len(cells) for cells in read.values()} == {1}
    assert source.page(rows, 1) == []


def test_columns_have_the_names_that_people_know() -> None:
    iris = open_bundled(DataSettings(dataset="iris"))
    assert [c.kind for c in iris.columns] == [Kind.NUMBER] * 4 + [Kind.TEXT]
    assert iris.page(0, 1) == [[5.1, 3.5, 1.4, 0.2, "setosa"]]
    assert iris.read(["species" if "species" in iris.roles else CLASS], 0, 1)
    assert [c.name for c in open_bundled(DataSettings(dataset="digits")).columns][-1] == CLASS


def test_pictures_are_bytes() -> None:
    digits = open_bundled(DataSettings(dataset="digits"))
    column = digits.columns[0]
    assert column.kind is Kind.PICTURE
    pixels = digits.read([column.name], 0, 3)[column.name]
    assert pixels.dtype == np.uint8
    assert pixels.max() > 200, "black to white, however the set stores them"
    (shown, *_), *_ = digits.page(0, 1)
    np.testing.assert_array_equal(shown, pixels[0])


def test_long_rows_are_cut_in_words() -> None:
    letters = open_bundled(DataSettings(dataset="shakespeare"))
    (cell, *_), *_ = letters.page(0, 1)
    assert isinstance(cell, str)
    assert cell.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(cell.split()) == SHOWN_NUMBERS + 1


def test_what_a_set_is_like_depends_on_seed_and_options_and_its_identity_with_it() -> None:
    one, same, other, more = (
        open_bundled(DataSettings.model_validate({"dataset": "spiral", **settings}))
        for settings in ({}, {}, {"seed": 9}, {"options": {"noise": 0.4}})
    )
    assert one.identity == same.identity
    assert len({source.identity.digest for source in (one, other, more)}) == 3
    assert one.page(0, 3) == same.page(0, 3) != other.page(0, 3)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"dataset": "cifar"}, "There is no data set named 'cifar'. Choose one of: "),
        (
            {"dataset": "spiral", "options": {"noise": 9}},
            "The option 'noise' of the data set 'spiral' is wrong",
        ),
    ],
)
def test_what_there_is_not(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        open_bundled(DataSettings.model_validate(settings))


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(DataError, match="height"):
        open_bundled(DataSettings(dataset="iris")).read(["height"], 0, 1)
