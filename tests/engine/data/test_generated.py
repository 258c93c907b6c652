"""The generated puzzles and curves: the geometry that makes each of them what it is."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.load import load
from engine.data.settings import DataSettings
from engine.tensor.spec import Array

PLANE = ("circle", "xor", "gauss", "spiral", "moons", "checkerboard")
BY_PLACE = ("xor", "checkerboard")  # the class follows from where a point fell


def points(name: str, **options: float | int) -> tuple[Array, Array]:
    settings = DataSettings(dataset=name, options=options, validation_fraction=0, normalize=False, seed=1)
    bundle = load(settings)
    return bundle.inputs["x"], bundle.targets["y"]


@pytest.mark.parametrize("samples", [50, 51, 20_000])
@pytest.mark.parametrize("name", PLANE)
def test_both_classes_have_about_half(name: str, samples: int) -> None:
    x, y = points(name, samples=samples, noise=0.0)
    assert x.shape == (samples, 2)
    assert abs(int(y.sum()) - samples / 2) <= (4 * np.sqrt(samples / 4) if name in BY_PLACE else 0.5)


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


def test_moons_are_half_circles_around_two_centres() -> None:
    x, y = points("moons", noise=0.0)
    for label, centre, side in ((0, (-1.5, -0.75), 1), (1, (1.5, 0.75), -1)):
        away = x[y == label] - centre
        np.testing.assert_allclose(np.hypot(*away.T), 3.0, rtol=1e-4)
        assert (side * away[:, 1]).min() >= -1e-4


def test_noise_of_the_moons_is_a_deviation() -> None:
    x, y = points("moons", noise=0.1, samples=20_000)
    radius = np.hypot(*(x[y == 0] - (-1.5, -0.75)).T)
    assert (radius - 3.0).std() == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("squares", [2, 5])
def test_neighbouring_squares_differ(squares: int) -> None:
    x, y = points("checkerboard", noise=0.0, squares=squares, samples=5_000)
    places = np.floor((x + 5.0) / (10.0 / squares))
    np.testing.assert_array_equal(y, places.sum(axis=1) % 2)
    assert places.max() == squares - 1


@pytest.mark.parametrize("classes", [3, 8])
def test_blobs_are_even_clouds_around_a_circle(classes: int) -> None:
    x, y = points("blobs", noise=0.0, classes=classes, samples=8_000)
    counts = np.bincount(y, minlength=classes)
    assert counts.max() - counts.min() <= 1
    centres = np.array([x[y == label].mean(axis=0) for label in range(classes)])
    np.testing.assert_allclose(np.hypot(*centres.T), 3.5, atol=0.1)
    np.testing.assert_allclose(x[y == 0].std(axis=0), 0.5, rtol=0.1)


def test_sine_is_a_wave() -> None:
    x, y = points("sine", noise=0.0, waves=2.0, amplitude=3.0)
    np.testing.assert_allclose(y, 3 * np.sin(2 * np.pi * x / 3), atol=1e-4)


def test_plane_is_a_plane() -> None:
    x, y = points("plane", a=1.5, b=-2.0, c=3.0, noise=0.0)
    np.testing.assert_allclose(y[:, 0], 1.5 * x[:, 0] - 2.0 * x[:, 1] + 3.0, atol=1e-5)


def test_noise_is_unrelated_and_standard() -> None:
    x, y = points("noise", samples=20_000, inputs=3)
    assert x.shape == (20_000, 3)
    assert np.abs(np.corrcoef(np.column_stack([x, y]).T) - np.eye(4)).max() < 0.04
    assert (y.mean(), y.std()) == (pytest.approx(0, abs=0.03), pytest.approx(1, abs=0.03))


@pytest.mark.parametrize("bits", [2, 8, 14])
def test_parity_has_every_row_once(bits: int) -> None:
    x, y = points("parity", bits=bits)
    assert len({tuple(row) for row in x.tolist()}) == len(x) == 2**bits
    np.testing.assert_array_equal(y, x.sum(axis=1) % 2)


@pytest.mark.parametrize(
    ("options", "rows"),
    [({"length": 5}, 2_000), ({"length": 2, "symbols": 3}, 9), ({"length": 30, "symbols": 10}, 2_000)],
)
def test_copies_follow_what_is_read_and_no_sequence_is_there_twice(
    options: dict[str, int | float], rows: int
) -> None:
    x, y = points("copy", **options)
    length = int(options["length"])
    assert x.shape == y.shape == (rows, 2 * length)
    np.testing.assert_array_equal(x[:, :length], y[:, length:])
    assert not x[:, length:].any()
    assert not y[:, :length].any()
    assert x[:, :length].min() == 1
    assert len({tuple(row) for row in x.tolist()}) == rows
