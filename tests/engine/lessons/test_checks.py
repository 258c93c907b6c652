"""What each check looks at, and what it does not mistake for it."""

import math

import numpy as np
import pytest

from engine.formats.examples import examples
from engine.formats.sections import DATA, TRAINING
from engine.graph.edits import AddNode, SetSection, SetSettings
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.lessons.checks import (
    CHECKS,
    AllOf,
    AnyOf,
    Check,
    DataSetting,
    Did,
    Figure,
    Gap,
    HasLayers,
    IsSound,
    LayerSetting,
    Noticed,
    RunEnded,
    Trained,
    TrainingSetting,
    WeightIs,
)
from engine.lessons.lesson import Lesson, Step, ask
from engine.lessons.progress import LessonState, Progress
from engine.lessons.seen import Seen
from engine.training.doctor.observation import Observation, Observed
from engine.training.reports import Ended, EpochEnded
from engine.training.reports import Progress as Report


@pytest.fixture
def seen() -> Seen:
    seen = Seen(examples()["spiral"].graph())
    seen.begin_step()
    return seen


def _set(seen: Seen, name: str, **changes: object) -> None:
    (node,) = (n for n in seen.graph.nodes.values() if n.name == name)
    assert isinstance(node.layer, Layer)
    SetSettings(node.id, node.layer.model_copy(update=changes)).apply(seen.graph)


def _progress(step: int, epoch: float = 0.0, **values: float) -> Report:
    return Report(step, epoch, values, 100.0)


@pytest.mark.parametrize("kind", CHECKS.members.values(), ids=lambda kind: kind.__name__)
def test_every_check_has_words_and_looks_at_anything(kind: type[Check], seen: Seen) -> None:
    assert kind.label
    assert kind.summary
    assert isinstance(kind().holds(seen), bool)
    assert CHECKS.read(CHECKS.write(kind())) == kind()


def test_layers_are_counted(seen: Seen) -> None:
    assert HasLayers(layer="Dense", at_least=3).holds(seen)
    assert not HasLayers(layer="Dense", at_least=4).holds(seen)
    assert not HasLayers(layer="Dense", at_least=0, at_most=2).holds(seen)
    assert HasLayers(layer="Dropout", at_least=0, at_most=0).holds(seen)
    AddNode(seen.graph.new_node(Dense(units=3))).apply(seen.graph)
    assert not HasLayers(layer="Dense", at_least=4).holds(seen)
    assert HasLayers(layer="Dense", at_least=4, in_use=False).holds(seen)


def test_settings_of_layers(seen: Seen) -> None:
    assert not LayerSetting(layer="Dense", path="activation", value="relu").holds(seen)
    _set(seen, "dense", activation="relu")
    assert LayerSetting(layer="Dense", path="activation", value="ReLU").holds(seen)
    assert not LayerSetting(layer="Dense", path="activation", value="relu", every=True).holds(seen)
    assert not LayerSetting(node="dense_1", path="activation", value="relu").holds(seen)
    assert LayerSetting(node="dense", path="activation", changed=True).holds(seen)
    assert not LayerSetting(node="dense_1", path="activation", changed=True).holds(seen)
    assert not LayerSetting(layer="Conv2D", path="filters", at_least=0).holds(seen)
    assert LayerSetting(node="dense", path="units", at_least=24, at_most=24).holds(seen)
    assert not LayerSetting(node="dense", path="activation", at_least=0).holds(seen)
    assert not LayerSetting(node="dense", path="use_bias", at_least=0).holds(seen)
    assert LayerSetting(node="dense", path="use_bias", value="true").holds(seen)


def test_settings_of_sections(seen: Seen) -> None:
    assert TrainingSetting(path="optimizer", value="adam").holds(seen)
    assert TrainingSetting(path="optimizer.learning_rate", at_most=0.01).holds(seen)
    assert not TrainingSetting(path="optimizer.momentum_of_nothing", at_most=1).holds(seen)
    assert DataSetting(path="dataset", value="spiral").holds(seen)
    data = seen.graph.sections[DATA]
    SetSection(DATA, data.model_copy(update={"options": {"noise": 0.4}})).apply(seen.graph)
    assert DataSetting(path="options.noise", at_least=0.4, changed=True).holds(seen)
    assert not TrainingSetting(path="seed", changed=True).holds(seen)
    SetSection(TRAINING, seen.graph.sections[TRAINING].model_copy(update={"seed": 5})).apply(seen.graph)
    assert TrainingSetting(path="seed", changed=True).holds(seen)


