"""Layers: one file each, found by the registry and offered here by name: `engine.layers.Dense(units=3)`."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from engine.layers.registry import layers  # it imports all of this package

    kind = layers().get(name) if name[:1].isupper() else None
    if kind is None:
        raise AttributeError(
            f"There is no layer named {name}; engine.layers.registry.layers() has all of them."
        )
    return kind


def __dir__() -> list[str]:
    from engine.layers.registry import layers

    return [*globals(), *layers()]
