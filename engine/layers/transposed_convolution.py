"""The transposed convolutions: what a convolution does to its gradient, done to pictures, so that they grow."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from engine.layers.activations import followed_by
from engine.layers.base import LayerBuilder
from engine.layers.convolution import Convolving, FilterSettings
from engine.layers.torch_form import Kept, TorchForm, call_of, numbers
from engine.layers.weighted import KernelSettings
from engine.layers.windows import Padding, Sizes, as_tuple, expect_lengths, spans
from engine.ops.conv import conv_input_grad
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, ShapeError, TensorSpec, format_shape


class TransposedConvolution(KernelSettings, Convolving, FilterSettings):
    """Base of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose."""

    output_padding: Sizes | None
    padding: Padding

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        self.refuse_strides_with_dilation()
        if self.output_padding is None:
            return self
        extra, strides = as_tuple(self.output_padding), as_tuple(self.strides)
        if any(more >= step for more, step in zip(extra, strides, strict=True)):
            raise ValueError(
                f"Output padding must be less than the strides, received {format_shape(extra)} with strides of "
                f"{format_shape(strides)}; take {format_shape(tuple(s - 1 for s in strides))} or less."
            )
        return self

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, lengths, channels) -> (batch, larger lengths, filters)."""
        (x,) = inputs
        expect_lengths(x, self.rank, self.title())
        weight = self.kernel(b, (*as_tuple(self.kernel_size), self.filters, x.shape[-1]))
        y = conv_input_grad(x, weight, groups=1, **self._geometry(x))
        return (self.finish(b, y),)

    def _geometry(self, x: Tensor) -> dict[str, Any]:
        """Attributes of the convolution whose transpose this is.

        Raises:
            ShapeError: nothing would be left of the input.
        """
        strides, dilation = as_tuple(self.strides), as_tuple(self.dilation_rate)
        extras = (None,) * self.rank if self.output_padding is None else as_tuple(self.output_padding)
        reach = spans(as_tuple(self.kernel_size), dilation)
        lengths, padding = [], []
        for n, span, step, extra in zip(x.shape[1:-1], reach, strides, extras, strict=True):
            length, before = _grown(n, span, step, self.padding, extra)
            lengths.append(length)
            padding.append((before, max(0, (n - 1) * step + span - before - length)))
        if min(lengths) < 1:
            raise ShapeError(
                f"{self.title()} with this window and output padding needs a longer input, received "
                f"{format_shape(x.shape[1:-1])}. Leave the output padding empty."
            )
        return {
            "strides": strides,
            "dilation": dilation,
            "padding": tuple(padding),
            "input_shape": (x.shape[0], *lengths, self.filters),
        }

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A transposed convolution, where PyTorch can say its length."""
        sizes, strides, dilation = map(as_tuple, (self.kernel_size, self.strides, self.dilation_rate))
        extras = (None,) * self.rank if self.output_padding is None else as_tuple(self.output_padding)
        cut, more = [], []
        for n, span, step, extra in zip(
            inputs[0].shape[:-1], spans(sizes, dilation), strides, extras, strict=True
        ):
            length, before = _grown(n, span, step, self.padding, extra)
            cut.append(before)
            more.append(length - ((n - 1) * step - 2 * before + span))
        if any(not 0 <= n < max(s, d) for n, s, d in zip(more, strides, dilation, strict=True)):
            return None
        module = call_of(
            f"nn.ConvTranspose{self.rank}d",
            inputs[0].shape[-1],
            self.filters,
            numbers(sizes),
            stride=numbers(strides) if max(strides) > 1 else None,
            padding=numbers(cut) if any(cut) else None,
            output_padding=numbers(more) if any(more) else None,
            dilation=numbers(dilation) if max(dilation) > 1 else None,
            bias=None if self.use_bias else False,
        )
        weights = {"weight": Kept("weight", (self.rank + 1, self.rank, *range(self.rank)))}
        weights |= {"bias": Kept("bias")} if self.use_bias else {}
        return TorchForm(module, weights, activation=self.activation, layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which size to which."""
        sizes = f"{format_shape(inputs[0][:-1])} becomes {format_shape(outputs[0][:-1])}"
        return f"Paints patterns of {self.window_text()}: {sizes}{followed_by(self.activation)}"


def _grown(length: int, span: int, stride: int, padding: Padding, extra: int | None) -> tuple[int, int]:
    """(new length, elements cut off at the start), as Keras (its JAX backend, as TensorFlow) has them."""
    if padding == "valid":
        more = max(span, stride) - span if extra is None else extra
        return (length - 1) * stride + span + more, 0
    if extra is None:
        total, result = stride + span - 2, length * stride
    else:
        total, result = span + span % 2 - 2 + extra, (length - 1) * stride + span % 2 + extra
    left = min(total - total // 2, span - 1)
    return result, span - 1 - left
