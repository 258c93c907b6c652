"""The way in: from what is known of the data to a network that fits, a smaller and a larger one."""

from __future__ import annotations

from math import sqrt

import numpy as np

from engine.data.bundle import DataBundle, DataSpec
from engine.graph.inference import infer
from engine.proposals.draft import Draft
from engine.proposals.network import draw
from engine.proposals.proposal import Brief, Facts, Proposal, Size, Topic
from engine.proposals.schedule import training_for
from engine.tensor.spec import Array
from engine.training.features import class_counts, feature_specs
from engine.training.settings import TrainingSettings

LOOKED_AT = 1_000  # rows
SMALL = 20.0  # numbers up to here are no trouble


def propose(
    spec: DataSpec,
    facts: Facts | None = None,
    training: TrainingSettings | None = None,
    size: Size = Size.FITTING,
) -> Proposal:
    """A network ready to train on such data, with a reason for each choice. Takes milliseconds; reads no data.

    Args:
        spec: the data's features and numbers of rows.
        facts: what is known of the values; without them nothing is assumed.
        training: whose seed and device are kept.
        size: the one that fits, or one with about a quarter or four times its weights.

    Raises:
        ValueError: no network is known for such data; one sentence.
    """
    if not spec.inputs or not spec.targets:
        lacking = "inputs" if not spec.inputs else "target"
        raise ValueError(
            f"A network needs something to read and something to predict, and the data has no {lacking}. "
            "Choose columns for both."
        )
    brief = Brief(spec, facts or Facts(), size)
    features = feature_specs(spec)
    draft = Draft(features)
    title, pace = draw(draft, brief)
    settings = training_for(draft, brief, pace, training or TrainingSettings())
    graph = draft.finish()
    order = list(Topic)
    reasons = sorted(dict.fromkeys(draft.reasons), key=lambda reason: order.index(reason.topic))
    return Proposal(title, size, graph, settings, tuple(reasons), infer(graph, features).trainable)


def alternatives(
    spec: DataSpec, facts: Facts | None = None, training: TrainingSettings | None = None
) -> tuple[Proposal, ...]:
    """The network that fits, then a smaller and a larger one where there are such."""
    fitting = propose(spec, facts, training)
    smaller, larger = (propose(spec, facts, training, size) for size in (Size.SMALLER, Size.LARGER))
    fewer = (smaller,) if smaller.parameters < fitting.parameters else ()
    more = (larger,) if larger.parameters > fitting.parameters else ()
    return (fitting, *fewer, *more)


def facts_of(bundle: DataBundle) -> Facts:
    """What can be read off loaded data at once."""
    counts = {name: tuple(int(n) for n in found) for name, found in class_counts(bundle).items()}
    numeric = [name for name in bundle.inputs if bundle.features[name].kind == "numeric"]
    texts = [name for name in bundle.inputs if bundle.features[name].kind == "text"]
    looked_at = min(bundle.train.stop, LOOKED_AT)
    read = {name: _split(bundle.inputs[name][:looked_at]) for name in texts}
    return Facts(
        class_counts=counts,
        normalized=all(name in bundle.scaling for name in numeric),
        words={name: _words(texts) for name, texts in read.items()},
        vocabulary={name: _vocabulary(texts, len(bundle.train)) for name, texts in read.items()},
        small=all(_is_small(bundle.inputs[name][:looked_at]) for name in numeric),
    )


def _is_small(values: Array) -> bool:
    return bool(np.abs(values).max(initial=0.0) <= SMALL)


def _split(values: Array) -> list[list[str]]:
    """The words of each text."""
    return [" ".join(map(str, np.atleast_1d(row).tolist())).lower().split() for row in values]


def _words(texts: list[list[str]]) -> int:
    """A length that 19 of 20 texts do not exceed."""
    return int(np.quantile([len(words) for words in texts] or [0], 0.95))


def _vocabulary(texts: list[list[str]], rows: int) -> int:
    """Different words in all rows, from those of the first: they grow about as the root of the text (Heaps, 1978)."""
    seen = len({word for words in texts for word in words})
    return round(seen * sqrt(rows / max(1, len(texts))))
