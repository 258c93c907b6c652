"""What a bundled example is, and the few words in which examples are written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.data.settings import DataSettings
from engine.formats.sections import DATA, TRAINING
from engine.graph.document import ModelGraph
from engine.graph.edits import SetSection
from engine.graph.sequence import build_sequential
from engine.layers.activations import ActivationName
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.adam import Adam
from engine.training.settings import TrainingSettings


@dataclass(frozen=True)
class Example:
    """A ready project.

    Attributes:
        name: what the command line calls it; never changes.
        title: for people.
        summary: one sentence on what there is to see or learn.
        network: makes the graph, without sections.
        data, training: the sections.
    """

    name: str
    title: str
    summary: str
    network: Callable[[], ModelGraph]
    data: DataSettings
    training: TrainingSettings

    def graph(self) -> ModelGraph:
        """A new document; each call makes an independent one."""
        graph = self.network()
        for key, value in ((DATA, self.data), (TRAINING, self.training)):
            SetSection(key, value).apply(graph)
        return graph


def chain(*hidden: Layer) -> Callable[[], ModelGraph]:
    """Layers one after the other, from the data to the target."""
    return lambda: build_sequential([Input(), *hidden, Target()])


def chain_of(hidden: Callable[[], Iterable[Layer]]) -> Callable[[], ModelGraph]:
    """The same of layers that are made, and imported, when the network is: most examples are only listed in menus."""
    return lambda: build_sequential([Input(), *hidden(), Target()])


def dense(*units: int, activation: ActivationName, outputs: int = 1) -> tuple[Layer, ...]:
    """Hidden layers of so many units, and one of outputs."""
    return (*(Dense(units=n, activation=activation) for n in units), Dense(units=outputs))


def adam(rate: float, batch: int, epochs: int, *, keep_best: bool = False) -> TrainingSettings:
    """How most examples are trained."""
    return TrainingSettings(
        optimizer=Adam(learning_rate=rate), batch_size=batch, epochs=epochs, keep_best=keep_best
    )
