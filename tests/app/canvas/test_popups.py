"""What opens over the canvas is not hidden by the line of facts above it, and says when it has nothing."""

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from app.canvas.find_bar import FindBar
from app.canvas.search_popup import SearchPopup
from tests.app.canvas.conftest import Hand


def _from_panel(hand: Hand, widget: SearchPopup | FindBar) -> tuple[int, int]:
    top = widget.mapTo(hand.panel, QPoint(0, 0)).y()
    return top, top + widget.height()


def test_searches_stay_below_the_line_of_facts_in_a_low_window(hand: Hand) -> None:
    hand.panel.resize(800, 340)
    hand.panel.set_strip("489 parameters, which are told above the canvas")
    facts = hand.panel.strip.geometry().bottom()
    hand.view.setFocus()
    hand.key(Qt.Key.Key_Tab)
    popup = hand.view.popup
    top, bottom = _from_panel(hand, popup)
    assert top > facts
    assert bottom <= hand.panel.height()
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert _from_panel(hand, hand.view.finder)[0] > facts


def test_a_search_for_what_does_not_exist_says_so(hand: Hand) -> None:
    hand.view.setFocus()
    hand.key(Qt.Key.Key_Tab)
    popup = hand.view.popup
    hand.qtbot.waitUntil(lambda: not popup.is_busy())
    QTest.keyClicks(popup.search, "qqqx")
    assert popup.note.isVisible()
    assert popup.note.text() == "Nothing is called so."
    popup.search.clear()
    assert not popup.note.isVisible()


def test_signs_that_need_shift_zoom_with_control(hand: Hand) -> None:
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    hand.view.setFocus()
    before = hand.view.transform().m11()
    hand.key(Qt.Key.Key_Plus, both)
    assert hand.view.transform().m11() > before
    hand.key(Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert abs(hand.view.transform().m11() - before) < 1e-6


def test_the_words_beside_a_node_leave_nothing_behind_when_it_moves(hand: Hand) -> None:
    hand.node("Dense", -200, 0)
    node = hand.node("Dense", 100, 0)
    hand.settle()
    hand.scene.select([node.id])
    hand.qtbot.waitUntil(lambda: any(hint.sentence for hint in hand.hints()))
    (hint,) = (hint for hint in hand.hints() if hint.sentence)
    box = hint.boundingRect().toAlignedRect().translated(hand.view.mapFromScene(hint.pos()))
    left = hand.view.viewport().mapTo(hand.panel, box.topRight()) - QPoint(
        8, 0
    )  # what lies bare when it has moved

    def shown() -> QImage:
        window = hand.panel.window()
        return window.screen().grabWindow(window.winId(), left.x(), left.y(), 6, box.height()).toImage()

    def is_painted() -> bool:
        whole = hand.panel.grab(QRect(left, QSize(6, box.height()))).toImage()
        return shown() == whole.convertToFormat(shown().format())

    hand.qtbot.waitUntil(is_painted)
    words, middle = shown(), hand.middle(node)
    hand.press(middle)
    hand.move(middle - QPointF(20, 0))
    hand.move(middle - QPointF(40, 0))
    hand.release(middle - QPointF(40, 0))
    hand.qtbot.waitUntil(is_painted)
    assert shown() != words
