"""A recurrence as a function with a loop over time, made of the formula of its cell."""

from __future__ import annotations

from collections import Counter

from engine.exchange.batches import Rows
from engine.exchange.flat import FlatValue
from engine.exchange.torch.expressions import Expression, number
from engine.exchange.torch.use import Use
from engine.ops.cells import Cell
from engine.ops.recurrent import Operands
from engine.ops.tape import Apply, Source

_ONE = FlatValue("", (Rows(), 1))


def recurrence(use: Use) -> str:
    """The call of the function, which is put beside; it gives the sequences of all states, then the last states."""
    kind: Cell = use.attrs["cell"]
    backwards: bool = use.attrs["backwards"]
    text = _function(kind, backwards=backwards)
    wanted = "recurrence"
    same = [n for n, lines in use.helpers.items() if lines[1:] == text]
    count = sum(n.startswith(wanted) for n in use.helpers)
    name = same[0] if same else wanted + (str(count + 1) if count else "")
    given = Operands.of(kind, use.given[1:])
    arguments = [use.x, *given.initial, *given.weights, *given.biases.values(), *given.constants]
    arguments += [given.mask] if given.mask is not None else []
    use.helpers[name] = [f"def {name}({', '.join(_parameters(kind))}):", *text]
    return f"{name}({', '.join(a.text for a in arguments)})"


def _parameters(kind: Cell) -> list[str]:
    names = ["x", *_states(kind), *(f"weight{k}" for k in range(len(kind.products)))]
    names += [f"bias{q}" for q in kind.biased] + [f"constant{k}" for k in range(kind.constants)]
    return [*names, *(["mask"] if kind.masked else [])]


def _states(kind: Cell) -> list[str]:
    return [f"state{k}" for k in range(kind.states)]


def _function(kind: Cell, *, backwards: bool) -> list[str]:
    """All but the first line."""
    states = _states(kind)
    lines = [
        '    """The cell over a sequence (time, batch, values): its states at all times, then the last ones."""'
    ]
    lines += [f"    sequences{k} = []" for k in range(kind.states)]
    times = "reversed(range(x.shape[0]))" if backwards else "range(x.shape[0])"
    lines += [f"    for t in {times}:", *(f"        {line}" for line in _step(kind))]
    lines += [f"        sequences{k}.append({state})" for k, state in enumerate(states)]
    if backwards:
        lines += [f"    sequences{k}.reverse()" for k in range(kind.states)]
    stacked = [f"torch.stack(sequences{k})" for k in range(kind.states)]
    return [*lines, f"    return {', '.join([*stacked, *states])}"]


def _step(kind: Cell) -> list[str]:
    from engine.exchange.torch.operations import said  # which reads this module's neighbours

    step = kind.forward
    uses = Counter(v for a in step.actions for v in (a.args if isinstance(a, Apply) else a.left))
    uses.update(step.results)
    names = {v: _source(s, kind) for v, s in step.sources}
    lines = [f"{', '.join(f'x{k}' for k in range(kind.lanes))} = x[t].chunk({kind.lanes}, dim=-1)"]
    lines = ["x0 = x[t]"] if kind.lanes == 1 else lines
    fresh = iter(range(1, 10_000))
    for action in step.actions:
        if isinstance(action, Apply):
            use = Use(
                [names[v] for v in action.args],
                [_ONE] * len(action.args),
                [_ONE],
                {},
                "x.shape[1]",
                "x.device",
            )
            (found,) = said(action.op.name, use)
            if uses[action.out] == 1 and len(found.text) < 60:
                names[action.out] = found
            else:
                names[action.out] = Expression(f"value{next(fresh)}")
                lines.append(f"{names[action.out].text} = {found.text}")
            continue
        left = [names[v] for v in action.left]
        rows = left[0].at(1) if len(left) == 1 else f"torch.cat([{', '.join(e.text for e in left)}], dim=-1)"
        outs = [Expression(f"product{next(fresh)}") for _ in action.outs]
        product = f"{rows} @ weight{action.weight}{'.T' if action.transposed else ''}"
        whole = f"({product}).chunk({len(outs)}, dim=-1)" if len(outs) > 1 else product
        lines.append(f"{', '.join(o.text for o in outs)} = {whole}")
        names.update(zip(action.outs, outs, strict=True))
    new = ", ".join(names[v].text for v in step.results)
    return [*lines, f"{', '.join(_states(kind))} = {new}"]


def _source(source: Source, kind: Cell) -> Expression:
    if source.name == "literal":
        return number(source.number)
    if source.name == "mask":
        return Expression("mask[t].unsqueeze(-1)")
    if source.name.startswith("bias"):
        count = kind.products[int(source.name[4:])].count
        return Expression(f"{source.name}.chunk({count})[{source.index}]" if count > 1 else source.name)
    return Expression(f"{source.name}{source.index}")
