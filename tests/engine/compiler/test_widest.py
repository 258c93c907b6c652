"""The graph that variants of different widths have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.compiler.widest import widest
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.input import Input
from engine.layers.residual_block import ResidualBlock
from engine.layers.target import Target


def graph(*layers: Layer) -> ModelGraph:
    return build_sequential([Input(), *layers, Target()])


def hidden(found: ModelGraph) -> Sequence[object]:
    return [n.layer for n in found.nodes.values()][1:-1]


def test_every_whole_number_is_as_large_as_the_largest() -> None:
    graphs = [graph(Dense(units=a), Dense(units=b)) for a, b in ((4, 2), (3, 9), (8, 1))]
    for start in graphs:
        assert hidden(widest(start, graphs)) == [Dense(units=8), Dense(units=9)]


def test_shares_and_words_stay_as_they_are() -> None:
    small = graph(Dense(units=3, activation="tanh"), Dropout(rate=0.2))
    large = graph(Dense(units=5, activation="relu"), Dropout(rate=0.5))
    assert hidden(widest(small, [large])) == [Dense(units=5, activation="tanh"), Dropout(rate=0.2)]


@pytest.mark.parametrize(
    "others",
    [
        (),
        (graph(Dense(units=3)),),
        (graph(Dense(units=2)), graph(Dense(units=3))),
        (graph(Dense(units=9), Dense(units=9)),),
        (graph(Dropout(rate=0.5)),),
    ],
)
def test_it_is_the_same_object_where_nothing_is_larger_or_layers_are_others(
    others: tuple[ModelGraph, ...],
) -> None:
    start = graph(Dense(units=3))
    assert widest(start, others) is start


def test_a_number_may_be_left_open() -> None:
    start = graph(ResidualBlock(filters=8))
    assert widest(start, [graph(ResidualBlock())]) is start
    assert hidden(widest(start, [graph(ResidualBlock()), graph(ResidualBlock(filters=9))])) == [
        ResidualBlock(filters=9)
    ]
