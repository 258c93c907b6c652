"""What is proposed for the bundled sets learns: better than always saying the commonest class or the mean, and quickly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.devices.cpu.device import CpuDevice
from engine.layers.target import Target
from engine.proposals.proposal import Proposal, Topic
from engine.proposals.propose import facts_of, propose
from engine.training.control import Control
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.trainer import Trainer

SLOW = ("mnist", "fashion", "shakespeare", "co2", "copy")
LEAST = {
    "penguins": 0.95,
    "iris": 0.9,
    "wine": 0.9,
    "cancer": 0.93,
    "digits": 0.95,
    "spiral": 0.97,
    "circle": 0.95,
    "xor": 0.95,
    "moons": 0.97,
    "blobs": 0.97,
    "checkerboard": 0.75,
    "titanic": 0.7,
}
UNLEARNABLE = ("noise",)


def learned(bundle: DataBundle, most_epochs: int | None = None) -> dict[str, float]:
    proposal = propose(bundle.spec, facts_of(bundle))
    settings = proposal.training
    if most_epochs is not None:
        settings = settings.model_copy(update={"epochs": min(settings.epochs, most_epochs)})
    device = CpuDevice()
    session = Session(proposal.graph, bundle, settings, device)
    try:
        values: dict[str, float] = {}
        for report in Trainer(session, Control()).run():
            values = dict(getattr(report, "values", values))
        return values
    finally:
        session.close()
        device.close()


def beats_baseline(bundle: DataBundle, values: dict[str, float]) -> bool:
    """Better than the commonest class, or half the error of the mean."""
    (name,) = bundle.targets
    y = bundle.targets[name]
    known, held_out = (
        y[bundle.train.start : bundle.train.stop],
        y[bundle.validation.start : bundle.validation.stop],
    )
    if bundle.task.is_classification:
        majority = float(np.mean(held_out == np.bincount(known.ravel()).argmax()))
        return values["val_accuracy"] > majority + 0.1
    return values["val_loss"] < 0.7 * float(np.mean((held_out - known.mean(axis=0)) ** 2))


@pytest.mark.parametrize(
    "name", [n for n in datasets() if n not in (*SLOW, *UNLEARNABLE) and "drawn" not in n]
)
def test_what_is_proposed_learns(name: str) -> None:
    bundle = load(DataSettings(dataset=name))
    values = learned(bundle)
    assert beats_baseline(bundle, values)
    assert values.get("val_accuracy", 1.0) >= LEAST.get(name, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "most_epochs"), [("shakespeare", 4), ("co2", 20), ("copy", 20)])
def test_what_is_proposed_for_sequences_learns(name: str, most_epochs: int) -> None:
    bundle = load(DataSettings(dataset=name))
    assert beats_baseline(bundle, learned(bundle, most_epochs))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("mnist", 0.93), ("fashion", 0.75)])
def test_a_part_of_the_pictures_is_enough(name: str, least: float) -> None:
    whole = load(DataSettings(dataset=name))
    rows = np.r_[0:4_000, whole.validation.start : whole.validation.start + 1_000]
    part = replace(
        whole,
        inputs={key: array[rows] for key, array in whole.inputs.items()},
        targets={key: array[rows] for key, array in whole.targets.items()},
        train=range(4_000),
        validation=range(4_000, 5_000),
        test=range(5_000, 5_000),
    )
    assert learned(part, 3)["val_accuracy"] >= least


def test_seed_and_device_are_kept() -> None:
    spec = load(DataSettings(dataset="iris")).spec
    training = propose(spec, training=TrainingSettings(seed=7, device="cpu", epochs=3)).training
    assert (training.seed, training.device) == (7, "cpu")
    assert training.keep_best


def target_of(proposal: Proposal) -> Target:
    (found,) = (n.layer for n in proposal.graph.nodes.values() if isinstance(n.layer, Target))
    return found


def test_rare_classes_are_weighted_and_watched_unless_the_data_does_so() -> None:
    bundle = load(DataSettings(dataset="iris"))
    counts = {"y": (90, 25, 5)}
    facts = replace(facts_of(bundle), class_counts=counts)
    proposal = propose(bundle.spec, facts)
    assert target_of(proposal).class_weight == "balanced"
    assert "F1" in proposal.reason(Topic.METRICS).choice
    even = propose(bundle.spec, replace(facts, balanced=True))
    assert target_of(even).class_weight == "none"
    session = Session(proposal.graph, bundle, proposal.training, CpuDevice())
    session.close()
