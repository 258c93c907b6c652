"""How a network is trained, as it is saved in the project."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.optimizers.adam import Adam
from engine.optimizers.base import AnyOptimizer
from engine.schedules.base import AnySchedule
from engine.schedules.constant import Constant
from engine.schedules.monitoring import Monitoring
from engine.settings import setting


class Watched(Monitoring):
    """What early stopping and the best weights look at, as in Keras' EarlyStopping."""

    baseline: float | None = setting(
        None, "Baseline", "what it takes at least for an epoch to count as better", advanced=True
    )
    start_from_epoch: int = setting(
        0, "Warm-up epochs", "epochs that are not looked at", advanced=True, ge=0, le=1_000_000
    )


DeviceChoice = Literal["auto", "cpu", "gl"]


class TrainingSettings(BaseModel):
    """Everything that decides a run beside the network and the data. Equal settings and seed give an equal run."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    epochs: Annotated[
        int, Field(ge=1, le=1_000_000, title="Epochs", description="How often every example is seen.")
    ] = 20
    batch_size: Annotated[
        int, Field(ge=1, le=65536, title="Batch size", description="Examples that one step looks at.")
    ] = 32
    # made by whoever needs them: an instance here would have the import write what validates it
    optimizer: AnyOptimizer = Field(
        default_factory=Adam,
        title="Optimizer",
        description="The rule that turns gradients into steps.",
    )
    schedule: AnySchedule = Field(
        default_factory=Constant,
        title="Schedule",
        description="How the learning rate changes while the network learns.",
    )
    seed: Annotated[
        int,
        Field(
            ge=0, lt=2**31, title="Seed", description="The same seed gives the same run on the same device."
        ),
    ] = 0
    device: Annotated[
        DeviceChoice,
        Field(title="Device", description="auto measures a few steps on each and takes the faster one."),
    ] = "auto"
    early_stopping_patience: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            title="Stop early after",
            description="Epochs without a better result before training stops by itself; empty: never.",
        ),
    ] = None
    keep_best: Annotated[
        bool,
        Field(title="Keep best epoch", description="At the end, take the weights of the best epoch."),
    ] = False
    monitoring: Watched = Field(
        default_factory=Watched,
        title="What counts as better",
        description="For early stopping and the best epoch.",
        json_schema_extra={"advanced": True},
    )
    time_machine_mb: Annotated[
        int,
        Field(
            ge=0,
            le=65536,
            title="Time machine",
            description="Megabytes of memory for moments to go back to; 0: none are kept.",
            json_schema_extra={"advanced": True, "unit": "MB"},
        ),
    ] = 256
