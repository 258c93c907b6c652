"""What the recurrent layers with gates share."""

from __future__ import annotations

from pydantic import field_validator

from engine.layers.activations import ActivationName
from engine.layers.recurrent import Recurrent, expect_elementwise
from engine.settings import setting


class Gated(Recurrent):
    """Base of the recurrent layers whose gates have an activation of their own."""

    recurrent_activation: ActivationName = setting(
        "sigmoid", "Gate activation", "what is done with the gates' sums", advanced=True
    )

    @field_validator("activation", "recurrent_activation")
    @classmethod
    def _elementwise(cls, name: ActivationName) -> ActivationName:
        expect_elementwise("The activation", name)
        return name
