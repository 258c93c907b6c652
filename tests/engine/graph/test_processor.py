"""What runs on the processor on every device is said at its node, and keeps nobody from training."""

from __future__ import annotations

from typing import ClassVar

from engine.graph.diagnostics import Severity
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.graph.sequence import build_sequential
from engine.layers.base import Category, Declaration, Layer, LayerBuilder
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.target import Target
from engine.ops.linear_algebra import HOST, inverse
from engine.ops.op import Tensor


class Inverse(Layer):
    """A layer with a part that no GPU program is worth while for."""

    declaration: ClassVar[Declaration] = Declaration(category=Category.CORE, summary="Inverse")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        return (inverse(inverse(inputs[0])),)


def test_an_op_of_the_host_is_said_once_at_its_node() -> None:
    graph = build_sequential([Input(), Inverse(), Flatten(), Dense(units=1), Target()])
    found = infer(graph, {"x": FeatureSpec((3, 3)), "y": FeatureSpec((1,))})
    (diagnostic,) = found.at("n2")
    assert diagnostic.severity is Severity.INFO
    assert diagnostic.rule == "on-the-processor"
    assert HOST in diagnostic.sentence
    assert found.ok
    assert found.nodes["n2"].host == (HOST,)
    assert found.nodes["n4"].host == ()
