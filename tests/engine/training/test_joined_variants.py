"""Variants of different widths, activations and penalties in one program: each learns what it learns alone.

A device of the tests runs that program model by model with the reference interpreter, so that what is compared is the
program itself; `tests/gl_kernels/whole/test_sweep.py` does the same in one launch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import create_autospec

import numpy as np
import pytest

from engine.compiler.lower import PARAMS
from engine.compiler.model import GRADS
from engine.data.bundle import DataBundle
from engine.devices.base import DeviceError, DeviceInfo, Executable, Interrupted, Memory, Watch
from engine.devices.registry import open_device
from engine.layers.base import Layer
from engine.layers.regularizers import L1, L2
from engine.optimizers.adagrad import Adagrad
from engine.optimizers.adam import Adam
from engine.optimizers.base import Optimizer
from engine.optimizers.sgd import SGD
from engine.program.interpret import interpret
from engine.program.program import Program, Storage
from engine.tensor.spec import Array
from engine.training.many.run import Many
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.sweep import Sweep, Variant
from tests.gl_kernels.whole.running import classes, layer, network, words

STEPS = 12


class _Kept:
    """Arrays by name."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}

    def write(self, name: str, array: Array) -> None:
        self.arrays[name] = array.copy()

    def read(self, name: str) -> Array:
        return self.arrays[name].copy()

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.arrays.values())

    def close(self) -> None:
        self.arrays.clear()


class _Models(_Kept):
    """Implements `ManyModels`; `arrays` has the states."""

    def __init__(self, program: Program, data: Mapping[str, Array], models: int) -> None:
        super().__init__()
        self._program, self._data, self._models = program, data, models

    def run(self, feeds: Mapping[str, Array], steps: int) -> None:
        for model in range(self._models):
            states = {name: array[model] for name, array in self.arrays.items()}
            for step in range(steps):
                own = {n: f[step, model if f.shape[1] > 1 else 0] for n, f in feeds.items()}
                _, states = interpret(self._program, own, self._data, states)
            for name, array in states.items():
                self.arrays[name][model] = array


class Interpreting:
    """A device that trains many models in one program, and nothing else."""

    info = DeviceInfo("cpu", "interpreter")

    def memory(self) -> Memory:
        return _Kept()

    def compile(self, program: Program, memory: Memory, watch: Watch | None = None) -> Executable:
        raise DeviceError("Variants that should train together do not.")

    def compile_many(
        self, program: Program, memory: Memory, models: int, watch: Watch | None = None
    ) -> _Models:
        assert isinstance(memory, _Kept)
        return _Models(program, memory.arrays, models)

    def close(self) -> None:
        pass


class Slow(Interpreting):
    """It asks whoever waits each time that it prepares something."""

    def __init__(self) -> None:
        self.memories: list[_Kept] = []

    def memory(self) -> Memory:
        self.memories.append(_Kept())
        return self.memories[-1]

    def compile(self, program: Program, memory: Memory, watch: Watch | None = None) -> Executable:
        assert watch is not None
        watch(0, 1)
        made: Executable = create_autospec(Executable)
        return made

    def compile_many(
        self, program: Program, memory: Memory, models: int, watch: Watch | None = None
    ) -> _Models:
        assert watch is not None
        watch(0, 1)
        return super().compile_many(program, memory, models, watch)


def variant(*layers: Layer, optimizer: Optimizer | None = None, seed: int = 0) -> Variant:
    settings = TrainingSettings(
        optimizer=optimizer or Adam(learning_rate=0.01), batch_size=12, seed=seed, epochs=4
    )
    return Variant(network(*layers), settings)


def dense(units: int, activation: str = "linear", **more: object) -> Layer:
    return layer("Dense", units=units, activation=activation, **more)


def perceptron(*sizes: int, activation: str = "sigmoid", rate: float = 0.2, seed: int = 0) -> Variant:
    hidden = [part for n in sizes for part in (dense(n, activation), layer("Dropout", rate=rate))]
    return variant(*hidden, dense(1), seed=seed)


def picture(first: int, second: int, last: int, activation: str = "relu", seed: int = 0) -> Variant:
    return variant(
        layer("Conv2D", filters=first, kernel_size=3, activation=activation),
        layer("BatchNormalization"),
        layer("MaxPooling2D", pool_size=2),
        layer("Conv2D", filters=second, kernel_size=2, activation="sigmoid"),
        layer("Flatten"),
        layer("Dropout", rate=0.3),
        dense(last, "tanh"),
        dense(3),
        seed=seed,
    )


