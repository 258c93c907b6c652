"""The gated recurrent unit."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activations import activations
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.gated import Gated
from engine.layers.shapes import part
from engine.layers.torch_form import Kept
from engine.ops.cells import Formula, gru
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting


class GRU(Gated):
    """Reads a sequence step by step; gates decide how much of its memory each step replaces.

    z, r = recurrent_activation(x · weight + h · recurrent_weight + bias), candidate = activation(x · weight + what r
    leaves of h · recurrent_weight), h' = z · h + (1 - z) · candidate. It remembers about as long as LSTM with a quarter
    less to compute. A mask makes it skip steps: there, output and state stay as they were.
    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, 2014.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.RECURRENT,
        summary="Reads a sequence step by step with a long memory, smaller than LSTM",
        aliases=("gated recurrent unit", "rnn", "recurrent", "time series", "sequence", "text"),
        keras="GRU",
        torch="GRU",
        onnx="GRU",
        common=True,
        samples=(
            LayerSample({"units": 3}, ((2, 4, 3),)),
            LayerSample({"units": 2, "reset_after": False}, ((3, 2, 5),)),
            LayerSample({"units": 2, "return_sequences": True, "return_state": True}, ((2, 3, 1), (2, 2))),
            LayerSample(
                {"units": 3, "reset_after": False, "use_bias": False, "recurrent_dropout": 0.4}, ((2, 3, 2),)
            ),
            LayerSample({"units": 2, "use_bias": False, "go_backwards": True}, ((2, 3, 2),)),
        ),
    )
    lanes: ClassVar[int] = 3
    torch_gates: ClassVar[tuple[int, ...]] = (1, 0, 2)

    reset_after: bool = setting(
        True,
        "Reset after",
        "apply the reset gate after the product with the recurrent weight, as fast implementations do",
        advanced=True,
    )

    def torch_kind(self) -> str | None:
        """With the usual functions, and the reset gate behind the product."""
        usual = (self.activation, self.recurrent_activation) == ("tanh", "sigmoid")
        return "nn.GRU" if usual and self.reset_after else None

    def torch_weights(self, end: str) -> dict[str, Kept]:
        """Both have a bias of the input and one of the product; PyTorch has the reset gate first."""
        weights = super().torch_weights(end)
        if self.use_bias:
            weights[f"bias_ih_{end}"] = Kept("bias", parts=self.torch_gates, row=0)
            weights[f"bias_hh_{end}"] = Kept("bias", parts=self.torch_gates, row=1)
        return weights

    def formula(self) -> Formula:
        """Two gates and a candidate."""
        known = activations()
        return gru(
            known[self.activation].function,
            known[self.recurrent_activation].function,
            reset_after=self.reset_after,
            use_bias=self.use_bias,
        )

    def recurrent_weights(self, b: LayerBuilder) -> list[Tensor]:
        """One product, or one for the gates and one for the candidate behind the reset gate."""
        weight = self.recurrent_weight(b)
        if self.reset_after:
            return [weight]
        return [part(weight, 1, 0, 2 * self.units), part(weight, 1, 2 * self.units, 3 * self.units)]

    def biases(self, b: LayerBuilder) -> tuple[Tensor | None, list[Tensor]]:
        """With the reset gate behind the product, that has a bias of its own."""
        width = 3 * self.units
        if not self.use_bias or not self.reset_after:
            return (self.bias(b, (width,)) if self.use_bias else None), []
        both = self.bias(b, (2, width))
        return reshape(part(both, 0, 0, 1), shape=(width,)), [reshape(part(both, 0, 1, 2), shape=(width,))]
