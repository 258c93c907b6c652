"""What the window shows of a column before and after its steps, over tables and pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.errors import DataError
from engine.data.recipe.glimpse import ROWS, class_counts, glimpse
from engine.data.recipe.picture_sample import sample_picture
from engine.data.recipe.plan import PlannedColumn, plan
from engine.data.recipe.settings import ColumnRecipe, PictureRecipe, Recipe, SoundRecipe
from engine.data.recipe.steps.categories import Embedding, OneHot, Ordinal, Text
from engine.data.recipe.steps.missing import Drop, Median
from engine.data.recipe.steps.numbers import MinMax
from engine.data.sources.base import Column, Kind, Source
from engine.data.sources.registry import open_source

TABLE = """size,word,day,ok,label
1,red,2024-01-01,true,a
2,blue,2024-02-01,false,b
3,red,2024-03-01,true,a
4,green,2024-04-01,false,c
5,red,2024-05-01,true,a
6,red,2024-06-01,true,a
7,blue,2024-07-01,true,b
,red,2024-08-01,true,a
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return open_source(path, {})


def planned(source: Source, name: str, **decided: object) -> PlannedColumn:
    recipe = Recipe(
        columns={"label": ColumnRecipe(role="target"), name: ColumnRecipe.model_validate(decided)}
    )
    return plan(source.columns, None, recipe).column(name)


def test_a_missing_cell_far_below_is_among_those_shown(source: Source) -> None:
    found = glimpse(
        source, planned(source, "size", role="input", missing=Median(indicator=True), numbers=MinMax())
    )
    assert found.names == ("size", "size (missing)")
    assert found.before == ("1", "2", "3", "4", "5", "")
    assert found.after[0] == ("0", "0")
    assert found.after[-1] == ("0.5", "1"), "the median of 1 to 7, marked"
    assert len(found.before) == ROWS


def test_a_row_that_is_left_out_shows_nothing(source: Source) -> None:
    found = glimpse(source, planned(source, "size", role="input", missing=Drop(), numbers=MinMax()))
    assert found.after[-1] == ()
    assert found.after[1] == ("0.167",)


@pytest.mark.parametrize(
    ("step", "sentence", "first"),
    [
        (OneHot(), "word → 3 columns of 0 and 1: word=blue, word=green, word=red", ("0", "0", "1")),
        (Ordinal(order=("green", "red", "blue")), "word → a number for each of 3 words", ("0.5",)),
        (Embedding(), "word → a whole number for each of 3 words", ("3",)),
        (Text(), "word, as text for a layer that reads it", ("red",)),
    ],
)
def test_words(source: Source, step: object, sentence: str, first: tuple[str, ...]) -> None:
    found = glimpse(source, planned(source, "word", role="input", categories=step))
    assert found.sentence == sentence
    assert found.after[0] == first


def test_dates_and_flags_are_shown_as_people_write_them(source: Source) -> None:
    assert glimpse(source, planned(source, "day", role="input")).before[0] == "2024-01-01"
    assert glimpse(source, planned(source, "ok", role="input")).before[:2] == ("yes", "no")


def test_a_target_shows_its_classes(source: Source) -> None:
    found = glimpse(source, planned(source, "label", role="target"))
    assert found.sentence == "label → 3 classes: a, b, c"
    assert found.after[:4] == (("0",), ("1",), ("0",), ("2",))


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("ignore", "left out"),
        ("weight", "how much"),
        ("group", "one part"),
        ("time", "orders"),
        ("split", "which part"),
    ],
)
def test_other_roles_have_a_sentence_alone(source: Source, role: str, words: str) -> None:
    found = glimpse(source, planned(source, "size", role=role))
    assert words in found.sentence
    assert not found.before


@pytest.mark.parametrize(
    ("column", "recipe", "sentence"),
    [
        (
            Column("p", Kind.PICTURE, (-1, -1, 3)),
            ColumnRecipe(picture=PictureRecipe(height=32, width=48)),
            "p → pictures of 32 × 48 pixels, values from 0 to 1",
        ),
        (
            Column("p", Kind.PICTURE, (-1, -1, 3)),
            ColumnRecipe(),
            "p → pictures of one size, values from 0 to 1",
        ),
        (
            Column("p", Kind.SOUND),
            ColumnRecipe(sound=SoundRecipe(form="waveform", seconds=0.5, rate=8_000)),
            "p → a wave (0.5 s at 8,000 Hz)",
        ),
        (
            Column("p", Kind.SOUND),
            ColumnRecipe(),
            "p → a spectrogram of 64 pitches (the usual length at the usual rate)",
        ),
        (Column("p", Kind.ARRAY, (-1, 4)), ColumnRecipe(), "p → arrays of any × 4"),
    ],
)
def test_columns_of_larger_things(
    source: Source, column: Column, recipe: ColumnRecipe, sentence: str
) -> None:
    found = plan([column], None, Recipe(columns={"p": recipe.model_copy(update={"role": "input"})})).column(
        "p"
    )
    assert glimpse(source, found).sentence == sentence


def test_classes_are_counted_the_most_frequent_first(source: Source) -> None:
    assert list(class_counts(source, "label").items()) == [("a", 5), ("b", 2), ("c", 1)]
    assert list(class_counts(source, "size")) == ["1", "2", "3", "4", "5", "6", "7"], (
        "a missing cell is no class"
    )


@pytest.fixture
def pictures(tmp_path: Path) -> Source:
    for k, size in enumerate(((40, 20), (30, 60))):
        folder = tmp_path / "photos" / "ab"[k]
        folder.mkdir(parents=True)
        Image.new("RGB", size, (200, 40 * k, 10)).save(folder / "one.png")
    return open_source(tmp_path / "photos", {})


def test_a_picture_before_and_after(pictures: Source) -> None:
    sample = sample_picture(pictures, "picture", 0, PictureRecipe(height=16, width=24, grey=True))
    assert sample.before.shape == (20, 40, 3)
    assert sample.after.shape == (16, 24, 1)
    assert sample.after.dtype == np.uint8
    assert sample_picture(
        pictures, "picture", 1, PictureRecipe(height=8, width=8, grey=False)
    ).after.shape == (8, 8, 3)


def test_a_row_that_is_not_there_is_refused(source: Source) -> None:
    with pytest.raises((DataError, IndexError)):
        sample_picture(source, "size", 99)


def test_a_mask_is_shown_so_that_its_classes_can_be_told_apart(tmp_path: Path) -> None:
    for number in range(3):
        for folder, values in (("images", 90), ("masks", number)):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(np.full((6, 6), values, np.uint8)).save(tmp_path / folder / f"{number}.png")
    with open_source(tmp_path, {}) as source:
        shown = [int(sample_picture(source, "mask", row).after.max()) for row in range(3)]
        assert shown == [0, 255, 255]
        assert sample_picture(source, "picture", 0).after.max() == 90