CASES: dict[str, tuple[Sequence[Variant], DataBundle]] = {
    "widths, neither the widest in all": ([perceptron(3, 5), perceptron(5, 2, seed=4)], classes(2, count=2)),
    "activations": (
        [perceptron(4, activation=a) for a in ("tanh", "relu", "gelu", "elu")],
        classes(2, count=2),
    ),
    "everything at once": (
        [
            perceptron(3, 5),
            perceptron(5, 2, activation="tanh", rate=0.4),
            perceptron(8, 8, activation="relu", seed=1),
            perceptron(4, 1, activation="relu"),
            perceptron(8, 8, activation="tanh", seed=2),
        ],
        classes(2, count=2),
    ),
    "filters": ([picture(3, 2, 6), picture(2, 4, 5, seed=1), picture(4, 3, 3, "tanh")], classes(7, 8, 2)),
    "averages": (
        [variant(dense(n, a), layer("LayerNormalization"), dense(3)) for n, a in ((5, "relu"), (3, "tanh"))],
        classes(6),
    ),
    "soft-max inside": ([variant(dense(n, "softmax"), dense(3)) for n in (5, 3, 8)], classes(6)),
    "penalties": (
        [
            variant(dense(5, "relu", kernel_regularizer=p), dense(3))
            for p in (None, L1(l1=0.01), L2(l2=0.02), L2(l2=0.3))
        ],
        classes(6),
    ),
    "clipped by the norm of all": (
        [
            variant(
                dense(n, "sigmoid"),
                dense(3),
                optimizer=SGD(learning_rate=0.05, momentum=0.9, global_clipnorm=0.1),
            )
            for n in (5, 3, 8)
        ],
        classes(6),
    ),
    "slots that begin above zero": (
        [variant(dense(n, "sigmoid"), dense(3), optimizer=Adagrad(learning_rate=0.1)) for n in (2, 6)],
        classes(6),
    ),
    "word vectors": (
        [
            variant(layer("Embedding", input_dim=9, output_dim=n), layer("GlobalAveragePooling1D"), dense(3))
            for n in (2, 5)
        ],
        words(4, 9),
    ),
}


def alive(program: Program) -> Array:
    """Where in the arena of parameters there are weights, not gaps between them."""
    there = np.zeros(program.named(Storage.STATE)[PARAMS].spec.size, np.bool_)
    for member in program.members:
        if member.arena == PARAMS:
            there[member.offset : member.offset + member.spec.size] = True
    return there


@pytest.mark.parametrize("name", CASES)
def test_each_variant_learns_what_it_learns_alone(name: str) -> None:
    variants, data = CASES[name]
    sweep, cpu = Sweep(variants, data, Interpreting()), open_device("cpu")
    assert [sorted(numbers) for numbers in sweep.groups] == [list(range(len(variants)))]
    sweep.advance(STEPS)
    reports = sweep.report()
    for i, each in enumerate(variants):
        session = Session(each.graph, data, each.settings, cpu)
        session.advance(STEPS)
        assert reports[i] == pytest.approx(session.report(), rel=1e-4)
        received = sweep.states(i)
        weights = alive(session.program)
        for state, array in session.states().items():
            if state != GRADS:
                there = weights if array.shape == weights.shape else np.ones(array.shape, np.bool_)
                np.testing.assert_allclose(
                    received[state][there], array[there], atol=5e-5, err_msg=f"{i} {state}"
                )
        session.close()
    sweep.close()
    cpu.close()


def test_what_nobody_has_room_for_changes_nothing() -> None:
    """The widest program has more units than any variant: 5 and 5, and the variants 5, 2 and 3, 5."""
    variants, data = CASES["widths, neither the widest in all"]
    sweep = Sweep(variants, data, Interpreting())
    sweep.advance(2)
    (_, group), *_ = sweep._groups
    wide = group.read("params")
    alive = sum(np.count_nonzero(sweep.states(i)["params"]) for i in range(2))
    assert np.count_nonzero(wide) == alive
    sweep.close()


def test_recurrent_layers_of_different_widths_train_one_by_one() -> None:
    variants = [variant(layer("LSTM", units=n), dense(3)) for n in (2, 3)]
    cpu = open_device("cpu")
    sweep = Sweep(variants, classes(4, 3), cpu)
    sweep.advance(2)
    assert len(sweep.report()) == 2
    sweep.close()
    cpu.close()


@pytest.mark.parametrize("patience", [0, 1])
def test_variants_that_nobody_waits_for_are_not_prepared(patience: int) -> None:
    """The program of all, or the second of those that train one by one; nothing is left on the device."""
    together = [variant(dense(2), dense(3), seed=k) for k in range(2)]
    one_by_one = [variant(layer("LSTM", units=n), dense(3)) for n in (2, 3)]
    device, asked, variants = Slow(), list[int](), one_by_one if patience else together
    data = classes(4, 3) if patience else classes(4)

    def ending(done: int, total: int) -> None:
        asked.append(done)
        if len(asked) > patience:
            raise Interrupted

    with pytest.raises(Interrupted):
        Sweep(variants, data, device, ending)
    assert len(asked) == patience + 1
    assert device.memories
    assert not any(memory.arrays for memory in device.memories)


def test_a_study_that_was_stopped_prepares_nothing() -> None:
    variants = [variant(dense(2), dense(3), seed=k) for k in range(2)]
    with pytest.raises(Interrupted):
        Many(variants, classes(4), Slow(), go_on=lambda: False)


def test_variants_for_which_there_is_no_memory_leave_none_taken() -> None:
    class Full(Slow):
        def memory(self) -> Memory:
            memory = super().memory()
            kept: Any = create_autospec(memory, instance=True)
            kept.write.side_effect = DeviceError("The device has no memory left.")
            full.append(kept)
            own: Memory = kept
            return own

    full: list[Any] = []
    with pytest.raises(DeviceError, match="no memory left"):
        Sweep([variant(dense(2), dense(3), seed=k) for k in range(2)], classes(4), Full(), None)
    assert full
    assert all(memory.close.called for memory in full)
