"""Labels and splits that are suspected, and those that are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.training.doctor.labels import doubtful_labels, of_labels
from engine.training.doctor.leaks import of_first_epoch, of_split
from engine.training.reports import EpochEnded


def _sure(classes: np.ndarray, k: int = 3) -> np.ndarray:
    """What a good network says of examples of these classes."""
    probabilities = np.full((len(classes), k), 0.05)
    probabilities[np.arange(len(classes)), classes] = 1 - 0.05 * (k - 1)
    return probabilities


def test_flipped_labels_are_found_and_no_others() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 400)
    said = truth.copy()
    flipped = rng.choice(400, 12, replace=False)
    said[flipped] = (said[flipped] + 1) % 3
    assert set(doubtful_labels(_sure(truth), said)) == set(flipped)
    seen = of_labels(_sure(truth), said, range(1000, 1400))
    assert seen is not None
    assert "12 of 400" in seen.sentence
    assert set(seen.rows) == {1000 + i for i in flipped}


def test_right_labels_raise_no_suspicion() -> None:
    truth = np.arange(300) % 3
    assert of_labels(_sure(truth), truth, range(300)) is None


def test_a_network_that_knows_nothing_accuses_nobody() -> None:
    rng = np.random.default_rng(0)
    guesses = rng.dirichlet(np.ones(3) * 0.2, 500)
    assert of_labels(guesses, rng.integers(0, 3, 500), range(500)) is None


def test_an_undecided_network_accuses_nobody() -> None:
    classes = np.arange(100) % 2
    assert len(doubtful_labels(np.full((100, 2), 0.5), classes)) == 0


def _repeated(bundle: DataBundle, count: int) -> DataBundle:
    """The first validation rows are copies of training rows."""
    start = bundle.validation.start
    inputs = {n: a.copy() for n, a in bundle.inputs.items()}
    targets = {n: a.copy() for n, a in bundle.targets.items()}
    for array in (*inputs.values(), *targets.values()):
        array[start : start + count] = array[:count]
    return replace(bundle, inputs=inputs, targets=targets)


def test_examples_on_both_sides_of_the_split_are_counted() -> None:
    bundle = load(DataSettings(dataset="xor", options={"samples": 400}))
    assert of_split(bundle) is None
    seen = of_split(_repeated(bundle, 10))
    assert seen is not None
    assert f"10 of {len(bundle.validation)}" in seen.sentence
    assert seen.rows == tuple(range(bundle.validation.start, bundle.validation.start + 10))


def test_all_right_after_one_epoch_is_suspicious_where_the_problem_is_one() -> None:
    bundle = load(DataSettings(dataset="xor", options={"samples": 400}))
    perfect = [EpochEnded(10, 1, {"val_accuracy": 1.0}, best=True)]
    assert of_first_epoch(perfect, bundle) is not None
    assert of_first_epoch([replace(perfect[0], values={"val_accuracy": 0.9})], bundle) is None
    same = replace(bundle, targets={n: np.zeros_like(a) for n, a in bundle.targets.items()})
    assert of_first_epoch(perfect, same) is None
