"""The loss over a plane of weights: exact where there is a formula, and the races on it are runs like any other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.compiler.lower import PARAMS
from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.adam import Adam
from engine.optimizers.rmsprop import RMSprop
from engine.optimizers.sgd import SGD
from engine.training.session import Session
from engine.training.surface.plane import (
    NoPlaneError,
    Plane,
    around,
    exact_plane,
    is_exact,
    path_plane,
    random_plane,
)
from engine.training.surface.race import Course, Raced, race, race_on_own_plane
from engine.training.surface.records import PlaneKind
from engine.training.surface.sampling import NOWHERE, Sampler, Surface
from tests.engine.training.networks import session, settings, two_layer, with_everything


def _line(rows: int = 300) -> DataBundle:
    """Points near y = 2 x - 1."""
    rng = np.random.default_rng(4)
    x = rng.uniform(-1, 1, (rows, 1)).astype(np.float32)
    y = (2.0 * x - 1.0 + rng.normal(0, 0.1, x.shape)).astype(np.float32)
    features = {name: Feature(name, "numeric", (1,)) for name in "xy"}
    parts = range(rows), range(rows, rows), range(rows, rows)
    return DataBundle({"x": x}, {"y": y}, features, TaskKind.REGRESSION, *parts, {})


def _linear() -> ModelGraph:
    return build_sequential([Input(), Dense(units=1), Target()])


def _sampler(run: Session, plane: Plane) -> Sampler:
    return Sampler(run.graph, run.bundle, open_device("cpu"), plane, run.states())


def test_slope_and_intercept_have_the_surface_of_the_formula() -> None:
    run = session(_linear(), _line())
    plane = exact_plane(run.layout, run.states()[PARAMS])
    assert plane.names == ("weight", "bias")
    assert plane.kind is PlaneKind.EXACT
    sampler = _sampler(run, plane)
    points = np.array([(2.0, -1.0), (0.0, 0.0), (-1.5, 3.0), (2.25, -0.5)])
    x, y = run.bundle.inputs["x"][:, 0], run.bundle.targets["y"][:, 0]
    expected = [float(np.mean((a * x + b - y).astype(np.float64) ** 2)) for a, b in points]
    np.testing.assert_allclose(sampler.losses(points), expected, rtol=1e-5)
    surfaces = list(sampler.refined((-1.0, 3.0, -2.0, 2.0), lambda: True, finest=17))
    assert [len(s.losses) for s in surfaces] == [9, 17]
    grid = [np.mean((3.0 * x + b - y).astype(np.float64) ** 2) for b in np.linspace(-2, 2, 17)]
    np.testing.assert_allclose(surfaces[-1].losses[:, -1], grid, rtol=1e-5)
    assert surfaces[-1].height(2.0, -1.0) == pytest.approx(expected[0], rel=1e-4)
    assert math.isnan(surfaces[-1].height(9.0, 0.0))
    sampler.close()
    run.close()


def test_a_view_is_widened_until_the_lowest_point_is_in_it() -> None:
    run = session(_linear(), _line())
    sampler = _sampler(run, exact_plane(run.layout, run.states()[PARAMS]))
    x0, x1, y0, y1 = sampler.widened((-0.5, 0.5, -0.5, 0.5))
    assert x0 < 2.0 < x1
    assert y0 < -1.0 < y1
    sampler.close()
    run.close()


def test_the_middle_of_any_plane_is_the_loss_of_now() -> None:
    run = session(two_layer())
    run.advance(20)
    plane = random_plane(run.layout, run.states()[PARAMS])
    sampler = _sampler(run, plane)
    wanted = run.evaluate(run.bundle.train)["loss"]
    assert sampler.rows == len(run.bundle.train)
    (middle,) = sampler.losses(np.zeros((1, 2)))
    assert middle == pytest.approx(wanted, rel=1e-5)
    before = run.states()[PARAMS]
    run.restore({PARAMS: plane.at(0.5, -0.25)}, run.step)
    (moved,) = sampler.losses(np.array([(0.5, -0.25)]))
    assert moved == pytest.approx(run.evaluate(run.bundle.train)["loss"], rel=1e-5)
    assert not np.array_equal(before, run.states()[PARAMS])
    sampler.close()
    run.close()


def test_each_random_filter_is_as_long_as_the_own_one() -> None:
    pictures = [Input(feature="x"), Conv2D(filters=3), Flatten(), Dense(units=1), Target()]
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(12, 6, 6, 1)), rng.normal(size=(12, 1))
    features = {"x": Feature("x", "image", (6, 6, 1)), "y": Feature("y", "numeric", (1,))}
    bundle = DataBundle(
        {"x": x.astype(np.float32)},
        {"y": y.astype(np.float32)},
        features,
        TaskKind.REGRESSION,
        range(12),
        range(12, 12),
        range(12, 12),
        {},
    )
    run = session(build_sequential(pictures), bundle)
    weights = run.states()[PARAMS]
    plane = random_plane(run.layout, weights, seed=3)
    for direction in (plane.first, plane.second):
        for name, (_, offset, shape) in run.layout.items():
            own, drawn = (
                a[offset : offset + math.prod(shape)].reshape(-1, shape[-1]) for a in (weights, direction)
            )
            if name.endswith("bias"):
                assert not drawn.any()
            else:
                np.testing.assert_allclose(
                    np.linalg.norm(drawn, axis=0), np.linalg.norm(own, axis=0), rtol=1e-5
                )
    again, other = random_plane(run.layout, weights, seed=3), random_plane(run.layout, weights, seed=4)
    np.testing.assert_array_equal(plane.first, again.first)
    assert not np.array_equal(plane.first, other.first)
    assert not is_exact(run.layout)
    with pytest.raises(NoPlaneError, match="two trained numbers"):
        exact_plane(run.layout, weights)
    run.close()


def test_the_main_directions_hold_a_path_that_lies_in_a_plane() -> None:
    rng = np.random.default_rng(0)
    a, b, start = rng.normal(size=(3, 40))
    path = [(start + t * a + 0.2 * t * t * b).astype(np.float32) for t in np.linspace(0, 3, 12)]
    plane = path_plane(path)
    for weights in path:
        np.testing.assert_allclose(plane.at(*plane.project(weights)), weights, atol=1e-4)
    assert plane.project(path[-1]) == pytest.approx((0.0, 0.0), abs=1e-5)
    assert np.linalg.norm(plane.first) == pytest.approx(1.0, rel=1e-5)
    assert float(plane.first @ plane.second) == pytest.approx(0.0, abs=1e-5)
    x0, x1, y0, y1 = plane.extent
    for x, y in map(plane.project, path):
        assert x0 < x < x1
        assert y0 < y < y1
    with pytest.raises(NoPlaneError, match="three moments"):
        path_plane(path[:2])
    with pytest.raises(NoPlaneError, match="three moments"):
        path_plane([start.astype(np.float32)] * 5)


def test_planes_that_are_askew_are_projected_on_rightly() -> None:
    first, second = np.array([1.0, 0.0], np.float32), np.array([1.0, 1.0], np.float32)
    plane = Plane(PlaneKind.RANDOM, np.zeros(2, np.float32), first, second, ("a", "b"), (-1, 1, -1, 1))
    assert plane.project(plane.at(0.25, -2.0)) == pytest.approx((0.25, -2.0))


def test_rectangles_are_never_flat() -> None:
    x0, x1, y0, y1 = around([(0.0, 1.0), (4.0, 1.0)])
    assert (x0, x1) == pytest.approx((-1.2, 5.2))
    assert y0 < 1.0 < y1
    assert all(map(math.isfinite, around([(math.nan, 0.0)])))


def test_weights_that_are_no_numbers_are_said_in_a_sentence() -> None:
    run = session(_linear(), _line())
    plane = exact_plane(run.layout, run.states()[PARAMS])
    sampler = _sampler(run, plane)
    broken = list(sampler.refined((math.nan, math.nan, 0.0, 1.0), lambda: True, finest=9))[-1]
    assert broken.sentence == NOWHERE
    whole = list(sampler.refined((0.0, 1.0, 0.0, 1.0), lambda: True, finest=9))[-1]
    assert whole.sentence == ""  # a broken launch leaves nothing behind
    part = Surface((0.0, 1.0, 0.0, 1.0), np.array([[1.0, np.inf], [1.0, 1.0]]), 1.0)
    assert "25 %" in part.sentence
    sampler.close()
    run.close()


def test_sampling_can_be_given_up() -> None:
    run = session(two_layer())
    sampler = _sampler(run, random_plane(run.layout, run.states()[PARAMS]))
    assert list(sampler.refined((-1, 1, -1, 1), lambda: False)) == []
    (coarse,) = sampler.refined((-1, 1, -1, 1), lambda: True, longest=0.0)  # a finer one takes too long
    assert len(coarse.losses) == 9
    sampler.close()
    run.close()


@pytest.mark.parametrize("graph", [two_layer(), with_everything()], ids=["plain", "with everything"])
def test_a_race_is_runs_of_their_own(graph: ModelGraph) -> None:
    run = session(graph)
    start = run.states()
    plane = random_plane(run.layout, start[PARAMS])
    optimizers = [SGD(learning_rate=0.1), SGD(learning_rate=0.05, momentum=0.9), Adam(), RMSprop()]
    course = Course(graph, run.bundle, settings(), start, plane)
    raced = list(race(course, optimizers, open_device("cpu"), 6))
    assert [r.step for r in raced] == list(range(7))
    assert len(set(raced[0].places)) == 1
    for k, optimizer in enumerate(optimizers):
        alone = session(graph, run.bundle, settings(optimizer=optimizer))
        for told in raced[1:]:
            alone.advance(1)
            assert told.places[k] == plane.project(alone.memory.read(PARAMS))
            assert told.losses[k] == alone.report()["loss"]
        alone.close()
    run.close()


def test_a_race_of_a_large_network_is_told_on_the_plane_of_its_paths() -> None:
    run = session(two_layer())
    start = run.states()
    course = Course(run.graph, run.bundle, settings(), start, random_plane(run.layout, start[PARAMS]))
    optimizers = [SGD(learning_rate=0.1), Adam()]
    told = [
        (plane, len(laps)) for plane, laps in race_on_own_plane(course, optimizers, open_device("cpu"), 9)
    ]
    assert [count for _, count in told] == [4, 5, 6, 7, 8, 9, 10]  # while it is raced
    assert [told[k][0] is told[k + 1][0] for k in range(6)] == [True, True, True, False, True, False]
    *_, (plane, raced) = race_on_own_plane(course, optimizers, open_device("cpu"), 8)
    assert plane.kind is PlaneKind.PATH
    assert [r.step for r in raced] == list(range(9))
    assert raced[0].places[0] == raced[0].places[1] == pytest.approx((0.0, 0.0), abs=1e-5)
    for k, optimizer in enumerate(optimizers):
        alone = session(run.graph, run.bundle, settings(optimizer=optimizer))
        alone.advance(8)
        weights = alone.memory.read(PARAMS)
        assert raced[-1].places[k] == plane.project(weights)
        away = np.linalg.norm(weights - start[PARAMS])
        assert np.hypot(*raced[-1].places[k]) > 0.7 * away  # most of the way is in the plane
        alone.close()
    run.close()


def test_a_race_of_one_step_has_no_plane() -> None:
    run = session(two_layer())
    start = run.states()
    course = Course(run.graph, run.bundle, settings(), start, random_plane(run.layout, start[PARAMS]))
    with pytest.raises(NoPlaneError):
        list(race_on_own_plane(course, [SGD()], open_device("cpu"), 1))
    run.close()


def test_one_that_leaves_all_numbers_behind_has_no_place_any_more() -> None:
    run = session(_linear(), _line())
    start = run.states()
    course = Course(run.graph, run.bundle, settings(), start, exact_plane(run.layout, start[PARAMS]))
    wild = [SGD(learning_rate=100.0), SGD(learning_rate=0.1)]
    raced = list(race(course, wild, open_device("cpu"), 40))
    assert math.isnan(raced[-1].places[0][0])
    assert math.isfinite(raced[-1].places[1][0])
    asked = iter([True, True, False])
    stopped: list[Raced] = list(race(course, wild, open_device("cpu"), 40, lambda: next(asked)))
    assert len(stopped) == 2
    run.close()
