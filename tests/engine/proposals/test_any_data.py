"""Whatever the data looks like, what is proposed for it is a network without errors that compiles and takes a step."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import isfinite

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.bundle import Counts, DataBundle, DataSpec, Feature, TaskKind
from engine.devices.cpu.device import CpuDevice
from engine.graph.inference import infer
from engine.layers.base import Role
from engine.proposals.proposal import Facts, Proposal, Size, Topic
from engine.proposals.propose import alternatives, propose
from engine.tensor.spec import Array, DType
from engine.training.features import feature_specs
from engine.training.session import Session

CASES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
lengths = st.integers(1, 40)
names = st.integers(2, 12).map(lambda n: tuple(f"c{i}" for i in range(n)))


def numeric(*lengths_: st.SearchStrategy[int]) -> st.SearchStrategy[Feature]:
    return st.builds(lambda shape: Feature("", "numeric", shape), st.tuples(*lengths_))


def numbered(
    shape: st.SearchStrategy[tuple[int, ...]], known: st.SearchStrategy[tuple[str, ...]]
) -> st.SearchStrategy[Feature]:
    return st.builds(lambda s, k: Feature("", "index", s, DType.INT32, class_names=k), shape, known)


KINDS = st.one_of(
    numeric(st.integers(1, 30)),
    numeric(),
    numeric(st.integers(1, 600), st.integers(1, 24)),
    numeric(st.integers(1_000, 4_000), st.integers(1, 2)),
    numeric(lengths, lengths, st.integers(1, 4)),
    numeric(st.integers(1, 9), st.integers(1, 9), st.just(5), st.just(1)),
    st.just(Feature("", "numeric", (2, 3, 2, 2, 1))),
    st.builds(
        lambda h, w, c: Feature("", "image", (h, w, c), DType.UINT8, scale=1 / 255),
        lengths,
        lengths,
        st.sampled_from([1, 3]),
    ),
    numbered(st.sampled_from([(), (1,)]), st.one_of(names, st.just(()))),
    numbered(st.tuples(lengths), names),
    st.builds(lambda known: Feature("", "category", (), DType.INT32, class_names=known), names),
    st.builds(lambda s: Feature("", "text", s, DType.STRING), st.sampled_from([(), (1,), (3,)])),
)


@st.composite
def target_features(draw: st.DrawFn, name: str, source: Feature) -> Feature:
    kind = draw(st.sampled_from(["class", "numbers", "each"]))
    if kind == "class":
        return Feature(name, "category", (), DType.INT32, class_names=draw(names))
    if kind == "each" and len(source.shape) in (1, 2, 3) and source.kind not in ("text", "category"):
        inner = source.shape if source.kind == "index" else source.shape[:-1]
        if inner:
            return Feature(name, "category", inner, DType.INT32, class_names=draw(names))
    return Feature(name, "numeric", (draw(st.integers(1, 5)),))


@st.composite
def specs(draw: st.DrawFn) -> DataSpec:
    inputs = [replace(draw(KINDS), name=f"in{k}") for k in range(draw(st.integers(1, 3)))]
    targets = [draw(target_features(f"out{k}", inputs[0])) for k in range(draw(st.integers(1, 2)))]
    rows = draw(st.sampled_from([1, 3, 150, 900, 4_000, 60_000, 2_000_000]))
    counts = Counts(rows, draw(st.sampled_from([0, rows // 4])), 0)
    features = {f.name: f for f in (*inputs, *targets)}
    if inputs[0].kind in ("numeric", "image") and inputs[0].shape and draw(st.booleans()):
        targets = [inputs[0]]  # an autoencoder
    task = (
        TaskKind.for_classes(len(targets[0].class_names)) if targets[0].class_names else TaskKind.REGRESSION
    )
    return DataSpec(features, tuple(f.name for f in inputs), tuple(f.name for f in targets), task, counts)


facts = st.builds(Facts, normalized=st.booleans())


def check(proposal: Proposal, spec: DataSpec) -> None:
    found = infer(proposal.graph, feature_specs(spec))
    assert found.diagnostics == ()
    assert found.trainable == proposal.parameters
    roles = [node.role for node in proposal.graph.nodes.values()]
    read = spec.inputs if set(spec.targets) - set(spec.inputs) else spec.targets
    assert roles.count(Role.SOURCE) == len(read)
    assert roles.count(Role.TARGET) == len(spec.targets)
    places = [node.position for node in proposal.graph.nodes.values()]
    assert len(set(places)) == len(places)
    for reason in proposal.reasons:
        assert reason.sentence.endswith(".")
        assert reason.choice
    topics = {reason.topic for reason in proposal.reasons}
    assert topics >= {
        Topic.INPUT,
        Topic.ARCHITECTURE,
        Topic.OUTPUT,
        Topic.LOSS,
        Topic.METRICS,
        Topic.OPTIMIZER,
    }
    assert topics >= {Topic.LEARNING_RATE, Topic.BATCH_SIZE, Topic.EPOCHS, Topic.EARLY_STOPPING}


@CASES
@given(specs(), facts, st.sampled_from(Size))
def test_any_data_gets_a_network_without_errors(spec: DataSpec, facts: Facts, size: Size) -> None:
    check(propose(spec, facts, size=size), spec)


def example_arrays(feature: Feature, rows: int, rng: np.random.Generator) -> Array:
    shape = (rows, *feature.shape)
    if feature.kind == "text":
        words = np.array(["red", "green apple", "a blue bird"], np.dtypes.StringDType())
        return words[rng.integers(0, 3, shape)]
    if feature.class_names or feature.kind == "index":
        return rng.integers(0, len(feature.class_names) or 7, shape).astype(np.int32)
    if feature.dtype is DType.UINT8:
        return rng.integers(0, 256, shape).astype(np.uint8)
    return rng.normal(size=shape).astype(np.float32)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs(), facts)
def test_it_compiles_and_takes_a_step(spec: DataSpec, facts: Facts) -> None:
    proposal = propose(spec, facts)
    rng = np.random.default_rng(0)
    rows = 5
    arrays = {name: example_arrays(spec.features[name], rows, rng) for name in spec.features}
    bundle = DataBundle(
        {name: arrays[name] for name in spec.inputs},
        {name: arrays[name] for name in spec.targets},
        spec.features,
        spec.task,
        range(4),
        range(4, 5),
        range(5, 5),
        {},
    )
    device = CpuDevice()
    session = Session(proposal.graph, bundle, proposal.training, device)
    try:
        session.advance(1)
        assert all(np.isfinite(w).all() for w in session.weights().values() if w.dtype == np.float32)
    finally:
        session.close()
        device.close()


@CASES
@given(specs())
def test_alternatives_differ_in_size(spec: DataSpec) -> None:
    fitting, *others = alternatives(spec)
    assert fitting.size is Size.FITTING
    for other in others:
        assert (other.parameters < fitting.parameters) == (other.size is Size.SMALLER)
        check(other, spec)


@CASES
@given(specs())
def test_nodes_stand_left_to_right(spec: DataSpec) -> None:
    graph = propose(spec).graph
    for wire in graph.edges:
        a, b = graph.nodes[wire.source].position, graph.nodes[wire.target].position
        assert a[0] < b[0] or a[1] < b[1]  # a long chain goes on in the next row
        assert isfinite(sum(a) + sum(b))
    columns = [
        sorted(n.position[1] for n in graph.nodes.values() if n.position[0] == x)
        for x in {n.position[0] for n in graph.nodes.values()}
    ]
    assert all(below - above >= 99 for column in columns for above, below in pairwise(column))


def test_data_without_a_target_is_refused_in_a_sentence() -> None:
    feature = Feature("x", "numeric", (3,))
    spec = DataSpec({"x": feature}, ("x",), (), TaskKind.REGRESSION, Counts(10, 2, 0))
    with pytest.raises(ValueError, match="the data has no target"):
        propose(spec)
