"""What ready blocks are drawn with: parts put behind each other, side by side and past each other, for any kind of input.

A block says what it consists of for the shape that arrives: Dense for a vector, convolutions along one, two or three
lengths for sequences, pictures and volumes. The same parts are what it is built from and what is seen when it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from engine.layers.activation import Activation
from engine.layers.activations import ActivationName
from engine.layers.add import Add
from engine.layers.average_pooling1d import AveragePooling1D
from engine.layers.average_pooling2d import AveragePooling2D
from engine.layers.average_pooling3d import AveragePooling3D
from engine.layers.base import Layer, LayerBuilder, expect_numbers
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.concatenate import Concatenate
from engine.layers.content import Composite, Content, Outlet, Part, Wire
from engine.layers.conv1d import Conv1D
from engine.layers.conv1d_transpose import Conv1DTranspose
from engine.layers.conv2d import Conv2D
from engine.layers.conv2d_transpose import Conv2DTranspose
from engine.layers.conv3d import Conv3D
from engine.layers.conv3d_transpose import Conv3DTranspose
from engine.layers.cropping1d import Cropping1D
from engine.layers.cropping2d import Cropping2D
from engine.layers.cropping3d import Cropping3D
from engine.layers.dense import Dense
from engine.layers.layer_normalization import LayerNormalization
from engine.layers.max_pooling1d import MaxPooling1D
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.max_pooling3d import MaxPooling3D
from engine.layers.weighted import Weighted
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, format_shape

Normalization = Literal["batch", "layer", "none"]

COLUMN: Final = 250.0
ROW: Final = 125.0
"""From part to part, where a block is opened on the canvas."""

_CONV: Final[Mapping[int, type[Layer]]] = {1: Conv1D, 2: Conv2D, 3: Conv3D}
_UP: Final[Mapping[int, type[Layer]]] = {1: Conv1DTranspose, 2: Conv2DTranspose, 3: Conv3DTranspose}
_MAX: Final[Mapping[int, type[Layer]]] = {1: MaxPooling1D, 2: MaxPooling2D, 3: MaxPooling3D}
_AVERAGE: Final[Mapping[int, type[Layer]]] = {1: AveragePooling1D, 2: AveragePooling2D, 3: AveragePooling3D}
_CROP: Final[Mapping[int, type[Layer]]] = {1: Cropping1D, 2: Cropping2D, 3: Cropping3D}

End = tuple[str, str]
"""An output of a part, or with part "" an inlet."""


class Blueprint:
    """Parts and wires that become a `Content`; `end` is the output that the next part is put behind."""

    def __init__(self, inlet: str = "input") -> None:
        self.end: End = ("", inlet)
        self.inlet = inlet
        self._parts: list[Part] = []
        self._wires: list[Wire] = []
        self._columns: dict[str, int] = {"": -1}

    def add(self, name: str, layer: Layer, *sources: End, row: float = 0.0) -> End:
        """Put a part behind these outputs, or behind the end; its first output is the end now."""
        starts = sources or (self.end,)
        self._wires += [(*start, name, layer.input_ports()[0].name) for start in starts]
        column = 1 + max(self._columns[part] for part, _ in starts)
        self._columns[name] = column
        self._parts.append(Part(id=name, layer=layer, name=name, position=(COLUMN * column, ROW * row)))
        self.end = (name, layer.output_ports()[0].name)
        return self.end

    def add_up(self, name: str, start: End) -> End:
        """Add what was the end at `start` to what it is now."""
        return self.add(name, Add(), start, self.end)

    def join(self, name: str, *sources: End) -> End:
        """Put the channels of several outputs beside each other."""
        return self.add(name, Concatenate(), *sources)

    def content(self) -> Content:
        """All of it, with the end as the output."""
        outlet = Outlet(name="output", part=self.end[0], port=self.end[1])
        return Content(
            parts=tuple(self._parts), wires=tuple(self._wires), inlets=(self.inlet,), outlets=(outlet,)
        )


class Block(Composite, Weighted):
    """Base of ready blocks with one input and one output."""

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What is inside, for what arrives."""
        (x,) = inputs
        expect_numbers(x, self.title())
        self.lengths(x.shape[1:])
        return self.content_for((x.shape[1:],)).build(b, inputs)

    def lengths(self, shape: Shape, least: int = 0) -> int:
        """How many lengths an input has beside its channels: 0 for a vector, 2 for a picture; else ShapeError."""
        count = len(shape) - 1
        if not least <= count <= 3:
            wish = "a vector, a sequence, a picture" if least == 0 else "a sequence, a picture"
            raise ShapeError(
                f"{self.title()} needs {wish} or a volume (channels last), received {format_shape(shape)} per "
                "example. Put a Reshape before it."
            )
        return count

    @property
    def learning(self) -> dict[str, Any]:
        """Settings of the whole that go for every part with weights."""
        return {"trainable": self.trainable, "learning_rate_factor": self.learning_rate_factor}


