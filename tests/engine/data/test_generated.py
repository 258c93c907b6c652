"""The generated puzzles and curves: the geometry that makes each of them what it is."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.load import load
from engine.data.settings import DataSettings
from engine.tensor.spec import Array

PLANE = ("circle", "xor", "gauss", "spiral")


def points(name: str, **options: float | int) -> tuple[Array, Array]:
    settings = DataSettings(dataset=name, options=options, validation_fraction=0, normalize=False, seed=1)
    bundle = load(settings)
    return bundle.inputs["x"], bundle.targets["y"]


@pytest.mark.parametrize("samples", [50, 51, 20_000])
@pytest.mark.parametrize("name", PLANE)
def test_both_classes_have_about_half(name: str, samples: int) -> None:
    x, y = points(name, samples=samples, noise=0.0)
    assert x.shape == (samples, 2)
    assert abs(int(y.sum()) - samples / 2) <= (0.5 if name != "xor" else 4 * np.sqrt(samples / 4))


@pytest.mark.parametrize("name", PLANE)
def test_noise_changes_the_data(name: str) -> None:
    calm, noisy = points(name, noise=0.0), points(name, noise=0.5)
    assert not (np.array_equal(calm[0], noisy[0]) and np.array_equal(calm[1], noisy[1]))


def test_circle_is_a_disc_inside_a_ring() -> None:
    x, y = points("circle", noise=0.0)
    radius = np.hypot(*x.T)
    assert radius[y == 1].max() <= 2.5
    assert 3.5 <= radius[y == 0].min() <= radius.max() <= 5.0 + 1e-5


def test_xor_is_the_sign_of_the_product_with_a_gap() -> None:
    x, y = points("xor", noise=0.0)
    np.testing.assert_array_equal(y, x.prod(axis=1) >= 0)
    assert np.abs(x).min() >= 0.3


def test_xor_noise_mixes_the_classes_only_near_the_borders() -> None:
    x, y = points("xor", noise=0.1, samples=20_000)
    wrong = y != (x.prod(axis=1) >= 0)
    assert 0 < wrong.mean() < 0.05
    assert np.abs(x[wrong]).min(axis=1).max() <= 0.5 + 1e-5


@pytest.mark.parametrize(("noise", "variance"), [(0.0, 0.5), (0.5, 4.0)])
def test_gauss_has_the_variance_of_the_playground(noise: float, variance: float) -> None:
    x, y = points("gauss", noise=noise, samples=20_000)
    for label, centre in ((0, -2.0), (1, 2.0)):
        np.testing.assert_allclose(x[y == label].mean(axis=0), centre, atol=0.1)
        np.testing.assert_allclose(x[y == label].var(axis=0), variance, rtol=0.05)


def test_spiral_arms_are_each_other_turned_by_half() -> None:
    x, y = points("spiral", noise=0.0)
    turned = -x[y == 1]
    np.testing.assert_allclose(
        turned[np.argsort(np.hypot(*turned.T))], x[y == 0][np.argsort(np.hypot(*x[y == 0].T))], atol=1e-5
    )


def test_spiral_angle_grows_with_the_radius() -> None:
    x, y = points("spiral", noise=0.0)
    arm = x[y == 0][np.argsort(np.hypot(*x[y == 0].T))][1:]
    angle = np.unwrap(np.arctan2(arm[:, 0], arm[:, 1]))
    assert (np.diff(angle) > 0).all()
    assert angle[-1] - angle[0] == pytest.approx(1.75 * 2 * np.pi, rel=0.01)


def test_line_is_a_line() -> None:
    x, y = points("line", slope=3.0, intercept=-2.0, noise=0.0)
    np.testing.assert_allclose(y, 3 * x - 2, atol=1e-5)


def test_coefficients_of_the_parabola_can_be_recovered() -> None:
    x, y = points("quadratic", a=2.0, b=-3.0, c=0.5, noise=0.3, samples=5_000)
    np.testing.assert_allclose(np.polyfit(x[:, 0], y[:, 0], 2), [2.0, -3.0, 0.5], rtol=0.05)
    residual = y[:, 0] - np.polyval([2.0, -3.0, 0.5], x[:, 0])
    assert residual.std() == pytest.approx(0.3, rel=0.05)
