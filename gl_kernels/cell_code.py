"""Cells of recurrent networks as GLSL: what one invocation does for one unit of one example in one part of a time step.

A step is cut at its products. Each part is the end of a product's launch: it takes the values of the product, loads what
else it needs, computes, and stores. What a later part needs, and what goes from step to step, lies in a working buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.ops.tape import Action, Apply, Product, Step
from gl_kernels.bodies import literal

Store = tuple[int, str]  # a value, and the GLSL of the element that gets it


@dataclass(frozen=True)
class Part:
    """The element-wise actions behind a product (None: at the beginning of a step).

    Attributes:
        product: whose values it takes.
        actions: what it computes.
        loads: for values it needs from elsewhere, by value.
        stores: what it keeps.
    """

    product: Product | None
    actions: tuple[Apply, ...]
    loads: Mapping[int, str]
    stores: tuple[Store, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return self.product is None and not self.stores

    def code(self, product: str) -> str:
        """Its statements in a block.

        Args:
            product: the expression of the product's values: a vec4, or a float where it has one value.
        """
        names = {value: f"v{value}" for value in self.loads}
        lines = [f"float v{value} = {expression};" for value, expression in self.loads.items()]
        if self.product is not None:
            outs = self.product.outs
            names |= {v: f"{product}.{'xyzw'[k]}" if len(outs) > 1 else product for k, v in enumerate(outs)}
        for action in self.actions:
            expression = action.op.glsl.format(*(names[v] for v in action.args))
            names[action.out] = f"v{action.out}"
            lines.append(f"precise float v{action.out} = {expression};")
        lines += [f"{place} = {names[value]};" for value, place in self.stores]
        return "{\n        " + "\n        ".join(lines) + "\n    }"


@dataclass(frozen=True)
class Carried:
    """A result that replaces a source of the step, in the place where that is read from."""

    value: int
    place: str
    source: tuple[str, int]


def parts_of(
    step: Step,
    source: Callable[[str, int], str],
    results: Sequence[Store],
    carried: Sequence[Carried],
    reserve: Callable[[], str],
) -> list[Part]:
    """The parts of a step, the first of them before any product.

    Args:
        step: what to do.
        source: the GLSL of a value from outside, by its name and index.
        results: values to store as soon as they are known.
        carried: values to store as soon as nobody needs what was there.
        reserve: a new place of the working buffer for what one part leaves to another.
    """
    cuts = _cut(step.actions)
    made = {v: k for k, (product, actions) in enumerate(cuts) for v in _made(product, actions)}
    needed = [{v for action in actions for v in action.args} for _, actions in cuts]
    stores: list[list[Store]] = [[] for _ in cuts]
    for value, place in results:
        stores[made.get(value, 0)].append((value, place))
    for c in carried:
        readers = [v for v, s in step.sources if (s.name, s.index) == c.source]
        last = max((k for k, values in enumerate(needed) if not values.isdisjoint(readers)), default=0)
        stores[max(last, made.get(c.value, 0))].append((c.value, c.place))
    for values, kept in zip(needed, stores, strict=True):
        values.update(v for v, _ in kept)
    left = _left_over(needed, made, reserve)
    for value, place in left.items():
        stores[made[value]].append((value, place))
    parts: list[Part] = []
    for k, (product, actions) in enumerate(cuts):
        loads = {v: left[v] for v in sorted(needed[k]) if made.get(v, k) != k}
        for value, found in step.sources:
            if value in needed[k]:
                number = literal(found.number) if found.name == "literal" else ""
                loads[value] = number or source(found.name, found.index)
        parts.append(Part(product, actions, loads, tuple(stores[k])))
    return parts


def _left_over(
    needed: Sequence[set[int]], made: Mapping[int, int], reserve: Callable[[], str]
) -> dict[int, str]:
    """Places for the values that one part makes and another one needs."""
    places: dict[int, str] = {}
    for k, values in enumerate(needed):
        for value in sorted(values):
            if made.get(value, k) != k and value not in places:
                places[value] = reserve()
    return places


def _cut(actions: Sequence[Action]) -> list[tuple[Product | None, tuple[Apply, ...]]]:
    cuts: list[tuple[Product | None, list[Apply]]] = [(None, [])]
    for action in actions:
        if isinstance(action, Product):
            cuts.append((action, []))
        else:
            cuts[-1][1].append(action)
    return [(product, tuple(found)) for product, found in cuts]


def _made(product: Product | None, actions: Sequence[Apply]) -> list[int]:
    return [*(product.outs if product else ()), *(action.out for action in actions)]
