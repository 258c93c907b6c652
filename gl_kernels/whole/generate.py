"""Writes the shader that runs whole training steps of a program, from its nodes alone.

Lanes of the work group are examples: sample values are computed row by row in named registers, straight on, with the
weights in registers, too. What is summed over the batch is summed per lane first and crosses the lanes once, through shared
memory, always in the same order. Uniform values are spread over the lanes. So a step of a network without batch
normalization has two barriers.

On a GPU the work group is one warp or a few: weights are read at the same address by all lanes (a broadcast), rows of sums
are one word longer than the lanes are many (no bank conflicts), states are read and written once a launch, in order. A
small network leaves most of a GPU idle; many models a launch fill it. On a processor, where every load is a gather,
registers are what makes it fast.
"""

from __future__ import annotations

from engine.program.costs import cost_of
from engine.program.program import Phase, Storage
from gl_kernels.whole.frame import framed
from gl_kernels.whole.fused import Bounds, Fused, UnfitError
from gl_kernels.whole.index import unravel
from gl_kernels.whole.passes import Pass
from gl_kernels.whole.prepare import Prepared
from gl_kernels.whole.rows import Rows
from gl_kernels.whole.scalars import SMALL
from gl_kernels.whole.sides import Sides
from gl_kernels.whole.spread import Spread
from gl_kernels.whole.uniforms import Found

TERMS = 16  # multiply-adds of an example that a statement has at most: to write more takes longer than to compile it


def generate(prepared: Prepared, sides: Sides, bounds: Bounds) -> Fused:
    """The shader of a program.

    Raises:
        UnfitError: it does not fit; the sentence says why.
    """
    terms = sum(cost_of(prepared.program, n).multiply_adds for n in prepared.program.nodes) // sides.batch
    if terms > TERMS * bounds.statements:
        raise UnfitError(f"Written out, each example would take {terms} multiply-adds of text.")
    found = Found()
    while True:
        before = found.size()
        step = Pass(prepared, sides, bounds, found)
        _write(step)
        if found.size() == before:
            return framed(step)


def _write(step: Pass) -> None:
    """The statements of a step, phase by phase."""
    for i in step.scalars:
        if step.program.values[i].storage is Storage.STATE:
            step.uniforms.names[i] = [f"s{i}_{e}" for e in range(step.spec_of(i).size)]
    _place_sums(step)
    rows, spread = Rows(step), Spread(step)
    for phase in range(-1, max(step.sides.phase.values(), default=0) + 1):
        if phase >= 0:
            rows.write(phase)
        spread.write(phase)
    spread.late_updates()
    step.clock.begin_shared(step.out, "new numbers", Phase.UPDATE)
    _update_scalars(step)
    _remember_outputs(step)
    step.sync()
    step.clock.end(step.out)
    if step.out.statements > step.bounds.statements:
        raise UnfitError(
            f"Written out, a step has {step.out.statements} statements; up to {step.bounds.statements} are compiled."
        )


def _place_sums(step: Pass) -> None:
    """Sums of one phase lie together, and of those the ones that are packed together."""
    places = step.uniforms.sums
    phases = {step.program.nodes[k].outputs[0]: step.sides.phase[k] for k in step.sides.sums}
    for phase in sorted(set(phases.values())):
        for node in step.program.nodes:
            if node.op.name == "pack":
                places.align(4)
                for i in sorted(range(len(node.inputs)), key=lambda i: node.attrs["offsets"][i]):
                    value, _ = step.uniforms.root(node.inputs[i], unravel(0, step.spec(node, i).shape))
                    if phases.get(value) == phase:
                        places.of(value, step.spec_of(value).size)
        places.align(4)
        for value in sorted(phases, key=lambda v: -step.spec_of(v).size):
            if phases[value] == phase:
                places.of(value, step.spec_of(value).size)
        places.align(4)


def _update_scalars(step: Pass) -> None:
    """All new values are known before the first one takes its place."""
    new: list[tuple[str, str]] = []
    for state, value in step.program.updates:
        if state in step.scalars:
            shape = step.spec_of(value).shape
            for e, name in enumerate(step.uniforms.names[state]):
                new.append((name, step.out.let("float", step.uniforms.read(value, unravel(e, shape)))))
    kept = [(name, step.out.fresh("n"), text) for name, text in new]
    for _, fresh, text in kept:
        step.out.line(f"float {fresh} = {text};")
    for name, fresh, _ in kept:
        step.out.line(f"{name} = {fresh};")


def _remember_outputs(step: Pass) -> None:
    for value in step.program.outputs.values():
        spec = step.spec_of(value)
        if spec.size > SMALL:
            raise UnfitError("A result is too long to be read back.")
        for e in range(spec.size):
            name = f"o{value}_{e}"
            if f"float {name} = 0.0;" not in step.declared:
                step.declared.append(f"float {name} = 0.0;")
            step.out.line(f"{name} = {step.uniforms.read(value, unravel(e, spec.shape))};")
