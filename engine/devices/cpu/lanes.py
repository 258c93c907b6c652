"""Schedules the step of a cell for NumPy: equal ops on neighbouring values become one call on all of them.

Every value of a step is a lane (batch, units) of some container (lanes, batch, units). A call of NumPy costs as much to
start as a small lane costs to compute, so a gate's four additions are one call where their operands lie side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.devices.cpu.calls import Call, assign
from engine.ops.op import Op
from engine.ops.tape import Action, Apply, Product, Step, operands_of
from engine.tensor.spec import Array

REGISTERS = "registers"  # the container of values that nobody else keeps


@dataclass(frozen=True, slots=True)
class Home:
    """Lane `lane` of a container."""

    container: str
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Lanes:
    """`count` neighbouring lanes from `home` on; a single lane is broadcast."""

    home: Home
    count: int

    def of(self, containers: Mapping[str, Array]) -> Array:
        """The lanes as an array."""
        return containers[self.home.container][self.home.lane : self.home.lane + self.count]


@dataclass(frozen=True, slots=True)
class Work:
    """One call: an op on lanes, or (without an op) a copy."""

    op: Op | None
    args: tuple[Lanes | float, ...]
    out: Lanes


class Schedule:
    """The work of a step in order, for whatever arrays the containers are.

    Attributes:
        items: work on lanes, and products, which stand between.
        registers: lanes of the container REGISTERS.
    """

    def __init__(
        self, step: Step, sources: Mapping[int, Home | float], results: Sequence[tuple[int, Home]]
    ) -> None:
        """Schedule.

        Args:
            step: what to do.
            sources: where the values from outside are; numbers are literals.
            results: values with the homes they must get.
        """
        self.items: list[Work | Product] = []
        self.registers = 0
        self._places: dict[int, Home | float] = dict(sources)
        self._wanted: dict[int, list[Home]] = {}
        self._reads = Counter(v for action in step.actions for v in operands_of(action))  # still to come
        for value, home in results:
            self._wanted.setdefault(value, []).append(home)
        for value in [v for v in self._wanted if v in sources]:
            self._copies(value, self._wanted[value])
        products = [action for action in step.actions if isinstance(action, Product)]
        for k, product in enumerate(products):
            for lane, value in enumerate(product.outs):
                self._wanted.setdefault(value, []).insert(0, Home(f"product{k}", lane))
        self._run(list(step.actions))

    @property
    def products(self) -> list[Product]:
        """In order; the results of number k are the lanes of the container `product<k>`."""
        return [item for item in self.items if isinstance(item, Product)]

    # -- grouping -------------------------------------------------------------------------------------
    def _run(self, pending: list[Action]) -> None:
        while pending:
            first = pending.pop(0)
            if isinstance(first, Product):
                self.items.append(first)
                for value in first.outs:
                    self._settle(value)
                continue
            self._emit(self._grouped(first, pending))

    def _grouped(self, first: Apply, pending: list[Action]) -> list[Apply]:
        """The action with all that are the same op on the lanes before or behind; these are taken from `pending`."""
        group = [first]
        steps: tuple[int, ...] | None = None
        for action in list(pending):
            if not isinstance(action, Apply):
                continue
            behind, before = self._steps(group[-1], action), self._steps(action, group[0])
            if behind is not None and steps in (None, behind):
                group, steps = [*group, action], behind
            elif before is not None and steps in (None, before):
                group, steps = [action, *group], before
            else:
                continue
            pending.remove(action)
        return group

    def _steps(self, one: Apply, other: Apply) -> tuple[int, ...] | None:
        """By how many lanes (0 or 1) each argument moves from one action to the next; None if they can't be one call."""
        if one.op is not other.op or any(v not in self._places for v in (*one.args, *other.args)):
            return None
        here, there = self._wanted.get(one.out), self._wanted.get(other.out)
        if (here is None) != (there is None) or (here and there and not _next(here[0], there[0])):
            return None
        steps: list[int] = []
        for a, b in zip(one.args, other.args, strict=True):
            if a != b and not _next(self._places[a], self._places[b]):
                return None
            steps.append(int(a != b))
        return tuple(steps)

    def _emit(self, group: Sequence[Apply]) -> None:
        count = len(group)
        wanted = self._wanted.get(group[0].out)
        self._reads.subtract(v for action in group for v in action.args)
        args = tuple(self._lanes([a.args[i] for a in group]) for i in range(len(group[0].args)))
        home = wanted[0] if wanted else self._given_up(group) or Home(REGISTERS, self._reserve(count))
        self.items.append(Work(group[0].op, args, Lanes(home, count)))
        for k, action in enumerate(group):
            self._wanted.setdefault(action.out, [Home(home.container, home.lane + k)])
            self._settle(action.out)

    def _given_up(self, group: Sequence[Apply]) -> Home | None:
        """The place of an argument that nobody reads any more: the result of each element may take it over."""
        for position in range(len(group[0].args)):
            values = [action.args[position] for action in group]
            place = self._places[values[0]]
            own = isinstance(place, Home) and place.container.startswith((REGISTERS, "product"))
            if own and len(set(values)) == len(values) and not any(self._reads[v] for v in values):
                assert isinstance(place, Home)
                return place
        return None

    def _lanes(self, values: Sequence[int]) -> Lanes | float:
        place = self._places[values[0]]
        if not isinstance(place, Home):
            return place
        return Lanes(place, len(values) if values[-1] != values[0] else 1)

    def _settle(self, value: int) -> None:
        first, *others = self._wanted[value]
        self._places[value] = first
        self._copies(value, others)

    def _copies(self, value: int, homes: Sequence[Home]) -> None:
        place = self._places[value]
        source = Lanes(place, 1) if isinstance(place, Home) else place
        self.items += [Work(None, (source,), Lanes(home, 1)) for home in homes if home != place]

    def _reserve(self, count: int) -> int:
        self.registers += count
        return self.registers - count


def _next(one: Home | float, other: Home | float) -> bool:
    return isinstance(one, Home) and other == Home(one.container, one.lane + 1)


def calls_of(work: Work, containers: Mapping[str, Array]) -> Call:
    """The work on these arrays."""
    args = tuple(a.of(containers) if isinstance(a, Lanes) else np.float32(a) for a in work.args)
    out = work.out.of(containers)
    if work.op is None:
        return Call(assign, args, out)
    assert work.op.ufunc is not None, work.op.name
    return Call(work.op.ufunc, args, out)
