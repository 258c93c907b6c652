"""What people choose for a model of TensorFlow.js."""

from __future__ import annotations

from engine.exchange.tfjs.packing import Packing
from engine.settings import Settings, setting


class TfjsOptions(Settings):
    """Options of a `model.json`."""

    weights: Packing = setting(
        "float32", "Weights", "how they are kept: rounded ones make the files two or four times smaller"
    )
