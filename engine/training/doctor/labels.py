"""Examples whose class is probably written down wrong: those of which a trained network is sure that they are another.

Confident learning (Northcutt, Jiang and Chuang, 2021): how sure a network is of a class when that class is right is its
mean probability over the examples of that class. An example counts as another class where the network is surer than that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.tensor.spec import Array
from engine.training import pictures
from engine.training.doctor.observation import Observation, Suspect
from engine.training.inference import GoOn
from engine.training.session import Session

FEWEST = 50  # examples that say something
SELDOM = 0.002  # of all examples: fewer are in every data set
HOPELESS = 0.4  # of all examples: then the network knows nothing, and can't accuse
SHOWN = 50
MOST = 5000  # examples of each part that are looked at
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


def of_labels(probabilities: Array, classes: Array, rows: Sequence[int]) -> Observation | None:
    """What the predictions for some rows of the data say of their labels; None where there is nothing to say.

    Args:
        probabilities: (n, k) for `rows`.
        classes: (n,).
        rows: of the data set.
    """
    known = classes >= 0
    if known.sum() < FEWEST or probabilities.shape[1] < 2 or not np.isfinite(probabilities).all():
        return None
    if int(classes.max()) >= probabilities.shape[1] or not known.all():
        return None
    places = doubtful_labels(probabilities, classes)
    guess = probabilities.argmax(axis=1)
    wrong = float(np.mean(guess != classes))
    if len(places) < max(2.0, SELDOM * len(classes)) or wrong > HOPELESS:
        return None
    share = 100 * len(places) / len(classes)
    shown = [int(i) for i in places[:SHOWN]]
    suspects = (
        Suspect(int(rows[i]), int(classes[i]), int(guess[i]), float(probabilities[i, guess[i]]))
        for i in shown
    )
    return Observation(
        "label-noise",
        f"Label noise suspected: for {len(places)} of {len(classes)} examples ({share:.1f} %) the network is as sure of "
        f"another class as it usually is of the right one.",
        "Look at these examples: correct their class, or leave them out.",
        rows=tuple(int(rows[i]) for i in shown),
        suspects=tuple(suspects),
    )


class Labels:
    """Asks a running network what it thinks of the labels of its data.

    Args:
        session: of the run.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def asked(self) -> bool:
        """Whether there is one class an example, with a probability for each class."""
        session = self._session
        objectives = session.compiler.objectives
        if len(objectives) != 1 or objectives[0].target not in session.bundle.targets:
            return False
        target = session.bundle.targets[objectives[0].target]
        return session.bundle.task.is_classification and target.ndim == 1 and target.dtype.kind in "iu"

    def look(self, go_on: GoOn) -> Observation | None:
        """What is noticed in the validation examples, where the network was not told, and in the training examples."""
        bundle = self._session.bundle
        target = np.asarray(bundle.targets[self._session.compiler.objectives[0].target])
        parts, rows = [], []
        for part in (bundle.validation[:MOST], bundle.train[:MOST]):
            if not part:
                continue
            found = self._session.predict_rows(part, go_on)
            if "y0" not in found or found["y0"].ndim != 2:
                return None
            parts.append(pictures.probabilities(found["y0"]))
            rows += list(part)
        if not rows:
            return None
        return of_labels(np.concatenate(parts), target[rows].astype(np.int64), rows)
