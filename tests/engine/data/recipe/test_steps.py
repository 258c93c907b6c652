"""The laws of steps: what is fitted is plain JSON, what is applied can be undone, blocks make no difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.data.bundle import Curve, Scaling
from engine.data.recipe.steps.base import CATEGORIES, DATES, MISSINGS, NUMBERS, State, is_missing
from engine.data.recipe.steps.gather import Moments, Sample, Tally
from engine.data.sources.base import MISSING
from engine.tensor.spec import Array, DType

numbers = hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e6, 1e6, width=32))
words = st.lists(st.sampled_from(["red", "green", "blue", MISSING]), min_size=1, max_size=30)


def text(cells: list[str]) -> Array:
    return np.array(cells, DType.STRING.numpy)


def assert_json(state: State) -> None:
    assert type(state).model_validate_json(state.model_dump_json()) == state


@settings(deadline=None)
@given(numbers)
@pytest.mark.parametrize("name", NUMBERS.members)
def test_scaled_numbers_come_back(name: str, values: Array) -> None:
    step = NUMBERS(name)
    state = step.fit(values)
    assert_json(state)
    back = step.invert(step.apply(values, state), state)
    np.testing.assert_allclose(back, values, rtol=1e-6, atol=1e-6 * max(1.0, float(np.abs(values).max())))


@settings(deadline=None)
@given(numbers, st.integers(1, 10))
@pytest.mark.parametrize("name", NUMBERS.members)
def test_blocks_of_numbers_make_no_difference(name: str, values: Array, size: int) -> None:
    whole, fitting = NUMBERS(name).fit(values), NUMBERS(name).begin()
    for start in range(0, len(values), size):
        fitting.add(values[start : start + size])
    state = fitting.state()
    assert state.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert state.scale == pytest.approx(whole.scale, rel=1e-6, abs=1e-6)


def test_what_each_way_of_scaling_makes() -> None:
    values = np.array([0.0, 1, 2, 3, 10])
    made = {n: NUMBERS(n).apply(values, NUMBERS(n).fit(values))[:, 0] for n in NUMBERS.members}
    np.testing.assert_allclose([made["standardize"].mean(), made["standardize"].std()], [0, 1], atol=1e-12)
    np.testing.assert_allclose(made["min_max"], values / 10)
    np.testing.assert_allclose(made["robust"], (values - 2) / 2)
    np.testing.assert_array_equal(made["as_is"], values)
    logs = np.log1p(values)
    np.testing.assert_allclose(made["log"], (logs - logs.mean()) / logs.std())
    centred = NUMBERS("min_max", centred=True)
    np.testing.assert_allclose(centred.apply(values, centred.fit(values))[[0, -1], 0], [-1, 1])


def test_constant_numbers_stay_finite() -> None:
    values = np.full(5, 7.0)
    for name in NUMBERS.members:
        assert np.isfinite(NUMBERS(name).apply(values, NUMBERS(name).fit(values))).all(), name


@settings(deadline=None)
@given(words)
@pytest.mark.parametrize("name", ["one_hot", "ordinal", "embedding", "text"])
def test_words_have_their_number_in_any_order(name: str, cells: list[str]) -> None:
    step, filled = CATEGORIES(name), MISSINGS("value", value="none")
    values = filled.apply(text(cells), filled.fit(text(cells)))
    state = step.fit(values)
    assert_json(state)
    assert state == step.fit(values[::-1].copy())
    made = step.apply(values, state)
    assert len(made) == len(values)
    if name == "one_hot":
        np.testing.assert_array_equal(made.sum(axis=1), 1)
        assert step.names("c", state) == tuple(f"c={word}" for word in sorted(set(values.tolist())))
    if name == "embedding":
        assert made.dtype == np.int32
        assert made.min() >= 1


def test_words_that_training_did_not_have() -> None:
    known, new = text(["a", "b"]), text(["b", "z"])
    one_hot, ordinal, embedding = (CATEGORIES(n) for n in ("one_hot", "ordinal", "embedding"))
    np.testing.assert_array_equal(one_hot.apply(new, one_hot.fit(known)), [[0, 1], [0, 0]])
    np.testing.assert_array_equal(ordinal.apply(new, ordinal.fit(known)), [[1], [0.5]])
    np.testing.assert_array_equal(embedding.apply(new, embedding.fit(known)), [[2], [0]])
    assert one_hot.strangers(new, one_hot.fit(known)) == ("z",)


def test_the_rarest_words_share_what_is_left() -> None:
    step = CATEGORIES("one_hot", most=1)
    state = step.fit(text(["a", "b", "b"]))
    assert (state.categories, state.left_out) == (("b",), 1)


def test_an_order_of_ones_own() -> None:
    step = CATEGORIES("ordinal", order=("small", "large"))
    values = text(["large", "small"])
    np.testing.assert_array_equal(step.apply(values, step.fit(values)), [[1], [0]])
    with pytest.raises(ValueError, match="must differ"):
        CATEGORIES("ordinal", order=("a", "a"))


def test_missing_numbers_and_words() -> None:
    values, cells = np.array([1.0, np.nan, 2, 6, 6]), text(["a", MISSING, "b", "b"])
    fills = {"mean": 3.75, "median": 4.0, "mode": 6.0, "value": 0.0, "drop": None}
    for name, fill in fills.items():
        state = MISSINGS(name).fit(values)
        assert_json(state)
        assert state.fill == fill, name
        assert is_missing(MISSINGS(name).apply(values, state)).any() == (fill is None)
    mode = MISSINGS("mode")
    assert mode.apply(cells, mode.fit(cells)).tolist() == ["a", "b", "b", "b"]


def test_dates_know_cycles() -> None:
    step = DATES("cycles", day=True)
    seconds = np.array([0.0, 86_400 * 365.2425 / 2])
    state = step.fit(seconds)
    made = step.apply(seconds, state)
    assert made.shape == (2, len(step.names("d", state))) == (2, 7)
    np.testing.assert_allclose(made[:, 0], [-1, 1])
    np.testing.assert_allclose(made[1, -2:], [0, -1], atol=1e-9)  # half a year on


def test_scaling_bends_and_straightens() -> None:
    scaling = Scaling((1.0, 2.0), (2.0, 3.0), (Curve("signed_log"), None))
    values = np.array([[-20.0, 5.0], [300.0, -1.0]], np.float32)
    np.testing.assert_allclose(scaling.invert(scaling.apply(values)), values, rtol=1e-5)
    log = Curve("log", 1.0)
    np.testing.assert_allclose(log.invert(log.apply(np.array([0.0, 5]))), [0, 5], atol=1e-12)


def test_a_sample_is_bounded_and_the_same_however_it_comes() -> None:
    values = np.arange(10_000.0)
    whole, pieces = Sample(1_000), Sample(1_000)
    whole.add(values)
    for start in range(0, len(values), 333):
        pieces.add(values[start : start + 333])
    assert not whole.exact
    assert whole.quantiles(0.5)[0] == pytest.approx(5_000, rel=0.01)
    assert pieces.quantiles(0.5)[0] == pytest.approx(5_000, rel=0.01)


def test_tallies_and_moments_leave_out_what_is_missing() -> None:
    tally, moments = Tally(most=2), Moments()
    tally.add(text(["b", "a", "a", MISSING, "c"]))
    assert (tally.most_common(1), tally.uncounted) == (["a"], 1)
    moments.add(np.array([np.nan, 1, 3]))
    assert (moments.count, moments.mean, moments.deviation) == (2, 2.0, 1.0)
