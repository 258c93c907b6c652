"""Rates, components and neighbour maps are those of scikit-learn (`tests/golden/make_predictions.py`)."""

from pathlib import Path

import numpy as np
import pytest

from engine.tensor.spec import Array
from engine.training.predictions.components import principal_components, turned_like
from engine.training.predictions.neighbours import NeighbourMap, affinities, divergence
from engine.training.predictions.rates import precision_recall, roc

PERPLEXITY = 8.0


@pytest.fixture(scope="module")
def golden() -> dict[str, Array]:
    with np.load(Path(__file__).parents[3] / "golden" / "predictions.npz") as file:
        return dict(file)


def test_roc_and_its_area(golden: dict[str, Array]) -> None:
    rates = roc(golden["scores"], golden["positive"])
    np.testing.assert_allclose(rates.x, golden["roc_x"])
    np.testing.assert_allclose(rates.y, golden["roc_y"])
    assert rates.area == pytest.approx(float(golden["auc"]))
    assert rates.positives == golden["positive"].sum()


def test_precision_and_recall(golden: dict[str, Array]) -> None:
    rates = precision_recall(golden["scores"], golden["positive"])
    np.testing.assert_allclose(rates.x[1:], golden["recall"][:-1][::-1])
    np.testing.assert_allclose(rates.y[1:], golden["precision"][:-1][::-1])
    assert rates.area == pytest.approx(float(golden["average_precision"]))


def test_components_and_their_shares(golden: dict[str, Array]) -> None:
    places, shares = principal_components(golden["points"])
    np.testing.assert_allclose(places, golden["places"], atol=1e-9)
    np.testing.assert_allclose(shares, golden["shares"])


def test_affinities_divergence_and_gradient(golden: dict[str, Array]) -> None:
    joint = affinities(golden["points"], PERPLEXITY)
    np.testing.assert_allclose(joint, golden["joint"], atol=2e-6)
    loss, gradient = divergence(joint, golden["map"])
    assert loss == pytest.approx(float(golden["divergence"]), rel=1e-3)
    np.testing.assert_allclose(gradient, golden["gradient"], atol=1e-4)


def test_a_map_gets_better_and_keeps_groups_together(golden: dict[str, Array]) -> None:
    points = golden["points"]
    joint = affinities(points, PERPLEXITY)
    chart = NeighbourMap(principal_components(points)[0])
    chart.aim(joint)
    for _ in range(400):
        chart.step()
    assert chart.loss < 0.5 * divergence(joint, golden["map"])[0]
    apart = np.linalg.norm(chart.places[:, None] - chart.places[None], axis=2) + np.diag(np.full(45, np.inf))
    groups = np.repeat(np.arange(3), 15)
    assert (groups[apart.argmin(axis=1)] == groups).mean() > 0.95


def test_one_kind_of_examples_has_no_area() -> None:
    scores = np.array([0.1, 0.7, np.nan])
    assert np.isnan(roc(scores, np.array([True, True, True])).area)
    assert np.isnan(precision_recall(scores, np.array([False, False, False])).area)
    assert roc(np.empty(0), np.empty(0, bool)).x.tolist() == [0.0]


def test_points_that_do_not_differ_have_a_map() -> None:
    places, shares = principal_components(np.ones((5, 3)))
    assert not places.any()
    assert not shares.any()
    chart = NeighbourMap(places)
    chart.aim(affinities(np.ones((5, 3)), PERPLEXITY))
    for _ in range(30):
        chart.step()
    assert np.isfinite(chart.places).all()


def test_a_map_is_turned_like_the_one_before(golden: dict[str, Array]) -> None:
    places = golden["places"]
    turned = places @ np.array([[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(turned_like(turned, places), places, atol=1e-9)
