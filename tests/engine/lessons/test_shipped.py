"""The lessons that come with the application: each is taken from beginning to end, with the real engine on the data."""

from collections.abc import Mapping

import numpy as np
import pytest

from engine.data.load import load
from engine.data.settings import DataSettings
from engine.formats.sections import DATA, TRAINING
from engine.graph.inference import infer
from engine.layers.registry import layers
from engine.lessons.lesson import Lesson
from engine.lessons.markup import blocks, plain
from engine.lessons.registry import lessons
from engine.training.features import feature_specs
from tests.engine.lessons.learner import Learner

SGD = "SGD"
BEFOREHAND: Mapping[str, Mapping[int, Mapping[str, Mapping[str, object]]]] = {
    "line": {
        4: {TRAINING: {"optimizer": {"name": SGD, "learning_rate": 0.1}}},
        6: {TRAINING: {"optimizer": {"name": SGD, "learning_rate": 0.5}}},
    },
    "normalize": {
        4: {TRAINING: {"optimizer": {"name": SGD, "learning_rate": 1e-6}}},
        5: {TRAINING: {"optimizer": {"name": SGD, "learning_rate": 0.01}}},
    },
    "overfitting": {
        3: {TRAINING: {"early_stopping_patience": 10}},
        4: {TRAINING: {"early_stopping_patience": None, "keep_best": False}},
    },
    "optimizers": {
        2: {TRAINING: {"optimizer": {"name": SGD, "learning_rate": 0.01, "momentum": 0.9}}},
        3: {TRAINING: {"optimizer": {"name": "Adam", "learning_rate": 0.01}}},
    },
}
"""What the texts ask for in words, beyond what the checks look at: by lesson, step and section."""
MOST_STEPS = {"convolution": 110}
ALL = list(lessons().values())
QUICK = [lesson for lesson in ALL if lesson.name not in MOST_STEPS]
SLOW = [lesson for lesson in ALL if lesson.name in MOST_STEPS]


def learner_of(lesson: Lesson) -> Learner:
    return Learner(lesson, MOST_STEPS.get(lesson.name), BEFOREHAND.get(lesson.name, {}))


def take(name: str, steps: int) -> Learner:
    """A lesson up to the end of a step."""
    learner = learner_of(lessons()[name])
    for _ in range(steps):
        learner.take_step()
        learner.go_on()
    learner.take_step()
    return learner


def _take_all(lesson: Lesson) -> None:
    learner = learner_of(lesson)
    for _ in lesson.steps:
        learner.take_step()
        learner.go_on()
    assert set(learner.state.progress.done) == {n for n, step in enumerate(lesson.steps) if step.asks}
    assert not learner.state.progress.skipped


@pytest.mark.parametrize("lesson", QUICK, ids=lambda lesson: lesson.name)
def test_a_learner_gets_to_the_end(lesson: Lesson) -> None:
    _take_all(lesson)


@pytest.mark.slow
@pytest.mark.parametrize("lesson", SLOW, ids=lambda lesson: lesson.name)
def test_a_learner_gets_to_the_end_of_a_long_one(lesson: Lesson) -> None:
    _take_all(lesson)


@pytest.mark.parametrize("lesson", ALL, ids=lambda lesson: lesson.name)
def test_it_begins_with_a_network_that_can_be_trained(lesson: Lesson) -> None:
    graph = lesson.project()
    data = graph.sections[DATA]
    assert isinstance(data, DataSettings)
    found = infer(graph, feature_specs(load(data).spec))
    assert found.ok, [d.sentence for d in found.diagnostics]


@pytest.mark.parametrize("lesson", ALL, ids=lambda lesson: lesson.name)
def test_its_declaration_is_whole(lesson: Lesson) -> None:
    assert lesson.name
    assert lesson.learn
    assert 4 <= len(lesson.steps) <= 12
    assert set(lesson.layers) <= set(layers())
    for step in lesson.steps:
        assert step.title
        assert step.text
        assert bool(step.task) == step.asks, step.title
        if step.question is not None:
            assert sum(answer.right for answer in step.question.answers) == 1, step.title
            assert all(answer.text and answer.because for answer in step.question.answers), step.title
    for text in lesson.texts():
        assert "!" not in plain(text), text
        assert plain(text).count("*") == text.count(" * "), f"a mark is not closed: {text!r}"
        assert all(block.plain for block in blocks(text))


