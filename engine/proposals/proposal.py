"""What is proposed and why: plain records that the window, a script or a test can read.

A proposal is a starting point that can be defended, not the best network there is: every choice in it carries the one
sentence that says what about the data led to it, so that a newcomer learns from it and an expert can disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import log2

from engine.data.bundle import DataSpec
from engine.graph.document import ModelGraph
from engine.training.settings import TrainingSettings

RARE = 0.2  # a class with less than this share of an even part is called rare


class Size(StrEnum):
    """How large a network is wanted, beside the one that fits."""

    SMALLER = "smaller"
    FITTING = "fitting"
    LARGER = "larger"

    @property
    def factor(self) -> float:
        """What widths are multiplied by."""
        return {Size.SMALLER: 0.5, Size.FITTING: 1.0, Size.LARGER: 2.0}[self]

    @property
    def extra(self) -> int:
        """Layers more than fit."""
        return {Size.SMALLER: -1, Size.FITTING: 0, Size.LARGER: 1}[self]


class Topic(StrEnum):
    """What a choice is about, in the order in which reasons are read."""

    INPUT = "input"
    ARCHITECTURE = "architecture"
    OUTPUT = "output"
    LOSS = "loss"
    METRICS = "metrics"
    OPTIMIZER = "optimizer"
    LEARNING_RATE = "learning rate"
    BATCH_SIZE = "batch size"
    EPOCHS = "epochs"
    EARLY_STOPPING = "early stopping"
    REGULARIZATION = "regularization"


@dataclass(frozen=True)
class Reason:
    """One choice.

    Attributes:
        topic: what it is about.
        choice: in a few words: "2 hidden layers of 32 units".
        sentence: what about the data led to it.
    """

    topic: Topic
    choice: str
    sentence: str


@dataclass(frozen=True)
class Facts:
    """What is known of the values beside what a `DataSpec` says; all of it may be unknown.

    Attributes:
        class_counts: training rows of each class, by target.
        normalized: whether numbers arrive with mean 0 and deviation 1.
        small: whether they are of such a size that they may enter as they are, normalized or not.
        words: how many words or letters most texts have, by input.
        vocabulary: how many different ones the texts have, by input.
        balanced: classes already count the same (weights or resampling of the data's preparation).
    """

    class_counts: Mapping[str, Sequence[int]] = field(default_factory=dict)
    normalized: bool = True
    small: bool = False
    words: Mapping[str, int] = field(default_factory=dict)
    vocabulary: Mapping[str, int] = field(default_factory=dict)
    balanced: bool = False

    def rare_share(self, target: str) -> float | None:
        """Rows of the rarest class as a share of an even part: 1 where classes are balanced; None if unknown."""
        counts = [n for n in self.class_counts.get(target, ()) if n > 0]
        return min(counts) * len(counts) / sum(counts) if len(counts) > 1 else None


@dataclass(frozen=True)
class Brief:
    """The task of a proposer: the data, what is known of its values, and how large the network should be."""

    spec: DataSpec
    facts: Facts = field(default_factory=Facts)
    size: Size = Size.FITTING

    @property
    def rows(self) -> int:
        """Rows to learn from."""
        return max(1, self.spec.counts.train)

    def width(self, wished: float, least: int = 4, most: int = 512) -> int:
        """A number of units near `wished` times the size: a power of two within limits."""
        scaled = max(1.0, wished * self.size.factor)
        nearest = 2 ** round(log2(scaled))
        return int(min(max(nearest, least), most))

    def depth(self, wished: int, least: int = 1, most: int = 8) -> int:
        """A number of layers near `wished`."""
        return min(max(wished + self.size.extra, least), most)


@dataclass(frozen=True)
class Proposal:
    """A network ready to train.

    Attributes:
        title: what it is, in a few words.
        size: beside the one that fits.
        graph: nodes and wires, without sections; `engine.proposals.apply` puts a copy into a document.
        training: how to train it.
        reasons: one for each choice, in reading order.
        parameters: numbers that training changes.
    """

    title: str
    size: Size
    graph: ModelGraph
    training: TrainingSettings
    reasons: tuple[Reason, ...]
    parameters: int

    def reason(self, topic: Topic) -> Reason:
        """The first reason of a topic; raises `KeyError` where there is none."""
        for reason in self.reasons:
            if reason.topic is topic:
                return reason
        raise KeyError(topic)
