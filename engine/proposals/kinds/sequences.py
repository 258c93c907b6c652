"""What is read in order: tokens (words, letters, notes as numbers) and measurements over time."""

from __future__ import annotations

from math import log2

from engine.data.bundle import Feature, TaskKind
from engine.layers.bidirectional import Bidirectional
from engine.layers.conv1d import Conv1D
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.global_average_pooling1d import GlobalAveragePooling1D
from engine.layers.gru import GRU
from engine.layers.lstm import LSTM
from engine.layers.max_pooling1d import MaxPooling1D
from engine.layers.recurrent import Recurrent
from engine.proposals.draft import Draft, Flow
from engine.proposals.kinds.tables import entering, numbered
from engine.proposals.proposal import Brief, Topic
from engine.proposals.proposer import Pace, Proposer

LONGEST_READ = 256  # steps; more are first made fewer by filters
FEW = 500  # rows
MEMORY = 16  # steps; an LSTM has a memory apart, which pays where more are read, a GRU fewer weights


def units(brief: Brief, classes: int = 0) -> int:
    """Of the layer that reads: more where there is more to learn from and more to say."""
    wished = 16 if brief.rows < FEW else 32 if brief.rows < 5_000 else 64
    return brief.width(max(wished, 96 if classes > 32 else wished), least=8, most=256)


def read(draft: Draft, flow: Flow, brief: Brief, *, both_ways: bool) -> Flow:
    """One state for a whole sequence (T, n); very long ones are shortened by filters before."""
    flow = shortened(draft, flow, brief)
    size = units(brief)
    layer: Recurrent = LSTM(units=size) if flow.shape[0] > MEMORY else GRU(units=size)
    name, steps = layer.title(), flow.shape[0]
    memory = "it keeps apart what to remember and what to say" if steps > MEMORY else "it needs few weights"
    sentence = f"Order matters, so a recurrent layer reads the {steps} steps one by one; {memory}."
    choice = f"{name} of {size} units"
    if both_ways and brief.rows >= FEW:
        layer_both = Bidirectional(layer=layer)
        sentence = f"{sentence[:-1]}, and a second one reads from the end."
        choice = f"{name} of {size} units, both ways"
        draft.because(Topic.ARCHITECTURE, choice, sentence)
        return draft.add(layer_both, flow)
    draft.because(Topic.ARCHITECTURE, choice, sentence)
    return draft.add(layer, flow)


def shortened(draft: Draft, flow: Flow, brief: Brief) -> Flow:
    """At most `LONGEST_READ` steps."""
    before, filters = flow.shape[0], brief.width(16, least=8, most=64)
    while flow.shape[0] > LONGEST_READ:
        flow = draft.add(Conv1D(filters=filters, kernel_size=5, padding="same", activation="relu"), flow)
        flow = draft.add(MaxPooling1D(pool_size=4), flow)
        filters = min(2 * filters, 64)
    if flow.shape[0] < before:
        draft.because(
            Topic.ARCHITECTURE,
            f"filters and pooling from {before:,} to {flow.shape[0]} steps",
            f"Memory fades over {before:,} steps, and reading them one by one takes long; filters sum up what is near.",
        )
    return flow


def at_each_step(draft: Draft, flow: Flow, brief: Brief, classes: int) -> Flow:
    """Numbers for each step, none of which has seen a later one."""
    size, steps = units(brief, classes), flow.shape[0]
    if steps > LONGEST_READ:
        draft.because(
            Topic.ARCHITECTURE,
            f"4 causal convolutions of {size} filters",
            f"{steps:,} steps are too many to read one by one; filters with growing distances see 61 steps back at once.",
        )
        for distance in (1, 2, 4, 8):
            flow = draft.add(_looking_back(size, distance), flow)
        return flow
    layer: Recurrent = GRU(units=size, return_sequences=True)
    if steps <= 2 * MEMORY:
        layer = LSTM(units=size, return_sequences=True)
    draft.because(
        Topic.ARCHITECTURE,
        f"{layer.title()} of {size} units at each step",
        "There is an answer for each step, which may use what came before it and nothing later.",
    )
    return draft.add(layer, flow)


