"""Long short-term memory."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.layers.activations import activations
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.gated import Gated
from engine.layers.initializers import Initializer
from engine.ops.cells import Formula, lstm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Array, Shape


class LSTM(Gated):
    """Reads a sequence step by step and decides by gates what to remember and what to forget.

    i, f, o = recurrent_activation(x · weight + h · recurrent_weight + bias), one part of the weights for each gate;
    c' = f · c + i · activation(..), h' = o · activation(c'). The cell c keeps what the forget gate f lets it keep, over
    hundreds of steps. The usual choice for text, sound and measurements over time; GRU is a little smaller. A mask
    makes it skip steps: there, output and states stay as they were.
    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.RECURRENT,
        summary="Reads a sequence step by step with a long memory",
        aliases=("long short-term memory", "rnn", "recurrent", "time series", "sequence", "text"),
        keras="LSTM",
        torch="LSTM",
        onnx="LSTM",
        common=True,
        samples=(
            LayerSample({"units": 3}, ((2, 4, 3),)),
            LayerSample({"units": 2, "return_sequences": True, "use_bias": False}, ((3, 2, 20),)),
            LayerSample(
                {"units": 2, "return_sequences": True, "return_state": True}, ((2, 3, 1), (2, 2), (2, 2))
            ),
            LayerSample(
                {"units": 3, "recurrent_dropout": 0.4, "unit_forget_bias": False}, ((2, 3, 2), (2, 3))
            ),
        ),
    )
    lanes: ClassVar[int] = 4
    state_names: ClassVar[tuple[str, ...]] = ("state", "cell")

    unit_forget_bias: bool = setting(
        True, "Forget bias 1", "start with forget gates that keep nearly everything", advanced=True
    )

    def torch_kind(self) -> str | None:
        """With the usual functions."""
        return "nn.LSTM" if (self.activation, self.recurrent_activation) == ("tanh", "sigmoid") else None

    def formula(self) -> Formula:
        """Four gates and a cell."""
        known = activations()
        return lstm(known[self.activation].function, known[self.recurrent_activation].function)

    def bias(self, b: LayerBuilder, shape: Shape, name: str = "bias") -> Tensor:
        """As set; that of the forget gates starts at 1 if they are to keep."""
        start = ForgetBias(others=self.bias_initializer) if self.unit_forget_bias else self.bias_initializer
        return b.weight(
            name, shape, start, regularizer=self.bias_regularizer, constraint=self.bias_constraint
        )


class ForgetBias(Initializer):
    """Starts the second quarter of a bias at 1 and the rest as it would start anyway.

    Source: Jozefowicz et al., An empirical exploration of recurrent network architectures, 2015.
    """

    others: Initializer

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """The input gates, the forget gates, then candidates and output gates together, as Keras draws them."""
        units = shape[0] // 4
        parts = [
            self.others.sample((units,), generator),
            np.ones(units, np.float32),
            self.others.sample((2 * units,), generator),
        ]
        return np.concatenate(parts)
