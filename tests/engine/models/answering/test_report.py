"""Reports that are gathered block by block are those of all rows at once, by the definitions."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.bundle import Feature
from engine.models.answering.report import ClassReport, ClassTally, NumberReport, NumberTally, tally_for
from engine.models.answering.table import Answer
from engine.tensor.spec import Array, DType

THREE = Feature("kind", "category", (), DType.INT32, class_names=("a", "b", "c"))
PRICE = Feature("price", "numeric", (1,), column_names=("price",))


def classes(truth: list[int], said: list[int], blocks: int = 1) -> ClassReport:
    shares = np.full((len(said), 3), 0.1)
    shares[np.arange(len(said)), said] = 0.8
    tally = ClassTally("kind", THREE.class_names)
    for part in np.array_split(np.arange(len(said)), blocks):
        tally.add(Answer(THREE, shares[part]), np.array(truth, np.int32)[part])
    (report,) = tally.reports()
    assert isinstance(report, ClassReport)
    return report


def test_figures_of_a_small_case_by_hand() -> None:
    report = classes([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 0])
    assert report.confusion.tolist() == [[2, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert report.accuracy == pytest.approx(4 / 6)
    assert report.precision.tolist() == pytest.approx([2 / 3, 2 / 3, 0.0])
    assert report.recall.tolist() == pytest.approx([2 / 3, 1.0, 0.0])
    assert report.f1.tolist() == pytest.approx([2 / 3, 0.8, 0.0])
    assert report.support.tolist() == [3, 2, 1]
    assert report.log_loss == pytest.approx(-(4 * np.log(0.8) + 2 * np.log(0.1)) / 6)
    figures = report.figures()
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 0.8) / 3)
    assert figures["weighted_recall"] == pytest.approx(report.accuracy)


def test_blocks_make_no_difference() -> None:
    rng = np.random.default_rng(0)
    truth, said = rng.integers(0, 3, 50).tolist(), rng.integers(0, 3, 50).tolist()
    one, five = classes(truth, said), classes(truth, said, 5)
    assert one.figures() == pytest.approx(five.figures())
    assert one.table() == five.table()


def test_unknown_answers_and_rows_without_prediction_count_nowhere() -> None:
    tally = ClassTally("kind", THREE.class_names)
    shares = np.array([[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [np.nan] * 3])
    tally.add(Answer(THREE, shares), np.array([0, -1, 0], np.int32))
    (report,) = tally.reports()
    assert isinstance(report, ClassReport)
    assert (report.rows, report.accuracy, report.unknown) == (1, 1.0, 2)


def test_a_class_that_does_not_occur_is_in_no_mean() -> None:
    assert classes([0, 0], [0, 0]).figures()["macro_recall"] == 1.0


def test_nothing_to_compare_makes_no_report() -> None:
    assert not list(ClassTally("kind", ("a", "b")).reports())
    assert not list(NumberTally(("price",)).reports())


def test_the_first_five_of_many() -> None:
    names = tuple("abcdefgh")
    shares = np.tile(np.linspace(0.2, 0.05, 8), (2, 1))
    tally = ClassTally("kind", names)
    tally.add(Answer(Feature("kind", "category", (), class_names=names), shares), np.array([4, 5], np.int32))
    (report,) = tally.reports()
    assert report.figures()["top_5_accuracy"] == 0.5


def test_scores_become_probabilities() -> None:
    answer = Answer(THREE, np.array([[0.0, 0.0, np.log(2.0)]]), scores=True)
    assert answer.shares[0].tolist() == pytest.approx([0.25, 0.25, 0.5])
    two = Answer(Feature("y", "category", (), class_names=("no", "yes")), np.zeros((1, 1)), scores=True)
    assert two.shares[0].tolist() == [0.5, 0.5]


def numbers(truth: Array, said: Array, blocks: int = 1) -> NumberReport:
    tally = NumberTally(("price",))
    for part in np.array_split(np.arange(len(said)), blocks):
        tally.add(Answer(PRICE, said[part]), truth[part])
    (report,) = tally.reports()
    assert isinstance(report, NumberReport)
    return report


@pytest.mark.parametrize("blocks", [1, 3])
def test_errors_of_numbers(blocks: int) -> None:
    truth, said = np.array([[1.0], [2.0], [3.0], [np.nan]]), np.array([[1.0], [2.5], [2.0], [9.0]])
    report = numbers(truth, said, blocks)
    assert report.rows == 3
    assert report.mean_absolute_error == pytest.approx(0.5)
    assert report.root_mean_squared_error == pytest.approx(np.sqrt(1.25 / 3))
    assert report.largest_error == 1.0
    assert report.bias == pytest.approx(-0.5 / 3)
    assert report.r2 == pytest.approx(1 - 1.25 / 2)


def test_answers_that_are_all_the_same_have_no_r2() -> None:
    assert np.isnan(numbers(np.ones((3, 1)), np.zeros((3, 1))).r2)


def test_too_many_classes_are_not_tallied() -> None:
    many = Feature("y", "category", (), class_names=tuple(map(str, range(3_000))))
    assert tally_for(Answer(many, np.zeros((1, 3_000)))) is None
