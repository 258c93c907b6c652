"""The pictures of losses and metrics: how a loss grows with the error, how a metric rises with what was learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.objectives.loss import REGRESSION, Link, Loss
from engine.objectives.metric import Metric
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.reference.pictures.plot import Curve, plot
from engine.reference.pictures.svg import Ink, Svg
from engine.reference.running import spec_of
from engine.tensor.spec import Array, ShapeError

_POINTS = 81
_ROWS, _CLASSES, _MANY = 400, 3, 12
_SHARES = np.linspace(0.0, 1.0, 21)
_LONGEST_JUMP = 0.3  # of a curve from one point to the next, as a share of its height
_READABLE = 1e3  # figures beyond say that a metric is not for such targets


_Answers = tuple[tuple[str, Array], ...]


@dataclass(frozen=True)
class _Case:
    """Examples that differ in one number: scores (points, batch, k) and the answers to each batch.

    `right` is the number at which a loss that is made for such predictions is smallest.
    """

    x: Array
    x_name: str
    scores: Array
    answers: _Answers
    right: float | None = None
    note: str = ""


def loss_picture(member: Loss) -> Svg | None:
    """The loss as one number of the prediction changes, for one or two right answers."""
    for case in _cases(member):
        try:
            found = [_values(member, case.scores, answer) for _, answer in case.answers]
        except (ShapeError, RuntimeError):
            continue
        if all(_is_smooth(y) and _is_least(case, y) for y in found):
            inks = (Ink.FIRST, Ink.SECOND)
            curves = [
                Curve(case.x, y, name, ink, dashed=ink is Ink.SECOND)
                for (name, _), y, ink in zip(case.answers, found, inks, strict=False)
            ]
            return plot(f"{member.title()} as the prediction changes{case.note}", case.x_name, curves, "loss")
    return None


def _varies(y: Array) -> bool:
    finite = y[np.isfinite(y)]
    return finite.size > 1 and bool(finite.min() < finite.max())


def _is_smooth(y: Array) -> bool:
    """Whether it is a curve: a pole or a mere step would leave nothing to read."""
    return _varies(y) and bool(np.abs(np.diff(y)).max() < _LONGEST_JUMP * (np.nanmax(y) - np.nanmin(y)))


def _is_least(case: _Case, y: Array) -> bool:
    """Whether the right prediction has the smallest loss."""
    if case.right is None:
        return True
    at = int(np.abs(case.x - case.right).argmin())
    return bool(y[at] <= np.nanmin(y) + 1e-3 * (np.nanmax(y) - np.nanmin(y)))


def _cases(member: Loss) -> Iterator[_Case]:
    """What to try a loss with: the kind of target that it is made for first."""
    x = np.linspace(-4.0, 4.0, _POINTS, dtype=np.float32)
    yes, no = np.ones(1, np.int32), np.zeros(1, np.int32)
    zero = np.zeros_like(x)
    answers: _Answers
    if member.link is not Link.NONE or not member.single:
        if member.link is Link.SIGMOID:
            answers = (("right answer 1", yes), ("right answer 0", no))
            yield _Case(x, "score", x.reshape(-1, 1, 1), answers)
        scores = np.stack([zero, x, zero], axis=-1)[:, None, :]
        shares = np.linspace(0.01, 0.99, _POINTS, dtype=np.float32)
        chances = np.stack([(1 - shares) / 2, shares, (1 - shares) / 2], axis=-1)[:, None, :]
        answers = (("the right class", yes), ("a wrong class", no))
        if member.link is Link.SOFTMAX:
            yield _Case(x, "score of one of three classes", scores, answers)
        yield _Case(shares, "probability of one of three classes", chances, answers)
    one, pair = np.ones((1, 1), np.float32), np.ones((1, 2), np.float32)
    if member.predicts and REGRESSION in member.tasks:
        right = (("right answer 1", one),)
        for numbers in (x[np.abs(x - 1) <= 3], np.linspace(0.2, 4.2, _POINTS, dtype=np.float32)):
            yield _Case(numbers, "prediction", numbers.reshape(-1, 1, 1), right, right=1.0)
        beside = np.stack([x, np.ones_like(x)], axis=-1)[:, None, :]
        yield _Case(x, "first of two numbers", beside, (("right answer 1 and 1", pair),), right=1.0)
        chance = np.linspace(0.0, 1.0, _POINTS, dtype=np.float32)
        yield _Case(chance, "probability", chance.reshape(-1, 1, 1), right, right=1.0)
    if not member.predicts:
        distances = np.linspace(0.0, 3.0, _POINTS, dtype=np.float32)
        alike, apart = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
        answers = (("alike", alike), ("not alike", apart))
        yield _Case(distances, "distance", distances.reshape(-1, 1, 1), answers)
        moved = np.stack([np.zeros_like(distances), distances, np.full_like(distances, 2.0)], axis=-1)
        classes = np.asarray([0, 0, 1], np.int32)
        note = "; a point of its class is at 0, one of another class at 2"
        yield _Case(distances, "place of a point", moved[:, :, None], (("", classes),), note=note)


def _values(member: Loss, scores: Array, answer: Array) -> Array:
    """The loss of each batch, each by itself: some losses compare the examples of a batch."""
    builder = ProgramBuilder("loss")
    given, target = builder.feed("scores", spec_of(scores[0])), builder.feed("target", spec_of(answer))
    builder.output("loss", member.values(given, target))
    program = builder.finish()
    runs = (interpret(program, {"scores": batch, "target": answer}, {}, {}) for batch in scores)
    return np.asarray([outputs["loss"].mean() for outputs, _ in runs])


def metric_picture(member: Metric) -> Svg | None:
    """The metric from predictions that are chance to predictions that are right."""
    for name, start, end, target in _predictions():
        try:
            y = _figures(member, [(1.0 - share) * start + share * end for share in _SHARES], target)
        except (ShapeError, ValueError):
            continue
        if np.isfinite(y).all() and _varies(y) and np.abs(y).max() < _READABLE:
            title = f"{member.title()} of {_ROWS} predictions of {name}, from chance to right"
            return plot(title, "how much of a prediction is right", [Curve(_SHARES, y)])
    return None


def _predictions() -> Iterator[tuple[str, Array, Array, Array]]:
    """Predictions that know nothing, predictions that know all, and the answers: yes or no, classes, numbers."""
    generator = np.random.default_rng(7)
    target = generator.integers(0, 2, _ROWS, np.int32)
    yield "yes or no", generator.uniform(size=(_ROWS, 1)), target.reshape(-1, 1).astype(np.float64), target
    target = generator.integers(0, _CLASSES, _ROWS, np.int32)
    chance = generator.uniform(size=(_ROWS, _CLASSES))
    yield f"{_CLASSES} classes", chance / chance.sum(1, keepdims=True), np.eye(_CLASSES)[target], target
    target = generator.integers(0, _MANY, _ROWS, np.int32)
    chance = generator.uniform(size=(_ROWS, _MANY))
    yield f"{_MANY} classes", chance / chance.sum(1, keepdims=True), np.eye(_MANY)[target], target
    numbers = generator.uniform(1.0, 3.0, (_ROWS, 1))
    yield "numbers", generator.uniform(1.0, 3.0, (_ROWS, 1)), numbers, numbers.astype(np.float32)


def _figures(member: Metric, predictions: list[Array], target: Array) -> Array:
    builder = ProgramBuilder("metric")
    first = predictions[0].astype(np.float32)
    given, wanted = builder.feed("prediction", spec_of(first)), builder.feed("target", spec_of(target))
    weight = builder.constant(np.ones(_ROWS, np.float32))
    builder.output("sums", member.sums(given, wanted, weight))
    program = builder.finish()
    figures = []
    for prediction in predictions:
        feeds = {"prediction": prediction.astype(np.float32), "target": target}
        sums = interpret(program, feeds, {}, {})[0]["sums"]
        figures.append(member.result(sums.astype(np.float64), float(_ROWS)))
    if any(np.ndim(figure) for figure in figures):
        raise ValueError("A curve needs one number for each point, received several.")
    return np.asarray(figures, np.float64)
