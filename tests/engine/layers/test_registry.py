"""All layers are imported in steps that a window has time for between two frames."""

from __future__ import annotations

import pytest

from engine.layers import registry


def test_a_module_has_its_own_step_after_those_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(registry, "_import", order.append)
    steps = registry.import_all()
    for _ in registry.modules():
        next(steps)
    assert sorted(order) == sorted(registry.modules())
    for name, need in (
        ("blueprint", "conv2d_transpose"),
        ("bidirectional", "lstm"),
        ("hashing", "string_lookup"),
    ):
        assert order.index(need) < order.index(name), f"{name} would import {need} in its own step"
