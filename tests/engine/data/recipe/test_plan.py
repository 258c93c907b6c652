"""Guesses: what a column is for and what becomes of it, with a reason for each; decisions of the user come first."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.load import load
from engine.data.recipe.facts import ColumnFacts
from engine.data.recipe.plan import Plan, plan
from engine.data.recipe.reading import remembered_facts, survey_source
from engine.data.recipe.settings import ColumnRecipe, PictureRecipe, Recipe
from engine.data.sources.base import Column, Kind
from engine.data.sources.registry import open_source
from engine.tensor.spec import DType
from tests.engine.data.recipe.files import chosen, table

NUMBER, TEXT, DATE, BOOL = Kind.NUMBER, Kind.TEXT, Kind.DATE, Kind.BOOL


def planned(kinds: dict[str, Kind], recipe: Recipe | None = None, **facts: ColumnFacts) -> Plan:
    found = plan([Column(name, kind) for name, kind in kinds.items()], facts, recipe or Recipe())
    assert all(c.reason.endswith(".") for c in found.columns)
    return found


@pytest.mark.parametrize(
    ("names", "target"),
    [
        ("a b c", "c"),
        ("price a b", "price"),
        ("a Species b", "Species"),
        ("class a target", "target"),
        ("a b file", "b"),
    ],
)
def test_the_target_is_named_so_or_last(names: str, target: str) -> None:
    found = planned({name: TEXT if name == "file" else NUMBER for name in names.split()})
    assert [c.name for c in found.targets] == [target]
    assert "role" in found.targets[0].guessed


def test_arrays_named_y_are_targets_and_masks_too() -> None:
    arrays = [Column(n, Kind.ARRAY, (3,)) for n in ("x0", "x1", "y0", "y1")]
    assert [c.name for c in plan(arrays, None, Recipe()).targets] == ["y0", "y1"]
    folder = [
        Column("picture", Kind.PICTURE, (8, 8, 3), DType.UINT8),
        Column("class", TEXT),
        Column("file", TEXT),
    ]
    found = plan(folder, None, Recipe())
    assert {c.name: c.role for c in found.columns} == {
        "picture": "input",
        "class": "target",
        "file": "ignore",
    }
    masks = [folder[0], Column("mask", Kind.PICTURE, (8, 8, 1), DType.UINT8), folder[2]]
    assert plan(masks, None, Recipe()).targets[0].name == "mask"


def test_identifiers_of_long_tables_are_ignored_and_large_numbers_are_not() -> None:
    facts: dict[str, ColumnFacts] = {
        "email": ColumnFacts(5_000, unlike=1.0),
        "remark": ColumnFacts(5_000, unlike=1.0, wordy=0.9),
        "town": ColumnFacts(5_000, unlike=0.4),
        "customer_id": ColumnFacts(5_000, whole=True, low=3, high=90_000, unlike=0.999),
        "account no": ColumnFacts(5_000, whole=True, low=3, high=90_000, unlike=0.3),
        "column 1": ColumnFacts(5_000, whole=True, low=0, high=4_999, unlike=1.0, ascending=True),
        "column 2": ColumnFacts(5_000, whole=True, low=0, high=60_000, unlike=0.97),
    }
    words = {"email", "remark", "town"}
    columns = [Column(n, Kind.TEXT if n in words else Kind.NUMBER) for n in facts] + [
        Column("y", Kind.NUMBER)
    ]
    found = plan(columns, facts, Recipe())
    assert [c.name for c in found.with_role("ignore")] == ["email", "customer_id", "column 1"]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("PassengerId", "ignore"),
        ("customerID", "ignore"),
        ("Kundennr", "ignore"),
        ("Artikelnummer", "ignore"),
        ("orderNo", "ignore"),
        ("year", "input"),
        ("humid", "input"),
        ("AVOID", "input"),
        ("volcano", "input"),
    ],
)
def test_numbers_that_name_rows_are_told_by_their_names(name: str, role: str) -> None:
    facts = {
        name: ColumnFacts(500, whole=True, low=1500, high=1999, distinct=500, unlike=1.0, ascending=True)
    }
    columns = [Column(name, Kind.NUMBER), Column("a", Kind.NUMBER), Column("y", Kind.NUMBER)]
    assert plan(columns, facts, Recipe()).column(name).role == role


def test_what_says_nothing_is_ignored() -> None:
    found = planned(
        {"id": NUMBER, "code": TEXT, "same": NUMBER, "empty": NUMBER, "name": TEXT, "y": NUMBER},
        id=ColumnFacts(100, distinct=100, low=7, high=900, whole=True),
        code=ColumnFacts(100, distinct=100),
        same=ColumnFacts(100, distinct=1),
        empty=ColumnFacts(100, missing=100, distinct=0),
        name=ColumnFacts(100, distinct=40, wordy=0.9),
    )
    assert [c.name for c in found.columns if c.role == "ignore"] == ["id", "code", "same", "empty"]


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (ColumnFacts(1000, distinct=3), "one_hot"),
        (ColumnFacts(1000, distinct=200), "embedding"),
        (ColumnFacts(1000, distinct=900, wordy=1.0), "text"),
    ],
)
def test_words_go_where_their_number_suggests(facts: ColumnFacts, step: str) -> None:
    column = planned({"word": TEXT, "y": NUMBER}, word=facts).column("word")
    assert column.categories is not None
    assert column.categories.key() == step
    assert "categories" in column.guessed
    assert column.reasons["categories"]


@pytest.mark.parametrize(
    ("facts", "task"),
    [
        (ColumnFacts(9, distinct=3, low=0, high=2, whole=True), "classes"),
        (ColumnFacts(9, distinct=3, low=0, high=4, whole=True), "numbers"),
        (ColumnFacts(99, distinct=40, low=0, high=39, whole=True), "numbers"),
        (ColumnFacts(9, distinct=3, low=0, high=2), "numbers"),
    ],
)
def test_when_numbers_are_classes(facts: ColumnFacts, task: str) -> None:
    assert planned({"a": NUMBER, "y": NUMBER}, y=facts).targets[0].task == task
    decided = Recipe(columns={"y": ColumnRecipe.model_validate({"role": "target", "categories": "one_hot"})})
    assert planned({"a": NUMBER, "y": NUMBER}, decided, y=facts).targets[0].task == "classes"


def test_the_split_follows_the_columns() -> None:
    dates = ColumnFacts(99, distinct=99, low=0, high=9e6, ascending=True)
    words = ColumnFacts(99, distinct=2, values=("test", "train"))
    kinds = {"when": DATE, "a": NUMBER, "y": TEXT}
    assert planned(kinds).split == "stratified"
    assert planned({**kinds, "y": NUMBER}).split == "random"
    assert (planned(kinds, when=dates).split, planned(kinds, when=dates).split_column) == ("time", "when")
    assert planned({"subset": TEXT, **kinds}, subset=words).split == "column"
    grouped = Recipe(columns={"a": ColumnRecipe(role="group")})
    assert planned(kinds, grouped).split == "group"


def test_skewed_numbers_come_with_advice() -> None:
    facts = ColumnFacts(99, distinct=99, low=1, high=1e6, skew=0.6)
    assert "logarithm" in planned({"income": NUMBER, "y": NUMBER}, income=facts).column("income").suggestion


def test_what_the_user_decided_is_no_guess() -> None:
    recipe = Recipe(columns={"a": ColumnRecipe.model_validate({"role": "target", "numbers": "log"})})
    found = planned({"a": NUMBER, "y": NUMBER}, recipe)
    assert found.column("a").guessed == {"missing"}
    assert found.column("y").role == "input"


def test_what_is_planned_is_what_is_done(tmp_path: Path) -> None:
    path = table(tmp_path)
    with open_source(path, {}) as source:
        assert remembered_facts(source) is None
        facts = survey_source(source)
        assert remembered_facts(source) == facts
        found = plan(source.columns, facts, Recipe())
    bundle = load(chosen(path))
    assert bundle.preparation is not None
    done = {c.name: (c.missing, c.categories, c.numbers, c.dates) for c in bundle.preparation.columns}
    assert done == {c.name: (c.missing, c.categories, c.numbers, c.dates) for c in found.inputs}
    assert facts["size"].missing > 0
    assert facts["colour"].values == ("blue", "green", "red")


def test_a_target_with_one_value_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "yes.csv"
    path.write_text("a,b,label\n" + "".join(f"{k % 7},{k * k},yes\n" for k in range(30)), encoding="utf-8")
    bundle = load(chosen(path))
    assert any(
        "'label' is named like a target" in note and "Instead, 'b' is predicted" in note
        for note in bundle.notes
    )
    facts = ColumnFacts(30, distinct=1, values=("yes",))
    found = planned({"a": NUMBER, "label": TEXT}, a=ColumnFacts(30), label=facts)
    assert "one value only (yes)" in found.column("label").reason
    alone = planned({"label": TEXT}, label=facts)
    assert "one value only (yes)" in alone.problem


def test_a_target_of_numbers_and_words_says_that_it_is_both() -> None:
    facts = ColumnFacts(9, distinct=3, values=("1", "2", "high"))
    reason = planned({"a": NUMBER, "price": TEXT}, price=facts).targets[0].reasons["task"]
    assert "mixes words and numbers" in reason
    assert "'high'" in reason


def test_one_array_alone_has_a_way_on() -> None:
    found = plan([Column("x", Kind.ARRAY, (3,))], None, Recipe())
    assert "numpy.savez" in found.problem
    assert "apart" in found.problem


def test_a_target_without_a_value_is_said_to_be_none() -> None:
    facts = ColumnFacts(30, 30, distinct=0)
    found = planned({"a": NUMBER, "label": TEXT}, a=ColumnFacts(30), label=facts)
    assert "no value in any row" in found.column("label").reason
    assert found.targets[0].name == "a"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"picture": Kind.PICTURE, "file": TEXT}, "folder of its own"),
        ({"sound": Kind.SOUND, "file": TEXT}, "sounds alone"),
        ({"v": NUMBER}, "Rows in time"),
    ],
)
def test_what_is_to_be_done_without_targets_or_inputs(columns: dict[str, Kind], said: str) -> None:
    assert said in planned(columns).problem


def test_one_row_is_not_enough() -> None:
    found = planned({"a": NUMBER}, a=ColumnFacts(1, distinct=1, values=(1.0,)))
    assert "several rows" in found.problem


def test_masks_take_the_size_of_their_pictures() -> None:
    columns = [Column(name, Kind.PICTURE, (-1, -1, 3)) for name in ("picture", "mask")]
    decided = Recipe().with_column("picture", ColumnRecipe(picture=PictureRecipe(height=32, width=48)))
    size = plan(columns, None, decided).column("mask").picture
    assert size is not None
    assert (size.height, size.width) == (32, 48)


def recipe(**given: object) -> Recipe:
    return Recipe.model_validate(given)


PLAIN = {"a": NUMBER, "word": TEXT, "when": DATE, "b": NUMBER}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"split": {"kind": "group"}}, "A split by group needs a column; none has that role."),
        ({"split": {"kind": "column"}}, "A split by column needs a column; none has that role."),
        (
            {"split": {"kind": "group", "column": "x"}},
            "The split goes by the column 'x', which the file lacks; it has",
        ),
        ({"split": {"kind": "time", "column": "word"}}, "Time must be dates or numbers; 'word' is text."),
        ({"columns": {"word": {"role": "time"}}}, "Time must be dates or numbers; 'word' is text."),
        ({"columns": {"word": {"role": "weight"}}}, "Weights must be numbers; 'word' is text."),
        (
            {"columns": {"a": {"role": "weight"}, "b": {"role": "weight"}}},
            "One column can be the weight; 'a', 'b' are.",
        ),
        ({"columns": {"word": {"missing": {"name": "median"}}}}, "Words have no median; 'word' holds words."),
        (
            {"columns": {"a": {"missing": {"name": "value", "value": "none"}}}},
            "A missing number can't be filled with a word; 'a' holds numbers.",
        ),
        (
            {"columns": {"lost": {"role": "input"}}},
            "The recipe names the column 'lost', which the file lacks",
        ),
    ],
)
def test_what_can_not_be_followed_is_said_and_what_to_do(given: dict[str, object], problem: str) -> None:
    found = planned(PLAIN, recipe(**given)).problem
    assert found.startswith(problem)
    assert found.endswith(".")


def test_the_column_of_a_split_has_its_role() -> None:
    found = planned(PLAIN, recipe(split={"kind": "group", "column": "word"}))
    assert {c.name: c.role for c in found.columns}["word"] == "group"
    assert (found.split, found.split_column, found.problem) == ("group", "word", "")


@pytest.mark.parametrize("rows", [2, 7])
@pytest.mark.parametrize("shares", [(0.0, 0.0), (0.45, 0.45), (0.9, 0.0), (0.0, 0.9)])
@pytest.mark.parametrize("split", ["auto", "time"])
def test_however_few_rows_each_is_in_one_part(
    tmp_path: Path, rows: int, shares: tuple[float, float], split: str
) -> None:
    path = tmp_path / "few.csv"
    path.write_text(
        "größe,名前\n" + "".join(f"{i}.5,{'日本'[i % 2]}\n" for i in range(rows)), encoding="utf-8"
    )
    bundle = load(
        chosen(
            path, validation_fraction=shares[0], test_fraction=shares[1], recipe={"split": {"kind": split}}
        )
    )
    assert [*bundle.train, *bundle.validation, *bundle.test] == list(range(rows))
    assert len(bundle.train)
    assert {len(array) for array in (*bundle.inputs.values(), *bundle.targets.values())} == {rows}
