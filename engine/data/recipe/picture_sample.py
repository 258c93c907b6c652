"""One picture of a column as it lies in the file, and as the recipe hands it to the network; for views."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.data.errors import DataError
from engine.data.pictures.fitting import fitted
from engine.data.pictures.source import PictureSource
from engine.data.pictures.target import PictureTarget
from engine.data.recipe.settings import PictureRecipe
from engine.data.sources.base import Source
from engine.tensor.spec import Array


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
        target = _target(source.proposed(name), wanted)
        return PictureSample(source.picture(name, row), source.picture(name, row, target))
    cells = source.read([name], row, row + 1)[name]
    if not len(cells):
        raise DataError(f"{source.title} has no row {row + 1:,}.")
    height, width, channels = cells[0].shape
    return PictureSample(cells[0], fitted(cells[0], _target(PictureTarget(height, width, channels), wanted)))


def _target(proposed: PictureTarget, recipe: PictureRecipe) -> PictureTarget:
    """What the user decided; the rest as proposed."""
    channels = proposed.channels if recipe.grey is None else 1 if recipe.grey else max(3, proposed.channels)
    return replace(
        proposed,
        height=recipe.height or proposed.height,
        width=recipe.width or proposed.width,
        channels=channels,
        fit=recipe.fit,
    )
