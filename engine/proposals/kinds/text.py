"""Free text: words counted and learned from the data itself."""

from __future__ import annotations

from engine.data.bundle import Feature
from engine.layers.dropout import Dropout
from engine.layers.embedding import Embedding
from engine.layers.flatten import Flatten
from engine.layers.global_average_pooling1d import GlobalAveragePooling1D
from engine.layers.text_vectorization import TextVectorization
from engine.proposals.draft import Draft, Flow
from engine.proposals.kinds.sequences import one_hidden, read
from engine.proposals.proposal import Brief, Topic
from engine.proposals.proposer import Pace, Proposer

ORDER_FROM = 5_000  # rows from which on it pays to learn what the order of words means
LENGTH, VOCABULARY = 64, 10_000  # where nothing is known of the texts


def _suits(feature: Feature, _brief: Brief) -> float:
    return 1.0 if feature.kind == "text" else 0.0


def _vector(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    if feature.shape not in ((), (1,)):
        return _cells(draft, flow, feature, brief)
    length = min(512, max(4, brief.facts.words.get(feature.name, LENGTH)))
    words = _vocabulary(feature, brief)
    flow = draft.add(TextVectorization(max_tokens=words, output_sequence_length=length), flow)
    draft.because(
        Topic.INPUT,
        f"the {words:,} commonest words, {length} of each text",
        "Words become numbers by a list learned from the training texts; longer texts are cut, shorter ones padded.",
    )
    size = brief.width(16 if brief.rows < ORDER_FROM else 32, least=8, most=128)
    flow = draft.add(Embedding(input_dim=words, output_dim=size, mask_zero=True), flow)
    if brief.rows >= ORDER_FROM:
        return read(draft, flow, brief, both_ways=True)
    draft.because(
        Topic.ARCHITECTURE,
        f"mean of {size} numbers a word",
        f"From {brief.rows:,} texts one can learn which words matter, hardly what their order means.",
    )
    return draft.add(GlobalAveragePooling1D(), flow)


def _vocabulary(feature: Feature, brief: Brief) -> int:
    known = brief.facts.vocabulary.get(feature.name)
    if known is not None:
        return min(20_000, max(16, known + 2))  # padding and unknown words have a place, too
    return min(VOCABULARY, max(500, 2 * brief.rows))


def _cells(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    """Several columns of short texts: each cell is one token."""
    words = _vocabulary(feature, brief)
    cells = int(feature.shape[-1])
    layer = TextVectorization(max_tokens=words, split=None, output_sequence_length=None)
    if len(feature.shape) > 1:
        raise ValueError(
            f"The input {feature.name!r} has texts in {len(feature.shape)} dimensions; bring one column."
        )
    flow = draft.add(layer, flow)
    draft.because(
        Topic.INPUT,
        f"{cells} cells of text, each one token",
        "Cells of several columns are names rather than sentences, so each gets learned numbers of its own.",
    )
    return draft.add(Flatten(), draft.add(Embedding(input_dim=words, output_dim=brief.width(8)), flow))


def _hidden(draft: Draft, flow: Flow, brief: Brief) -> Flow:
    flow = one_hidden(draft, flow, brief)
    draft.because(
        Topic.REGULARIZATION,
        "Dropout 0.3",
        "Rare words are easily learned by heart; leaving out units at random makes the network look at several.",
    )
    return draft.add(Dropout(rate=0.3), flow)


def _pace(_feature: Feature, brief: Brief) -> Pace:
    return Pace(
        0.003, "Rows of rare words move only when they occur, so steps are longer than usual.", 3_000, 40
    )


TEXT = Proposer("text", "Network for texts", _suits, _vector, _hidden, _pace)
