"""What people choose for an HDF5 file of Keras."""

from __future__ import annotations

from engine.settings import Settings, setting


class HDF5Options(Settings):
    """Options of an `.h5` file."""

    weights_only: bool = setting(
        False,
        "Weights alone",
        "as save_weights of Keras 2 writes them, for load_weights of a model of the same layers",
    )