def test_training_is_counted_from_where_the_step_began(seen: Seen) -> None:
    seen.note_run()
    seen.note_progress(_progress(100, 4.0, loss=0.5))
    assert Trained(steps=100, epochs=4.0, runs=1).holds(seen)
    seen.begin_step()
    assert not Trained().holds(seen)
    seen.note_progress(_progress(130, 5.0, loss=0.4))
    assert Trained(steps=30, epochs=1.0).holds(seen)
    assert not Trained(steps=31).holds(seen)
    assert not Trained(runs=1).holds(seen)
    seen.note_run()
    seen.note_progress(_progress(10, 0.4))
    assert Trained(steps=40, runs=1).holds(seen)


def test_going_back_in_time_does_not_count_backwards(seen: Seen) -> None:
    seen.note_run()
    seen.note_progress(_progress(100, 4.0))
    seen.note_progress(_progress(20, 0.8))
    seen.note_progress(_progress(30, 1.2))
    assert (seen.steps, round(seen.epochs, 6)) == (110, 4.4)


def test_figures(seen: Seen) -> None:
    assert not Figure(figure="loss", below=1.0).holds(seen)
    seen.note_run()
    ended = EpochEnded(10, 1, {"loss": 0.2, "val_loss": 0.5}, best=True)
    seen.note_progress(Report(10, 1.0, {"loss": 0.3}, 1.0, (ended,)))
    assert Figure(figure="loss", below=0.25).holds(seen)
    assert not Figure(figure="loss", above=0.2).holds(seen)
    assert Figure(figure="val_loss", above=0.4, below=0.6).holds(seen)
    assert Gap(times=2.5).holds(seen)
    assert not Gap(times=2.6).holds(seen)
    seen.note_run()
    assert not Gap(times=1.0).holds(seen)
    for broken in (math.inf, math.nan):
        seen.values["loss"] = broken
        assert Figure(figure="loss", above=100.0).holds(seen)
        assert not Figure(figure="loss", below=100.0).holds(seen)


def test_ends_and_findings(seen: Seen) -> None:
    seen.note_run()
    seen.note_end(Ended("diverged", 5, 0.1, {"loss": math.nan}, 1.0, 1.0))
    assert RunEnded().holds(seen)
    assert RunEnded(reason="diverged").holds(seen)
    assert not RunEnded(reason="done").holds(seen)
    assert not Noticed(kind="overfitting").holds(seen)
    seen.note_observed(Observed(5, (Observation("overfitting", "It does.", "Stop."),)))
    assert Noticed(kind="overfitting").holds(seen)
    seen.note_run()
    assert not Noticed(kind="overfitting").holds(seen)


def test_weights_deeds_and_soundness(seen: Seen) -> None:
    check = WeightIs(node="dense", place=1, at_least=1.9, at_most=2.1)
    assert not check.holds(seen)
    seen.weights = lambda: {"dense/weight": np.array([[0.0, 2.0]], np.float32)}
    assert check.holds(seen)
    assert not check.model_copy(update={"place": 2}).holds(seen)
    assert not Did(deed="panel/runs").holds(seen)
    seen.deeds.add("panel/runs")
    assert Did(deed="panel/runs").holds(seen)
    assert not IsSound().holds(seen)
    seen.sound = lambda: True
    assert IsSound().holds(seen)
    both = AllOf(checks=(Did(deed="panel/runs"), Did(deed="view/data")))
    assert not both.holds(seen)
    assert AnyOf(checks=both.checks).holds(seen)


# -- going through a lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    title="Three",
    steps=(
        Step(title="Read"),
        Step(title="Do", task="Do it.", check=Did(deed="view/data")),
        Step(title="Say", question=ask("?", ("a", False, "no"), ("b", True, "yes"))),
    ),
)


def test_a_step_to_read_is_done_at_once_and_others_when_they_are(seen: Seen) -> None:
    state = LessonState(LESSON)
    assert state.is_done
    state = state.gone_to(1).looked_at(seen)
    assert not state.is_done
    seen.deeds.add("view/data")
    state = state.looked_at(seen)
    assert state.is_done
    seen.deeds.clear()
    assert state.looked_at(seen).is_done  # what was done once stays done
    state = state.gone_to(2).answered(0).looked_at(seen)
    assert not state.is_done
    state = state.answered(1).looked_at(seen)
    assert state.is_done
    assert state.is_last
    assert state.progress.done == (1, 2)


def test_nothing_is_locked(seen: Seen) -> None:
    state = LessonState(LESSON).gone_to(1).gone_to(2)
    assert state.progress.skipped == (1,)
    state = state.gone_to(1)
    seen.deeds.add("view/data")
    state = state.looked_at(seen)
    assert state.progress.skipped == ()
    assert state.gone_to(99).place == 2
    assert state.gone_to(-5).place == 0


def test_a_state_of_a_longer_lesson_still_has_a_place() -> None:
    state = LessonState(LESSON, Progress(step=40, answers={2: 7}))
    assert state.place == 2
    assert state.answer is None
