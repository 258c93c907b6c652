"""Code of Keras, looked at without Keras: readable, complete, and nothing but what was drawn."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from engine import layers
from engine.compiler.model import ModelCompiler
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.exchange.formats import format_of, write_network
from engine.exchange.meaning import Meaning, meaning_of
from engine.exchange.outgoing import Outgoing, outgoing
from engine.exchange.scripts.keras_training import keras_script
from engine.exchange.scripts.torch_training import training_script
from engine.exchange.torch.writing import module_of
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.flatten import Flatten
from engine.layers.input import Input as InputLayer
from engine.layers.target import Target
from engine.layers.text_vectorization import TextVectorization
from engine.models import Input, Model
from engine.training.features import feature_specs
from engine.training.settings import TrainingSettings
from tests.engine.cli.test_text import reviews
from tests.engine.exchange.torch.drawn import out_of


def classifier() -> Outgoing:
    x = Input((8, 8, 1), name="picture")
    y = layers.Conv2D(filters=4, kernel_size=(3, 5), padding="same", activation="relu")(x)
    y = layers.MaxPooling2D()(y)
    model = Model(x, layers.Dense(units=3, activation="softmax")(layers.Flatten()(y)))
    model.compile(loss="sparse_categorical_crossentropy", optimizer={"name": "SGD", "momentum": 0.9})
    return out_of(model, "Digits")


def test_layers_are_written_with_what_is_not_usual() -> None:
    text = keras_script(classifier(), "digits")
    assert 'layers.MaxPooling2D(pool_size=2, name="max_pooling2d")' in text
    calls = {ast.unparse(n) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)}
    assert (
        "layers.Conv2D(filters=4, kernel_size=(3, 5), padding='same', activation='relu', name='conv2d')"
        in calls
    )
    assert "kernel_initializer" not in text


def test_it_is_compiled_and_fitted_with_the_settings_of_the_project() -> None:
    settings = TrainingSettings(
        epochs=9,
        batch_size=4,
        seed=2,
        early_stopping_patience=3,
        keep_best=True,
        schedule="ReduceLROnPlateau",
    )
    text = keras_script(replace(classifier(), training=settings), "digits")
    assert "EPOCHS = 9\nBATCH_SIZE = 4\nSEED = 2\n" in text
    assert "restore_best_weights=True" in text
    assert "keras.callbacks.ReduceLROnPlateau(" in text
    assert "keras.optimizers.Adam(learning_rate=0.001)" in text


def test_settings_of_the_optimizer_that_are_usual_are_left_out() -> None:
    text = keras_script(classifier(), "digits")
    assert "keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)" in text


def test_a_group_that_is_used_twice_is_built_once() -> None:
    a = Input((4,))
    inner = Model(a, layers.Dense(units=4)(a))
    x = Input((4,), name="x")
    text = keras_script(out_of(Model(x, inner(layers.ReLU()(inner(x))))), "net")
    assert text.count("def build_group():") == 1
    assert text.count("= build_group()") == 1
    assert text.count("group_layer(") == 2


def test_what_keras_lacks_is_said() -> None:
    out = classifier()
    out = replace(out, training=TrainingSettings(schedule="OneCycle"))
    assert "# - the schedule OneCycle of the learning rate, which Keras lacks" in keras_script(out, "net")
    out = replace(out, training=TrainingSettings(optimizer="ScheduleFreeAdamW"))
    assert "Adam and squares stand in for them" in keras_script(out, "net")


@pytest.mark.parametrize("name", ['"""\nimport os', "a\\", "def", "层", "", "x'); import os #"])
def test_names_do_nothing(name: str) -> None:
    out = classifier()
    names = dict.fromkeys(out.net.names, name)
    out = replace(out, net=replace(out.net, names=names), targets=(name,), meaning=Meaning(name))
    tree = ast.parse(keras_script(out, "net"))
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert imported == {"argparse", "csv", "math", "keras", "numpy"}


def test_the_ending_says_the_format_and_weights_lie_beside(tmp_path: Path) -> None:
    found = format_of(Path("digits_keras.py"))
    assert found is not None
    assert found.name == "keras_script"
    write_network(classifier(), tmp_path / "digits_keras.py")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["digits.keras", "digits_keras.py"]


def test_texts_become_numbers_before_the_network_in_both_scripts(tmp_path: Path) -> None:
    words = TextVectorization(output_sequence_length=4, vocabulary=("fine", "dull"))
    graph = build_sequential(
        [InputLayer(), words, Embedding(input_dim=4, output_dim=2), Flatten(), Dense(units=1), Target()]
    )
    bundle = load(DataSettings(path=str(reviews(tmp_path / "reviews.csv"))))
    features = feature_specs(bundle.spec)
    weights = ModelCompiler(graph, features, ()).fresh_weights(0)
    out = outgoing(graph, features, weights, meaning=meaning_of(graph, "Reviews", bundle))
    texts = [keras_script(out, "net"), training_script(out, module_of(out, "net"), "net")]
    for text in texts:
        assert "'vocabulary': ['fine', 'dull']" in text
        assert "WHOLE = ('x',)" in text
        ast.parse(text)
