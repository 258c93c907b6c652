"""Layers that run in NumPy on the host, where the data enters: everything that has to do with text.

Text never reaches a device. A layer on the host stands directly behind an Input, or behind another such layer; it is
computed once for a data set, when that is copied to the device, and once for each prediction. The compiler sees its
numbers as a feature of the data (`engine.graph.hosting`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.layers.adapted import Adapted
from engine.layers.base import Layer, LayerBuilder, text_refused
from engine.ops.op import Tensor
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec

Tables = Mapping[str, Array]  # what a layer learned, by name


class HostLayer(Adapted):
    """Base of layers with one input and one output that run on the host."""

    @property
    def adapts(self) -> bool:
        """Not without need."""
        return False

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of what `adapt` learns with these settings."""
        return ()

    def output_spec(self, x: TensorSpec) -> TensorSpec:
        """What it makes of an input, batch included; raises ShapeError where it can't."""
        raise NotImplementedError

    def compute(self, values: Array, tables: Tables) -> Array:
        """The output for a batch of any length.

        Args:
            values: what arrives, batch first; text as NumPy strings.
            tables: what `adapt` learned; empty for a layer that learns nothing.

        Raises:
            ShapeError: a value that it can't work with, in one sentence.
        """
        raise NotImplementedError

    def with_tables(self, tables: Tables) -> HostLayer:
        """The same with what it learned among its settings, for files that keep it there."""
        return self

    def plain(self, tables: Tables) -> dict[str, Any] | None:
        """What it does to a text as plain values (`words` of resources/web/prepare.js); None where they can't say it."""
        return None

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The numbers that were computed on the host."""
        (x,) = inputs

        def on_its_own(values: Array) -> Array:
            tables = self.adapt([values]) if self.adapts else {}
            return self.compute(values, tables)

        return (b.hosted(x, self.output_spec(x.spec), on_its_own),)


def refuse_text(layer: Layer, inputs: Sequence[TensorSpec]) -> None:
    """Raise ShapeError where text arrives at a layer that runs on the device."""
    if not isinstance(layer, HostLayer) and any(spec.dtype is DType.STRING for spec in inputs):
        raise ShapeError(text_refused(layer.title()))


def misplaced(name: str) -> str:
    """The sentence for a layer on the host that stands behind layers on the device."""
    return (
        f"{name} runs where the data enters, and it stands behind layers that run on the device. Connect it directly to "
        "an Input."
    )


def packed(words: Sequence[str]) -> Array:
    """Words as bytes (uint8, JSON), the form in which they are kept with the weights."""
    return np.frombuffer(json.dumps(list(words)).encode(), np.uint8)


def unpacked(table: Array) -> list[str]:
    """The words again.

    Raises:
        ShapeError: the bytes are not words.
    """
    try:
        words = json.loads(table.astype(np.uint8).tobytes())
    except ValueError:
        words = None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ShapeError("The vocabulary kept with the weights is damaged. Train the network anew.")
    return words
