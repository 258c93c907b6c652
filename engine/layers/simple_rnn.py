"""The plain recurrent layer."""

from __future__ import annotations

from typing import ClassVar

from pydantic import field_validator

from engine.layers.activations import ActivationName, activations
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.recurrent import Recurrent, expect_elementwise
from engine.ops.cells import Formula, simple


class SimpleRNN(Recurrent):
    """Reads a sequence step by step and mixes what it reads with its own last output.

    h' = activation(x · weight + h · recurrent_weight + bias). It is the simplest layer with a memory, and forgets within
    some ten steps; take LSTM or GRU where more must be remembered. A mask (from Masking or Embedding) makes it skip
    steps: there, output and state stay as they were.
    Source: Elman, Finding structure in time, 1990.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.RECURRENT,
        summary="Reads a sequence step by step with a short memory",
        aliases=("rnn", "recurrent", "elman", "vanilla rnn", "time series", "sequence"),
        keras="SimpleRNN",
        torch="RNN",
        onnx="RNN",
        samples=(
            LayerSample({"units": 3}, ((2, 4, 3),)),
            LayerSample({"units": 2, "return_sequences": True, "use_bias": False}, ((3, 2, 5),)),
            LayerSample(
                {"units": 2, "return_sequences": True, "return_state": True, "go_backwards": True},
                ((2, 3, 1), (2, 2)),
            ),
            LayerSample(
                {"units": 3, "dropout": 0.3, "recurrent_dropout": 0.4, "activation": "gelu"}, ((2, 3, 2),)
            ),
        ),
    )
    lanes: ClassVar[int] = 1

    @field_validator("activation")
    @classmethod
    def _elementwise(cls, name: ActivationName) -> ActivationName:
        expect_elementwise("The activation", name)
        return name

    def torch_kind(self) -> str | None:
        """With tanh."""
        return "nn.RNN" if self.activation == "tanh" else None

    def formula(self) -> Formula:
        """One sum and an activation."""
        return simple(activations()[self.activation].function)
