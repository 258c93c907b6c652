"""The recipe as settings: every decision a user can make on the way from columns to a training set, each with "auto".

An empty recipe is right for any file: what is not decided here is guessed by `engine.data.recipe.plan`, with a reason.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from engine.data.recipe.steps.base import AnyCategories, AnyDates, AnyMissing, AnyNumbers
from engine.settings import Settings, setting

Role = Literal["auto", "input", "target", "weight", "group", "time", "split", "ignore"]
SplitKind = Literal["auto", "random", "stratified", "group", "time", "column"]
LARGEST_SIDE = 4096  # pixels
ANY_TARGET = ""  # stands among the columns for targets that have no entry of their own


class PictureRecipe(Settings):
    """How pictures get one size and one number of channels."""

    height: int | None = setting(
        None, "Height", "pixels; empty: that of most pictures, 128 at most", ge=1, le=LARGEST_SIDE
    )
    width: int | None = setting(
        None, "Width", "pixels; empty: that of most pictures, 128 at most", ge=1, le=LARGEST_SIDE
    )
    fit: Literal["resize", "crop", "pad"] = setting(
        "resize",
        "Fit",
        "resize: stretched to the size; crop: the middle of it fills the size; pad: all of it, with black borders",
    )
    grey: bool | None = setting(None, "Grey", "one channel instead of three; empty: grey if all pictures are")


class SoundRecipe(Settings):
    """How sounds get one length, and what the network sees of them."""

    form: Literal["spectrogram", "waveform"] = setting(
        "spectrogram", "As", "spectrogram: loudness by time and pitch, a picture; waveform: the samples"
    )
    seconds: float | None = setting(
        None,
        "Length",
        "seconds; longer sounds are cut, shorter ones end in silence; empty: that of most",
        gt=0,
        le=600,
    )
    rate: int | None = setting(
        None,
        "Rate",
        "values a second that sounds are brought to; empty: that of most",
        ge=1_000,
        le=192_000,
    )
    bands: int = setting(64, "Bands", "pitches that a spectrogram tells apart", ge=4, le=512)


class ColumnRecipe(Settings):
    """What the user decided of one column; None leaves a step to the plan, which takes those that suit the column."""

    role: Role = setting("auto", "Role", "what the column is for")
    missing: AnyMissing | None = setting(None, "Missing values", "what stands for a cell without a value")
    categories: AnyCategories | None = setting(
        None, "Categories", "how words become numbers; of a target: it is a class, whatever it looks like"
    )
    numbers: AnyNumbers | None = setting(
        None, "Numbers", "how numbers are scaled; of a target: it is a number, not a class"
    )
    dates: AnyDates | None = setting(None, "Dates", "how points in time become numbers")
    picture: PictureRecipe | None = setting(None, "Pictures", "size and colour")
    sound: SoundRecipe | None = setting(None, "Sounds", "length and form")


class SplitRecipe(Settings):
    """How rows are divided into training, validation and test part; the shares are those of the data settings."""

    kind: SplitKind = setting(
        "auto",
        "Split",
        "random; stratified: every class in its share in each part; group: rows of one group in one part; time: the last "
        "rows are for validation and test; column: a column says it; auto: what suits the data",
    )
    column: str = setting(
        "",
        "By column",
        "of groups, of the time, or with the words train, validation and test; empty: the column with that role",
    )


def _no_repeats(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError(f"Columns of a window must differ, received {', '.join(names)}. Remove one.")
    return names


class WindowRecipe(Settings):
    """Examples from rows that follow each other in time: some rows that are known, and those that come next."""

    columns: Annotated[tuple[str, ...], AfterValidator(_no_repeats)] = setting(
        (), "Columns", "whose past values are known; empty: all inputs and number targets"
    )
    window: int = setting(12, "Window", "rows that the network sees", prominent=True, ge=1, le=10_000)
    horizon: int = setting(1, "Horizon", "rows after them that it predicts", prominent=True, ge=1, le=1_000)
    stride: int = setting(1, "Step", "rows from one example to the next", ge=1, le=10_000)
    across: bool = setting(
        False,
        "Across gaps",
        "examples may reach over gaps in time; else they are left out, unless most would be",
    )


class Recipe(Settings):
    """How the columns of a file become a training set."""

    columns: dict[str, ColumnRecipe] = setting(
        {}, "Columns", "by name: what was decided of them; the rest is guessed"
    )
    split: SplitRecipe = setting(SplitRecipe(), "Split", "which rows are for what")
    balance: Literal["none", "weights", "resample"] = setting(
        "none",
        "Balance",
        "of rare classes: weights: their rows count more; resample: their rows are repeated in the training part",
    )
    windows: WindowRecipe | None = setting(None, "Windows", "examples from rows in time")
    rules: Literal[1, 2] = setting(
        2,
        "Rules",
        "which rules guess what is not decided; 1: those of projects without recipes, where the last column is the target, "
        "all others are inputs, and columns of 0 and 1 are scaled like numbers",
        hidden=True,
    )

    def of(self, column: str) -> ColumnRecipe:
        """What was decided of a column; nothing, where it has no entry."""
        return self.columns.get(column, ColumnRecipe())

    def with_column(self, column: str, decided: ColumnRecipe) -> Recipe:
        """The same with another decision on one column; one that decides nothing is removed."""
        columns = {name: kept for name, kept in self.columns.items() if name != column}
        if decided != ColumnRecipe():
            columns[column] = decided
        return self.model_copy(update={"columns": columns})
