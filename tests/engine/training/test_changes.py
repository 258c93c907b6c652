"""Changing a network while it trains: every weight that still fits stays, nothing else begins anew, Undo brings it back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.data.load import load
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.input import Input
from engine.layers.normalization import Normalization
from engine.layers.target import Target
from engine.optimizers.sgd import SGD
from engine.tensor.spec import Array
from engine.training.changes import Attic, renewed, same_programs
from engine.training.control import Control
from engine.training.differences import differences
from engine.training.fault import Point
from engine.training.identity import identity
from engine.training.memory import MEMORY
from engine.training.moments import Change, Changed, EventKind, Happened
from engine.training.reports import Snapshot
from engine.training.session import Session
from engine.training.trainer import Trainer
from tests.engine.training.networks import FAST, XOR, session, settings, two_layer, with_everything


def altered(graph: ModelGraph, kind: type[Layer], which: int = 0, **fields: object) -> ModelGraph:
    """The graph with other settings in its `which`-th layer of a kind."""
    nodes, edges, _ = graph.snapshot()
    node = [n for n in nodes if isinstance(n.layer, kind)][which]
    assert isinstance(node.layer, Layer)
    layer = type(node.layer).model_validate({**node.layer.model_dump(), **fields})
    return ModelGraph([replace(n, layer=layer) if n is node else n for n in nodes], edges)


def trained(graph: ModelGraph, steps: int = 15) -> Session:
    s = session(graph)
    s.advance(steps)
    return s


def point(s: Session) -> Point:
    return Point(s.step, {**s.states(), MEMORY: s.memory_of_run.written()})


def weights(s: Session) -> dict[str, Array]:
    return {name: array.copy() for name, array in s.weights_of(s.states()).items()}


def slots(s: Session, name: str) -> dict[str, Array]:
    """The numbers an Adam slot has of each trained weight."""
    found = {}
    for weight, (arena, offset, shape) in s.layout.items():
        if arena == "params":
            flat = s.states()[f"slot/{name}"]
            found[weight] = flat[offset : offset + int(np.prod(shape))].reshape(shape).copy()
    return found


def first_slot(s: Session) -> str:
    return next(n for n in s.states() if n.startswith("slot/")).removeprefix("slot/")


def test_freezing_keeps_all_and_unfreezing_brings_back_the_slots() -> None:
    s, attic = trained(with_everything()), Attic()
    graph, slot = s.graph, first_slot(s)
    before, memory = weights(s), slots(s, slot)
    frozen = renewed(s, altered(graph, Dense, trainable=False), settings(), point(s), attic)
    name = next(iter(before))
    assert {k: v.tobytes() for k, v in weights(frozen).items()} == {k: v.tobytes() for k, v in before.items()}
    assert name not in slots(frozen, slot)
    frozen.advance(10)
    assert weights(frozen)[name].tobytes() == before[name].tobytes()
    other = next(n for n in before if n.split("/")[0] != name.split("/")[0])
    assert weights(frozen)[other].tobytes() != before[other].tobytes()
    kept = slots(frozen, slot)
    again = renewed(frozen, graph, settings(), point(frozen), attic)
    assert slots(again, slot)[name].tobytes() == memory[name].tobytes()
    assert all(slots(again, slot)[n].tobytes() == a.tobytes() for n, a in kept.items())
    assert again.step == 25
    again.close()


def test_more_units_keep_those_that_are_there_and_fewer_can_be_taken_back() -> None:
    s, attic = trained(two_layer()), Attic()
    graph, slot = s.graph, first_slot(s)
    before, memory = weights(s), slots(s, slot)
    first, last = [n for n in before if n.endswith("/weight")]
    wide = renewed(s, altered(graph, Dense, units=12), settings(), point(s), attic)
    now = weights(wide)
    assert now[first].shape == (2, 12)
    assert (now[first][:, :8] == before[first]).all()
    assert (now[last][:8] == before[last]).all()
    assert (slots(wide, slot)[first][:, :8] == memory[first]).all()
    fresh = session(altered(graph, Dense, units=12))
    assert (now[first][:, 8:] == weights(fresh)[first][:, 8:]).all()
    narrow = renewed(wide, altered(graph, Dense, units=3), settings(), point(wide), attic)
    assert (weights(narrow)[first] == before[first][:, :3]).all()
    back = renewed(narrow, altered(graph, Dense, units=12), settings(), point(narrow), attic)
    assert all(weights(back)[n].tobytes() == a.tobytes() for n, a in now.items())
    back.advance(5)
    assert np.isfinite(weights(back)[first]).all()
    back.close()
    fresh.close()


def test_a_layer_that_comes_in_starts_and_one_that_comes_back_is_as_it_was() -> None:
    plain = build_sequential([Input(), Dense(units=8, activation="tanh"), Dense(units=1), Target()])
    nodes, edges, _ = plain.snapshot()
    hidden = next(n for n in nodes if isinstance(n.layer, Dense))
    extra = Node("n99", Dense(units=8, activation="relu"), "extra")
    out = next(e for e in edges if e.source == hidden.id)
    wired = [e for e in edges if e is not out]
    wired += [Edge.between(hidden, extra), Edge(extra.id, out.source_port, out.target, out.target_port)]
    larger = ModelGraph([*nodes, extra], wired)
    s, attic = trained(larger), Attic()
    before = weights(s)
    without = renewed(s, plain, settings(), point(s), attic)
    assert {n for n in before if n.startswith("n99/")} == before.keys() - weights(without).keys()
    without.advance(5)
    again = renewed(without, larger, settings(), point(without), attic)
    assert weights(again)["n99/weight"].tobytes() == before["n99/weight"].tobytes()
    again.close()


def test_a_layer_that_learns_from_the_data_first_does_so_when_it_comes_in() -> None:
    s = trained(two_layer())
    nodes, edges, _ = s.graph.snapshot()
    source = nodes[0]
    scaling = Node("n50", Normalization(), "scaling")
    wired = [replace(e, source=scaling.id) if e.source == source.id else e for e in edges]
    graph = ModelGraph([*nodes, scaling], [Edge.between(source, scaling), *wired])
    new = renewed(s, graph, settings(), point(s), Attic())
    rows = new.bundle.inputs["x"][new.bundle.train.start : new.bundle.train.stop]
    assert weights(new)["n50/mean"] == pytest.approx(rows.mean(axis=0), abs=1e-4)
    new.close()


def test_another_batch_size_sees_every_example_once_an_epoch() -> None:
    s = session(bundle=load(XOR.model_copy(update={"validation_fraction": 0.0})))  # 200 rows
    s.advance(3)
    seen = [s.order.batches(0, 3).reshape(-1)]
    new = renewed(s, s.graph, settings(batch_size=8), point(s), Attic())
    assert new.order.epochs(3) == pytest.approx(96 / 200)
    rest = new.order.last_step(1) - 3
    seen.append(new.order.batches(3, rest).reshape(-1))
    assert sorted(np.concatenate(seen)) == list(range(200))
    new.advance(rest)
    assert new.order.whole_epochs(new.step) == 1
    resumed = session(
        bundle=new.bundle,
        training=settings(batch_size=8),
        states=dict(point(new).states),
        step=new.step,
    )
    assert resumed.order.origin == new.order.origin
    new.close()


def test_dropout_changes_with_all_else_as_it_was() -> None:
    s = trained(with_everything())
    before = point(s).states
    new = renewed(s, altered(s.graph, Dropout, rate=0.7), settings(), point(s), Attic())
    assert new is not s
    assert all(array.tobytes() == before[name].tobytes() for name, array in new.states().items())
    new.close()


def test_rate_schedule_and_epochs_ask_for_no_other_program() -> None:
    s = trained(with_everything())
    other = settings(epochs=99, optimizer=FAST.model_copy(update={"learning_rate": 0.5}), keep_best=True)
    assert renewed(s, s.graph, other, point(s), Attic()) is s
    assert s.learning_rate == pytest.approx(0.5)
    assert s.settings.epochs == 99
    assert not same_programs(settings(), settings(batch_size=8))
    assert not same_programs(settings(), settings(optimizer=SGD()))
    s.close()


def test_another_optimizer_begins_with_slots_of_its_own() -> None:
    s = trained(two_layer())
    before = weights(s)
    new = renewed(s, s.graph, settings(optimizer=SGD(momentum=0.9)), point(s), Attic())
    assert all(weights(new)[n].tobytes() == a.tobytes() for n, a in before.items())
    assert all(not a.any() for n, a in new.states().items() if n.startswith("slot/"))
    new.advance(5)
    new.close()


def test_class_weights_change_the_loss_at_once() -> None:
    s = trained(two_layer())
    new = renewed(s, altered(s.graph, Target, class_weight=(1.0, 10.0)), settings(), point(s), Attic())
    new.advance(1)
    plain = trained(two_layer(), 16)
    assert weights(new).keys() == weights(plain).keys()
    assert any(weights(new)[n].tobytes() != a.tobytes() for n, a in weights(plain).items())
    new.close()


def test_the_best_weights_go_along_where_all_of_them_fit() -> None:
    s = trained(two_layer())
    best = {f"best/{name}": array + 1 for name, array in s.learned().items()}
    states = {**point(s).states, **best}
    frozen = renewed(s, altered(s.graph, Dense, trainable=False), settings(), Point(15, states), Attic())
    moved = frozen.weights_of(frozen.best)
    kept = weights(frozen)
    assert all(np.allclose(moved[n], kept[n] + 1) for n in kept)
    wide = renewed(
        frozen,
        altered(frozen.graph, Dense, units=12),
        settings(),
        Point(15, {**states, **frozen.states()}),
        Attic(),
    )
    assert wide.best == {}
    wide.close()


def test_a_change_that_cannot_be_trained_leaves_the_run_as_it_was() -> None:
    s = session(two_layer())
    control = Control()
    trainer = Trainer(s, control)
    nodes, edges, _ = altered(s.graph, Target, target="nothing").snapshot()
    control.requests.append(Change(7, nodes, edges, settings()))
    reports = list(trainer.run())
    (changed,) = [r for r in reports if isinstance(r, Changed)]
    assert changed.number == 7
    assert "nothing" in changed.sentence
    assert not [r for r in reports if isinstance(r, Happened)]
    whole = session(two_layer())
    whole.advance(50)
    assert s.states()["params"].tobytes() == whole.states()["params"].tobytes()


def test_a_running_trainer_takes_a_change_and_tells_of_it() -> None:
    s = session(with_everything())
    control = Control()
    trainer = Trainer(s, control)
    nodes, edges, _ = altered(altered(s.graph, Dropout, rate=0.1), Dense, trainable=False).snapshot()

    def poll(control: Control, _timeout: float) -> None:
        if trainer.session.step >= 10 and trainer.session is s:
            control.requests.append(Change(1, nodes, edges, settings(batch_size=16)))

    control.poll = poll
    reports = list(trainer.run())
    (changed,) = [r for r in reports if isinstance(r, Changed)]
    assert (changed.sentence, changed.steps_per_epoch) == ("", 10.0)
    happened = [(h.kind, h.detail) for h in reports if isinstance(h, Happened)]
    assert happened == [
        (EventKind.SETTING, "Batch size 32 → 16"),
        (EventKind.FROZEN, "dense"),
        (EventKind.SETTING, "dropout: Rate 0.3 → 0.1"),
    ]
    place = reports.index(changed)
    assert isinstance(reports[place - 1], Snapshot)
    assert trainer.session.order.whole_epochs(trainer.session.step) == 10


def test_places_and_names_on_the_canvas_are_no_change() -> None:
    nodes, edges, _ = two_layer().snapshot()
    moved = [replace(n, position=(5.0, 5.0), name=f"{n.name}_x", tag="red") for n in nodes]
    assert identity(nodes, edges) == identity(moved, edges)
    assert differences((nodes, edges, settings()), (moved, edges, settings())) == []


def test_the_attic_stays_within_its_size() -> None:
    attic = Attic(1000)
    for number in range(10):
        attic.put(f"n{number}", np.zeros(100, np.float32))
    assert [n for n in range(10) if attic.get(f"n{n}", (100,)) is not None] == [8, 9]
