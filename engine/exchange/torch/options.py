"""What people choose for a module of PyTorch."""

from __future__ import annotations

from engine.settings import Settings, setting


class TorchOptions(Settings):
    """Options of an export to PyTorch."""

    training: bool = setting(
        True,
        "Training scripts",
        "train_NAME.py, for one process or torchrun, and train_NAME_ray.py for Ray Train",
    )
    data: bool = setting(
        False, "The data", "NAME.npz with the prepared data beside the scripts, where it is at hand"
    )
