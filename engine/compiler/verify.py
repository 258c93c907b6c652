"""Checks a program between passes, so that a wrong rewrite is found where it was made and not as a wrong number."""

from __future__ import annotations

from engine.program.program import Node, Program, Storage


class ProgramError(AssertionError):
    """A pass produced an inconsistent program: a fault of ours, never of the user."""


def verify(program: Program, after: str, before: Program | None = None) -> Program:
    """Return the program unchanged.

    Args:
        program: what a pass made.
        after: the pass.
        before: what it was made from, verified: the shapes of a node that both have are right already.

    Raises:
        ProgramError: a value is used before it is made, made twice, of another shape than its op says, or an update
            does not fit its state.
    """
    values = program.values
    right = {id(node) for node in before.nodes} if before else set()
    old = before.values if before else {}
    known = {i for i, v in program.values.items() if v.storage is not Storage.TEMP}
    for node in program.nodes:
        missing = [i for i in node.inputs if i not in known]
        if missing:
            raise ProgramError(f"After {after}: {node.op.name} reads value {missing[0]} before it is made.")
        again = [i for i in node.outputs if i in known]
        if again:
            raise ProgramError(f"After {after}: {node.op.name} makes value {again[0]} a second time.")
        known.update(node.outputs)
        if id(node) not in right or any(values[i] is not old.get(i) for i in (*node.inputs, *node.outputs)):
            _check_shapes(program, node, after)
    _check_results(program, known, after)
    return program


def _check_shapes(program: Program, node: Node, after: str) -> None:
    specs = node.op.infer(tuple(program.values[i].spec for i in node.inputs), node.attrs)
    for value_id, spec in zip(node.outputs, specs, strict=True):
        if program.values[value_id].spec != spec:
            received = program.values[value_id].spec
            raise ProgramError(f"After {after}: {node.op.name} gives {spec}, its value says {received}.")


def _check_results(program: Program, known: set[int], after: str) -> None:
    for name, value_id in program.outputs.items():
        if value_id not in known:
            raise ProgramError(f"After {after}: nothing makes the output {name}.")
    for state, value_id in program.updates:
        if program.values[state].storage is not Storage.STATE or value_id not in known:
            raise ProgramError(
                f"After {after}: the update of value {state} is not a known value for a state."
            )
        if program.values[state].spec.size != program.values[value_id].spec.size:
            raise ProgramError(f"After {after}: {program.values[state].name} is updated with another size.")
