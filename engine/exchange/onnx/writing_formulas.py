"""Operators of ONNX that are whole formulas of ours: found by comparing with what the layers of that name compute.

A layer says which operator it is (`declaration.onnx`). It is built once on a stand-in; where a network has the same ops,
from that layer or written out by another, the operator stands for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from engine.compiler.lower import Forward, NodeBuilder
from engine.compiler.simplify import simplify
from engine.exchange.flat import Operation
from engine.exchange.onnx.writing_sheet import Sheet
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.program.builder import ProgramBuilder
from engine.program.program import Node, Program
from engine.tensor.spec import TensorSpec

# the attribute that says the layer's only number ("": it has none), and attributes that are always the same;
# of two that compute the same the first is taken
_OPERATORS: Mapping[str, tuple[str, Mapping[str, float]]] = MappingProxyType(
    {
        "Elu": ("alpha", {}),
        "Celu": ("alpha", {}),
        "HardSigmoid": ("", {"alpha": 1.0 / 6.0, "beta": 0.5}),
        "HardSwish": ("", {}),
        "LeakyRelu": ("alpha", {}),
        "Selu": ("", {}),
        "Softsign": ("", {}),
    }
)
_STAND_INS = (0.7310586, 1.0)  # numbers of a layer; with 1 some formulas are shorter
_CLOSE = 1e-6

Tree = Any  # "x", a number, or the name of an op followed by trees


@dataclass(frozen=True)
class _Formula:
    """What a layer computes with a number (0.0 where it has none)."""

    operator: str
    layer: type[Layer]
    setting: str
    number: float
    tree: Tree


def formula(sheet: Sheet, o: Operation) -> bool:
    """Write one operator for an op and those before it, if they are the formula of one."""
    for known in _formulas().get(o.op.name, ()):
        found: list[str] = []
        numbers: list[tuple[float, float]] = []
        if not _same(sheet, o.outputs[0], known.tree, found, numbers):
            continue
        number = next((given for given, own in numbers if _close(own, known.number)), known.number)
        tree = _tree_of(known.layer, known.setting, number) if known.setting else known.tree
        again: list[tuple[float, float]] = []
        same = tree is not None and _same(sheet, o.outputs[0], tree, [], again)
        if not same or not all(_close(given, own) for given, own in again):
            continue
        attribute, always = _OPERATORS[known.operator]
        attributes = {**always, **({attribute: number} if attribute else {})}
        order = sheet.order(found[0])
        tensor = sheet.pen.add(known.operator, sheet.read(found[0], order), **attributes)
        sheet.give(o.outputs[0], tensor, order)
        return True
    return False


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * max(1.0, abs(other))


def _same(sheet: Sheet, value: str, tree: Tree, found: list[str], numbers: list[tuple[float, float]]) -> bool:
    """Whether a value is made by the ops of a tree, of one value, which is the only one in `found` then."""
    if tree == "x":
        found.append(value)
        return sheet.constant(value) is None and found[0] == value
    if isinstance(tree, float):
        array = sheet.constant(value)
        if array is None or array.ndim:
            return False
        numbers.append((float(array), tree))
        return True
    maker = sheet.maker(value, tree[0])
    return (
        maker is not None
        and len(maker.inputs) == len(tree) - 1
        and all(_same(sheet, i, t, found, numbers) for i, t in zip(maker.inputs, tree[1:], strict=True))
    )


@cache
def _formulas() -> Mapping[str, tuple[_Formula, ...]]:
    """All formulas by the op that comes last."""
    found: dict[str, tuple[_Formula, ...]] = {}
    for known in _traced():
        found[known.tree[0]] = (*found.get(known.tree[0], ()), known)
    return MappingProxyType(found)


def _traced() -> Iterator[_Formula]:
    for operator, (attribute, _) in _OPERATORS.items():
        for layer in layers().values():
            if layer.declaration.onnx != operator:
                continue
            settings = [name for name, info in layer.model_fields.items() if info.annotation is float]
            setting = settings[0] if settings and attribute else ""
            for number in _STAND_INS if setting else (0.0,):
                tree = _tree_of(layer, setting, number)
                if isinstance(tree, tuple):
                    yield _Formula(operator, layer, setting, number, tree)


def _tree_of(layer: type[Layer], setting: str, number: float) -> Tree | None:
    """What the layer computes with that number; None where it can't have it."""
    builder = ProgramBuilder("formula")
    x = builder.feed("x", TensorSpec((2, 3)))
    try:
        one = layer.model_validate({setting: number} if setting else {})
    except ValueError:
        return None
    (y,) = one.build(NodeBuilder(Forward(builder, training=False, features={}), "n", one), x)
    builder.output("y", y)
    program = simplify(builder.finish())
    return _branch(program, program.outputs["y"], {i: n for n in program.nodes for i in n.outputs})


def _branch(program: Program, value: int, makers: Mapping[int, Node]) -> Tree:
    maker = makers.get(value)
    if maker is None:
        array = program.constants.get(value)
        return "x" if array is None else float(array)
    return (maker.op.name, *(_branch(program, i, makers) for i in maker.inputs))
