"""The two ways to make one number of a channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import LayerBuilder
from engine.layers.pooling import GlobalPooling
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.ops.reductions import max_, mean
from engine.tensor.spec import TensorSpec


class GlobalMaxPooling(GlobalPooling):
    """Base of GlobalMaxPooling1D, 2D and 3D."""

    takes: ClassVar[str] = "largest"

    def fold(self, b: LayerBuilder, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The largest number."""
        return max_(x, axes=axes, keepdims=self.keepdims)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The largest along all lengths."""
        keep = ", keepdim=True" if self.keepdims else ""
        return TorchForm(call=f"{{0}}.amax(dim={{s}}{keep})", layout="any")


class GlobalAveragePooling(GlobalPooling):
    """Base of GlobalAveragePooling1D, 2D and 3D."""

    takes: ClassVar[str] = "mean"

    def fold(self, b: LayerBuilder, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The mean."""
        return mean(x, axes=axes, keepdims=self.keepdims)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The mean along all lengths."""
        keep = ", keepdim=True" if self.keepdims else ""
        return TorchForm(call=f"{{0}}.mean(dim={{s}}{keep})", layout="any")
