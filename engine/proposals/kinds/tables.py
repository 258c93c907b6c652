"""Tables: columns of numbers, and columns of many categories, each example a row."""

from __future__ import annotations

from math import sqrt

from engine.data.bundle import Feature
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.embedding import Embedding
from engine.layers.flatten import Flatten
from engine.layers.integer_lookup import IntegerLookup
from engine.layers.normalization import Normalization
from engine.layers.reshape import Reshape
from engine.proposals.draft import Draft, Flow
from engine.proposals.proposal import Brief, Topic
from engine.proposals.proposer import Pace, Proposer
from engine.tensor.spec import DType

PLANE = 3  # so few columns can be drawn: the border may be a curve of any shape
FEW, MANY = 250, 100_000  # rows
UNKNOWN_NUMBERS = 1_000  # places for whole numbers of which nobody said how many there are
WIDE_EMBEDDING = 32


def _suits(feature: Feature, _brief: Brief) -> float:
    if feature.kind == "numeric" and len(feature.shape) <= 1:
        return 0.9
    if feature.kind in ("index", "category"):
        columns = len(feature.column_names) > 1
        return 0.9 if feature.shape in ((), (1,)) or columns else 0.0
    return 0.05 if feature.kind == "numeric" and len(feature.shape) > 4 else 0.0


def _vector(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    if flow.spec.dtype is DType.INT32:
        return _categories(draft, flow, feature)
    if not feature.shape:
        flow = draft.add(Reshape(target_shape=(1,)), flow)
    elif len(feature.shape) > 1:
        flow = draft.add(Flatten(), flow)
    count = flow.shape[0]
    sentence = (
        f"Each row brings {count:,} numbers, which enter side by side" if count > 1 else "One number enters"
    )
    return entering(draft, flow, brief, _columns(count), sentence)


def entering(draft: Draft, flow: Flow, brief: Brief, choice: str, sentence: str) -> Flow:
    """Numbers as they are, or normalized where they are not of a size that a network learns from."""
    if brief.facts.normalized:
        draft.because(Topic.INPUT, choice, f"{sentence}, brought to mean 0 and deviation 1.")
        return flow
    if brief.facts.small:
        draft.because(Topic.INPUT, choice, f"{sentence}, as they are: they are small enough.")
        return flow
    draft.because(
        Topic.INPUT, f"{choice}, normalized", f"{sentence}; a layer learns their means and deviations first."
    )
    return draft.add(Normalization(), flow)


def _columns(count: int) -> str:
    return f"{count:,} column{'s' * (count > 1)} of numbers"


def _categories(draft: Draft, flow: Flow, feature: Feature) -> Flow:
    """A place in space for each category, learned."""
    flow, known = numbered(draft, flow, feature)
    size = int(min(WIDE_EMBEDDING, max(2, 2 ** round(sqrt(sqrt(known)) / 2 + 0.5))))
    draft.because(
        Topic.INPUT,
        f"Embedding of {known:,} in {size}",
        f"{feature.name} has {known:,} categories: {size} learned numbers for each say more than {known:,} columns of 0 "
        "and 1, and need fewer weights.",
    )
    flow = draft.add(Embedding(input_dim=known, output_dim=size), flow)
    return draft.add(Flatten(), flow) if len(flow.shape) > 1 else flow


def numbered(draft: Draft, flow: Flow, feature: Feature) -> tuple[Flow, int]:
    """Whole numbers from 0 on, and how many different ones there may be."""
    if feature.class_names:
        return flow, len(feature.class_names)
    draft.because(
        Topic.INPUT,
        f"at most {UNKNOWN_NUMBERS:,} different numbers",
        f"Nobody says how many different numbers {feature.name} has, so a lookup counts them before training.",
    )
    return draft.add(IntegerLookup(max_tokens=UNKNOWN_NUMBERS), flow), UNKNOWN_NUMBERS


def _hidden(draft: Draft, flow: Flow, brief: Brief) -> Flow:
    columns, rows = flow.shape[-1], brief.rows
    few_columns = columns <= PLANE
    wished = max(16.0, min(256.0, sqrt(rows)))
    depth = brief.depth(1 if rows < FEW and not few_columns else 2, least=0 if rows < FEW else 1)
    widths = [brief.width(wished / (1 if few_columns else 2**k), least=4) for k in range(depth)]
    activation = "tanh" if few_columns else "relu"
    dropout = rows >= FEW and columns >= 10 and rows < 20_000 and bool(widths)
    for k, width in enumerate(widths):
        flow = draft.add(Dense(units=width, activation=activation), flow)
        if dropout and k == 0:
            flow = draft.add(Dropout(rate=0.2), flow)
    draft.because(*_reason(widths, activation, rows, columns))
    if dropout:
        draft.because(
            Topic.REGULARIZATION,
            "Dropout 0.2",
            f"{columns} columns and only {rows:,} rows invite learning by heart; leaving out every fifth unit at random "
            "counters that.",
        )
    return flow


def _reason(widths: list[int], activation: str, rows: int, columns: int) -> tuple[Topic, str, str]:
    if not widths:
        return (
            Topic.ARCHITECTURE,
            "no hidden layer",
            f"The smallest network there is: a weighted sum of {columns} columns, which {rows:,} rows can't overfit much.",
        )
    number = f"{len(widths)} hidden layer{'s' * (len(widths) > 1)}"
    choice = f"{number} of {' and '.join(map(str, widths))} units, {activation}"
    if columns <= PLANE:
        sentence = (
            f"With {columns} column{'s' * (columns > 1)} all difficulty lies in the shape of the answer, and smooth units "
            "bend where it bends."
        )
    else:
        sentence = f"{rows:,} rows of {columns} columns can settle about {widths[0]} units; more would learn them by heart."
    return Topic.ARCHITECTURE, choice, sentence


def _pace(feature: Feature, brief: Brief) -> Pace:
    columns = feature.shape[-1] if feature.shape else 1
    if columns <= PLANE and feature.kind == "numeric":
        return Pace(0.01, "Small smooth networks learn best with long steps.", 12_000, 400)
    if brief.rows < FEW:
        return Pace(0.01, "A small network on few rows bears long steps.", 1_200, 100)
    if brief.rows > MANY:
        return Pace(
            0.001,
            "With so many rows there are many steps, and short ones end nearer to the best.",
            12_000,
            20,
        )
    return Pace(0.003, "Adam's usual rate three times: the network is small and forgives it.", 5_000, 100)


TABLES = Proposer("tables", "Dense network for a table", _suits, _vector, _hidden, _pace)