def test_lessons_are_numbered_in_their_order() -> None:
    assert [lesson.number for lesson in ALL] == list(range(1, len(ALL) + 1))
    assert len(ALL) == 10


# -- what the texts say in numbers -------------------------------------------------------------------------
def test_one_neuron_stays_about_half_wrong_on_xor() -> None:
    learner = take("neuron", 4)
    assert 0.35 < learner.seen.values["accuracy"] < 0.65


def test_the_slow_walk_ends_before_the_valley() -> None:
    learner = take("line", 3)
    assert learner.seen.values["loss"] == pytest.approx(0.15, abs=0.005)
    assert learner.weights["dense/bias"][0] == pytest.approx(-0.76, abs=0.01)
    assert learner.weights["dense/weight"][0, 0] == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(("rate", "arrives"), [(0.3, True), (0.4, False)])
def test_the_limit_of_the_learning_rate_lies_between(rate: float, arrives: bool) -> None:
    learner = learner_of(lessons()["line"])
    learner.set_training(optimizer={"name": SGD, "learning_rate": rate})
    learner.train()
    assert (learner.seen.values["loss"] < 0.2) is arrives


def test_the_parabola_is_found_to_two_hundredths() -> None:
    weights = take("parabola", 2).weights
    found = [*weights["dense/weight"].reshape(-1), weights["dense/bias"][0]]
    assert np.abs(np.array(found) - (1.0, -2.0, 1.5)).max() < 0.02


def test_the_ranges_of_the_house_prices_are_those_of_the_text() -> None:
    bundle = load(DataSettings(dataset="boston", normalize=False))
    names = bundle.features[next(iter(bundle.inputs))].column_names
    columns = dict(zip(names, next(iter(bundle.inputs.values())).T, strict=True))
    assert len(columns) == 12
    assert "B" not in columns
    assert columns["NOX"].min() == pytest.approx(0.385)
    assert columns["NOX"].max() == pytest.approx(0.871)
    assert (columns["TAX"].min(), columns["TAX"].max()) == (187, 711)


def test_a_tiny_rate_explains_nothing() -> None:
    learner = take("normalize", 4)
    assert learner.seen.values["val_r2"] < 0


def test_the_large_network_is_sure_of_wrong_answers() -> None:
    learner = take("overfitting", 1)
    assert learner.seen.values["accuracy"] == 1.0
    assert learner.seen.values["val_loss"] > 2.0
    assert learner.seen.values["val_accuracy"] == pytest.approx(25 / 30)
    assert sum(array.size for array in learner.weights.values()) == 4_417


def test_sigmoid_stays_at_the_loss_of_a_coin_and_relu_does_not() -> None:
    learner = take("vanishing", 0)
    assert learner.seen.values["loss"] == pytest.approx(np.log(2.0), abs=0.005)
    learner = take("vanishing", 5)
    assert learner.seen.values["loss"] == pytest.approx(np.log(2.0), abs=0.005)


def test_the_race_ends_as_it_is_told() -> None:
    learner = take("optimizers", 0)
    assert learner.seen.values["val_loss"] == pytest.approx(0.28, abs=0.01)
    assert learner.seen.values["val_accuracy"] == pytest.approx(175 / 200)
    learner = take("optimizers", 2)
    assert learner.seen.values["val_loss"] == pytest.approx(0.03, abs=0.005)
    learner = take("optimizers", 3)
    assert learner.seen.values["val_loss"] == pytest.approx(0.002, abs=0.001)
    learner.set_training(optimizer={"name": SGD, "learning_rate": 0.1})
    learner.train()
    assert learner.seen.values["val_loss"] == pytest.approx(0.03, abs=0.005)


def test_dropout_turns_the_two_losses_around() -> None:
    learner = take("inference", 1)
    assert learner.seen.values["val_loss"] == pytest.approx(0.5 * learner.seen.values["loss"], rel=0.15)
    learner = take("inference", 3)
    assert learner.seen.values["loss"] == pytest.approx(0.03, abs=0.005)
    assert learner.seen.values["val_loss"] == pytest.approx(0.07, abs=0.005)
