"""Somebody who takes a lesson without a window: does what each check asks for, and trains with the real engine."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import BaseModel

from engine.data.load import load
from engine.devices.base import Device
from engine.devices.registry import open_device
from engine.formats.sections import DATA, TRAINING
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.edits import AddNode, Connect, Disconnect, SetSection, SetSettings
from engine.graph.inference import infer
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.lessons.checks import (
    AllOf,
    AnyOf,
    Check,
    DataSetting,
    Did,
    HasLayers,
    LayerSetting,
    TrainingSetting,
    WeightIs,
    checks_in,
    value_at,
)
from engine.lessons.lesson import Lesson
from engine.lessons.progress import LessonState
from engine.lessons.seen import Seen
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.features import feature_specs
from engine.training.reports import Ended, Snapshot
from engine.training.reports import Progress as TrainingProgress
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.states import named_states
from engine.training.trainer import Trainer

SETTING_UP = (LayerSetting, TrainingSetting, DataSetting, HasLayers, Did)


class Learner:
    """Takes one lesson; `seen` and `state` say how far that went."""

    def __init__(
        self,
        lesson: Lesson,
        most_steps: int | None = None,
        beforehand: Mapping[int, Mapping[str, Mapping[str, object]]] = MappingProxyType({}),
    ) -> None:
        self.graph = lesson.project()
        self.seen = Seen(self.graph, weights=lambda: self.weights, sound=self.is_sound)
        self.state = LessonState(lesson)
        self.weights: Mapping[str, Array] = {}
        self._most_steps = most_steps
        self._beforehand = beforehand  # by step: what the text asks for in words, settings by section
        self._device: Device = open_device("cpu")
        self.seen.begin_step()

    # -- the lesson ----------------------------------------------------------------------------------
    def take_step(self) -> None:
        """Do what the open step asks for, and go on once it is done."""
        step = self.state.step
        if step.question is not None:
            for place, answer in enumerate(step.question.answers):
                if not answer.right:
                    self.state = self.state.answered(place).looked_at(self.seen)
                    assert not self.state.is_done, f"{step.title}: a wrong answer is taken for a right one"
            right = next(place for place, answer in enumerate(step.question.answers) if answer.right)
            self.state = self.state.answered(right)
        if step.check is not None:
            asks_to_do = not isinstance(step.check, WeightIs)
            assert not (asks_to_do and step.check.holds(self.seen)), f"{step.title}: nothing was done yet"
            self.do(step.check)
        self.state = self.state.looked_at(self.seen)
        assert self.state.is_done, f"{step.title}: {step.check!r} does not hold: {self.seen.values}"

    def go_on(self) -> None:
        """The next step."""
        self.state = self.state.gone_to(self.state.place + 1)
        self.seen.begin_step()

    # -- doing ----------------------------------------------------------------------------------------
    def do(self, check: Check) -> None:
        """Whatever makes a check hold: first what is to be set, then training."""
        wanted = chosen(check)
        for each in wanted:
            if isinstance(each, SETTING_UP):
                self._set_up(each)
        for key, changes in self._beforehand.get(self.state.place, {}).items():
            section = self.graph.sections[key]
            values = {**section.model_dump(mode="json"), **changes}
            SetSection(key, type(section).model_validate(values)).apply(self.graph)
        if any(not isinstance(each, SETTING_UP) for each in wanted):
            self.train()

    def _set_up(self, check: Check) -> None:
        if isinstance(check, Did):
            self.seen.deeds.add(check.deed)
        elif isinstance(check, LayerSetting):
            self._set_layers(check)
        elif isinstance(check, TrainingSetting | DataSetting):
            self._set_section(check)
        elif isinstance(check, HasLayers) and check.at_least > 0:
            self._insert(check.layer)

    def _set_layers(self, check: LayerSetting) -> None:
        for node in list(self.graph.nodes.values()):
            layer = settings_with(self.graph, node, check)
            if layer is not None:
                SetSettings(node.id, layer).apply(self.graph)

    def _set_section(self, check: TrainingSetting | DataSetting) -> None:
        key = DATA if isinstance(check, DataSetting) else TRAINING
        SetSection(key, section_with(self.graph.sections[key], check)).apply(self.graph)

    def _insert(self, name: str) -> None:
        """A layer behind the data, as somebody who drops it on the wire there."""
        wire = self.graph.edges[0]
        node = self.graph.new_node(layers()[name](units=8))  # type: ignore[call-arg]  # Dense
        Disconnect(wire).apply(self.graph)
        AddNode(node).apply(self.graph)
        Connect(Edge(wire.source, wire.source_port, node.id, "input")).apply(self.graph)
        Connect(Edge(node.id, "output", wire.target, wire.target_port)).apply(self.graph)

    def set_training(self, **changes: object) -> None:
        """Other training settings."""
        section = self.graph.sections[TRAINING]
        values = {**section.model_dump(mode="json"), **changes}
        SetSection(TRAINING, type(section).model_validate(values)).apply(self.graph)

    def is_sound(self) -> bool:
        bundle = load(self.graph.sections[DATA])  # type: ignore[arg-type]  # that section is of the data
        return infer(self.graph, feature_specs(bundle.spec)).ok

    def train(self) -> None:
        """A run from its beginning to its end, or for as many steps as there is patience for."""
        settings = self.graph.sections[TRAINING]
        assert isinstance(settings, TrainingSettings)
        data = load(self.graph.sections[DATA])  # type: ignore[arg-type]  # that section is of the data
        control = Control()
        session = Session(self.graph, data, settings.model_copy(update={"device": "cpu"}), self._device)
        self.seen.note_run()
        try:
            for report in Trainer(session, control).run():
                if isinstance(report, TrainingProgress):
                    self.seen.note_progress(report)
                    control.stopped |= self._most_steps is not None and report.step >= self._most_steps
                elif isinstance(report, Ended):
                    self.seen.note_end(report)
                elif isinstance(report, Snapshot):
                    named = named_states(self.graph, data.spec, report).weights
                    names = {node.id: node.name for node in self.graph.nodes.values()}
                    self.weights = {
                        f"{names[key.partition('/')[0]]}/{key.partition('/')[2]}": array
                        for key, array in named.items()
                    }
        finally:
            session.close()


def chosen(check: Check) -> list[Check]:
    """The checks that are to hold; of alternatives the first."""
    if isinstance(check, AllOf):
        return [each for part in check.checks for each in chosen(part)]
    if isinstance(check, AnyOf):
        return chosen(check.checks[0])
    return list(checks_in(check))


def settings_with(graph: ModelGraph, node: Node, check: LayerSetting) -> Layer | None:
    """The layer of a node as the check wants it; None where another one is meant."""
    meant = check.node in ("", node.name) and check.layer in ("", node.layer.title())
    if not meant or not isinstance(node.layer, Layer) or not _is_hidden(graph, node):
        return None
    values = node.layer.model_dump(mode="json")
    if check.path not in values:
        return None
    values[check.path] = _value(check, values[check.path])
    return type(node.layer).model_validate(values)


def _is_hidden(graph: ModelGraph, node: Node) -> bool:
    """Whether it is not the layer that gives the answer: a learner knows better than to change that."""
    ends = {n.id for n in graph.nodes.values() if n.layer.title() == "Target"}
    return not any(e.source == node.id and e.target in ends for e in graph.edges)


def section_with(section: BaseModel, check: TrainingSetting | DataSetting) -> BaseModel:
    """The data or the training as the check wants it."""
    values = section.model_dump(mode="json")
    name, _, inner = check.path.partition(".")
    if inner:
        old = getattr(section, name)
        held = dict(old) if isinstance(old, dict) else old.model_dump(mode="json")
        held[inner] = _value(check, value_at(section, check.path))
        if not isinstance(old, dict):
            held["name"] = type(old).__name__
        values[name] = held
    else:
        values[name] = _value(check, values[name])
        if name == "dataset":
            values["options"] = {}
    return type(section).model_validate(values)


def _value(check: LayerSetting | TrainingSetting | DataSetting, old: object) -> object:
    """A value that the check asks for."""
    if check.value:
        if check.value in ("true", "false"):
            return check.value == "true"
        return int(check.value) if isinstance(old, int) and not isinstance(old, bool) else check.value
    low, high = check.at_least, check.at_most
    if low is not None and high is not None:
        middle = (low + high) / 2
    else:
        middle = low if low is not None else high if high is not None else 0.0
    counts = isinstance(old, int) or (old is None and all(b is None or b.is_integer() for b in (low, high)))
    return int(middle) if counts else middle