class NormalizedBlock(Block):
    """Base of blocks whose parts are normalized and activated alike."""

    normalization: Normalization = setting(
        "batch", "Normalization", "batch: over the batch; layer: over each place; none: without"
    )
    activation: ActivationName = setting("relu", "Activation", "what is done with each sum")

    def convolution(
        self, shape: Shape, filters: int, kernel: int = 3, stride: int = 1, *, bias: bool | None = None
    ) -> Layer:
        """A convolution that keeps the size (but for strides) along all lengths of a shape; Dense for a vector."""
        rank = self.lengths(shape)
        use_bias = self.normalization == "none" if bias is None else bias
        if rank == 0:
            return Dense(units=filters, use_bias=use_bias, **self.learning)
        return _CONV[rank].model_validate(
            {
                "filters": filters,
                "kernel_size": (kernel,) * rank,
                "strides": (stride,) * rank,
                "padding": "same",
                "use_bias": use_bias,
                **self.learning,
            }
        )

    def normalize(self, plan: Blueprint, name: str, row: float = 0.0) -> None:
        """Put the normalization behind the end, if there is one."""
        if self.normalization == "batch":
            plan.add(f"{name}_norm", BatchNormalization(**self.learning), row=row)
        elif self.normalization == "layer":
            plan.add(f"{name}_norm", LayerNormalization(**self.learning), row=row)

    def activate(self, plan: Blueprint, name: str, row: float = 0.0) -> None:
        """Put the activation behind the end, if there is one."""
        if self.activation != "linear":
            plan.add(f"{name}_act", Activation(activation=self.activation), row=row)

    def step(
        self,
        plan: Blueprint,
        name: str,
        shape: Shape,
        filters: int,
        kernel: int = 3,
        stride: int = 1,
        row: float = 0.0,
    ) -> Shape:
        """Put convolution, normalization and activation behind the end; the shape after them."""
        plan.add(name, self.convolution(shape, filters, kernel, stride), row=row)
        self.normalize(plan, name, row)
        self.activate(plan, name, row)
        return (*(-(-n // stride) for n in shape[:-1]), filters)


def pooling(rank: int, size: int = 2, stride: int | None = None, *, average: bool = False) -> Layer:
    """A pooling along all lengths, with edges that are kept."""
    kind = (_AVERAGE if average else _MAX)[rank]
    strides = (size if stride is None else stride,) * rank
    return kind.model_validate({"pool_size": (size,) * rank, "strides": strides, "padding": "same"})


def doubling(rank: int, filters: int, learning: Mapping[str, Any]) -> Layer:
    """A transposed convolution that makes every length twice as long."""
    return _UP[rank].model_validate(
        {
            "filters": filters,
            "kernel_size": (2,) * rank,
            "strides": (2,) * rank,
            "padding": "same",
            **learning,
        }
    )


def cropping(extra: Shape) -> Layer:
    """Takes so many places away at the end of each length."""
    ends = tuple((0, n) for n in extra)
    return _CROP[len(extra)].model_validate({"cropping": ends[0] if len(ends) == 1 else ends})
