"""Which data a project trains on, as saved in the project: a name or a path, options, split and seed."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Fraction = Annotated[float, Field(ge=0, le=0.9)]
LARGEST_HELD_OUT = 0.9


class DataSettings(BaseModel):
    """The choice of data. Options are checked when data is described or loaded, so any project opens."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: Annotated[str, Field(title="Data set", description="Name of a bundled data set.")] = "spiral"
    path: Annotated[
        str | None,
        Field(
            title="File",
            description="A CSV or .npz file to use instead of a bundled data set.",
            pattern=r"^[^\x00]+$",
        ),
    ] = None
    options: Annotated[
        dict[str, bool | int | float | str],
        Field(title="Options", description="Settings of the chosen data set or file."),
    ] = {}
    validation_fraction: Annotated[
        Fraction,
        Field(
            title="Validation part",
            description="Share of the rows that is kept from training, to see how the network does on what "
            "it has not learned from. Sets with a published test part use that instead.",
        ),
    ] = 0.2
    test_fraction: Annotated[
        Fraction,
        Field(
            title="Test part",
            description="Share of the rows that is not looked at before the very end. Ignored for sets "
            "with a published test part.",
        ),
    ] = 0.0
    normalize: Annotated[
        bool,
        Field(
            title="Normalize",
            description="Bring each column of numbers to mean 0 and deviation 1, as measured on the "
            "training part. Pictures are brought to 0..1 in any case.",
        ),
    ] = True
    seed: Annotated[
        int, Field(ge=0, lt=2**63, title="Seed", description="The same seed gives the same data and split.")
    ] = 0

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> DataSettings:
        held_out = self.validation_fraction + self.test_fraction
        if held_out > LARGEST_HELD_OUT + 1e-9:
            raise ValueError(
                f"Validation and test part together must be at most {LARGEST_HELD_OUT:.0%}, received "
                f"{held_out:.0%}. Make one of them smaller."
            )
        return self
