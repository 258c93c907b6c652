"""What no program, schedule or objective may be is said in a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.compiler.lower import LoweringError
from engine.compiler.model import ModelCompiler, Objective
from engine.compiler.verify import ProgramError, verify
from engine.graph.features import FeatureSpec
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.objectives.metric import METRICS
from engine.objectives.registry import find_loss
from engine.ops.elementwise import exp
from engine.optimizers.sgd import SGD
from engine.program.builder import ProgramBuilder
from engine.program.program import Program
from engine.schedules.base import SCHEDULES
from engine.tensor.spec import DType, Shape, TensorSpec


# -- programs -------------------------------------------------------------------------------------------------
def program() -> Program:
    builder = ProgramBuilder("small")
    x, state = builder.feed("x", TensorSpec((3,))), builder.state("kept", TensorSpec((3,)))
    y = exp(x)
    builder.output("y", exp(y))
    builder.update(state, y)
    return builder.finish()


def test_a_sound_program_is_handed_on() -> None:
    made = program()
    assert verify(made, "a pass") is made


def test_what_verify_refuses() -> None:
    made = program()
    first, second = made.nodes
    (state, value), *_ = made.updates
    x = next(i for i, v in made.values.items() if v.name == "x")
    larger = replace(made.values[state], spec=TensorSpec((4,)))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"nodes": (first, first, second)}, f"exp makes value {value} a second time"),
        ({"nodes": (first,)}, "nothing makes the output y"),
        ({"updates": ((state, 99),)}, f"the update of value {state} is not a known value for a state"),
        ({"updates": ((x, value),)}, f"the update of value {x} is not a known value for a state"),
        ({"values": {**made.values, state: larger}}, "kept is updated with another size"),
    ]
    for change, words in wrong:
        with pytest.raises(ProgramError, match=f"^After a pass: {words}"):
            verify(replace(made, **change), "a pass")


# -- objectives -----------------------------------------------------------------------------------------------
def compiler(target: FeatureSpec, **more: Any) -> ModelCompiler:
    graph = build_sequential([Input(), Dense(units=1), Target()])
    (end,) = (n.id for n in graph.nodes.values() if isinstance(n.layer, Target))
    features = {"x": FeatureSpec((3,)), "y": target, "w": more.pop("weights", FeatureSpec(()))}
    loss = find_loss(more.pop("loss", "mean_squared_error"), "regression")
    return ModelCompiler(graph, features, [Objective(end, "y", loss, 1.0, **more)])


@pytest.mark.parametrize(("shape", "fits"), [((), True), ((1,), True), ((2,), False), ((5, 2), False)])
def test_a_sample_weight_is_one_number_for_each_example(shape: Shape, fits: bool) -> None:
    weights = FeatureSpec(shape)
    made = compiler(FeatureSpec((1,)), weights=weights, metrics=(), sample_weight=("w", weights))
    if fits:
        assert made.train(SGD(), 8, 4).outputs
    else:
        with pytest.raises(
            LoweringError, match=r"^Target y: The sample weight w needs one number per example"
        ):
            made.train(SGD(), 8, 4)


def test_a_network_without_a_target_does_not_learn() -> None:
    graph = build_sequential([Input(), Dense(units=1)])
    made = ModelCompiler(graph, {"x": FeatureSpec((3,))}, [])
    with pytest.raises(LoweringError, match=r"^The network has no target\. Add a Target"):
        made.train(SGD(), 8, 4)


def test_predictions_and_targets_go_together() -> None:
    with pytest.raises(LoweringError, match=r"^Target y: "):
        compiler(FeatureSpec((2,)), metrics=()).train(SGD(), 8, 4)
    positions = FeatureSpec((3,), DType.INT32, classes=2)
    with pytest.raises(LoweringError, match=r"^Target y: "):
        compiler(positions, metrics=(METRICS("mean_absolute_error"),)).train(SGD(), 8, 4)


# -- schedules ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "settings", "steps"),
    [
        ("ExponentialDecay", {"decay_steps": 100}, True),
        ("ExponentialDecay", {"decay_steps": 0.5}, False),
        ("CosineDecay", {"decay_steps": 100}, True),
        ("CosineDecay", {"decay_steps": 0.25}, False),
        ("CosineDecay", {"decay_steps": 100, "warmup_target": 0.1, "warmup_steps": 0.1}, False),
        ("CosineDecay", {"decay_steps": 100, "warmup_target": 0.1, "warmup_steps": 10}, True),
        ("PiecewiseConstantDecay", {"boundaries": [10, 20], "values": [0.3, 0.2, 0.1]}, True),
        ("PiecewiseConstantDecay", {"boundaries": [0.2, 0.5], "values": [0.3, 0.2, 0.1]}, False),
        ("ReduceLROnPlateau", {}, False),
    ],
)
def test_whether_a_schedule_is_the_same_in_a_run_of_any_length(
    name: str, settings: dict[str, Any], steps: bool
) -> None:
    assert SCHEDULES(name, **settings).counts_steps is steps
