"""Element-wise chains as GLSL: nodes of their own, what an op does with its results, what it forms while it reads.

One function `emit` (one element) or `emit4` (four neighbours, loaded and stored at once) does everything for an element:
reads all operands, then computes, then writes, so that a result may take over the memory of an operand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.compiler.plan_memory import Location
from engine.ops.elementwise import mul
from engine.program.enclosed import EPILOGUE
from engine.program.fused import FusedBody
from engine.tensor.spec import TensorSpec
from gl_kernels.indexing import IndexMap
from gl_kernels.launch import Draft, Operand, Request
from gl_kernels.sizes import size

SWIZZLES = "xyzw"


def literal(value: float) -> str:
    """A float32 number as GLSL that gives the same bits."""
    number = np.float32(value)
    if not np.isfinite(number):
        return f"uintBitsToFloat(0x{int(number.view(np.uint32)):08x}u)"
    text = np.format_float_scientific(number, unique=True, trim="0")
    return f"({text})" if number < 0 or np.signbit(number) else text


def handed(value: float) -> str:
    """GLSL for a float32 number that the launch hands over, bit for bit."""
    return f"uintBitsToFloat({size(int(np.float32(value).view(np.uint32)))})"


@dataclass(frozen=True)
class Chain:
    """A body with its operands: `inputs[i]` is None where the value is a literal or handed over by the caller.

    Attributes:
        body: the steps.
        inputs: operands to load.
        outputs: operands to store.
        literals: numbers of inputs that are scalar constants, by position.
        product: whether input 0 is an argument of `emit`.
        prefix: of the names in its text.
        replaces: whether a result that takes the place of an operand is bound together with that.
    """

    body: FusedBody
    inputs: tuple[Operand | None, ...]
    outputs: tuple[Operand, ...]
    literals: Mapping[int, float]
    product: bool = False
    prefix: str = ""
    replaces: bool = False

    @classmethod
    def of(
        cls,
        body: FusedBody,
        inputs: Sequence[Operand | None],
        outputs: Sequence[Operand],
        literals: Mapping[int, float],
    ) -> Chain:
        """A chain over operands, None for the caller's product at position 0."""
        loaded = tuple(None if i in literals else x for i, x in enumerate(inputs))
        return cls(body, loaded, tuple(outputs), literals, inputs[0] is None)

    @classmethod
    def store(cls, output: Operand) -> Chain:
        """No step: the caller's product goes to `output` as it is."""
        return cls(FusedBody(1, (), (0,), output.spec.shape), (None,), (output,), {}, product=True)

    def quads(self) -> bool:
        """Whether four neighbours can be handled at once: aligned, and adjacent or equal in every operand."""
        size = TensorSpec(self.body.shape).size
        if size == 0 or size % 4:
            return False
        return all(not m.lengths or m.lengths[-1] % 4 == 0 for m in self._maps().values())

    def install(self, draft: Draft, *, quads: bool) -> None:
        """Bind the operands and add the sections APPLY and EMIT; the option QUADS says which function there is."""
        lines, arguments = self._loads(draft, quads=quads)
        if self.product:
            arguments.insert(0, "product")
        results = [f"r{k}" for k in range(len(self.outputs))]
        for name, output in zip(results, self.outputs, strict=True):
            lines.append(f"{_wide(output.scalar, quads)} {name};")
        for c in SWIZZLES if quads else "":
            call = [self._component(a, c) for a in arguments] + [f"{r}.{c}" for r in results]
            lines.append(f"apply({', '.join(call)});")
        if not quads:
            lines.append(f"apply({', '.join(arguments + results)});")
        for k, output in enumerate(self.outputs):
            old = self._replaced(k)
            name = f"out{k}" if old is None else f"{self.prefix}in{old}"
            if old is None:
                draft.writes(name, output, _wide(output.scalar, quads))
            lines.append(f"{name}[{'e / 4u' if quads else 'e'}] = r{k};")
        extra = f", {_wide('float', quads)} product" if self.product else ""
        name = "emit4" if quads else "emit"
        text = "\n    ".join(lines)
        draft.options["QUADS"] = quads
        draft.sections["APPLY"] = self._apply()
        draft.sections["EMIT"] = f"void {name}(uint e{extra}) {{\n    {text}\n}}"

    def form(self, draft: Draft, name: str, kind: str) -> None:
        """Bind the operands; `load_<name>(i)` computes the only result where it is read, as one element or as four."""
        quads = kind == "vec4" and self.quads()
        own = _wide("float", quads)
        lines, arguments = self._loads(draft, quads=quads)
        lines.append(f"{own} r0;")
        for c in SWIZZLES if quads else ("",):
            call = [self._component(a, c) if c else a for a in arguments]
            lines.append(f"{self.prefix}apply({', '.join([*call, f'r0.{c}' if c else 'r0'])});")
        first = "uint e = 4u * i;" if quads else "uint e = i;"
        text = "\n    ".join([first, *lines, "return r0;"])
        load = f"form_{name}(uint(i))"
        if kind == "vec4" and not quads:
            load = f"vec4({', '.join(f'form_{name}(4u * uint(i) + {c}u)' for c in range(4))})"
        draft.forms(
            f"{self._apply()}\n{own} form_{name}(uint i) {{\n    {text}\n}}\n#define load_{name}(i) {load}"
        )

    # -- parts of the text ---------------------------------------------------------------------------------------
    def _maps(self) -> dict[int, IndexMap]:
        return {
            i: IndexMap.broadcast(x.spec.shape, self.body.shape)
            for i, x in enumerate(self.inputs)
            if x is not None
        }

    def _is_wide(self, index_map: IndexMap) -> bool:
        return bool(index_map.strides) and index_map.strides[-1] == 1

    def _loads(self, draft: Draft, *, quads: bool) -> tuple[list[str], list[str]]:
        """Lines that load all operands of element `e`, or of four from there on; the names of what they load."""
        lines: list[str] = []
        arguments: list[str] = []
        for i, index_map in self._maps().items():
            operand = self.inputs[i]
            if operand is not None:
                lines.append(self._load(draft, i, operand, index_map, quads=quads))
                arguments.append(f"a{i}")
        return lines, arguments

    def _load(self, draft: Draft, i: int, operand: Operand, index_map: IndexMap, *, quads: bool) -> str:
        wide = quads and self._is_wide(index_map)
        offset = index_map.offset("e")
        kind = _wide(operand.scalar, wide)
        name = f"{self.prefix}in{i}"
        if any(self._replaced(k) == i for k in range(len(self.outputs))):
            draft.updates(name, operand, kind)
            return f"{kind} a{i} = {name}[{'e / 4u' if wide else 'e'}];"
        if any(overlap(operand.place, output.place) for output in self.outputs):
            draft.reads(name, operand, kind)  # it may lie where a result goes
        else:
            draft.fetches(name, operand, kind)
        return f"{kind} a{i} = load_{name}({f'{offset} / 4u' if wide else offset});"

    def _replaced(self, k: int) -> int | None:
        """The operand whose place result `k` takes, where they are bound together."""
        output = self.outputs[k]
        if not self.replaces:
            return None
        same = (i for i, x in enumerate(self.inputs) if x is not None and self._alike(x, output))
        return next(same, None)

    def _alike(self, x: Operand, output: Operand) -> bool:
        """Whether they are the same numbers of the same memory."""
        return x.place == output.place and x.spec == output.spec and x.spec.shape == self.body.shape

    def _component(self, argument: str, component: str) -> str:
        if argument == "product":
            return f"product.{component}"
        return f"{argument}.{component}" if self._is_wide(self._maps()[int(argument[1:])]) else argument

    def _kind(self, i: int) -> str:
        operand = self.inputs[i]
        return operand.scalar if operand is not None else "float"

    def _handed(self, i: int) -> str:
        """A factor: the launch hands it over, because it may be one over the batch size."""
        return handed(self.literals[i])

    def _apply(self) -> str:
        parameters = ["float a0"] if self.product else []
        names, kinds = [], []
        for i, operand in enumerate(self.inputs):
            names.append(literal(self.literals[i]) if i in self.literals else f"a{i}")
            kinds.append(self._kind(i))
            if operand is not None:
                parameters.append(f"{operand.scalar} a{i}")
        lines: list[str] = []
        for k, step in enumerate(self.body.steps):
            attrs = {n: literal(v) if isinstance(v, float) else v for n, v in step.attrs}
            args = [self._handed(a) if step.op is mul and a in self.literals else names[a] for a in step.args]
            kind = "int" if all(kinds[a] == "int" for a in step.args) else "float"
            expression = step.op.glsl.format(*args, **attrs)
            lines.append(f"precise {kind} t{k} = {expression};")
            names.append(f"t{k}")
            kinds.append(kind)
        types = [output.scalar for output in self.outputs] or ["float"]
        for k, (scalar, position) in enumerate(zip(types, self.body.outputs, strict=True)):
            parameters.append(f"out {scalar} r{k}")
            lines.append(f"r{k} = {names[position]};")
        text = "\n    ".join(lines)
        return f"void {self.prefix}apply({', '.join(parameters)}) {{\n    {text}\n}}"


@dataclass(frozen=True)
class Front:
    """Implements `launch.Forming`: a body with one result, and what it reads."""

    body: FusedBody
    operands: tuple[Operand, ...]
    literals: Mapping[int, float]

    def install(self, draft: Draft, name: str, kind: str) -> None:
        """Bind what it reads; `load_<name>(index)` computes an element, or four."""
        chain = Chain.of(self.body, self.operands, (), self.literals)
        replace(chain, prefix=f"{name}_").form(draft, name, kind)


def finish_of(request: Request, count: int) -> Chain:
    """What is done with the results of an op of `count` inputs: its epilogue, if the node has one."""
    body = request.attrs.get(EPILOGUE)
    if body is None:
        return Chain.store(request.outputs[0])
    literals = {i - count + 1: value for i, value in request.literals.items() if i >= count}
    return Chain.of(body, [None, *request.inputs[count:]], request.outputs, literals)


def overlap(a: Location, b: Location) -> bool:
    """Whether two places have a byte in common."""
    return a.buffer == b.buffer and a.offset < b.offset + b.nbytes and b.offset < a.offset + a.nbytes


def _wide(scalar: str, wide: bool) -> str:
    if not wide:
        return scalar
    return {"float": "vec4", "int": "ivec4"}[scalar]
