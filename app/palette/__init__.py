"""The palette: every layer that can be put on the canvas, by category and by search."""

from app.palette.entries import LAYER_MIME, LayerEntry, layer_entries
from app.palette.matching import rank
from app.palette.palette import Palette

__all__ = ["LAYER_MIME", "LayerEntry", "Palette", "layer_entries", "rank"]
