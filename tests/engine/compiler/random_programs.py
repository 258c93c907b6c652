"""Random programs for hypothesis: every shape of data flow that the passes must not trip over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from engine.ops import elementwise as ew
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.ops.reductions import broadcast_to, sum_
from engine.ops.views import pack, reshape, view
from engine.program.builder import ProgramBuilder
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, TensorSpec

ROWS, COLUMNS = 4, 6
SIZE = ROWS * COLUMNS
ARENA = 128
IN_USE = (
    np.arange(ARENA) % 64 < SIZE
)  # the rest is between the weights of an arena, where there are always zeros
SHAPES: dict[str, tuple[int, ...]] = {
    "matrix": (ROWS, COLUMNS),
    "flat": (SIZE,),
    "row": (COLUMNS,),
    "scalar": (),
}
UNARY = (ew.tanh, ew.sigmoid, ew.square, ew.absolute, ew.relu)
BINARY = (ew.add, ew.sub, ew.mul, ew.maximum, ew.minimum)
Given = dict[tuple[Storage, str], Array]


def given_arrays(seed: int) -> Given:
    """Feeds, data and states for one step of any of these programs."""
    rng = np.random.default_rng(seed)

    def array(*shape: int) -> Array:
        return rng.uniform(-1.0, 1.0, shape).astype(np.float32)

    return {
        (Storage.FEED, "x"): array(ROWS, COLUMNS),
        (Storage.FEED, "rate"): array(),
        (Storage.DATA, "table"): array(ROWS, COLUMNS),
        (Storage.STATE, "a"): array(ARENA) * IN_USE,
        (Storage.STATE, "b"): array(ARENA) * IN_USE,
        (Storage.STATE, "c"): array(SIZE),
    }


class _Maker:
    """Draws one op after the other; knows which tensors there are of each shape."""

    def __init__(self, draw: Callable[..., int]) -> None:
        self.draw = draw
        self.builder = ProgramBuilder("random")
        b = self.builder
        self.states = {n: b.state(n, TensorSpec((ARENA if n != "c" else SIZE,))) for n in "abc"}
        self.known: dict[tuple[int, ...], list[Tensor]] = {
            (ROWS, COLUMNS): [
                b.feed("x", TensorSpec((ROWS, COLUMNS))),
                b.data("table", TensorSpec((ROWS, COLUMNS))),
                view(self.states["a"], offset=64, shape=(ROWS, COLUMNS)),
            ],
            (SIZE,): [self.states["c"], view(self.states["b"], offset=0, shape=(SIZE,))],
            (COLUMNS,): [
                view(self.states["b"], offset=64, shape=(COLUMNS,)),
                view(self.states["a"], offset=64, shape=(COLUMNS,)),
            ],
            (): [b.feed("rate", TensorSpec(())), b.constant(1.0), b.constant(0.0), b.constant(-1.0)],
        }

    def pick(self, shape: tuple[int, ...]) -> Tensor:
        """One of the tensors of a shape, the newest most often."""
        found = self.known[shape]
        return found[-1 - self.draw(st.integers(0, len(found) - 1))]

    def step(self) -> None:
        """Append one op."""
        kind = self.draw(st.integers(0, 8))
        shape = list(SHAPES.values())[self.draw(st.integers(0, 3))]
        made: list[Tensor]
        if kind <= 2:
            made = [UNARY[self.draw(st.integers(0, len(UNARY) - 1))](self.pick(shape))]
        elif kind <= 5:
            other = [shape, (), (COLUMNS,) if shape == (ROWS, COLUMNS) else shape][
                self.draw(st.integers(0, 2))
            ]
            op = BINARY[self.draw(st.integers(0, len(BINARY) - 1))]
            made = [op(self.pick(shape), self.pick(other))]
        elif kind == 6:
            made = [matmul(self.pick((ROWS, COLUMNS)), reshape(self.pick((SIZE,)), shape=(COLUMNS, ROWS)))]
            made = [broadcast_to(sum_(made[0], axes=(0, 1), keepdims=False), shape=shape)]
            made.append(matmul(_square(self), self.pick((ROWS, COLUMNS))))
        elif kind == 7:
            made = [sum_(self.pick((ROWS, COLUMNS)), axes=(0,), keepdims=False)]
        else:
            made = [
                reshape(self.pick((ROWS, COLUMNS)), shape=(SIZE,)),
                reshape(self.pick((SIZE,)), shape=(ROWS, COLUMNS)),
            ]
        for tensor in made:
            self.known[tensor.shape].append(tensor)

    def finish(self) -> Program:
        """Update every state (some with the same value, some with old states) and give two outputs."""
        b, used = self.builder, self.pick((SIZE,))
        packed = pack(self.pick((SIZE,)), self.pick((ROWS, COLUMNS)), offsets=(0, 64), size=ARENA)
        b.update(self.states["a"], packed)
        choices = [packed, self.states["a"], ew.tanh(packed), self.states["b"] * self.pick(())]
        b.update(self.states["b"], choices[self.draw(st.integers(0, 3))])
        b.update(self.states["c"], used)
        b.output("matrix", self.pick((ROWS, COLUMNS)))
        b.output("row", self.pick((COLUMNS,)))
        return b.finish()


def _square(maker: _Maker) -> Tensor:
    left = maker.pick((ROWS, COLUMNS))
    return matmul(left, maker.pick((ROWS, COLUMNS)), transpose_b=True)


@st.composite
def programs(draw: Callable[..., int]) -> Program:
    """Any program of up to 24 ops that updates three states."""
    maker = _Maker(draw)
    for _ in range(draw(st.integers(1, 24))):
        maker.step()
    return maker.finish()
