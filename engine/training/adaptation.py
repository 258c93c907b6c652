"""Lets layers look at the training data before the first step: means, bins, vocabularies.

It runs in NumPy whatever the device, so that what is learned is the same everywhere. What layers on the device learn goes
into their weights; what layers on the host learn are tables, which travel with the states of a run and are saved with
the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np

from engine.compiler.lower import Forward, LoweringError, gather, lower
from engine.compiler.model import DATA, ModelCompiler
from engine.compiler.simplify import simplify
from engine.graph.features import FeatureSpec
from engine.graph.hosting import PREFIX, blocks
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec
from engine.training.memory import TABLE

BATCH = 256
# of what a layer on the host makes of all rows, from which it is made as it is read
COMPUTED_BYTES = 250_000_000
Tables = dict[str, dict[str, Array]]  # by owner and name


@dataclass(frozen=True)
class Computed:
    """What a layer on the host makes of the data, of those rows that are asked for; else read like an array.

    Attributes:
        compute: gives the values of rows, which are chosen as from an array.
        rows: of the data.
        feature: what a value is.
    """

    compute: Callable[[Any], Array]
    rows: int
    feature: FeatureSpec

    @property
    def shape(self) -> Shape:
        """(rows, ..)."""
        return (self.rows, *self.feature.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the values."""
        return self.feature.dtype.numpy

    @property
    def nbytes(self) -> int:
        """Of all values."""
        return self.rows * self.feature.batch(1).size * self.feature.dtype.itemsize

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, rows: Any) -> Array:
        return self.compute(rows)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        values: Array = self.compute(slice(None))
        return values


class HostSide:
    """What a run computes on the host: from the inputs of the data to those of the device's part of the network.

    Args:
        compiler: of the network.
        inputs: of the data, all rows.
        train: the rows that may be learned from.
        states: of a run that is resumed, which hold its tables; None: they are learned now.
    """

    def __init__(
        self,
        compiler: ModelCompiler,
        inputs: Mapping[str, Array],
        train: range,
        states: Mapping[str, Array] | None,
    ) -> None:
        self._hosting = compiler.hosting
        self._tables: Tables = {}
        if states:
            for name in compiler.tables():
                if TABLE + name not in states:
                    raise LoweringError("The saved weights do not fit the network; train it anew.")
                self._put(name, states[TABLE + name])
        else:
            self._learn(inputs, train)

    def inputs(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The inputs of the device's part."""
        return self._hosting.compute(arrays, self._tables)

    def inputs_of_data(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The same of a whole data set: what would take much memory is computed when it is read (`Computed`)."""
        rows = len(next(iter(arrays.values()), ()))
        large = {
            name: spec
            for name, spec in self._hosting.features.items()
            if name.startswith(PREFIX) and rows * spec.batch(1).size * spec.dtype.itemsize > COMPUTED_BYTES
        }
        if not large:
            return self.inputs(arrays)
        return {
            name: cast("Array", Computed(partial(self._computed, name, arrays), rows, large[name]))
            if name in large
            else self._computed(name, arrays, slice(None))
            for name in self._hosting.features
            if name in arrays or name.startswith(PREFIX)
        }

    def _computed(self, name: str, arrays: Mapping[str, Array], rows: Any) -> Array:
        """A feature of some rows of the data."""
        if name in arrays:
            given: Array = arrays[name][rows]
            return given
        return self._hosting.value(name, {n: a[rows] for n, a in arrays.items()}, self._tables)

    def output(self, node: str, arrays: Mapping[str, Array]) -> Array:
        """What a node on the host makes of the inputs of the data."""
        (feature,) = (n.feature for n in self._hosting.nodes if n.id == node)
        return self._hosting.values(arrays, self._tables)[feature]

    def states(self) -> dict[str, Array]:
        """The tables, by their names among the states of a run."""
        return {
            f"{TABLE}{owner}/{name}": array
            for owner, tables in self._tables.items()
            for name, array in tables.items()
        }

    def _put(self, full: str, array: Array) -> None:
        owner, _, name = full.partition("/")
        self._tables.setdefault(owner, {})[name] = array

    def _learn(self, inputs: Mapping[str, Array], train: range) -> None:
        """One layer after the other, block by block: the texts of a large file are never in memory together."""
        for node in self._hosting.nodes:
            if node.layer.adapts and node.owner not in self._tables:
                with _naming(node.name):
                    self._tables[node.owner] = node.layer.adapt(
                        self._computed(node.source, inputs, block)
                        for block in blocks(train.stop, train.start)
                    )


def adapt_weights(
    compiler: ModelCompiler, arrays: Mapping[str, Array], train: range, states: Mapping[str, Array]
) -> None:
    """Set the weights of layers that are adapted, one after the other, in the (fresh) states of a run.

    Args:
        compiler: of the network.
        arrays: inputs of the device's part, all rows, as stored.
        train: the rows that are looked at.
        states: by name; the arenas that weights lie in are written to.

    Raises:
        ShapeError: the data is nothing that a layer can take, in a sentence that names its node.
    """
    weights = compiler.weights()
    for place_of, adapt in compiler.adapted().items():
        with _naming(compiler.graph.nodes[place_of.partition("/")[0]].name):
            learned = adapt(_arriving(compiler, place_of, arrays, train, states))
        for name, value in learned.items():
            place = weights[place_of + name].member
            flat = states[place.arena][place.offset : place.offset + place.spec.size]
            flat[:] = value.reshape(-1)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Put the node's name before what is wrong."""
    try:
        yield
    except ShapeError as error:
        raise ShapeError(f"{name}: {error}") from error


def _arriving(
    compiler: ModelCompiler,
    place_of: str,
    arrays: Mapping[str, Array],
    train: range,
    states: Mapping[str, Array],
) -> Iterator[Array]:
    """What arrives at a layer, by the place of its weights, a batch of training rows at a time."""
    programs: dict[int, Program] = {}
    zero = np.zeros((), np.int32)
    for start in range(train.start, train.stop, BATCH):
        stop = min(start + BATCH, train.stop)
        data = {f"{DATA}/{name}": array[start:stop] for name, array in arrays.items()}
        if stop - start not in programs:
            programs[stop - start] = _up_to(compiler, place_of, stop - start)
        program = programs[stop - start]
        feeds = {"index": np.arange(stop - start, dtype=np.int32), "step": zero, "seed": zero}
        outputs, _ = interpret(program, feeds, data, {n: states[n] for n in program.named(Storage.STATE)})
        yield outputs["x"]


def _up_to(compiler: ModelCompiler, place_of: str, rows: int) -> Program:
    """The network up to a layer, in inference mode, without what the layer does not need."""
    builder = ProgramBuilder("adapt")
    builder.output("x", _lowered(compiler, builder, rows).adapted[place_of][1])
    return simplify(builder.finish())


def _lowered(compiler: ModelCompiler, builder: ProgramBuilder, rows: int) -> Forward:
    index = builder.feed("index", TensorSpec((rows,), DType.INT32))
    features = gather(builder, compiler.inputs, DATA, rows, index)
    return lower(compiler.graph, builder, features, training=False)