def _looking_back(filters: int, distance: int) -> Conv1D:
    return Conv1D(filters=filters, kernel_size=5, padding="causal", dilation_rate=distance, activation="relu")


def embedded(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> tuple[Flow, int]:
    """Tokens (T,) as learned numbers (T, n), and how many different tokens there are."""
    flow, known = numbered(draft, flow, feature)
    size = brief.width(4 * log2(max(2, known)), least=4, most=128)
    draft.because(
        Topic.INPUT,
        f"Embedding of {known:,} tokens in {size}",
        f"A token's number means nothing by itself; {size} learned numbers put alike tokens near each other.",
    )
    return draft.add(Embedding(input_dim=known, output_dim=size), flow), known


# -- tokens ------------------------------------------------------------------------------------------------------------
def _suits_tokens(feature: Feature, _brief: Brief) -> float:
    return 0.6 if feature.kind in ("index", "category") and len(feature.shape) == 1 else 0.0


def _read_tokens(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    flow, _ = embedded(draft, flow, feature, brief)
    return read(draft, flow, brief, both_ways=True)


def _answer_tokens(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    flow, known = embedded(draft, flow, feature, brief)
    return at_each_step(draft, flow, brief, known)


def _pace_tokens(feature: Feature, brief: Brief) -> Pace:
    each = any(brief.spec.features[name].shape == feature.shape for name in brief.spec.targets)
    answers = feature.shape[0] if each else 1
    sentence = "Recurrent layers of this size bear it; shorter steps take several times as long."
    return Pace(0.005, sentence, 4_000, 60, answers)


# -- measurements ------------------------------------------------------------------------------------------------------
def _suits_series(feature: Feature, _brief: Brief) -> float:
    return 0.6 if feature.kind == "numeric" and len(feature.shape) == 2 else 0.0


def _measured(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    steps, columns = feature.shape
    what = f"{columns} measurement{'s' * (columns > 1)}"
    return entering(draft, flow, brief, f"{steps:,} steps of {what}", "They enter in their order")


def _read_series(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    flow = _measured(draft, flow, feature, brief)
    if feature.shape[0] < 3:
        return _pooled(draft, flow)
    return read(draft, flow, brief, both_ways=brief.spec.task is not TaskKind.REGRESSION)


def _pooled(draft: Draft, flow: Flow) -> Flow:
    draft.because(Topic.ARCHITECTURE, "mean over the steps", "So few steps need no memory.")
    return draft.add(GlobalAveragePooling1D(), flow)


def _answer_series(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    return at_each_step(draft, _measured(draft, flow, feature, brief), brief, 0)


def _pace_series(_feature: Feature, brief: Brief) -> Pace:
    rate = 0.01 if brief.rows < FEW else 0.003
    return Pace(rate, "The longest step at which so small a recurrent layer still settles.", 2_500, 150)


def no_hidden(_draft: Draft, flow: Flow, _brief: Brief) -> Flow:
    """Nothing between what was read and the outputs."""
    return flow


def one_hidden(draft: Draft, flow: Flow, brief: Brief) -> Flow:
    """One Dense as wide as what was read."""
    size = brief.width(min(64, max(16, flow.shape[-1])), least=8)
    draft.because(
        Topic.ARCHITECTURE, f"then {size} units", "They weigh what was read before the answer is given."
    )
    return draft.add(Dense(units=size, activation="relu"), flow)


TOKENS = Proposer(
    "tokens",
    "Recurrent network for tokens",
    _suits_tokens,
    _read_tokens,
    no_hidden,
    _pace_tokens,
    _answer_tokens,
)
SERIES = Proposer(
    "series",
    "Recurrent network for a series",
    _suits_series,
    _read_series,
    no_hidden,
    _pace_series,
    _answer_series,
)
