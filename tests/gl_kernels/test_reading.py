"""People can read the shader of every op, and see the line that computes it. No OpenGL is needed for that."""

import pytest

from engine.ops.op import Op, OpKind
from engine.ops.registry import ops
from engine.tensor.spec import TensorSpec
from engine.training.explain.code import numpy_text
from gl_kernels.reading import BEGINNING, NOTHING, RESULT, Listing, listing_of


@pytest.mark.parametrize("op", [op for op in ops().values() if op.samples], ids=lambda op: op.name)
def test_every_op_can_be_read(op: Op) -> None:
    sample = op.samples[0]
    attrs = {**op.defaults, **sample.attrs}
    found = listing_of(op, attrs, sample.inputs, op.infer(sample.inputs, attrs))
    if op.kind is OpKind.VIEW:
        assert found == NOTHING
    elif op.host:
        assert op.host in str(found)
    else:
        assert isinstance(found, Listing)
        marked = found.text.splitlines()[found.line]
        assert marked.startswith(BEGINNING) or RESULT in marked
    assert numpy_text(op, len(sample.inputs))


def test_the_line_of_an_op_is_its_own_expression() -> None:
    spec = TensorSpec((1, 8))
    found = listing_of(ops()["tanh"], {}, [spec], [spec])
    assert isinstance(found, Listing)
    assert found.text.splitlines()[found.line].strip() == "precise float t0 = ll_tanh(a0);"
    assert numpy_text(ops()["tanh"], 1) == "np.tanh(x1, out=y)"
    assert numpy_text(ops()["greater"], 2) == "np.greater(x1, x2, out=y)"
    assert "np.matmul(a, b, out=outputs[0])" in numpy_text(ops()["matmul"], 2)
