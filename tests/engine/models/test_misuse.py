"""What people get wrong in scripts is answered in one sentence that says the rule, what was received and what to do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import layers
from engine.models import Input, Model, Sequential

RNG = np.random.default_rng(1)
X = RNG.normal(size=(24, 4)).astype(np.float32)
Y = X[:, :1]
CLASSES = np.arange(24) % 3


def model(units: int = 1, loss: str = "mean_squared_error") -> Model:
    made = Sequential([Input((4,)), layers.Dense(units=units)])
    made.compile("adam", loss)
    return made


def words() -> Model:
    return Sequential([Input((2,), dtype="int32"), layers.Embedding(input_dim=3, output_dim=2)])


def fit(x: Any = X, y: Any = Y, **settings: Any) -> object:
    return model().fit(x, y, verbose=False, **settings)


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (lambda: model().predict(X[:, :3]), "x needs rows of 4, received an array of 24 × 3"),
        (lambda: fit(X[:, :3]), "x needs rows of 4, received an array of 24 × 3"),
        (lambda: model().evaluate(X[0], Y), "x needs rows of 4, received an array of 4"),
        (lambda: model().predict(np.full((2, 4), "a")), "x takes numbers, received text"),
        (lambda: words().predict(np.full((1, 2), 0.5)), "x takes whole numbers"),
        (lambda: fit(y=np.full(24, "yes")), "The target y is text"),
        (lambda: fit(sample_weight=np.ones(3)), "one sample weight for each of 24 rows, received 3"),
        (lambda: fit(sample_weight=-np.ones(24)), "Sample weights are numbers from 0 on"),
        (lambda: fit(sample_weight=np.full(24, np.nan)), "received nan to nan"),
        (lambda: fit(validation_split=-0.5), "from 0 to below 1, received -0.5"),
        (lambda: model(loss="msee"), "There is no loss named 'msee'; take one of"),
        (lambda: Input((-1, 3)), r"lengths from 1 on, without the batch, received \(-1, 3\)"),
        (lambda: Input((0,)), "lengths from 1 on"),
        (lambda: Input((4,), dtype="float64"), "received 'float64'. Take float32"),
        (lambda: Sequential([]), "A Sequential is a list of layers"),
    ],
)
def test_misuse_is_explained(use: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        use()
    assert "\n" not in str(caught.value)


def test_weights_of_classes_may_be_a_mapping() -> None:
    both = [model(3, "sparse_categorical_crossentropy") for _ in range(2)]
    both[0].fit(X, CLASSES, class_weight={0: 5.0, 2: 0.5}, verbose=False)
    both[1].fit(X, CLASSES, class_weight=(5.0, 1.0, 0.5), verbose=False)
    for name, array in both[0].weights.items():
        np.testing.assert_array_equal(both[1].weights[name], array)


def test_one_input_may_be_given_as_a_list_of_one_array() -> None:
    learner = model()
    np.testing.assert_array_equal(learner.predict([X]), learner.predict(X))
    np.testing.assert_array_equal(learner.predict(X.tolist()), learner.predict(X))


def test_what_is_not_a_number_among_sample_weights_of_a_run_is_found() -> None:
    bad = X.copy()
    bad[5, 1] = np.nan
    history = model().fit(bad, Y, sample_weight=np.ones(24), verbose=False)
    assert "NaN (not a number) in x, row 5" in history.sentence
