"""The canvas keeps up with the screen: 300 nodes in view, painted anew."""

import time

import pytest

from tests.app.canvas.conftest import Hand

BUDGET_MS = 50
"""Of the processor; three frames: the aim is one (16.7 ms, measured 15), the test is for what slows it threefold."""


@pytest.mark.slow
def test_three_hundred_nodes_are_painted_in_time(hand: Hand) -> None:
    before = None
    for index in range(300):
        node = hand.node("Dense", 250 * (index % 20), 150 * (index // 20))
        if before is not None:
            hand.link(before, node)
        before = node
    hand.view.fit()
    hand.settle()
    times = []
    for _ in range(15):
        start = time.thread_time()
        hand.view.viewport().repaint()
        times.append(1000 * (time.thread_time() - start))
    assert min(times) < BUDGET_MS  # the best: on a shared host a moment may count twice
