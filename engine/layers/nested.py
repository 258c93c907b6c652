"""A layer as a setting of another: wrappers and groups hold layers."""

from __future__ import annotations

from typing import Annotated

from engine.families import Family
from engine.layers.base import Layer
from engine.settings import Settings


def _name(kind: type[Settings]) -> str:
    return kind.__name__


def _declared(kind: type[Settings]) -> bool:
    return "declaration" in vars(kind)


LAYERS: Family[Layer] = Family(Layer, "engine.layers", "layer", key=_name, includes=_declared)
AnyLayer = Annotated[Layer, LAYERS]
