"""One layer on every time step."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, Role, per_example
from engine.layers.dense import Dense
from engine.layers.initializers import Initializer
from engine.layers.nested import AnyLayer
from engine.layers.scope import Scope
from engine.layers.shapes import part
from engine.layers.weighted import Weighted
from engine.ops.movement import concat
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError


class TimeDistributed(Weighted):
    """Applies a layer to every time step of a sequence, with the same weights.

    The steps count as further examples for the layer inside: a Conv2D looks at every picture of a film, a Dense at
    every step. (Dense alone does the same for sequences of numbers.) Put a recurrent layer behind it.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.RECURRENT,
        summary="Applies a layer to every time step",
        aliases=("per step", "every frame", "video", "wrapper", "map"),
        keras="TimeDistributed",
        masking=True,
        samples=(
            LayerSample({"layer": {"name": "Dense", "units": 3}}, ((2, 4, 5),)),
            LayerSample({"layer": {"name": "Conv2D", "filters": 2, "kernel_size": 2}}, ((2, 3, 4, 3, 2),)),
            LayerSample({"layer": "BatchNormalization"}, ((3, 2, 4),)),
            LayerSample({"layer": "Flatten"}, ((2, 3, 2, 2),)),
            LayerSample(
                {"layer": {"name": "Embedding", "input_dim": 5, "output_dim": 2}}, ((2, 3, 2),), integers=True
            ),
        ),
    )
    layer: AnyLayer = setting(Dense(), "Layer", "what is applied to every step", prominent=True)

    def keras_weight(self, name: str) -> str:
        """Those of the layer inside have its names."""
        return self.layer.keras_weight(name.partition("/")[2])

    def keras_place(self, part: str) -> str:
        """That of the layer inside, below it."""
        return "/".join(filter(None, ("layer", self.layer.keras_place(part.partition("/")[2]))))

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, ..) -> (batch, time, what the layer makes of (..))."""
        (x,) = inputs
        self._check(x)
        batch, steps = x.shape[:2]
        folded = reshape(x, shape=(batch * steps, *x.shape[2:]))
        scope = _Steps(b, "layer", self.layer)
        (y,) = scope.run([folded])
        if scope.latest:
            return (self._one_by_one(b, x),)
        for penalty in scope.penalties:
            b.add_loss(penalty * float(steps))  # it is that of an average step
        return (reshape(y, shape=(batch, steps, *y.shape[1:])),)

    def _one_by_one(self, b: LayerBuilder, x: Tensor) -> Tensor:
        """For layers that keep statistics of their batches: each step is a batch of its own, as in Keras."""
        scope = _Steps(b, "layer", self.layer)
        outputs: list[Tensor] = []
        for t in range(x.shape[1]):
            step = reshape(part(x, 1, t, t + 1), shape=(x.shape[0], *x.shape[2:]))
            (y,) = scope.run([step])
            outputs.append(reshape(y, shape=(x.shape[0], 1, *y.shape[1:])))
        for name, value in scope.latest.items():
            b.update(f"layer/{name}", value)
        for penalty in scope.penalties:
            b.add_loss(penalty)
        return concat(*outputs, axis=1)

    def _check(self, x: Tensor) -> None:
        kind = type(self.layer).declaration
        ports = (len([p for p in self.layer.input_ports() if p.minimum]), len(self.layer.output_ports()))
        if kind.role is not Role.HIDDEN or ports != (1, 1):
            raise ShapeError(
                "TimeDistributed applies a layer with one input and one output, received "
                f"{self.layer.title()}. Choose another layer, such as Dense or Conv2D."
            )
        if x.spec.rank < 3:
            raise ShapeError(
                f"TimeDistributed needs a sequence (time × ..), received {per_example(x)} per example. "
                "Put a Reshape before it."
            )

    def subtitle(self) -> str:
        """The layer and its own subtitle."""
        return " · ".join(filter(None, (self.layer.title(), self.layer.subtitle())))

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What happens to each step."""
        inner = self.layer.explain((inputs[0][1:],), (outputs[0][1:],))
        return f"For each of {inputs[0][0]} steps: {inner[0].lower()}{inner[1:]}"


class _Steps(Scope):
    """Holds back what the layer inside says about statistics and penalties.

    Attributes:
        latest: statistics by name, as the layer left them last; it sees them when it is built again.
        penalties: additions to the loss.
    """

    def __init__(self, outer: LayerBuilder, name: str, layer: Layer) -> None:
        super().__init__(outer, name, layer)
        self.latest: dict[str, Tensor] = {}
        self.penalties: list[Tensor] = []

    def weight(self, name: str, shape: Shape, initializer: Initializer | str, **options: Any) -> Tensor:
        """The weight, or what the layer made of it since."""
        made = super().weight(name, shape, initializer, **options)
        return self.latest.get(name, made)

    def update(self, name: str, value: Tensor) -> None:
        """Kept."""
        self.latest[name] = value

    def add_loss(self, penalty: Tensor) -> None:
        """Kept."""
        self.penalties.append(penalty)
