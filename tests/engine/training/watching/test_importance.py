"""Which columns matter: what dealing them out by hand says, the same each time, and zero where a network does not look."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.recipe.settings import ColumnRecipe, Recipe
from engine.data.recipe.steps.missing import Mean
from engine.data.settings import DataSettings
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.picturing import Picturing
from engine.training.predictions.importance import (
    TableColumn,
    dealt_out,
    harm,
    measured_rows,
    shuffle,
    table_columns,
)
from engine.training.reports import Pictured
from engine.training.session import Session
from engine.training.watching import importance, piecewise
from engine.training.watching.beside import Beside
from engine.training.watching.importance import (
    BEFORE,
    DONE,
    FIGURES,
    GREATER,
    MEANS,
    REPEATED,
    ROWS,
    SPREADS,
    TOTAL,
    Importance,
    Measuring,
)
from engine.training.watching.judging import Judge
from engine.training.watching.wish import UnseenError
from tests.engine.training.networks import branched, session, two_of_each
from tests.engine.training.watching.test_wishes import answers


def iris() -> Session:
    data = load(DataSettings(dataset="iris"))
    layers = (Dense(units=8, activation="tanh"), Dense(units=3))
    run = session(build_sequential([Input(), *layers, Target()]), data)
    run.advance(20)
    return run


def measured(run: Session, wish: Importance) -> dict[str, Array]:
    return dict(answers(run, wish)[-1].outputs)


def accuracy_and_loss(run: Session, x: Array) -> tuple[float, float]:
    """By hand, from the predictions."""
    rows = run.bundle.validation
    true = run.bundle.targets["y"][rows.start : rows.stop]
    p = run.predict("by hand", {"x": x})["y0"].astype(np.float64)
    return float((p.argmax(axis=1) == true).mean()), float(-np.log(p[np.arange(len(p)), true]).mean())


def test_it_is_what_dealing_columns_out_by_hand_says() -> None:
    run = iris()
    found = measured(run, Importance("i", repeats=3))
    rows = run.bundle.validation
    x = run.bundle.inputs["x"][rows.start : rows.stop]
    before = accuracy_and_loss(run, x)
    worse = np.zeros((3, 4, 2))
    for repeat in range(3):
        for column in range(4):
            mixed = x.copy()
            mixed[:, column] = x[shuffle(len(x), repeat), column]
            accuracy, loss = accuracy_and_loss(run, mixed)
            worse[repeat, column] = loss - before[1], before[0] - accuracy
    assert found[FIGURES].tolist() == ["loss", "accuracy"]
    assert found[GREATER].tolist() == [False, True]
    np.testing.assert_allclose(found[BEFORE], before[::-1], rtol=1e-5)
    np.testing.assert_allclose(found[MEANS], worse.mean(axis=0).T, atol=1e-5)
    np.testing.assert_allclose(found[SPREADS], worse.std(axis=0, ddof=1).T, atol=1e-5)
    assert (int(found[REPEATED]), int(found[ROWS])) == (3, len(rows))
    assert int(found[DONE]) == int(found[TOTAL]) == 1 + 3 * 4
    reported = run.evaluate(rows)
    assert found[BEFORE][1] == pytest.approx(reported["accuracy"])
    run.close()


def test_a_column_without_weight_has_no_influence_and_all_is_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = iris()
    arena, offset, shape = run.layout["n2/weight"]
    weights = run.memory.read(arena)
    weights[offset : offset + shape[1]] = 0.0  # of the first column
    run.memory.write(arena, weights)
    found = measured(run, Importance("i", repeats=2))
    assert not found[MEANS][:, 0].any()
    assert not found[SPREADS][:, 0].any()
    assert found[MEANS][0, 1:].min() > 0.0
    monkeypatch.setattr(importance, "BLOCK", 7)  # cut into blocks, the last of which is not full
    again = measured(run, Importance("i", repeats=2))
    np.testing.assert_allclose(again[MEANS], found[MEANS], atol=1e-6)
    run.close()


def test_all_of_a_measurement_is_of_the_weights_it_began_with() -> None:
    run = iris()
    expected = measured(run, Importance("i", repeats=2))
    beside, work = Beside(run), Measuring(Importance("i", repeats=2))
    work.begin(beside)
    done = False
    for _ in range(100):
        run.advance(1)
        beside.refresh()  # for somebody else who looks
        beside.wear(work._weights)
        done = done or work.step(beside)
        if done:
            break
    assert done
    np.testing.assert_array_equal(work.told()[MEANS], expected[MEANS])
    beside.close()
    run.close()


def test_of_several_answers_each_has_its_own_columns() -> None:
    run = session(branched(), two_of_each())
    found = [measured(run, Importance(name, name, repeats=2)) for name in ("y0", "y1")]
    assert not np.array_equal(found[0][MEANS], found[1][MEANS])
    assert [c.title for c in table_columns(run.bundle)] == ["a1", "a2", "a3", "b1", "b2", "b3"]
    for place, (target, one) in enumerate(zip(("sum", "difference"), found, strict=True)):
        reported = run.evaluate(run.bundle.validation)
        assert one[BEFORE][0] == pytest.approx(reported[f"{target}_loss"], rel=1e-4), place
    (gone,) = answers(run, Importance("i", "y7"))
    assert "no longer part" in gone.sentence
    run.close()


def test_it_goes_on_with_another_session_and_is_told_as_far_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(0.0, 0.005)  # seconds: a step or two at a time
    monkeypatch.setattr(piecewise, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    run, wish = iris(), Importance("i", repeats=2)
    control = Control(wishes={"i": wish}, watch_validation=False)
    picturing = Picturing(control, time.perf_counter, lambda: True)
    first = next(r for r in picturing.take(run, full=True) if isinstance(r, Pictured))
    assert MEANS not in first.outputs
    assert int(first.outputs[DONE]) < int(first.outputs[TOTAL])
    other = iris()
    told = [r for r in picturing.finish(other) if isinstance(r, Pictured)]
    assert not any(r.sentence for r in told)
    repeats = [int(r.outputs[REPEATED]) for r in told if MEANS in r.outputs]
    assert repeats[0] == 1
    assert repeats[-1] == 2
    control.wishes.clear()  # nobody wants it any more
    assert not list(picturing.take(other, full=True))
    assert not picturing.restless
    picturing.close()
    for one in (run, other):
        one.close()


def test_weights_that_come_in_the_middle_are_measured_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(0.0, 0.005)
    monkeypatch.setattr(piecewise, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    run, wish = iris(), Importance("i", repeats=2)
    picturing = Picturing(
        Control(wishes={"i": wish}, watch_validation=False), time.perf_counter, lambda: True
    )
    list(picturing.take(run, full=True))
    run.restore(run.fresh(), run.step)  # as at the end of a run, with the weights of its best epoch
    picturing.forget()
    told = [*picturing.take(run, full=True), *picturing.finish(run)]
    last = next(r for r in reversed(told) if isinstance(r, Pictured))
    np.testing.assert_array_equal(last.outputs[MEANS], measured(run, wish)[MEANS])
    picturing.close()
    run.close()


def test_rows_of_a_large_table_are_drawn_and_one_row_is_too_few() -> None:
    assert measured_rows(range(5, 9), 10).tolist() == [5, 6, 7, 8]
    drawn = measured_rows(range(100, 10_000), 50)
    assert len(set(drawn.tolist())) == 50
    assert drawn.tolist() == sorted(measured_rows(range(100, 10_000), 50).tolist())
    assert drawn.min() >= 100
    assert sorted(shuffle(20, 3).tolist()) == list(range(20))
    assert shuffle(20, 3).tolist() != shuffle(20, 4).tolist()
    run = iris()
    alone = Measuring(Importance("i", rows=1))
    beside = Beside(run)
    with pytest.raises(UnseenError, match="two rows"):
        alone.begin(beside)
    beside.close()
    run.close()


def test_a_fall_counts_where_more_is_better_and_a_rise_where_less_is() -> None:
    after = np.array([[[0.7, 1.0]], [[0.5, 3.0]]])  # (repeats, columns, figures)
    means, spreads = harm([0.9, 1.0], after, [True, False])
    np.testing.assert_allclose(means, [[0.3], [1.0]])
    np.testing.assert_allclose(spreads, [[np.sqrt(0.02)], [np.sqrt(2.0)]])
    _, alone = harm([0.9, 1.0], after[:1], [True, False])
    assert not alone.any()


def mixed(folder: Path) -> DataBundle:
    """A table with numbers, words, a date, a text and a cell that is missing."""
    path = folder / "mixed.csv"
    rows = [
        f"{k % 17},{'' if k % 9 == 0 else k * 1.5},{('red', 'green', 'blue')[k % 3]},2024-{k % 12 + 1:02d}-0{k % 7 + 1},"
        f"some words of row number {k} that stand here,{k % 2}"
        for k in range(90)
    ]
    path.write_text("age,size,colour,day,note,sold\n" + "\n".join(rows) + "\n", encoding="utf-8")
    columns = {"sold": ColumnRecipe(role="target"), "size": ColumnRecipe(missing=Mean(indicator=True))}
    recipe = Recipe(columns=columns)
    return load(DataSettings(path=str(path), recipe=recipe))


def test_columns_are_those_of_the_table_whatever_they_become(tmp_path: Path) -> None:
    data = mixed(tmp_path)
    columns = {c.title: c for c in table_columns(data)}
    assert set(columns) == {"age", "size", "colour", "day", "note"}
    widths = {title: sum(len(places) or 1 for _, places in column.parts) for title, column in columns.items()}
    names = data.features["x"].column_names
    assert widths["colour"] == 3
    assert (
        widths["size"] == sum(name.startswith("size") for name in names) == 2
    )  # with the mark of what is missing
    assert widths["day"] == sum(name.startswith("day") for name in names) > 1
    dealt = dealt_out(data.inputs, columns["colour"], slice(0, 10), np.arange(20, 30))
    place = [k for k, name in enumerate(names) if name.startswith("colour=")]
    others = [k for k in range(len(names)) if k not in place]
    np.testing.assert_array_equal(dealt["x"][:, place], data.inputs["x"][20:30][:, place])
    np.testing.assert_array_equal(dealt["x"][:, others], data.inputs["x"][:10][:, others])


def test_a_window_gives_all_of_a_column_away() -> None:
    inputs = {"x": np.arange(24.0).reshape(4, 3, 2)}
    found = dealt_out(inputs, TableColumn("b", (("x", (1,)),)), slice(0, 2), np.array([3, 2]))
    np.testing.assert_array_equal(found["x"][..., 0], inputs["x"][:2, :, 0])
    np.testing.assert_array_equal(found["x"][..., 1], inputs["x"][[3, 2], :, 1])


def test_what_weighs_counts_as_it_does_in_training() -> None:
    run = iris()
    beside = Beside(run)
    rows = np.array([120, 121, 122, 120])
    judged = Judge(beside, "y0", rows, 3)
    beside.refresh()
    x = run.bundle.inputs["x"][rows]
    for part in (slice(0, 3), slice(3, 6)):
        judged.add({"x": x[part]}, part)
    whole = judged.take()
    each = []
    for k in range(4):
        judged.add({"x": x[k : k + 1]}, slice(k, k + 1))
        each.append(judged.take()["loss"])
    assert whole["loss"] == pytest.approx(np.mean(each), rel=1e-5)
    beside.close()
    run.close()
