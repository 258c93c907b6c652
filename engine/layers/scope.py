"""Layers inside layers: wrappers, groups and ready blocks build their parts in a scope of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.layers.base import Adapt, Layer, LayerBuilder
from engine.layers.constraints import Constraint
from engine.layers.host import misplaced
from engine.layers.initializers import Initializer
from engine.layers.regularizers import Regularizer
from engine.ops.op import Builder, Tensor
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec


class Scope:
    """The `LayerBuilder` of a part: its weights are named `<part>/<weight>` among those of the whole.

    Args:
        outer: of the whole.
        name: of the part, unique in the whole.
        layer: the part; whether its weights learn and how fast is its own affair.
    """

    def __init__(self, outer: LayerBuilder, name: str, layer: Layer) -> None:
        self._outer = outer
        self._name = name
        self._layer = layer
        self._decided: set[int] = set()  # outputs whose mask the part set itself

    @property
    def training(self) -> bool:
        """As outside."""
        return self._outer.training

    @property
    def ops(self) -> Builder:
        """As outside."""
        return self._outer.ops

    @property
    def frozen(self) -> bool:
        """Whether the whole or the part is frozen."""
        return self._outer.frozen or self._layer.freezes

    def weight(
        self,
        name: str,
        shape: Shape,
        initializer: Initializer | str,
        *,
        trainable: bool = True,
        regularizer: Regularizer | None = None,
        constraint: Constraint | None = None,
        of: Layer | None = None,
    ) -> Tensor:
        """The weight of the part."""
        return self._outer.weight(
            f"{self._name}/{name}",
            shape,
            initializer,
            trainable=trainable,
            regularizer=regularizer,
            constraint=constraint,
            of=of or self._layer,
        )

    def update(self, name: str, value: Tensor) -> None:
        """Of the part's weight."""
        self._outer.update(f"{self._name}/{name}", value)

    def add_loss(self, penalty: Tensor) -> None:
        """As outside."""
        self._outer.add_loss(penalty)

    def mask(self, x: Tensor) -> Tensor | None:
        """As outside."""
        return self._outer.mask(x)

    def set_mask(self, y: Tensor, mask: Tensor | None) -> None:
        """As outside."""
        self._decided.add(y.id)
        self._outer.set_mask(y, mask)

    def uniform(self, shape: Shape) -> Tensor:
        """As outside."""
        return self._outer.uniform(shape)

    def normal(self, shape: Shape) -> Tensor:
        """As outside."""
        return self._outer.normal(shape)

    def feature(self, name: str) -> Tensor:
        """As outside."""
        return self._outer.feature(name)

    def adapted(self, adapt: Adapt, x: Tensor, part: str = "") -> None:
        """Of the part."""
        self._outer.adapted(adapt, x, f"{self._name}/{part}")

    def hosted(self, x: Tensor, spec: TensorSpec, compute: Callable[[Array], Array]) -> Tensor:
        """Refused: inside another layer is no place where the data enters."""
        raise ShapeError(misplaced(self._layer.title()))

    def run(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Build the part; masks go on as its declaration says."""
        outputs = self._layer.build(self, *inputs)
        if inputs and outputs and outputs[0].id not in self._decided and outputs[0].id != inputs[0].id:
            passes = type(self._layer).declaration.masking
            self._outer.set_mask(outputs[0], self._outer.mask(inputs[0]) if passes else None)
        return outputs


def part(b: LayerBuilder, name: str, layer: Layer, *inputs: Tensor) -> tuple[Tensor, ...]:
    """The outputs of a layer that is a part of another, built on these inputs (see `Scope`)."""
    return Scope(b, name, layer).run(inputs)
