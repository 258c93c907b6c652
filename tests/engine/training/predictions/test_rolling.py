"""A series is read from windows however they are told, and a forecast goes on from itself over it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.recipe.settings import ColumnRecipe, Recipe, SplitRecipe, WindowRecipe
from engine.data.settings import DataSettings
from engine.tensor.spec import Array
from engine.training.predictions.answers import Answer, answers_of_data
from engine.training.predictions.rolling import Course, Relative, Rolled, course


def _airline(relative: str = "no", horizon: int = 1) -> tuple[DataBundle, Answer]:
    options = {"relative": relative, "horizon": horizon}
    bundle = load(DataSettings(dataset="airline", options=options))
    return bundle, answers_of_data(bundle.spec)[0]


def _course(bundle: DataBundle, answer: Answer) -> Course:
    found = course(bundle, answer, bundle.validation.start, bundle.validation.stop)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("relative", "told"), [("difference", Relative.LAST), ("ratio", Relative.MEAN), ("no", Relative.NOTHING)]
)
def test_the_series_is_the_same_however_windows_are_told(relative: str, told: Relative) -> None:
    plain, found = _course(*_airline()), _course(*_airline(relative))
    assert found.relative is told
    assert len(found.came) == len(plain.came) == len(_airline()[0].validation)
    start = plain.known[-1] if told is Relative.LAST else 0.0
    size = plain.known.mean() if told is Relative.MEAN else 1.0
    np.testing.assert_allclose(found.known * size + start, plain.known, rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(found.came * size + start, plain.came, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("relative", ["no", "difference", "ratio"])
def test_who_is_always_right_one_step_ahead_is_right_far_ahead(relative: str) -> None:
    bundle, answer = _airline(relative)
    found = _course(bundle, answer)
    rolled = Rolled(bundle, answer, found)
    for row in bundle.validation:
        assert not rolled.is_done
        rolled.go_on(_Right(bundle, row))
    assert rolled.is_done
    np.testing.assert_allclose(rolled.values, found.came, rtol=1e-4, atol=1e-2)
    targets = bundle.targets["y"][bundle.validation.start :]
    np.testing.assert_allclose(found.one_step(bundle, answer, targets), found.came, rtol=1e-4, atol=1e-2)
    assert np.isnan(found.one_step(bundle, answer, targets[:3])).sum() == len(found.came) - 3


class _Right:
    """Predicts what comes, if it is shown the window of that row."""

    def __init__(self, bundle: DataBundle, row: int) -> None:
        self._bundle, self._row = bundle, row

    def __call__(self, window: Array) -> Array:
        known = self._bundle.inputs["x"][self._row]
        np.testing.assert_allclose(window[0], known, atol=1e-3)
        found: Array = self._bundle.targets["y"][self._row : self._row + 1]
        return found


def test_all_that_is_predicted_at_a_time_is_taken_for_known() -> None:
    bundle, answer = _airline(horizon=3)
    found = _course(bundle, answer)
    rolled = Rolled(bundle, answer, found)
    seen: list[Array] = []

    def predict(window: Array) -> Array:
        seen.append(window[0, :, 0])
        return np.array([[0.1, 0.2, 0.3]], np.float32)

    rolled.go_on(predict)
    rolled.go_on(predict)
    assert len(rolled.values) == 6
    last = bundle.scaling["x"].apply(rolled.values[:3, np.newaxis])[:, 0]
    np.testing.assert_allclose(seen[1][-3:], last, atol=1e-5)
    np.testing.assert_allclose(seen[1][:-3], seen[0][3:], atol=1e-5)


def test_it_ends_where_examples_do_not_follow_each_other() -> None:
    bundle, answer = _airline()
    rows = bundle.validation
    other = bundle.inputs["x"].copy()
    other[rows.start + 5 :] += 9.0  # of another group
    found = _course(replace(bundle, inputs={"x": other}), answer)
    assert len(found.came) == 5


def test_what_is_no_series_of_one_column_has_none() -> None:
    bundle, answer = _airline()
    rows = bundle.validation
    mixed = replace(bundle, inputs={"x": bundle.inputs["x"][::-1]})
    assert course(mixed, answer, rows.start, rows.stop) is None
    assert course(bundle, answer, rows.stop - 1, rows.stop) is None
    iris = load(DataSettings(dataset="iris"))
    assert course(iris, answers_of_data(iris.spec)[0], 0, 20) is None


def test_a_series_of_ones_own_is_followed_as_well(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    values = [100 + 10 * np.sin(day / 5) + day / 10 for day in range(200)]
    path.write_text("day,sales\n" + "\n".join(f"{day},{value:.3f}" for day, value in enumerate(values)))
    recipe = Recipe(
        columns={"sales": ColumnRecipe(role="target")},
        windows=WindowRecipe(window=12, columns=("sales",)),
        split=SplitRecipe(kind="time"),
    )
    bundle = load(DataSettings(path=str(path), recipe=recipe))
    answer = answers_of_data(bundle.spec)[0]
    found = _course(bundle, answer)
    first = bundle.validation.start + 12
    np.testing.assert_allclose(found.came, values[first : first + len(found.came)], atol=0.01)
    np.testing.assert_allclose(found.known, values[first - 12 : first], atol=0.01)
