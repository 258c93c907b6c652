"""Layers on the OpenGL device are those of Keras: all cases of a file of golden values as one program."""

from __future__ import annotations

import pytest

from gl_kernels.device import GlDevice
from tests.engine.layers.golden import GoldenFile, check_on

AREAS = (
    "activations",
    "normalization",
    "normalization_jax",
    "shape",
    "shape_jax",
    "preprocessing",
    "recurrent",
)


@pytest.mark.parametrize("area", AREAS)
def test_as_keras(gl: GlDevice, area: str) -> None:
    check_on(gl, GoldenFile(area))
