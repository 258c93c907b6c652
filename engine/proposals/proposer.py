"""What a kind of data declares: how to know it, and what a network needs to read it.

A proposer reads one input of the data; `engine.proposals.network` joins what several of them read and puts outputs on it,
so tables with pictures, or texts with numbers, need no proposer of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.data.bundle import Feature
from engine.proposals.draft import Draft, Flow
from engine.proposals.proposal import Brief


@dataclass(frozen=True)
class Pace:
    """How such a network learns.

    Attributes:
        rate: learning rate for Adam, with the sentence why.
        steps: about how many steps it takes.
        epochs: at most so many, however few rows there are.
        answers: how many there are in a row: one for the whole, or one for each of its steps.
    """

    rate: float
    why: str
    steps: int = 4_000
    epochs: int = 100
    answers: int = 1


Suits = Callable[[Feature, Brief], float]
Reads = Callable[[Draft, Flow, Feature, Brief], Flow]
Hidden = Callable[[Draft, Flow, Brief], Flow]


@dataclass(frozen=True)
class Proposer:
    """The declaration of a kind of input.

    Attributes:
        name: unique.
        title: of a network for it: "Convolutional network for pictures".
        suits: how well it suits a feature, from 0 (not at all) to 1.
        vector: from the feature to one row of numbers for each example.
        hidden: the layers between that row and the outputs.
        pace: how it learns.
        places: from the feature to numbers for each step or pixel, for targets that have one answer for each; where it
            has none, such targets are answered from the row.
    """

    name: str
    title: str
    suits: Suits
    vector: Reads
    hidden: Hidden
    pace: Callable[[Feature, Brief], Pace]
    places: Reads | None = None
