"""Schedules the step of a cell for machine code: all that happens to a number between two products is one chain.

Each value is read once and written once a time step, however many ops it goes through; what no product, no later chain and
nobody outside reads stays in registers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.devices.cpu.calls import Call, Chained
from engine.devices.cpu.lanes import REGISTERS, Home
from engine.ops.tape import Apply, Product, Step, operands_of
from engine.program.fused import FusedBody, FusedStep
from engine.tensor.spec import Array, Shape


@dataclass(frozen=True)
class Stretch:
    """A chain on lanes.

    Attributes:
        body: whose inputs and outputs are, in order, those below.
        operands: where they are; numbers are literals.
        targets: where the results go.
    """

    body: FusedBody
    operands: tuple[Home | float, ...]
    targets: tuple[Home, ...]

    def call(self, containers: Mapping[str, Array]) -> Call:
        """The chain on these arrays, (lanes, batch, units) each."""

        def lane(home: Home) -> Array:
            found: Array = containers[home.container][home.lane]
            return found

        operands = tuple(lane(o) if isinstance(o, Home) else np.array(o, np.float32) for o in self.operands)
        return Call(Chained(self.body), operands, tuple(lane(home) for home in self.targets))


class Stretches:
    """The work of a step in order, for whatever arrays the containers are.

    Attributes:
        items: chains, and the products between them.
        registers: lanes of the container REGISTERS, for values that wait for a later chain.
    """

    def __init__(
        self,
        step: Step,
        sources: Mapping[int, Home | float],
        results: Sequence[tuple[int, Home]],
        shape: Shape,
    ) -> None:
        """Schedule.

        Args:
            step: what to do.
            sources: where the values from outside are; numbers are literals.
            results: values with the homes they must get.
            shape: of a lane, (batch, units).
        """
        self.items: list[Stretch | Product] = []
        self.registers = 0
        self._shape = shape
        self._places: dict[int, Home | float] = dict(sources)
        self._wanted: dict[int, list[Home]] = {}
        for value, home in results:
            self._wanted.setdefault(value, []).append(home)
        waiting: list[Apply] = []
        actions = step.actions
        for k, action in enumerate(actions):
            if isinstance(action, Apply):
                waiting.append(action)
                continue
            self._chain(waiting, actions[k:])
            waiting = []
            number = len(self.products)
            self._places |= {v: Home(f"product{number}", lane) for lane, v in enumerate(action.outs)}
            self.items.append(action)
        self._chain(waiting, ())

    @property
    def products(self) -> list[Product]:
        """In order; the results of number k are the lanes of the container `product<k>`."""
        return [item for item in self.items if isinstance(item, Product)]

    @property
    def bodies(self) -> list[FusedBody]:
        """Of all chains."""
        return [item.body for item in self.items if isinstance(item, Stretch)]

    def _chain(self, actions: Sequence[Apply], later: Iterable[Apply | Product]) -> None:
        """Append the chain of these actions, which also brings everything that is known by now to its homes."""
        made = {action.out for action in actions}
        wanted = [v for v in self._wanted if v in made or v in self._places]
        targets = [(v, home) for v in wanted for home in self._wanted.pop(v)]
        at_home = dict(reversed(targets))
        for value in sorted(made & {v for action in later for v in operands_of(action)} - at_home.keys()):
            at_home[value] = Home(REGISTERS, self.registers)
            targets.append((value, at_home[value]))
            self.registers += 1
        if not targets:
            return
        operands = [
            *dict.fromkeys(v for v in (*(a for x in actions for a in x.args), *wanted) if v not in made)
        ]
        numbers = {v: k for k, v in enumerate([*operands, *(action.out for action in actions)])}
        steps = tuple(FusedStep(action.op, tuple(numbers[v] for v in action.args)) for action in actions)
        body = FusedBody(len(operands), steps, tuple(numbers[v] for v, _ in targets), self._shape)
        places = tuple(self._places[v] for v in operands)
        self.items.append(Stretch(body, places, tuple(home for _, home in targets)))
        self._places |= {v: home for v, home in at_home.items() if v in made}
