"""A page that may be higher than its place: scrolled up and down, as wide as the place."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def downwards(page: QWidget, *, see_through: bool = False, keyboard: bool = False) -> QScrollArea:
    """An area that scrolls `page` up and down only.

    Args:
        page: what is in it.
        see_through: what is behind both is to be seen.
        keyboard: the area takes the keyboard itself; else what is in it does.
    """
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    if not keyboard:
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if see_through:
        area.viewport().setAutoFillBackground(False)
        page.setAutoFillBackground(False)
    return area
