"""A page of a formula does not scroll sideways where it is narrow."""

from pytestqt.qtbot import QtBot

from app.explain.fitting import FittingText


def test_the_narrow_page_is_shown_where_the_wide_one_has_no_room(qtbot: QtBot) -> None:
    text = FittingText()
    qtbot.addWidget(text)
    text.resize(2000, 100)
    text.show()
    cells = "".join(f"<td>cell number {k}</td>" for k in range(6))
    wide = f'<table><tr style="white-space:nowrap">{cells}</tr></table>'
    text.show_pages(wide, "<p>the cells, one after another</p>")
    assert not text.is_narrow()
    text.resize(250, 100)
    assert text.is_narrow()
    assert text.horizontalScrollBar().maximum() == 0
    text.show_pages(wide, "<p>other cells</p>")
    assert text.toPlainText() == "other cells"
    text.resize(2000, 100)
    assert not text.is_narrow()
    assert "cell number 5" in text.toPlainText()
