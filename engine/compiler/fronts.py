"""Lets ops form their operands while they read them, so that no launch and no array of its own is needed for that.

What a sum adds up is mostly made for it alone: a square, a product of two gradients. A cheap step that several others
read is made anew by each of them where it reads one large operand, as they would: then nobody has to write it. A product
reads its sides again and again: its fronts are short, like the slope of an activation times the gradient behind it, which
the gradients of weights and of inputs form, each for itself. For devices whose `FusionLimits` name ops that can do so;
what is left over, `fuse` joins.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count

from engine.compiler.fuse import FusionLimits, body_of
from engine.compiler.simplify import drop_unused, is_elementwise, simplify, with_nodes
from engine.compiler.totals import ride_along
from engine.ops.op import OpKind, no_cost
from engine.ops.views import reshape
from engine.program.enclosed import around, core_of, enclosed
from engine.program.fused import FusedBody
from engine.program.program import Node, Program, Value
from engine.tensor.spec import DType, TensorSpec

CHEAP = frozenset(
    {"abs", "add", "broadcast_to", "greater", "maximum", "minimum", "mul", "relu", "sign", "square", "sub"}
)
LIGHT = CHEAP | {"relu_grad"}
MOST_COPIES = 6  # readers that make a step anew
LONGEST_BEFORE_PRODUCT, LARGE_BEFORE_PRODUCT = 4, 2  # steps and large operands
SMALL = 8  # times as small as the result: an operand that is read from a cache


def put_in_front(program: Program, limits: FusionLimits) -> Program:
    """The program with what its ops can form themselves in front of them."""
    if not limits.fronts:
        return program
    program = simplify(_without_kept_axes(program))
    program = _Copies(ride_along(program, limits), limits).run()
    return drop_unused(_Fronts(program, limits).run())


def _without_kept_axes(program: Program) -> Program:
    """Folds whose result is reshaped to be without the folded axes give it so at once: then it can be their end."""
    nodes: list[Node] = []
    values = dict(program.values)
    numbers = count(max(values, default=0) + 1)
    for node in program.nodes:
        if node.op.kind is not OpKind.REDUCTION or not node.attrs["keepdims"]:
            nodes.append(node)
            continue
        attrs = {**node.attrs, "keepdims": False}
        (spec,) = node.op.infer(tuple(values[v].spec for v in node.inputs), attrs)
        value = Value(next(numbers), spec)
        values[value.id] = value
        shape = values[node.outputs[0]].spec.shape
        view = replace(node, op=reshape, inputs=(value.id,), attrs={"shape": shape})
        nodes += [replace(node, outputs=(value.id,), attrs=attrs), view]
    return with_nodes(program, tuple(nodes), values)


class _Reading:
    """Who reads what, and which of the readers can form it themselves."""

    def __init__(self, program: Program, limits: FusionLimits) -> None:
        self.program = program
        self.limits = limits
        self.values = dict(program.values)
        self.numbers = count(max(self.values, default=0) + 1)
        self.results = {v for _, v in program.updates} | set(program.outputs.values())
        self._uses = Counter(v for node in program.nodes for v in set(node.inputs))
        self._ended: set[int] = set()  # by ops that have an end, and by what can stand there
        for node in program.nodes:
            if core_of(node).name in limits.epilogues or (is_elementwise(node) and self.stands_at_end(node)):
                self._ended.update(node.outputs)

    def spec(self, v: int) -> TensorSpec:
        return self.values[v].spec

    def forms(self, node: Node, v: int) -> bool:
        """Whether a node can have a front for each place where it reads `v`."""
        most = self.limits.fronts.get(core_of(node).name, 0)
        return all(k < most for k, i in enumerate(node.inputs) if i == v)

    def is_product(self, node: Node) -> bool:
        """Whether a node reads its operands more than once."""
        return core_of(node).cost is not no_cost

    def large(self, values: Iterable[int], size: int) -> list[int]:
        """Those of some values that are large beside so many elements."""
        return [v for v in dict.fromkeys(values) if SMALL * self.spec(v).size > size]

    def stands_at_end(self, node: Node) -> bool:
        """Whether an op computes an operand of a step, and could go on with it, for nobody else reads that."""
        large = self.large(node.inputs, self.spec(node.outputs[0]).size)
        return any(v in self._ended and self._uses[v] == 1 for v in large)

    def is_step(self, node: Node) -> bool:
        """Whether a node can stand in a front, if its readers allow it."""
        v = node.outputs[0]
        return is_elementwise(node) and v not in self.results and self.spec(v).dtype is DType.FLOAT32


class _Copies(_Reading):
    """From the last node to the first one: cheap steps with several readers get a copy for each of them."""

    def __init__(self, program: Program, limits: FusionLimits) -> None:
        super().__init__(program, limits)
        self._spread: set[int] = set()  # made cheaply of small values
        for node in program.nodes:
            if is_elementwise(node) and self._large(node) == []:
                self._spread.update(node.outputs)

    def run(self) -> Program:
        nodes: list[Node] = []  # in reverse order
        readers: dict[int, list[int]] = {}
        for node in reversed(self.program.nodes):
            copies = [node]
            taking = list(dict.fromkeys(readers.get(node.outputs[0], ())))
            if 1 < len(taking) <= MOST_COPIES and self._is_copied(node, [nodes[k] for k in taking]):
                copies = [self._copy(node, nodes, k) for k in taking]
            for copy in copies:
                for v in copy.inputs:
                    readers.setdefault(v, []).append(len(nodes))
                nodes.append(copy)
        return with_nodes(self.program, tuple(reversed(nodes)), self.values)

    def _is_copied(self, node: Node, readers: Sequence[Node]) -> bool:
        v = node.outputs[0]
        if (
            not self.is_step(node)
            or not all(self._takes_in(r, v) for r in readers)
            or self.stands_at_end(node)
        ):
            return False
        if any(map(self.is_product, readers)):
            return len(readers) == 2 and all(map(self.is_product, readers)) and self._is_light(node)
        return self._large(node) is not None

    def _is_light(self, node: Node) -> bool:
        large = self.large(node.inputs, self.spec(node.outputs[0]).size)
        return node.op.name in LIGHT and len(large) <= LARGE_BEFORE_PRODUCT

    def _takes_in(self, reader: Node, v: int) -> bool:
        if not is_elementwise(reader):
            return self.forms(reader, v)
        return self.spec(reader.outputs[0]).shape == self.spec(v).shape

    def _large(self, node: Node) -> list[int] | None:
        """The large operand of a cheap step, if it has one; None if the step is not cheap."""
        if node.op.name not in CHEAP:
            return None
        size = self.spec(node.outputs[0]).size
        large = [i for i in self.large(node.inputs, size) if i not in self._spread]
        return large if len(large) <= 1 else None

    def _copy(self, node: Node, nodes: list[Node], reader: int) -> Node:
        """A copy of the node for one reader, which reads it from now on."""
        old = node.outputs[0]
        value = replace(self.values[old], id=next(self.numbers))
        self.values[value.id] = value
        inputs = tuple(value.id if v == old else v for v in nodes[reader].inputs)
        nodes[reader] = replace(nodes[reader], inputs=inputs)
        return replace(node, outputs=(value.id,))


class _Fronts(_Reading):
    """For each op that can form its operands, the steps that are made for it alone."""

    def __init__(self, program: Program, limits: FusionLimits) -> None:
        super().__init__(program, limits)
        self._nodes = program.nodes
        self._producer = {v: k for k, node in enumerate(program.nodes) for v in node.outputs}
        self._readers: dict[int, set[int]] = {}
        for k, node in enumerate(program.nodes):
            for v in node.inputs:
                self._readers.setdefault(v, set()).add(k)

    def run(self) -> Program:
        nodes = tuple(self._with_fronts(k) for k in range(len(self._nodes)))
        return with_nodes(self.program, nodes, self.values)

    def _with_fronts(self, k: int) -> Node:
        node = self._nodes[k]
        fronts: list[FusedBody | None] = []
        inputs: list[int] = []
        for place, v in enumerate(node.inputs):
            room = (
                self.limits.operands - self._tensors([*inputs, *node.inputs[place + 1 :]]) - len(node.outputs)
            )
            chain = self._chain(v, k, room) if self.forms(node, v) else []
            body, operands = body_of(chain, (), [v], self.spec(v).shape) if chain else (None, [v])
            fronts.append(body)
            inputs += operands
        if not any(fronts):
            return node
        attrs = {"around": replace(around(node), fronts=tuple(fronts))}
        return replace(node, op=enclosed, inputs=tuple(inputs), attrs=attrs)

    def _tensors(self, values: Sequence[int]) -> int:
        """Operands that are no literals."""
        return sum(v not in self.program.constants or self.spec(v).rank > 0 for v in values)

    def _chain(self, v: int, reader: int, room: int) -> list[Node]:
        """The steps that lead to `v` and to nothing else, in order, reading at most `room` tensors."""
        shape = self.spec(v).shape
        members = {reader}
        chain: list[Node] = []
        wanted = [-self._producer.get(v, -1)]
        while wanted and len(chain) < self.limits.steps:
            k = -heapq.heappop(wanted)
            if k in members or k < 0 or not self._belongs(self._nodes[k], members, shape):
                continue
            longer = [self._nodes[k], *chain]
            _, operands = body_of(longer, (), [v], shape)
            if self._tensors(operands) > room:
                continue
            if self.is_product(self._nodes[reader]) and not self._is_light(longer, operands):
                continue
            chain = longer
            members.add(k)
            for i in self._nodes[k].inputs:
                heapq.heappush(wanted, -self._producer.get(i, -1))
        return chain

    def _belongs(self, node: Node, members: set[int], shape: tuple[int, ...]) -> bool:
        v = node.outputs[0]
        return self.is_step(node) and self.spec(v).shape == shape and self._readers[v] <= members

    def _is_light(self, chain: Sequence[Node], operands: Sequence[int]) -> bool:
        """Whether a chain may stand in front of a product: short, and nothing that the op before can do at its end."""
        large = self.large(operands, self.spec(chain[-1].outputs[0]).size)
        return (
            len(chain) <= LONGEST_BEFORE_PRODUCT
            and len(large) <= LARGE_BEFORE_PRODUCT
            and all(node.op.name in LIGHT for node in chain)
            and not any(map(self.stands_at_end, chain))
        )
