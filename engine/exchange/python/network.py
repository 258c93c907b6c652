"""The function of a written file that computes the network: one line for each op, in the order in which they run."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.exchange.flat import Flat, Operation
from engine.exchange.python.expressions import ELEMENTWISE, EXPRESSIONS, REFUSED, Given, number, said
from engine.formats.errors import FormatError
from engine.graph.document import free_name
from engine.ops.cells import Cell
from engine.ops.recurrent import Operands
from engine.ops.tape import Apply
from engine.tensor.spec import Array

_LONGEST = 40  # letters of a variable's name


class Lines:
    """The body of the function.

    Args:
        network: folded.
        taken: names that mean something else in the file.
        about: what each part is, by id, for a comment.
    """

    def __init__(self, network: Flat, taken: set[str], about: Mapping[str, str]) -> None:
        self._network = network
        self._about = about
        self._taken = set(taken) | {"n"}
        self._names: dict[str, str] = {}
        self.arrays: dict[str, Array] = {}
        self.inputs = [self._variable(name) for name in network.inputs]

    def write(self) -> Iterator[str]:
        """The lines, without indentation.

        Raises:
            FormatError: one of the operations has no line.
        """
        for node, operations in self._network.grouped():
            yield f"# {one_line(self._about.get(node, node))}"
            for o in operations:
                if o.op.name == "recurrent":
                    yield from self._recurrent(o)
                    continue
                given = Given(self._network, o, [self._read(name) for name in o.inputs])
                if o.op.name not in EXPRESSIONS:
                    why = REFUSED.get(o.op.name, "there is no line for it")
                    name = self._network.names.get(o.node, o.node)
                    raise FormatError(
                        f"{name} can't be written as Python ({o.op.name}): {why}; export to another format."
                    )
                yield f"{', '.join(map(self._variable, o.outputs))} = {EXPRESSIONS[o.op.name](given)}"
        outputs = ", ".join(self._read(value) for _, value in self._network.outputs)
        yield f"return [{outputs}]"

    # -- names ----------------------------------------------------------------------------------------------
    def _variable(self, value: str) -> str:
        """A name of Python for a value, and for it alone."""
        if value not in self._names:
            tidy = re.sub(r"[^a-z0-9]+", "_", value.lower().encode("ascii", "ignore").decode()).strip("_")
            tidy = tidy[-_LONGEST:].strip("_") or "value"
            tidy = f"v_{tidy}" if tidy[0].isdigit() or keyword.iskeyword(tidy) else tidy
            self._names[value] = free_name(tidy, self._taken)
            self._taken.add(self._names[value])
        return self._names[value]

    def _read(self, value: str) -> str:
        """An operand: a variable, a number, or a weight."""
        array = self._network.weights.get(value)
        array = self._network.constants.get(value) if array is None else array
        if array is None:
            return self._variable(value)
        if not array.ndim and array.dtype == np.float32:
            text = number(float(str(array)))
            return f"({text})" if text.startswith("-") else text
        self.arrays[value] = array
        return f"W[{value!r}]"

    # -- recurrences ----------------------------------------------------------------------------------------
    def _recurrent(self, o: Operation) -> Iterator[str]:
        """A function for one step, and the loop over all."""
        kind: Cell = o.attrs["cell"]
        given = Operands.of(kind, [self._read(name) for name in o.inputs[1:]])
        name = free_name("step", self._taken)
        self._taken.add(name)
        states = [f"h{j}" for j in range(kind.states)]
        yield f"def {name}(x, mask, {', '.join(states)}):"
        for line in _step(kind, given, states, Given(self._network, o, [])):
            yield f"    {line}"
        makes = ", ".join(map(self._variable, o.outputs[: 2 * kind.states]))
        start = f"[{', '.join(given.initial)}]"
        rest = f"{given.mask or 'None'}, {said(bool(o.attrs['backwards']))}"
        yield f"{makes} = recurrence({name}, {self._read(o.inputs[0])}, {start}, {rest})"


def _step(kind: Cell, given: Operands[str], states: Sequence[str], blank: Given) -> Iterator[str]:
    """What a cell does in one step."""
    lanes = [f"x{j}" for j in range(kind.lanes)]
    yield f"{', '.join(lanes)} = np.split(x, {kind.lanes}, axis=-1)" if kind.lanes > 1 else "x0 = x"
    step = kind.forward
    values: dict[int, str] = {}
    for value, source in step.sources:
        if source.name == "literal":
            text = number(source.number)
            values[value] = f"({text})" if text.startswith("-") else text
        elif source.name.startswith("bias"):
            q = int(source.name[4:])
            count = kind.products[q].count
            values[value] = f"np.split({given.biases[q]}, {count})[{source.index}]"
        else:
            known = {"x": lanes, "state": states, "constant": given.constants, "mask": ("mask",)}
            values[value] = known[source.name][source.index]
    made = 0
    for action in step.actions:
        outs = (action.out,) if isinstance(action, Apply) else action.outs
        names = [f"v{made + k}" for k in range(len(outs))]
        made += len(outs)
        if isinstance(action, Apply):
            blank.x = [values[v] for v in action.args]
            text = ELEMENTWISE[action.op.name](blank)
        else:
            left = [values[v] for v in action.left]
            joined = left[0] if len(left) == 1 else f"np.concatenate([{', '.join(left)}], axis=-1)"
            text = f"{joined} @ {given.weights[action.weight]}"
            text = text if len(outs) == 1 else f"np.split({text}, {len(outs)}, axis=-1)"
        yield f"{', '.join(names)} = {text}"
        values.update(zip(outs, names, strict=True))
    yield f"return [{', '.join(values[v] for v in step.results)}]"


def one_line(text: str) -> str:
    """For a comment, which ends with its line whatever stands in it: names come from people's files."""
    return "".join(c if c.isprintable() else " " for c in text)
