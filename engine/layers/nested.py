"""A layer as a setting of another: wrappers and groups hold layers."""

from __future__ import annotations

from typing import Annotated

from engine.families import Family
from engine.layers.base import Layer
from engine.settings import Settings


def layer_name(kind: type[Settings]) -> str:
    """What a layer is called in files: the name of its class."""
    return kind.__name__


def declared(kind: type[Settings]) -> bool:
    """Whether a class is a layer and no base of layers."""
    return "declaration" in vars(kind)


LAYERS: Family[Layer] = Family(Layer, "engine.layers", "layer", key=layer_name, includes=declared)
AnyLayer = Annotated[Layer, LAYERS]
