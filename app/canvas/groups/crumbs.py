"""The way into the open group above the canvas: each step leads back to where it came from."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from app.theme import CONTROL_HEIGHT, SPACE, Theme
from app.widgets import Button, TextLabel


class Crumbs(QFrame):
    """The network and the groups that are open, from the outside in. `chosen` carries the depth of one, 0 the network."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE, 0, 3 * SPACE, 0)
        self._row.setSpacing(SPACE)
        self.setFixedHeight(CONTROL_HEIGHT)
        self.setAccessibleName(self.tr("Open groups"))
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_levels(self, titles: Sequence[str]) -> None:
        """Shows the way to a group, the network first; nothing where no group is open."""
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for depth, title in enumerate(titles):
            text = title or self.tr("Network")
            if depth:
                self._row.addWidget(
                    TextLabel(self._theme, "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", tone="dim")
                )
            if depth == len(titles) - 1:
                self._row.addWidget(TextLabel(self._theme, text))
                continue
            button = Button(
                self._theme, text, kind="quiet", icon="back" if depth == len(titles) - 2 else None
            )
            button.setToolTip(self.tr("Back to {name} (Esc)").format(name=text))
            button.setAccessibleName(self.tr("Back to {name}").format(name=text))
            button.clicked.connect(partial(self._on_button_clicked, depth))
            self._row.addWidget(button)
        for item in map(self._row.itemAt, range(self._row.count())):
            if item is not None and (widget := item.widget()) is not None:
                widget.show()  # at once, so that the row knows its width
        self.setVisible(len(titles) > 1)
        self.adjustSize()

    def _on_button_clicked(self, depth: int, _checked: bool = False) -> None:
        self.chosen.emit(depth)

    def _restyle(self) -> None:
        tokens = self._theme.tokens
        self.setStyleSheet(
            f"Crumbs {{ background: {tokens.raised}; border: 1px solid {tokens.line};"
            f" border-radius: {CONTROL_HEIGHT // 2}px; }}"
        )
