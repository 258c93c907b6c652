"""Convolution and pooling of one to three lengths against their definitions, and what cannot be done."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from engine.ops.conv import conv, conv_input_grad, conv_weight_grad, output_shape
from engine.ops.pool import avg_pool, max_pool, max_pool_grad
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec
from tests.engine.ops.window_cases import Attrs, convolutions, direct_conv, direct_pool, poolings

few = settings(max_examples=40, deadline=None)


def numbers(*shape: int) -> Array:
    return np.random.default_rng(5).normal(size=shape).astype(np.float32)


@given(convolutions(5))
@few
def test_conv_is_the_direct_sum(case: tuple[Shape, Shape, Attrs]) -> None:
    image, weight, attrs = case
    x, w = numbers(*image), numbers(*weight)
    np.testing.assert_allclose(
        conv.evaluate(x, w, **attrs)[0], direct_conv(x, w, attrs), rtol=1e-5, atol=2e-5
    )


@given(convolutions(5))
@few
def test_gradients_are_the_transposes(case: tuple[Shape, Shape, Attrs]) -> None:
    """<g, conv(x, w)> = <input_grad(g, w), x> = <weight_grad(x, g), w>: the convolution is linear in each."""
    image, weight, attrs = case
    x, w = (numbers(*s).astype(np.float64) for s in (image, weight))
    g = numbers(*output_shape(image, weight, attrs)).astype(np.float64)
    y, over_x, over_w = np.empty(g.shape), np.empty(image), np.empty(weight)
    conv.compute([x, w], [y], attrs)
    conv_input_grad.compute([g, w], [over_x], {**attrs, "input_shape": image})
    conv_weight_grad.compute([x, g], [over_w], {**attrs, "weight_shape": weight})
    assert (over_x * x).sum() == pytest.approx((g * y).sum(), rel=1e-9, abs=1e-9)
    assert (over_w * w).sum() == pytest.approx((g * y).sum(), rel=1e-9, abs=1e-9)


@given(poolings(7))
@few
def test_pooling_folds_each_window(case: tuple[Shape, Attrs]) -> None:
    shape, attrs = case
    x = numbers(*shape)
    (largest,), (mean,) = max_pool.evaluate(x, **attrs), avg_pool.evaluate(x, **attrs)
    expected = direct_pool(x, attrs, largest.shape)
    np.testing.assert_array_equal(largest, expected[0].astype(np.float32))
    np.testing.assert_allclose(mean, expected[1], rtol=1e-5, atol=1e-6)


def test_gradient_of_equal_maxima_goes_to_the_first() -> None:
    x = np.ones((1, 2, 2, 1), np.float32)
    one = np.ones((1, 1, 1, 1), np.float32)
    (grad,) = max_pool_grad.evaluate(x, one, 5 * one, size=2, strides=2, padding=0)
    assert grad.ravel().tolist() == [5, 0, 0, 0]


@pytest.mark.parametrize(
    ("image", "weight", "attrs", "sentence"),
    [
        ((1, 2, 8, 1), (3, 3, 1, 1), {}, "The window must fit into the picture, received a window of 3 × 3"),
        ((1, 5, 1), (3, 1, 1), {"dilation": 3}, "received a window of 7 for 5"),
        ((1, 5, 5, 1), (3, 1, 1), {}, "filters of as many lengths as the picture"),
        ((1, 5), (3, 1), {}, "Windows slide over one to 3 lengths"),
        ((1, 5, 5, 4), (3, 3, 4, 2), {"groups": 2}, "received 4 input and 2 output channels, filters of 4"),
        ((1, 5, 5, 1), (3, 3, 1, 1), {"strides": (1,)}, "one number for each of 2 lengths, received (1,)"),
        ((1, 5, 5, 1), (3, 3, 1, 1), {"strides": 0}, "must be at least 1"),
    ],
)
def test_what_does_not_fit_is_refused(image: Shape, weight: Shape, attrs: Attrs, sentence: str) -> None:
    with pytest.raises(ShapeError) as caught:
        conv.infer((TensorSpec(image), TensorSpec(weight)), {**conv.defaults, **attrs})
    assert sentence in str(caught.value)


def test_a_pool_sees_more_than_padding() -> None:
    with pytest.raises(ShapeError, match="Padding must be less than the window"):
        max_pool.infer((TensorSpec((1, 4, 1)),), {"size": 2, "strides": 1, "padding": ((2, 0),)})
