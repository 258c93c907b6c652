"""A study that is written into a project comes back as it was; what is none is refused in a sentence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.training.many.kept import MOST_POINTS, KeptKnob, KeptStudy, thinned
from engine.training.many.knobs import MOST

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.one_of(st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False), TEXTS)


@st.composite
def studies(draw: st.DrawFn) -> KeptStudy:
    """Any study."""
    keys = draw(st.lists(TEXTS, min_size=1, max_size=2, unique=True))
    knobs = tuple(KeptKnob(key, draw(TEXTS), tuple(draw(st.lists(TEXTS, max_size=3)))) for key in keys)
    count, points, side = draw(st.integers(1, 5)), draw(st.integers(0, 6)), draw(st.integers(1, 4))
    scores = arrays(np.float64, count)
    judged = st.one_of(scores, st.just(np.empty(0)))
    planes = st.one_of(st.none(), arrays(np.uint8, (count, 2, side, side)))
    return KeptStudy(
        knobs,
        tuple({key: draw(NUMBERS) for key in keys} for _ in range(count)),
        draw(st.integers(0, 10**6)),
        draw(st.integers(1, 10**6)),
        draw(st.sampled_from(("done", "stopped"))),
        draw(scores),
        draw(judged),
        draw(judged),
        draw(arrays(np.float32, (points, 2, count))),
        draw(planes),
        draw(TEXTS),
    )


@settings(max_examples=40)
@given(studies())
def test_what_is_written_comes_back(study: KeptStudy) -> None:
    read = KeptStudy.read(json.loads(json.dumps(study.record(), allow_nan=False)))
    assert (read.knobs, read.values) == (study.knobs, study.values)
    assert (read.step, read.steps, read.reason) == (study.step, study.steps, study.reason)
    assert read.metric == study.metric
    for name in ("losses", "validation", "metrics", "curves"):
        one, other = getattr(read, name), getattr(study, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert (read.planes is None) == (study.planes is None)
    if study.planes is not None:
        np.testing.assert_array_equal(read.planes, study.planes)


def largest() -> KeptStudy:
    """As many variants, points and pictures as there can be."""
    scores = np.arange(MOST, dtype=np.float64)
    curves = np.zeros((3 * MOST_POINTS, 2, MOST), np.float32)
    curves[:, 0, 0] = np.arange(len(curves))
    planes = np.zeros((MOST, 2, 24, 24), np.uint8)
    values = tuple({"seed": k} for k in range(MOST))
    return KeptStudy(
        (KeptKnob("seed", "Seed"),), values, 5, 10, "done", scores, scores, scores, curves, planes
    )


def test_it_has_a_bounded_size_and_keeps_the_ends_of_its_curves() -> None:
    assert len(json.dumps(largest().record())) < 250_000
    read = KeptStudy.read(largest().record())
    assert read.curves.shape == (MOST_POINTS, 2, MOST)
    assert (read.curves[0, 0, 0], read.curves[-1, 0, 0]) == (0, 3 * MOST_POINTS - 1)
    short = np.zeros((3, 2, 4), np.float32)
    assert thinned(short) is short


@pytest.mark.parametrize(
    "change",
    [
        {"knobs": []},
        {"knobs": [{"key": "x" * 1000, "title": "", "fields": []}]},
        {"knobs": "seed"},
        {"values": []},
        {"values": [{}] * MOST},
        {"values": [{"seed": float("inf")}] * MOST},
        {"values": [{"seed": 1}] * (MOST + 1)},
        {"step": -1},
        {"step": True},
        {"steps": 0},
        {"reason": "why not"},
        {"losses": {"shape": [MOST], "data": ""}},
        {"losses": {"shape": [0], "data": ""}},
        {"losses": {"shape": [MOST], "data": "no base64!"}},
        {"losses": {"shape": [10**9], "data": ""}},
        {"losses": None},
        {"curves": {"shape": [1, 2, 3], "data": ""}},
        {"planes": {"shape": [MOST, 2, 0, 0], "data": ""}},
    ],
)
def test_what_is_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"can't be so|missing or of another kind"):
        KeptStudy.read({**largest().record(), **change})


@pytest.mark.parametrize("data", [None, 3, [], "study", {}])
def test_what_is_no_record_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="missing or of another kind"):
        KeptStudy.read(data)
