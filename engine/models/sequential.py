"""A chain of layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.layers.base import Layer
from engine.models.arrays import Arrays
from engine.models.history import History
from engine.models.model import Model, symbols_for
from engine.models.symbols import Symbol
from engine.tensor.spec import ShapeError


class Sequential(Model):
    """Layers one after the other. Begin with an `Input(..)`, or let the first `fit` tell the shape.

    Raises:
        ShapeError: a layer can't follow the one before.
    """

    def __init__(self, layers: Iterable[Layer | Symbol]) -> None:
        given = list(layers)
        self._chain: list[Layer] = [layer for layer in given if isinstance(layer, Layer)]
        first = given[0] if given else None
        if not self._chain or len(self._chain) + isinstance(first, Symbol) < len(given):
            raise ShapeError(
                "A Sequential is a list of layers, perhaps after an Input(..), received "
                f"{[getattr(type(g), '__name__', g) for g in given]}."
            )
        self._built = False
        self._pending: dict[str, Any] | None = None
        if isinstance(first, Symbol):
            self._build(first)

    def _build(self, start: Symbol) -> None:
        value = start
        for layer in self._chain:
            made = layer(value)
            if not isinstance(made, Symbol):
                raise ShapeError(
                    f"{layer.title()} has several outputs; draw the model with Input and Model instead."
                )
            value = made
        super().__init__(start, value)
        self._built = True
        if self._pending is not None:
            super().compile(**self._pending)

    def compile(self, *args: Any, **settings: Any) -> None:
        """As `Model.compile`; kept until the shape is known."""
        names = ("optimizer", "loss", "metrics", "loss_weights", "schedule")
        self._pending = {**dict(zip(names, args, strict=False)), **settings}
        if self._built:
            super().compile(**self._pending)

    def fit(self, x: Arrays, y: Arrays, **settings: Any) -> History:
        """As `Model.fit`."""
        self._know(x)
        return super().fit(x, y, **settings)

    def predict(self, x: Arrays, batch_size: int = 256, device: str = "cpu") -> Any:
        """As `Model.predict`."""
        self._know(x)
        return super().predict(x, batch_size, device)

    def _know(self, x: Arrays) -> None:
        if not self._built:
            if isinstance(x, list | tuple | dict):
                raise ShapeError(
                    "A Sequential has one input; give one array, or draw the model with Input and Model."
                )
            import numpy as np

            self._build(symbols_for({"x": np.asarray(x)})[0])
