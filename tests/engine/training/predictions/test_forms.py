"""A form has a field for each column of the table; what is put in becomes what the recipe makes of such a cell."""

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.recipe.settings import ColumnRecipe, Recipe
from engine.data.recipe.steps.categories import Embedding
from engine.data.recipe.steps.missing import Mean
from engine.data.settings import DataSettings
from engine.training.predictions.forms import (
    DAY,
    ChoiceField,
    DateField,
    Field,
    NumberField,
    RefusedError,
    TextField,
    fields_of,
    typical,
)
from engine.training.predictions.own import of_row

SOLD = "age,size,colour,kind,day,seen,note,sold\n"


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> DataBundle:
    """Numbers, some of them missing, words in two ways, dates with and without the time of day, texts."""
    path = tmp_path_factory.mktemp("form") / "sold.csv"
    rows = [
        f"{k % 17},{'' if k % 9 == 0 else k * 1.5},{('red', 'green', 'blue')[k % 3]},{('a', 'b', 'c', 'd')[k % 4]},"
        f"{k % 7 + 1:02d}.{k % 12 + 1:02d}.2024,2023-0{k % 7 + 1}-11 {k % 24:02d}:{k % 4 * 15:02d},"
        f"some words of row number {k} that stand here,{k % 2}"
        for k in range(90)
    ]
    path.write_text(SOLD + "\n".join(rows) + "\n", encoding="utf-8")
    columns = {
        "sold": ColumnRecipe(role="target"),
        "kind": ColumnRecipe(categories=Embedding()),
        "size": ColumnRecipe(missing=Mean(indicator=True)),
    }
    return load(DataSettings(path=str(path), recipe=Recipe(columns=columns)))


def field(data: DataBundle, title: str) -> Field:
    return next(f for f in fields_of(data) if f.title == title)


def test_each_column_is_one_field_of_its_kind(sold: DataBundle) -> None:
    kinds = {f.title: type(f) for f in fields_of(sold)}
    assert kinds == {
        "age": NumberField,
        "size": NumberField,
        "colour": ChoiceField,
        "kind": ChoiceField,
        "day": DateField,
        "seen": DateField,
        "note": TextField,
    }
    inputs = typical(sold, fields_of(sold), 0)
    assert {n: a.shape for n, a in inputs.items()} == {n: (1, *a.shape[1:]) for n, a in sold.inputs.items()}
    colours = field(sold, "colour")
    assert np.sort(inputs["x"][0, list(colours.places)]).tolist() == [0.0, 0.0, 1.0], "one word, and it alone"


@pytest.mark.parametrize("row", [0, 1, 9, 31])
def test_what_is_shown_and_put_back_is_the_row(sold: DataBundle, row: int) -> None:
    inputs = before = of_row(sold, row)
    for one in fields_of(sold):
        mark = bool(one.marks) and bool(before["x"][0, one.marks[0][1]])
        if not mark:  # what is put into a field is there
            inputs = one.put(sold, inputs, one.shown(sold, inputs))
    for name, array in before.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(inputs[name], array, atol=2e-4)
        else:
            assert inputs[name].tolist() == array.tolist()


def test_a_number_in_place_of_a_missing_one_is_no_longer_marked(sold: DataBundle) -> None:
    size = field(sold, "size")
    assert isinstance(size, NumberField)
    (mark,) = size.marks
    row = int(np.flatnonzero(sold.inputs["x"][:, mark[1]])[0])
    found = size.put(sold, of_row(sold, row), 30.0)
    assert found["x"][0, mark[1]] == 0.0
    assert size.shown(sold, found) == pytest.approx(30.0)
    assert sold.inputs["x"][row, mark[1]] == 1.0, "the data itself stays"


def test_a_date_is_read_as_the_table_shows_it_and_as_its_file_has_it(sold: DataBundle) -> None:
    day, seen = field(sold, "day"), field(sold, "seen")
    assert isinstance(day, DateField)
    assert isinstance(seen, DateField)
    assert (day.step, seen.step) == (DAY, 60)
    moment = day.read("2024-03-15")
    assert day.read(" 15.03.2024 ") == moment == 1_710_460_800.0
    assert day.text(moment) == "2024-03-15"
    assert seen.text(seen.read("2023-04-11 07:45")) == "2023-04-11 07:45"
    found = day.put(sold, of_row(sold, 0), moment)
    assert day.shown(sold, found) == moment
    whole = sold.preparation.column("day").apply(np.array([moment])) if sold.preparation else np.zeros(1)
    np.testing.assert_allclose(found["x"][0, list(day.places)], whole[0], rtol=1e-6)
    assert len(day.places) > 1, "with the places in the week and the year"
    for text in ("soon", "", "31.31.2024"):
        with pytest.raises(RefusedError):
            day.read(text)


def test_where_there_is_no_table_names_tell_what_belongs_together() -> None:
    iris = load(DataSettings(dataset="iris"))
    assert [f.title for f in fields_of(iris)] == list(iris.features["x"].column_names)
    inputs = of_row(iris, 7)
    for one in fields_of(iris):
        inputs = one.put(iris, inputs, one.shown(iris, inputs))
    np.testing.assert_allclose(inputs["x"], iris.inputs["x"][7:8], atol=1e-5)
    for name in ("digits", "shakespeare", "airline"):
        assert fields_of(load(DataSettings(dataset=name))) == ()
