"""Networks drawn in scripts learn, predict, are saved and loaded, and say in one sentence what is wrong."""

import doctest
from pathlib import Path

import numpy as np
import pytest

import engine.models
from engine import layers
from engine.compiler.lower import LoweringError
from engine.formats.errors import FormatError
from engine.models import Input, Model, Sequential, load_model
from engine.tensor.spec import Array, ShapeError

RNG = np.random.default_rng(3)
X = RNG.normal(size=(120, 4)).astype(np.float32)
CLASSES = (X.sum(axis=1) > 0).astype(int) + (X[:, 0] > 1)
NUMBERS = X[:, :1] * 2.0


def two_outputs() -> Model:
    a = Input((4,))
    shared = layers.Dense(units=4, activation="tanh")
    hidden = a + shared(shared(a))
    model = Model(a, [layers.Dense(units=3)(hidden), layers.Dense(units=1)(hidden)])
    model.compile("adam", loss=["sparse_categorical_crossentropy", "mean_squared_error"])
    return model


def test_the_doctest_runs() -> None:
    assert doctest.testmod(engine.models).failed == 0


def test_two_outputs_learn_and_are_the_same_after_saving(tmp_path: Path) -> None:
    model = two_outputs()
    history = model.fit(X, [CLASSES, NUMBERS], epochs=30, validation_split=0.2, verbose=False)
    assert history.epoch == list(range(1, 31))
    assert {"loss", "y0_loss", "y1_loss", "val_y0_accuracy"} <= history.history.keys()
    assert history.history["loss"][-1] < 0.9 * history.history["loss"][0]
    model.save(tmp_path / "two.loom")
    again = load_model(tmp_path / "two.loom")
    for one, other in zip(model.predict(X), again.predict(X), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.evaluate(X, [CLASSES, NUMBERS]) == model.evaluate(X, [CLASSES, NUMBERS])
    assert again.summary() == model.summary()
    before = again.evaluate(X, [CLASSES, NUMBERS])["loss"]
    again.fit(X, [CLASSES, NUMBERS], epochs=10, verbose=False)
    assert again.evaluate(X, [CLASSES, NUMBERS])["loss"] < before


def test_predictions_are_what_the_weights_say() -> None:
    model = Sequential([Input((4,)), layers.Dense(units=2)])
    weight, bias = np.arange(8.0).reshape(4, 2), np.array([1.0, -1.0])
    model.set_weights({"n2/weight": weight, "n2/bias": bias})
    np.testing.assert_allclose(model.predict(X), X @ weight + bias, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(model.predict(X, batch_size=7), X @ weight + bias, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(model(X), X @ weight + bias, rtol=1e-5, atol=1e-5)


def test_a_second_fit_goes_on() -> None:
    once, twice = (Sequential([Input((4,)), layers.Dense(units=1)]) for _ in range(2))
    for model in (once, twice):
        model.compile("sgd", loss="mean_squared_error")
    once.fit(X, NUMBERS, epochs=4, batch_size=len(X), verbose=False)
    for _ in range(2):
        twice.fit(X, NUMBERS, epochs=2, batch_size=len(X), verbose=False)
    for name, array in once.weights.items():
        np.testing.assert_allclose(twice.weights[name], array, rtol=1e-5)


def test_a_model_is_a_layer_of_another() -> None:
    inner = Sequential([Input((4,)), layers.Dense(units=3, activation="relu"), layers.Dense(units=2)])
    inner.fit(X, X[:, :2], epochs=2, verbose=False)
    a, b = Input((4,), name="a"), Input((4,), name="b")
    outer = Model([a, b], layers.Subtract()(inner(a), inner(b)))
    assert outer.count_params() == inner.count_params()
    expected = inner.predict(X) - inner.predict(X[::-1])
    np.testing.assert_allclose(outer.predict({"a": X, "b": X[::-1]}), expected, rtol=1e-5, atol=1e-6)
    outer.fit([X, X[::-1]], X[:, :2], epochs=1, verbose=False)
    assert not np.allclose(outer.predict([X, X[::-1]]), expected)


def test_weights_of_examples_and_classes_count() -> None:
    def fitted(**settings: object) -> Array:
        model = Sequential([Input((4,)), layers.Dense(units=2, activation="softmax")])
        model.compile({"name": "SGD", "learning_rate": 0.5}, loss="sparse_categorical_crossentropy")
        model.fit(X, (CLASSES > 0).astype(int), epochs=20, verbose=False, **settings)
        found: Array = model.predict(X).mean(axis=0)
        return found

    plain = fitted()
    first_only = fitted(sample_weight=(CLASSES == 0).astype(np.float32))
    weighted = fitted(class_weight=(5.0, 1.0))
    assert first_only[0] > plain[0] + 0.2
    assert plain[0] + 0.05 < weighted[0] < first_only[0]


def test_validation_data_and_early_stopping(capsys: pytest.CaptureFixture[str]) -> None:
    model = Sequential([layers.Dense(units=1)])
    model.compile("adam", loss="mean_squared_error")
    noise = RNG.normal(size=(40, 1))
    history = model.fit(
        X[:40],
        noise,
        epochs=500,
        validation_data=(X[40:80], -noise),
        early_stopping_patience=3,
        keep_best=True,
    )
    assert history.reason == "early"
    assert len(history.epoch) < 500
    assert len(capsys.readouterr().out.splitlines()) == len(history.epoch)


def test_words_are_looked_up_and_saved(tmp_path: Path) -> None:
    texts = np.array(["good fine", "bad awful", "fine", "awful bad"] * 10)
    model = Sequential(
        [
            Input((), dtype="string"),
            layers.TextVectorization(output_sequence_length=4),
            layers.Embedding(input_dim=10, output_dim=3),
            layers.GlobalAveragePooling1D(),
            layers.Dense(units=2, activation="softmax"),
        ]
    )
    with pytest.raises(ShapeError, match="call fit first"):
        model.predict(texts)
    model.compile({"name": "Adam", "learning_rate": 0.1}, loss="sparse_categorical_crossentropy")
    model.fit(texts, np.array([1, 0, 1, 0] * 10), epochs=30, verbose=False)
    model.save(tmp_path / "words.loom")
    answers = load_model(tmp_path / "words.loom").predict(np.array(["fine", "bad"]))
    assert answers.argmax(axis=1).tolist() == [1, 0]


def test_the_same_on_the_opengl_device() -> None:
    model = two_outputs()
    for one, other in zip(model.predict(X), model.predict(X, device="gl"), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_what_is_wrong_is_said() -> None:
    a = Input((4,))
    with pytest.raises(TypeError, match="called on what Input"):
        layers.Dense(units=1)(X)
    with pytest.raises(ShapeError, match="picture"):
        layers.Conv2D(filters=2)(a)
    with pytest.raises(ShapeError, match="takes 1 inputs, received 2"):
        layers.Dense(units=1)(a, a)
    with pytest.raises(ShapeError, match="not among its inputs"):
        Model(Input((4,)), layers.Dense(units=1)(a))
    with pytest.raises(ValueError, match="no optimizer named 'adamm'"):
        Sequential([Input((4,)), layers.Dense(units=1)]).compile("adamm")
    with pytest.raises(ShapeError, match="same number of rows"):
        two_outputs().fit(X, [CLASSES[:5], NUMBERS])
    with pytest.raises(ShapeError, match="has 2 targets"):
        two_outputs().fit(X, CLASSES)
    with pytest.raises(ShapeError, match="none of that name"):
        two_outputs().set_weights({"n99/weight": NUMBERS})
    with pytest.raises((LoweringError, ShapeError), match="shape"):
        Sequential([layers.Dense(units=2)]).fit(X, NUMBERS)
    with pytest.raises(AttributeError, match="no layer named Dens"):
        _ = layers.Dens


def test_a_project_without_an_end_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="can't be opened"):
        load_model(tmp_path / "nothing.loom")
