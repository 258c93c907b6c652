"""Programs of several widths as one: each model of it says, and learns, what its own program does alone.

The reference interpreter runs both, so this takes milliseconds; `tests/engine/training/test_joined_variants.py` trains
networks of layers that way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.compiler.joining import joined
from engine.compiler.padding import Padded, padded
from engine.compiler.variants import UnlikeError
from engine.ops import elementwise as ew
from engine.ops import functions as fn
from engine.ops.gather import scatter_add_rows, take_rows
from engine.ops.movement import concat, slice_, transpose
from engine.ops.movement import pad as pad_op
from engine.ops.op import Tensor
from engine.ops.random import uniform
from engine.ops.softmax import softmax
from engine.ops.sorting import argsort
from engine.ops.statistics import deviation
from engine.ops.views import copy, pack, reshape
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program
from engine.tensor.spec import Array, DType, TensorSpec

Hidden = Callable[[Tensor], Tensor]
ROWS, STEPS, RATE = 4, 3, 0.05
WIDTHS = (3, 5, 2, 5)
PARAMS = "params"


def learning(
    width: int, hidden: Hidden, *, activation: Hidden = ew.tanh, inputs: int = 3, learns: bool = True
) -> Program:
    """A step of y = hidden(activation(x w + b)) v, which learns to be small."""
    b = ProgramBuilder("test")
    x = b.data("x", TensorSpec((ROWS, inputs)))
    arena = b.arena(PARAMS)
    w, bias = (
        b.member(arena.place(name, TensorSpec(shape)))
        for name, shape in (("w", (inputs, width)), ("b", (width,)))
    )
    made = hidden(activation(x @ w + bias))
    v = b.member(arena.place("v", TensorSpec((made.shape[-1], 2))))
    y = fn.matmul(made, v)
    loss = fn.mean(ew.square(y))
    if learns:
        grads = differentiate(b, loss, [w, bias, v])
        params = b.seal(PARAMS)
        flat = pack(*grads, offsets=tuple(m.offset for m in arena.members.values()), size=arena.size)
        b.update(params, params - flat * RATE)
    b.output("y", y)
    b.output("loss", loss)
    return b.finish()


def fresh(program: Program, seed: int) -> dict[str, Array]:
    state = np.zeros(program.members[-1].offset + 64 * 4, np.float32)
    size = next(v.spec.size for v in program.values.values() if v.name == PARAMS)
    for member in program.members:
        numbers = np.random.default_rng([seed, member.spec.size]).normal(size=member.spec.size)
        state[member.offset : member.offset + member.spec.size] = numbers
    return {PARAMS: state[:size]}


def given(program: Program) -> tuple[dict[str, Array], dict[str, Array]]:
    names = {v.name for v in program.values.values()}
    feeds = {"seed": np.array(7, np.int32), "step": np.array(2, np.int32)}
    x = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)
    return {n: a for n, a in feeds.items() if n in names}, {"x": x}


def agree(whole: Padded, programs: Sequence[Program]) -> None:
    """Every model does what its program does alone, for some steps, in 64 bits: order of sums does not matter."""
    assert whole.models == len(programs)
    for number, program in enumerate(programs):
        feeds, data = given(program)
        alone = fresh(program, number)
        lifted = {n: a[number if len(a) > 1 else 0] for n, a in whole.feeds.items()}
        states = {n: a[number] for n, a in whole.states.items()}
        states[PARAMS] = whole.embed(PARAMS, number, alone[PARAMS])
        for step in range(STEPS):
            expected, alone = interpret(program, feeds, data, alone, np.float64)
            own_feeds = given(whole.program)[0] | lifted
            found, states = interpret(whole.program, own_feeds, data, states, np.float64)
            for name, array in expected.items():
                np.testing.assert_allclose(
                    found[name], array, rtol=2e-5, atol=2e-6, err_msg=f"{number} {name} in step {step}"
                )
        spec = next(v.spec for v in program.values.values() if v.name == PARAMS)
        own = whole.extract(PARAMS, number, states[PARAMS], spec)
        np.testing.assert_allclose(own, alone[PARAMS], rtol=2e-5, atol=2e-6)
        again = whole.embed(PARAMS, number, own)
        kept = states[PARAMS].astype(np.float32)
        np.testing.assert_array_equal(again.astype(np.float32), kept, "filling stays zero")


def drawn(h: Tensor) -> Tensor:
    """Random numbers of that shape."""
    builder = h.builder
    assert isinstance(builder, ProgramBuilder)
    seed, step = (builder.feed(name, TensorSpec((), DType.INT32)) for name in ("seed", "step"))
    return uniform(seed, step, stream=3, shape=h.shape)


def numbers(h: Tensor, *values: int) -> Tensor:
    return h.builder.constant(np.array(values, np.int32), DType.INT32)


def line(h: Tensor) -> Tensor:
    """(rows, width) as one row of pixels with `width` channels."""
    return reshape(h, shape=(1, ROWS, h.shape[1]))


def filtered(h: Tensor, seen: int, count: int) -> Tensor:
    """A convolution whose filters are made of the numbers themselves."""
    taken = slice_(h, starts=(0, 0), limits=(2, h.shape[1]))
    weight = reshape(taken, shape=(2, h.shape[1], 1)) if seen else reshape(taken, shape=(2, 1, h.shape[1]))
    image = line(h) if seen else slice_(line(h), starts=(0, 0, 0), limits=(1, ROWS, count))
    return reshape(fn.conv(image, weight), shape=(ROWS - 1, -1))


HIDDEN: dict[str, Hidden] = {
    "as it is": lambda h: h,
    "copied": lambda h: copy(ew.stop_gradient(h)) + h,
    "filling is 1": ew.exp,
    "filling is infinite": lambda h: ew.reciprocal(h) * 0.01,
    "one alive is enough": lambda h: ew.where(ew.greater(h, h * 0.5), h, h * 3.0),
    "softmax": softmax,
    "softmax over rows": lambda h: transpose(softmax(transpose(h, perm=(1, 0))), perm=(1, 0)),
    "largest": lambda h: h - fn.largest(ew.exp(h), axis=-1, keepdims=True),
    "smallest": lambda h: h - fn.smallest(ew.exp(h), axis=-1, keepdims=True),
    "total": lambda h: h * fn.total(ew.exp(h), axis=-1, keepdims=True),
    "total over rows": lambda h: h * fn.total(ew.exp(h), axis=0),
    "total of all": lambda h: h * fn.total(ew.exp(h)),
    "normalized": lambda h: (
        (h - fn.mean(h, axis=-1, keepdims=True)) / (deviation(h, -1, keepdims=True) + 0.1)
    ),
    "attention": lambda h: softmax(fn.matmul(h, fn.transpose(h))) @ h,
    "products of units": lambda h: h @ fn.matmul(fn.transpose(ew.exp(h)), ew.exp(h)),
    "products over units": lambda h: fn.matmul(fn.matmul(ew.exp(h), fn.transpose(ew.exp(h))), h),
    "in another shape": lambda h: reshape(reshape(h, shape=(2, 2, h.shape[1])) * 2.0, shape=h.shape),
    "as one row": lambda h: reshape(reshape(h, shape=(-1,)) * 2.0, shape=h.shape),
    "cut and padded": lambda h: pad_op(
        slice_(h, starts=(1, 0), limits=(3, h.shape[1])), before=(0, 0), after=(2, 0), value=0.5
    ),
    "beside itself": lambda h: concat(h, ew.exp(h), axis=-1),
    "below itself": lambda h: concat(h, h * 2.0, axis=0),
    "spread": lambda h: h + fn.broadcast_to(fn.total(h, axis=1, keepdims=True), h.shape),
    "a constant spread": lambda h: h * fn.broadcast_to(h.builder.constant(2.0, DType.FLOAT32), h.shape),
    "random": lambda h: h * ew.greater(drawn(h), h.builder.constant(0.4, DType.FLOAT32)),
    "random in rows": lambda h: h * fn.mean(drawn(h), axis=-1, keepdims=True),
    "rows of a table": lambda h: take_rows(h, numbers(h, 3, 0, 0, 2)),
    "rows added": lambda h: scatter_add_rows(numbers(h, 1, 0, 1, 3), h, rows=ROWS),
    "filters that see units": lambda h: filtered(h, 1, 1),
    "largest of windows": lambda h: reshape(fn.max_pool(line(h), 2), shape=(ROWS // 2, -1)),
    "mean of windows": lambda h: reshape(fn.average_pool(ew.exp(line(h)), 2), shape=(ROWS // 2, -1)),
    "a constant for each unit": lambda h: (
        h * h.builder.constant(np.linspace(1, 2, h.shape[1]).astype(np.float32), DType.FLOAT32)
    ),
    "a constant by width": lambda h: h * (1.0 / h.shape[1]),
}

FORWARD: dict[str, Hidden] = {  # their gradients would move what is filled
    "product": lambda h: h * fn.product(h, axis=-1, keepdims=True),
    "a part of all": lambda h: (
        h * fn.total(slice_(h, starts=(0, 0), limits=(ROWS, 2)), axis=-1, keepdims=True)
    ),
    "filters for units": lambda h: filtered(h, 0, 1),
}


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_each_model_learns_what_it_learns_alone(name: str) -> None:
    programs = [learning(width, HIDDEN[name]) for width in WIDTHS]
    agree(padded(learning(max(WIDTHS), HIDDEN[name]), programs), programs)


@pytest.mark.parametrize("name", sorted(FORWARD))
def test_each_model_says_what_it_says_alone(name: str) -> None:
    programs = [learning(width, FORWARD[name], learns=False) for width in WIDTHS]
    agree(padded(learning(max(WIDTHS), FORWARD[name], learns=False), programs), programs)


@pytest.mark.parametrize(
    ("hidden", "sentence"),
    [
        (
            lambda h: h * fn.cast(fn.total(argsort(h)), DType.FLOAT32),
            "The operation sort cannot be told apart from filling",
        ),
        (
            lambda h: concat(h, slice_(h, starts=(0, 0), limits=(ROWS, 2)), axis=-1),
            "Settings of pad differ",
        ),
        (lambda h: fn.cumsum(h, axis=1), "The operation cumsum cannot be told apart from filling"),
        (
            lambda h: take_rows(fn.transpose(h), numbers(h, 0, 1)) @ h,
            "Tables of different lengths",
        ),
        (
            lambda h: reshape(reshape(h, shape=(h.shape[1], ROWS)), shape=h.shape) + 0.0,
            "A reshape mixes what is alive",
        ),
        (
            lambda h: h * float(h.shape[1] > 4) if h.shape[1] > 4 else ew.exp(h),
            "The programs do other things",
        ),
    ],
)
def test_what_cannot_be_told_apart_is_said(hidden: Hidden, sentence: str) -> None:
    with pytest.raises(UnlikeError, match=sentence):
        padded(learning(5, hidden), [learning(3, hidden), learning(5, hidden)])


def test_programs_of_one_width_stay_one_program() -> None:
    def times(factor: float) -> Program:
        return learning(4, lambda h: h * factor)

    programs = [times(1.0), times(2.0), times(3.0)]
    whole = padded(programs[0], programs)
    assert len(whole.program.nodes) == len(programs[0].nodes)
    assert {name: array.tolist() for name, array in whole.feeds.items()} == {"constant/0": [1.0, 2.0, 3.0]}
    assert whole.places == {}
    agree(whole, programs)


# -- other things done ----------------------------------------------------------------------------------------
def test_other_activations_are_chosen_by_model() -> None:
    kinds: list[Hidden] = [ew.tanh, ew.sigmoid, ew.exp]
    parts, programs = [], []
    for activation in kinds:
        own = [learning(width, lambda h: h, activation=activation) for width in (5, 3)]
        parts.append(padded(own[0], own))
        programs += own
    whole = joined(parts)
    agree(whole, programs)
    assert len(whole.program.nodes) < 2 * len(programs[0].nodes), "what they have in common is done once"


@pytest.mark.parametrize(
    ("mine", "theirs"), [((3, 0, 0, 2), (3, 0, 0, 2)), ((3, 0, 0, 2), (1, 1, 2, 3)), ((3, 1), (2, 0))]
)
def test_whole_numbers_of_other_parts_are_kept_apart(mine: tuple[int, ...], theirs: tuple[int, ...]) -> None:
    def taken(h: Tensor, rows: tuple[int, ...]) -> Tensor:
        return take_rows(h, numbers(h, *rows))

    parts, programs = [], []
    for rows, activation in ((mine, ew.tanh), (theirs, ew.sigmoid)):
        hidden = partial(taken, rows=rows)
        own = [learning(width, hidden, activation=activation) for width in (5, 3)]
        parts.append(padded(own[0], own))
        programs += own
    agree(joined(parts), programs)


def test_places_that_are_found_are_not_chosen_from() -> None:
    def hidden(h: Tensor) -> Tensor:
        return take_rows(h, argsort(fn.total(ew.square(drawn_rows(h)), axis=1)))

    def drawn_rows(h: Tensor) -> Tensor:
        return slice_(drawn(h), starts=(0, 0), limits=(ROWS, 1))

    def known(h: Tensor) -> Tensor:
        return take_rows(h, numbers(h, 1, 0, 3, 2))

    programs = [learning(3, hidden, activation=activation) for activation in (ew.tanh, ew.sigmoid)]
    agree(joined([padded(p, [p]) for p in programs]), programs)
    programs[0] = learning(3, known)
    agree(joined([padded(p, [p]) for p in programs]), programs)


def test_one_part_is_itself_and_parts_with_little_in_common_stay_apart() -> None:
    program = learning(3, lambda h: h)
    part = padded(program, [program])
    assert joined([part]) is part

    def long(h: Tensor, op: Hidden) -> Tensor:
        for _ in range(12):
            h = op(h)
        return h

    apart = [learning(3, partial(long, op=op)) for op in (ew.sin, ew.cos, ew.tanh)]
    with pytest.raises(UnlikeError, match="too little in common"):
        joined([padded(p, [p]) for p in apart])


def test_parts_that_keep_other_things_are_not_joined() -> None:
    one, other = learning(3, lambda h: h), learning(3, lambda h: h, inputs=4)
    with pytest.raises(UnlikeError, match="x has another shape"):
        joined([padded(one, [one]), padded(other, [other])])
