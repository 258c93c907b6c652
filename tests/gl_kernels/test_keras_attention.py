"""Attention on the OpenGL device is that of Keras: one case for each way through the layers."""

from __future__ import annotations

from gl_kernels.device import GlDevice
from tests.engine.layers.golden import GoldenFile, check_on

# one head with scale and mask, a learned sum, heads with all wires, masks and order, over other dimensions,
# shared heads with a gate, three equations, a block
CASES = (6, 9, 17, 21, 25, 29, 32, 35)


def test_as_keras(gl: GlDevice) -> None:
    check_on(gl, GoldenFile("attention"), CASES)
