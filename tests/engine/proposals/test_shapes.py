"""What kind of network is proposed for what kind of data, and that a U-Net and an autoencoder learn."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.bundle import Counts, DataBundle, DataSpec, Feature, TaskKind
from engine.data.settings import DataSettings
from engine.devices.cpu.device import CpuDevice
from engine.graph.document import ModelGraph
from engine.graph.edits import RemoveNode, SetSection, SetShares
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.proposals.apply import replacement
from engine.proposals.proposal import Facts, Proposal, Topic
from engine.proposals.propose import facts_of, propose
from engine.tensor.spec import Array, DType
from engine.training.control import Control
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.trainer import Trainer

CLASS = Feature("y", "category", (), DType.INT32, class_names=("a", "b", "c"))
WORDS = tuple(f"w{i}" for i in range(50))


def spec_of(*features: Feature, target: Feature = CLASS, rows: int = 1_000) -> DataSpec:
    task = TaskKind.for_classes(len(target.class_names)) if target.class_names else TaskKind.REGRESSION
    known = {f.name: f for f in (*features, target)}
    return DataSpec(known, tuple(f.name for f in features), (target.name,), task, Counts(rows, 200, 0))


def titles(proposal: Proposal) -> list[str]:
    return [node.layer.title() for node in proposal.graph.nodes.values()]


CASES = {
    "table": (Feature("x", "numeric", (8,)), ["Input", "Dense", "Dense", "Dense", "Target"]),
    "many categories": (
        Feature("x", "index", (), DType.INT32, class_names=WORDS),
        ["Input", "Embedding", "Dense", "Dense", "Dense", "Target"],
    ),
    "tokens": (
        Feature("x", "index", (30,), DType.INT32, class_names=WORDS),
        ["Input", "Embedding", "Bidirectional", "Dense", "Target"],
    ),
    "series": (Feature("x", "numeric", (24, 3)), ["Input", "Bidirectional", "Dense", "Target"]),
    "text": (
        Feature("x", "text", (), DType.STRING),
        [
            "Input",
            "TextVectorization",
            "Embedding",
            "GlobalAveragePooling1D",
            "Dense",
            "Dropout",
            "Dense",
            "Target",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_layers_suit_the_kind(name: str) -> None:
    feature, wanted = CASES[name]
    assert titles(propose(spec_of(feature))) == wanted


def test_sound_is_heard_along_the_wave_and_seen_as_a_picture() -> None:
    wave = titles(propose(spec_of(Feature("x", "numeric", (16_000, 1)))))
    assert wave.count("Conv1D") == 4
    assert "GlobalAveragePooling1D" in wave
    picture = titles(propose(spec_of(Feature("x", "numeric", (98, 40)))))
    assert picture[1] == "Reshape"
    assert "Conv2D" in picture


def test_numbers_that_nobody_normalized_are_normalized_first() -> None:
    spec = spec_of(Feature("x", "numeric", (8,)))
    assert titles(propose(spec, Facts(normalized=False)))[1] == "Normalization"


def test_few_colour_pictures_are_varied_and_mirrored_and_grey_ones_not_mirrored() -> None:
    def picture(channels: int, rows: int) -> list[str]:
        feature = Feature("x", "image", (32, 32, channels), DType.UINT8, scale=1 / 255)
        return titles(propose(spec_of(feature, rows=rows)))

    assert picture(3, 400)[1] == "RandomFlip"
    assert picture(1, 400)[1] == "RandomTranslation"
    assert not any(title.startswith("Random") for title in picture(3, 40_000))


def test_a_table_with_pictures_and_text_is_joined() -> None:
    spec = spec_of(
        Feature("a", "numeric", (5,)),
        Feature("b", "image", (16, 16, 1), DType.UINT8, scale=1 / 255),
        Feature("c", "text", (), DType.STRING),
    )
    proposal = propose(spec)
    assert titles(proposal).count("Concatenate") == 1
    assert proposal.title == "Network with 3 inputs"


def test_everything_has_a_reason_that_speaks_of_this_data() -> None:
    proposal = propose(spec_of(Feature("x", "numeric", (8,)), rows=1_234))
    assert "1,234 rows" in proposal.reason(Topic.ARCHITECTURE).sentence
    assert "3 classes" in proposal.reason(Topic.OUTPUT).sentence
    with pytest.raises(KeyError):
        propose(spec_of(Feature("x", "numeric", (8,)), rows=100)).reason(Topic.REGULARIZATION)


def trained(
    proposal: Proposal, inputs: dict[str, Array], targets: dict[str, Array], spec: DataSpec
) -> dict[str, float]:
    rows = len(next(iter(inputs.values())))
    parts = range(rows - 20), range(rows - 20, rows), range(rows, rows)
    bundle = DataBundle(inputs, targets, spec.features, spec.task, *parts, {})
    device = CpuDevice()
    session = Session(proposal.graph, bundle, proposal.training.model_copy(update={"epochs": 25}), device)
    try:
        values: dict[str, float] = {}
        for report in Trainer(session, Control()).run():
            values = dict(getattr(report, "values", values))
        return values
    finally:
        session.close()
        device.close()


def blobs(rows: int) -> tuple[Array, Array]:
    """Bright squares on noise (rows, 16, 16, 1), and where they are (rows, 16, 16)."""
    rng = np.random.default_rng(3)
    mask = np.zeros((rows, 16, 16), np.int32)
    for picture, (top, left) in zip(mask, rng.integers(0, 10, (rows, 2)), strict=True):
        picture[top : top + 6, left : left + 6] = 1
    noisy = 120 * mask + rng.integers(0, 120, mask.shape)
    return noisy.astype(np.uint8)[..., np.newaxis], mask


def test_a_unet_finds_squares() -> None:
    pictures, masks = blobs(120)
    target = Feature("y", "category", (16, 16), DType.INT32, class_names=("around", "square"))
    spec = spec_of(Feature("x", "image", (16, 16, 1), DType.UINT8, scale=1 / 255), target=target, rows=100)
    proposal = propose(spec)
    assert titles(proposal).count("Concatenate") == 3
    assert trained(proposal, {"x": pictures}, {"y": masks}, spec)["val_accuracy"] >= 0.95


def test_an_autoencoder_passes_the_data_through_a_narrow_layer() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(200, 2)) @ rng.normal(size=(2, 10))).astype(np.float32)
    feature = Feature("x", "numeric", (10,))
    spec = spec_of(feature, target=feature, rows=180)
    proposal = propose(spec)
    assert proposal.title == "Autoencoder"
    widths = [node.layer.units for node in proposal.graph.nodes.values() if isinstance(node.layer, Dense)]
    assert min(widths) < 10
    values = trained(proposal, {"x": rows}, {"x": rows}, spec)
    assert values["val_loss"] < 0.2 * float(rows.var())


def test_applying_is_one_edit_that_keeps_the_data_and_can_be_undone() -> None:
    graph = build_sequential([Input(), Dense(units=3), Dense(units=3), Target()])
    SetShares("n3", "n2").apply(graph)
    SetSection("data", DataSettings(dataset="iris")).apply(graph)
    SetSection("training", TrainingSettings(epochs=3)).apply(graph)
    before = graph.snapshot()
    proposal = propose(spec_of(Feature("x", "numeric", (4,))))
    inverse = replacement(graph, proposal, "training").apply(graph)
    assert [n.layer for n in graph.nodes.values()] == [n.layer for n in proposal.graph.nodes.values()]
    assert [n.name for n in graph.nodes.values()] == [n.name for n in proposal.graph.nodes.values()]
    assert graph.sections["training"] == proposal.training
    assert graph.sections["data"] == DataSettings(dataset="iris")
    assert not set(graph.nodes) & {"n1", "n2", "n3", "n4"}  # weights are kept by id: none may find another's
    after = graph.snapshot()
    redo = inverse.apply(graph)
    assert graph.snapshot() == before
    redo.apply(graph)
    assert graph.snapshot() == after


def test_applying_to_an_empty_canvas() -> None:
    graph = ModelGraph()
    proposal = propose(spec_of(Feature("x", "numeric", (4,))))
    replacement(graph, proposal, "training").apply(graph)
    assert len(graph.edges) == len(proposal.graph.edges)
    RemoveNode(next(iter(graph.nodes))).apply(graph)


def test_numbers_of_a_file_that_are_not_scaled_are_told_apart_by_their_size() -> None:
    spec = spec_of(Feature("x", "numeric", (2,)), rows=4)

    def layers_for(values: list[list[float]]) -> list[str]:
        inputs = {"x": np.array(values, np.float32)}
        targets = {"y": np.array([0, 1, 2, 0], np.int32)}
        bundle = DataBundle(inputs, targets, spec.features, spec.task, range(4), range(4, 4), range(4, 4), {})
        return titles(propose(spec, facts_of(bundle)))

    assert "Normalization" not in layers_for([[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [1.0, 1.0]])
    assert "Normalization" in layers_for([[0.0, 1.0], [1.0, 900.0], [2.0, 5.0], [1.0, 1.0]])


def test_texts_are_cut_and_counted_by_what_is_in_them() -> None:
    feature = Feature("x", "text", (), DType.STRING)
    spec = spec_of(feature, rows=300)
    words = [f"word{k % 40} is said {'twice ' * (k % 3)}here" for k in range(300)]
    inputs = {"x": np.array(words, np.dtypes.StringDType())}
    targets = {"y": np.zeros(300, np.int32)}
    bundle = DataBundle(inputs, targets, spec.features, spec.task, range(300), range(0), range(0), {})
    facts = facts_of(bundle)
    assert facts.words == {"x": 6}
    assert facts.vocabulary == {"x": 44}
    assert "the 46 commonest words, 6 of each text" in propose(spec, facts).reason(Topic.INPUT).choice
