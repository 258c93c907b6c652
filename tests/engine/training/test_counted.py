"""What the counts of a confusion matrix say."""

from __future__ import annotations

import numpy as np
import pytest

from engine.training.counted import Counted


def test_what_counts_say() -> None:
    found = Counted.of([[8.0, 1.0, 0.0], [3.0, 5.0, 2.0], [0.0, 0.0, 0.0]], 3)
    assert (len(found), found.total, found.right) == (3, 19, 13)
    assert (found.of_class(1), found.most_frequent, found.at(1, 2)) == (10, 1, 2)
    assert found.most_often_wrong == (1, 0)
    assert (found.share(1, 0), found.share(2, 1)) == (0.3, 0.0)


def test_nothing_and_all_right() -> None:
    assert (len(Counted()), Counted().total, Counted().right) == (0, 0, 0)
    assert Counted.of(np.diag([1, 2]), 2).most_often_wrong is None


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 2, 2)])
def test_a_matrix_has_the_classes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="for 2 classes"):
        Counted.of(np.zeros(shape), 2)
