"""What pictures are brought to by a recipe, and one picture before and after, for views."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.data.errors import DataError
from engine.data.pictures.fitting import fitted
from engine.data.pictures.source import PictureSource
from engine.data.pictures.target import PictureTarget
from engine.data.recipe.settings import PictureRecipe
from engine.data.sources.base import Source
from engine.tensor.spec import Array


def picture_target(proposed: PictureTarget, recipe: PictureRecipe) -> PictureTarget:
    """What pictures are brought to: what the user decided, the rest as the source proposes."""
    target = proposed
    if recipe.height is not None or recipe.width is not None or recipe.fit != "resize":
        height, width = recipe.height or target.height, recipe.width or target.width
        target = replace(target, height=height, width=width, fit=recipe.fit)
    if recipe.grey is not None and not target.mask:
        target = replace(target, channels=1 if recipe.grey else 3)
    return target


@dataclass(frozen=True, eq=False)
class PictureSample:
    """A picture before and after, each uint8 (height, width, channels)."""

    before: Array
    after: Array


def sample_picture(source: Source, name: str, row: int, recipe: PictureRecipe | None = None) -> PictureSample:
    """The picture of a row; without a recipe, as sources propose it.

    Raises:
        DataError: no such row, or the picture cannot be read.
    """
    wanted = recipe or PictureRecipe()
    if isinstance(source, PictureSource):
        target = picture_target(source.proposed(name), wanted)
        return PictureSample(source.picture(name, row), source.picture(name, row, target))
    cells = source.read([name], row, row + 1)[name]
    if not len(cells):
        raise DataError(f"{source.title} has no row {row + 1:,}.")
    height, width, channels = cells[0].shape
    return PictureSample(
        cells[0], fitted(cells[0], picture_target(PictureTarget(height, width, channels), wanted))
    )
