"""Which data a project trains on, as saved in the project: a name or a path, options, split and seed."""

from __future__ import annotations

from pydantic import model_validator

from engine.data.recipe.settings import Recipe
from engine.settings import Settings, setting

LARGEST_HELD_OUT = 0.9


class DataSettings(Settings):
    """The choice of data. Options are checked when data is described or loaded, so any project opens."""

    dataset: str = setting("spiral", "Data set", "name of a bundled data set")
    path: str | None = setting(
        None,
        "File",
        "a file or folder of one's own to use instead of a bundled data set",
        pattern=r"^[^\x00]+$",
    )
    options: dict[str, bool | int | float | str | dict[str, str]] = setting(
        {}, "Options", "settings of the chosen data set, or how the file is read"
    )
    validation_fraction: float = setting(
        0.2,
        "Validation part",
        "share of the rows that is not learned from, but shown how the network does; "
        "sets with a published test part use that instead",
        ge=0.0,
        le=LARGEST_HELD_OUT,
    )
    test_fraction: float = setting(
        0.0,
        "Test part",
        "share of the rows that is not looked at before the very end; ignored for sets with a published test part",
        ge=0.0,
        le=LARGEST_HELD_OUT,
    )
    normalize: bool = setting(
        True,
        "Normalize",
        "bring each column of numbers to mean 0 and deviation 1, as measured on the training part; "
        "pictures are brought to 0..1 in any case",
    )
    recipe: Recipe = setting(
        Recipe(), "Recipe", "how the columns of a file become a training set", hidden=True
    )
    seed: int = setting(0, "Seed", "the same seed gives the same data and split", ge=0, lt=2**63)

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> DataSettings:
        held_out = self.validation_fraction + self.test_fraction
        if held_out > LARGEST_HELD_OUT + 1e-9:
            raise ValueError(
                f"Validation and test part together must be at most {LARGEST_HELD_OUT:.0%}, received "
                f"{held_out:.0%}. Make one of them smaller."
            )
        return self
