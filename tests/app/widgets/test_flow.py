"""A layout in lines: what has no room goes below, and the height follows from the width."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override

from app.widgets.flow import FlowLayout

GAP, WIDTH, HEIGHT = 10, 60, 20


class Box(QWidget):
    @override
    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(WIDTH // 2, HEIGHT)


@pytest.fixture
def flow(qtbot: QtBot) -> Iterator[FlowLayout]:
    page = QWidget()
    qtbot.addWidget(page)
    flow = FlowLayout(GAP, page)
    flow.setContentsMargins(5, 1, 5, 2)
    for _ in range(3):
        flow.addWidget(Box())
    yield flow
    del page


def boxes(flow: FlowLayout) -> list[QRect]:
    return [item.geometry() for place in range(flow.count()) if (item := flow.itemAt(place)) is not None]


def test_all_in_a_line_where_there_is_room(flow: FlowLayout) -> None:
    flow.setGeometry(QRect(0, 0, 300, 100))
    assert [box.left() for box in boxes(flow)] == [5, 75, 145]
    assert {box.top() for box in boxes(flow)} == {1}
    assert flow.heightForWidth(300) == 1 + HEIGHT + 2


@pytest.mark.parametrize(("width", "lines"), [(210, 1), (209, 2), (140, 2), (139, 3), (70, 3), (20, 3)])
def test_the_height_follows_from_the_width(flow: FlowLayout, width: int, lines: int) -> None:
    assert flow.hasHeightForWidth()
    assert flow.heightForWidth(width) == 3 + lines * HEIGHT + (lines - 1) * GAP


def test_one_that_is_wider_than_the_place_is_as_wide_as_it(flow: FlowLayout) -> None:
    flow.setGeometry(QRect(0, 0, 50, 200))
    assert [box.width() for box in boxes(flow)] == [40, 40, 40]
    assert [box.top() for box in boxes(flow)] == [1, 31, 61]


def test_what_is_hidden_takes_no_room(flow: FlowLayout) -> None:
    item = flow.itemAt(0)
    assert item is not None
    widget = item.widget()
    assert widget is not None
    widget.hide()
    assert flow.heightForWidth(140) == 1 + HEIGHT + 2


def test_its_least_size_is_that_of_the_widest(flow: FlowLayout) -> None:
    assert flow.minimumSize() == flow.sizeHint() == QSize(WIDTH // 2 + 10, HEIGHT + 3)
    assert not flow.expandingDirections()


def test_taking_out_beyond_the_end_gives_nothing(flow: FlowLayout) -> None:
    assert flow.itemAt(3) is None
    assert flow.takeAt(-1) is None
    taken = flow.takeAt(2)
    assert taken is not None
    assert flow.count() == 2


def test_a_low_one_is_level_with_the_line(flow: FlowLayout) -> None:
    item = flow.itemAt(1)
    assert item is not None
    low = item.widget()
    assert low is not None
    low.setMaximumHeight(8)
    flow.setGeometry(QRect(0, 0, 300, 100))
    first, second, _ = boxes(flow)
    assert second.center().y() == first.center().y()
