"""Examples whose class is probably written down wrong: those of which a trained network is sure that they are another.

Confident learning (Northcutt, Jiang and Chuang, 2021): how sure a network is of a class when that class is right is its
mean probability over the examples of that class. An example counts as another class where the network is surer than that.
"""

from __future__ import annotations

import numpy as np

from engine.tensor.spec import Array
from engine.training.doctor.observation import Observation

FEWEST = 50  # examples that say something
SELDOM = 0.002  # of all examples: fewer are in every data set
HOPELESS = 0.4  # of all examples: then the network knows nothing, and can't accuse
SHOWN = 50
SURE = 0.5  # a class has more than this, whatever others have


def doubtful_labels(probabilities: Array, classes: Array) -> Array:
    """Places of the examples that are surely of another class than they are said to be, the surest first.

    Args:
        probabilities: (n, k), of each class.
        classes: (n,), what the examples are said to be.
    """
    given = probabilities[np.arange(len(classes)), classes]
    means = np.ones(probabilities.shape[1])
    for k in np.unique(classes):
        means[k] = given[classes == k].mean()
    guess = probabilities.argmax(axis=1)
    sure = probabilities.max(axis=1)
    doubtful = (guess != classes) & (sure > SURE) & (sure >= means[guess])
    places = np.flatnonzero(doubtful)
    order = np.argsort(given[places] - sure[places], kind="stable")
    return places[order]


def of_labels(probabilities: Array, classes: Array, rows: range) -> Observation | None:
    """What the predictions for some rows of the data say of their labels; None where there is nothing to say.

    Args:
        probabilities: (n, k) for `rows`.
        classes: (n,).
        rows: of the data set.
    """
    if len(classes) < FEWEST or probabilities.shape[1] < 2 or not np.isfinite(probabilities).all():
        return None
    places = doubtful_labels(probabilities, classes)
    wrong = float(np.mean(probabilities.argmax(axis=1) != classes))
    if len(places) < max(2.0, SELDOM * len(classes)) or wrong > HOPELESS:
        return None
    share = 100 * len(places) / len(classes)
    return Observation(
        "label-noise",
        f"Label noise suspected: for {len(places)} of {len(classes)} examples ({share:.1f} %) the network is as sure of "
        f"another class as it usually is of the right one.",
        "Look at these examples: correct their class, or leave them out.",
        rows=tuple(int(rows[int(i)]) for i in places[:SHOWN]),
    )
