"""The operator tests of ONNX itself: those of `node_passes.txt` pass, and all that do not are in `node_failures.txt`.

After a change that lets more of them pass, `python -m tests.engine.exchange.onnx.test_nodes` writes the lists anew; reasons
that are there already stay.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper

from engine.exchange.onnx.calls import operators
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.evaluating import computed
from engine.exchange.onnx.graphs import graph_of
from engine.formats.errors import FormatError

HERE = Path(__file__).parent
PASSES, FAILURES, OPERATORS = (HERE / f"node_{n}.txt" for n in ("passes", "failures", "operators"))
BESIDE = ("Attention", "Cast", "CastLike")  # run, but not counted
SHARE = 0.95  # that pass of those that count


@cache
def cases() -> Mapping[str, tuple[str, Any]]:
    """Operator and case by name, of all on a single operator that we look at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the arithmetic in which the cases are made
        from onnx.backend.test.case.node import collect_testcases

        found = collect_testcases(None)
    wanted = {*counted(), *BESIDE}
    models: list[tuple[Any, Any]] = [(c.model, c) for c in found]
    single = ((m.graph.node[0], c) for m, c in models if len(m.graph.node) == 1)
    return {c.name: (n.op_type, c) for n, c in single if not n.domain and n.op_type in wanted}


def counted() -> set[str]:
    """The operators of `node_operators.txt`."""
    lines = OPERATORS.read_text(encoding="utf-8").splitlines()
    return {op for line in lines if not line.startswith("#") for op in line.partition(":")[2].split()}


def problem(case: Any) -> str:
    """Why a case fails, in a few words; "" where it passes."""
    try:
        inputs, expected = case.data_sets[0]
        names = [i.name for i in case.model.graph.input]
        given = dict(zip(names, map(_array, inputs), strict=True))
        found = computed(graph_of(case.model, HERE), given)
        rough = any(o.type.tensor_type.elem_type == TensorProto.BFLOAT16 for o in case.model.graph.output)
        for ours, theirs in zip(found, map(_array, expected), strict=True):
            assert ours.shape == theirs.shape, f"shape {ours.shape} in place of {theirs.shape}"
            np.testing.assert_allclose(
                ours.astype(np.float64),
                theirs.astype(np.float32).astype(np.float64)
                if theirs.dtype.kind == "V"
                else theirs.astype(np.float64),
                rtol=0.01 if rough else max(case.rtol, 1e-4),
                atol=1e-5,
            )
    except (RefusedError, FormatError) as error:
        return str(error)
    except AssertionError as error:
        return " ".join(str(error).split())[:60]
    return ""


def _array(value: Any) -> Any:
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


def listed(path: Path) -> Iterator[tuple[str, str]]:
    """Names, and what stands behind them."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, reason = line.partition(": ")
            yield name, reason


def test_every_operator_that_counts_is_translated() -> None:
    assert counted() - set(operators()) == {"Constant"}  # which is known as it stands


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_all_that_passed_passes_and_all_others_are_listed() -> None:
    passes, failures = dict(listed(PASSES)), dict(listed(FAILURES))
    found = {name: problem(case) for name, (_, case) in cases().items()}
    assert {n: why for n, why in found.items() if why and n in passes} == {}
    assert {n for n, why in found.items() if why} <= set(failures)
    assert set(passes) <= set(found)


@pytest.mark.slow
def test_the_share_that_passes() -> None:
    passes, failures = dict(listed(PASSES)), dict(listed(FAILURES))
    ops = {n: op for n, (op, _) in cases().items()}
    yes, no = (sum(ops.get(n, "") in counted() for n in names) for names in (passes, failures))
    assert yes + no >= 776
    assert yes / (yes + no) >= SHARE
    assert all(failures.values())  # each has its reason


def _write() -> None:
    reasons = dict(listed(FAILURES)) if FAILURES.exists() else {}
    found = {name: problem(case) for name, (_, case) in sorted(cases().items())}
    PASSES.write_text("".join(f"{n}\n" for n, why in found.items() if not why), encoding="utf-8")
    FAILURES.write_text(
        "# Node tests that do not pass, and why.\n"
        + "".join(f"{n}: {reasons.get(n) or why}\n" for n, why in found.items() if why),
        encoding="utf-8",
    )


if __name__ == "__main__":
    _write()
