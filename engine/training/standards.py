"""What the figures of a run are held against: the answer that is always the same, and the units of the data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Usual:
    """Whoever always answers with the most frequent class of the rows of validation is right in a share of them.

    Attributes:
        figure: what a run reports of that ("accuracy").
        answer: the name of the class.
        share: 0 to 1.
    """

    figure: str
    answer: str
    share: float


@dataclass(frozen=True)
class Scaled:
    """A figure is measured in units of a scaled target.

    Attributes:
        figure: what a run reports ("mean_absolute_error").
        of: what people call the target.
        size: 1 of the scaled target in units of the data; None: no one number, or the target is bent, too.
        factor: the same for the figure: the square of it for a squared error.
    """

    figure: str
    of: str
    size: float | None = None
    factor: float | None = None


@dataclass(frozen=True)
class Standards:
    """All of a run."""

    usual: tuple[Usual, ...] = ()
    scaled: tuple[Scaled, ...] = ()
