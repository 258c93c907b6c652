"""How well scores tell one class from the rest, at every threshold: ROC and precision-recall.

Source: T. Fawcett, An introduction to ROC analysis, 2006; average precision as scikit-learn defines it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.tensor.spec import Array


@dataclass(frozen=True, eq=False)
class Rates:
    """A curve for one class against the rest.

    Attributes:
        x, y: its points (n,): false against true positive rate, or recall against precision.
        threshold: the score from which on an example is taken for the class, at each point; infinite where none is.
        area: under the curve, or the average precision; NaN where there is only one kind of examples.
        positives: examples of the class.
    """

    x: Array
    y: Array
    threshold: Array
    area: float
    positives: int


def _counted(scores: Array, positive: Array) -> tuple[Array, Array, Array]:
    """True and false positives at each different score, from the highest on, and those scores; numbers only."""
    scores, positive = np.asarray(scores, np.float64), np.asarray(positive, bool)
    known = np.isfinite(scores)
    scores, positive = scores[known], positive[known]
    order = np.argsort(-scores, kind="stable")
    scores, positive = scores[order], positive[order]
    ends = (
        np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1) if len(scores) else np.empty(0, np.intp)
    )
    true = np.cumsum(positive)[ends]
    return true.astype(np.float64), (ends + 1 - true).astype(np.float64), scores[ends]


def roc(scores: Array, positive: Array) -> Rates:
    """True against false positive rate from scores (n,) and whether each example is of the class (n,)."""
    true, false, threshold = _counted(scores, positive)
    positives, negatives = (float(a[-1]) if len(a) else 0.0 for a in (true, false))
    y = np.append(0.0, true) / (positives or 1.0)
    x = np.append(0.0, false) / (negatives or 1.0)
    area = float(np.trapezoid(y, x)) if positives and negatives else float("nan")
    return Rates(x, y, np.append(np.inf, threshold), area, int(positives))


def precision_recall(scores: Array, positive: Array) -> Rates:
    """Precision against recall, and the average precision: the sum of precisions, each times the step in recall."""
    true, false, threshold = _counted(scores, positive)
    positives = float(true[-1]) if len(true) else 0.0
    precision = true / np.maximum(true + false, 1.0)
    recall = true / (positives or 1.0)
    area = float((np.diff(recall, prepend=0.0) * precision).sum()) if positives else float("nan")
    x, y = np.append(0.0, recall), np.append(precision[:1] if len(precision) else 1.0, precision)
    return Rates(x, y, np.append(np.inf, threshold), area, int(positives))
