"""All layers are imported in steps that a window has time for between two frames."""

from __future__ import annotations

import pytest

import engine.registry
from engine.layers import registry


def test_a_module_has_its_own_step_after_those_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    names = registry.modules()
    order: list[str] = []
    monkeypatch.setattr(engine.registry, "imported", lambda name: order.append(name.rpartition(".")[2]))
    steps = registry.import_all()
    for _ in names:
        next(steps)
    assert sorted(order) == sorted(names)
    for name, need in (
        ("blueprint", "conv2d_transpose"),
        ("bidirectional", "lstm"),
        ("hashing", "string_lookup"),
    ):
        assert order.index(need) < order.index(name), f"{name} would import {need} in its own step"
