"""From graphs to programs: what is built, what is left out, and the sentences about what cannot be built."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.lower import PARAMS, STATS, LoweringError
from engine.compiler.model import GRADS, REPORT, ModelCompiler, Objective
from engine.graph.document import Edge, ModelGraph, UnknownLayer
from engine.graph.features import FeatureSpec
from engine.graph.sequence import build_sequential
from engine.layers.add import Add
from engine.layers.base import Layer
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.input import Input
from engine.layers.target import Target
from engine.objectives.registry import default_metrics, find_loss
from engine.optimizers.adam import Adam
from engine.program.builder import ARENA_ALIGNMENT
from engine.program.program import Program, Storage
from engine.tensor.spec import DType

FEATURES = {"x": FeatureSpec((3,)), "y": FeatureSpec((), DType.INT32, classes=2)}


def compiler(graph: ModelGraph) -> ModelCompiler:
    nodes = [n for n in graph.nodes.values() if isinstance(n.layer, Target)]
    metrics = tuple(default_metrics("binary"))
    objectives = [Objective(n.id, "y", find_loss("auto", "binary"), 1.0, metrics) for n in nodes]
    return ModelCompiler(graph, FEATURES, objectives)


def train_program(graph: ModelGraph) -> Program:
    return compiler(graph).train(Adam(), rows=20, batch=4)


def chain(*layers: Layer) -> ModelGraph:
    return build_sequential([Input(), *layers, Dense(units=1), Target()])


def test_a_training_step_is_one_program() -> None:
    program = train_program(chain(Dense(units=5), BatchNormalization()))
    assert set(program.named(Storage.FEED)) == {"index", "step", "learning_rate"}
    assert set(program.named(Storage.DATA)) == {"data/x", "data/y"}
    states = program.named(Storage.STATE)
    assert set(states) == {PARAMS, STATS, GRADS, REPORT, "slot/momentum", "slot/velocity"}
    assert {program.values[s].name for s, _ in program.updates} == set(states)
    sizes = {states[n].spec.shape for n in (PARAMS, GRADS, "slot/momentum", "slot/velocity")}
    assert len(sizes) == 1


def test_weights_lie_aligned_and_apart_in_their_arenas() -> None:
    program = train_program(chain(Dense(units=5), BatchNormalization()))
    ends: dict[str, int] = {}
    for member in program.members:
        assert member.offset % ARENA_ALIGNMENT == 0
        assert member.offset >= ends.get(member.arena, 0)
        ends[member.arena] = member.offset + member.spec.size
    assert {m.arena for m in program.members} == {PARAMS, STATS}


def test_initial_states_start_each_weight_by_its_own_name() -> None:
    small, large = (
        compiler(chain(*layers)) for layers in ((Dense(units=5),), (Dense(units=5), Dense(units=4)))
    )
    states = [c.initial(c.train(Adam(), 20, 4), Adam(), seed=3) for c in (small, large)]
    alone, beside = (state[PARAMS][:15] for state in states)
    np.testing.assert_array_equal(
        alone, beside
    )  # another layer elsewhere does not change how this one starts
    assert alone.std() > 0


def test_what_no_target_needs_is_not_built() -> None:
    graph = chain(Dense(units=5))
    loose = graph.new_node(Dense(units=1000))
    graph.insert_node(loose)
    graph.insert_edge(Edge.between(next(iter(graph.nodes.values())), loose))
    assert all(loose.id not in member.name for member in train_program(graph).members)


def test_dropouts_have_streams_of_their_own_and_only_in_training() -> None:
    graph = chain(Dropout(), Dropout())
    made = compiler(graph)
    streams = [n.attrs["stream"] for n in made.train(Adam(), 20, 4).nodes if n.op.name == "uniform"]
    assert len(streams) == len(set(streams)) == 2
    assert all(n.op.name != "uniform" for n in made.evaluate(20, 4).nodes)


def test_nodes_remember_the_layer_they_came_from() -> None:
    graph = chain(Dense(units=5))
    origins = {node.origin for node in train_program(graph).nodes}
    assert set(graph.nodes) <= origins | {next(iter(graph.nodes))}  # the input's batch is gathered for all


# -- what cannot be built ------------------------------------------------------------------------------


def test_a_port_without_a_wire() -> None:
    graph = chain()
    merge = graph.new_node(Add())
    graph.insert_node(merge)
    target = graph.new_node(Target())
    graph.insert_node(target)
    graph.insert_edge(Edge.between(merge, target))
    with pytest.raises(LoweringError, match="add has nothing wired to its port"):
        train_program(graph)


def test_an_unknown_layer() -> None:
    graph = chain(Dense(units=5))
    dense = graph.named("dense")
    assert dense is not None
    strange = type(dense)(dense.id, UnknownLayer("Quantum"), dense.name)
    graph.replace_node(strange)
    with pytest.raises(LoweringError, match="dense is a layer this version does not know"):
        train_program(graph)


def test_a_circle() -> None:
    graph = chain(Add(), Dense(units=3))
    merge, dense = graph.named("add"), graph.named("dense")
    assert merge is not None
    assert dense is not None
    graph.insert_edge(Edge.between(dense, merge))
    with pytest.raises(LoweringError, match="add, dense form a circle"):
        train_program(graph)


def test_shared_weights_of_unequal_inputs() -> None:
    graph = chain(Dense(units=5), Dense(units=5))
    first, second = graph.named("dense"), graph.named("dense_1")
    assert first is not None
    assert second is not None
    graph.replace_node(type(second)(second.id, second.layer, second.name, second.position, first.id))
    with pytest.raises(LoweringError, match="need inputs of equal shape"):
        train_program(graph)


def test_a_network_without_output_has_nothing_to_predict() -> None:
    graph = build_sequential([Input(), Dense(units=2)])
    program = compiler(graph).predict(20, 4)
    assert list(program.outputs) == ["y0"]  # its free end
