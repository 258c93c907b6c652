"""Invocations that share a row: through shared memory, and through the vectors of drivers that let them exchange numbers.

The software OpenGL of test machines has no shuffles, but it can read one invocation after the other; what is written in
shuffles is run with those made of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.ops.op import Attrs, Op
from engine.ops.reductions import max_, sum_
from engine.ops.softmax import log_softmax, softmax
from gl_kernels import launch as launch_module
from gl_kernels.context import SUBGROUP_FEATURES, SUBGROUP_STAGES, Limits, shuffles
from gl_kernels.device import GlDevice
from gl_kernels.launch import SHUFFLES, Draft
from gl_kernels.shader import Shader, compose
from gl_kernels.tuning import Tuning
from tests.gl_kernels.running import normal, run_op

LIMITS = Limits(16, 2**27, 2**15, 1024, binaries=True, multi_bind=True, texels=2**16, subgroups=True)
MADE_OF_READS = """#extension GL_ARB_shader_ballot : require
#extension GL_ARB_gpu_shader_int64 : require
#define gl_SubgroupSize gl_SubGroupSizeARB
#define gl_SubgroupInvocationID gl_SubGroupInvocationARB
#define gl_SubgroupID (gl_LocalInvocationIndex / gl_SubGroupSizeARB)
#define gl_NumSubgroups ((gl_WorkGroupSize.x + ODD) / gl_SubGroupSizeARB)
float subgroupShuffleXor(float own, uint mask) {
    float found = own;
    for (uint i = 0u; i < gl_SubGroupSizeARB; ++i) {
        float there = readInvocationARB(own, i);
        if (i == (gl_SubGroupInvocationARB ^ mask)) found = there;
    }
    return found;
}"""
CASES: tuple[tuple[Op, tuple[int, ...], Attrs], ...] = (
    (sum_, (5, 40), {"axes": (1,), "keepdims": False}),
    (sum_, (3, 3000), {"axes": (1,), "keepdims": False}),
    (sum_, (70_000,), {"axes": (0,), "keepdims": False}),
    (max_, (9, 700), {"axes": (1,), "keepdims": False}),
    (softmax, (7, 33), {}),
    (softmax, (3, 2500), {}),
    (log_softmax, (40, 130), {}),
)


@pytest.fixture(params=["full vectors", "vectors with gaps"])
def with_vectors(
    request: pytest.FixtureRequest, tiled_device: GlDevice, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GlDevice]:
    """The device tuned as for a GPU with shuffles."""
    odd = "0u" if request.param == "full vectors" else "gl_SubGroupSizeARB"

    def with_reads(*arguments: Any) -> Shader:
        made = compose(*arguments)
        if "SUBGROUPS 1" not in made.text:
            return made
        for name in SHUFFLES:
            made = replace(made, text=made.text.replace(f"#extension {name} : require\n", ""))
        first, rest = made.text.split("\n", 1)
        return replace(made, text=f"{first}\n{MADE_OF_READS.replace('ODD', odd)}\n{rest}")

    monkeypatch.setattr(launch_module, "compose", with_reads)
    opened = GlDevice(None, replace(tiled_device.tuning, subgroups=True))
    yield opened
    opened.close()


@pytest.mark.parametrize(("op", "shape", "attrs"), CASES)
def test_what_vectors_fold_is_what_numpy_folds(
    with_vectors: GlDevice, op: Op, shape: tuple[int, ...], attrs: Attrs
) -> None:
    x = normal(*shape)
    expected = op.evaluate(x, **attrs)[0]
    np.testing.assert_allclose(run_op(with_vectors, op, [x], attrs)[0], expected, rtol=2e-5, atol=1e-4)


def test_a_gpu_with_shuffles_uses_them() -> None:
    assert Tuning.of(LIMITS, software=False).subgroups
    assert not Tuning.of(LIMITS, software=True).subgroups
    assert not Tuning.of(replace(LIMITS, subgroups=False), software=False).subgroups


@pytest.mark.parametrize(
    ("stages", "features", "expected"),
    [(0x20, 0x10, True), (0x3F, 0xFF, True), (0x1F, 0xFF, False), (0x20, 0x0F, False)],
)
def test_shuffles_in_compute_shaders_are_asked_for(stages: int, features: int, expected: bool) -> None:
    assert shuffles({SUBGROUP_STAGES: stages, SUBGROUP_FEATURES: features}.__getitem__) is expected


@pytest.mark.parametrize(("lanes", "subgroups"), [(8, True), (8, False), (1, True)])
def test_the_extension_is_required_only_where_it_is_used(lanes: int, subgroups: bool) -> None:
    draft = Draft("softmax", {"ROWS": 4, "COUNT": 64, "LOG": False})
    draft.shares(lanes, replace(Tuning.of(LIMITS, software=False), subgroups=subgroups))
    lines = draft.launch(1, 64).shader.text.splitlines()
    used = lanes > 1 and subgroups
    assert lines[0] == "#version 430 core"
    assert lines[1:3] == [f"#extension {name} : require" for name in SHUFFLES] or not used
    assert any(line.startswith("#extension") for line in lines) is used
    assert f"#define SUBGROUPS {int(used)}" in lines
