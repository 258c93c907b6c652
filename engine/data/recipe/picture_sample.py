"""What pictures are brought to by a recipe, and one picture before and after, for views."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

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


def spread(mask: Array) -> Array:
    """Class numbers so far apart that they can be seen: the largest is white; uint8 as it is."""
    most = int(mask.max(initial=0))
    return mask if not most else (mask.astype(np.float32) * (255 / most)).astype(np.uint8)


def sample_picture(source: Source, name: str, row: int, recipe: PictureRecipe | None = None) -> PictureSample:
    """The picture of a row; without a recipe, as sources propose it.

    Raises:
        DataError: no such row, or the picture cannot be read.
    """
    wanted = recipe or PictureRecipe()
    if isinstance(source, PictureSource):
        target = picture_target(source.proposed(name), wanted)
        sample = PictureSample(source.picture(name, row), source.picture(name, row, target))
        return PictureSample(spread(sample.before), spread(sample.after)) if target.mask else sample
    cells = source.read([name], row, row + 1)[name]
    if not len(cells):
        raise DataError(f"{source.title} has no row {row + 1:,}.")
    height, width, channels = cells[0].shape
    return PictureSample(
        cells[0], fitted(cells[0], picture_target(PictureTarget(height, width, channels), wanted))
    )
